"""A recording as a person would have seen it: prose, typed commands and their output."""

import math
import re
import shlex
from collections.abc import Callable, Iterator

from attrs import define, field, frozen

from ipwrap.cmdline.reader import Call, read_command
from ipwrap.executors.exit_status import TIMED_OUT
from ipwrap.export.pids import ProcessPids
from ipwrap.export.seconds import format_seconds
from ipwrap.export.typed_lines import (
    SHOWN_LINES,
    action_line,
    command_line,
    log_line,
    log_of,
    process_line,
    satisfied_wait_line,
    timed_out_wait_line,
)
from ipwrap.jsonio.escape import escape_controls
from ipwrap.recording import (
    CommandEvent,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    RecordingView,
    Sleep,
    WaitEvent,
)
from ipwrap.recording.process_failure import start_failure
from ipwrap.result import Result

__all__ = ["Output", "Step", "lacks_text", "prose", "transcript"]

Output = Callable[[Result], str | None]


# Of `ip -c`, `grep --color` and others: SGR (select graphic rendition), and EL (erase in line).
COLOUR = re.compile(r"\x1b\[[0-9;:]*[mK]")


@frozen
class Step:
    """A command: the typed line, the output, and times in seconds.

    ``status`` is None if the command never ended, or goes on. ``started`` is 0 for a step that
    begins at the end of the previous step.
    """

    line: str
    output: str = ""
    status: int | None = None
    started: float = 0.0
    seconds: float = 0.0


def transcript(
    recording: RecordingView, *, reads: bool = True, output: Output | None = None
) -> Iterator[Note | Step]:
    """Yield notes and commands in order.

    A read-only command is shown as typed by a person, without ``-j`` and ``-d``, with the recorded
    text output, or with the JSON as rendered by ``output``. Without either, the JSON is shown, and
    the options that print JSON.

    Monitors and background processes are started with `&`. The output of a monitor is shown where
    the monitor ended; the output of a process, cut to a few lines, behind the end of the process. A
    wait is a loop around the command that checks the condition.
    """
    yield from _Transcript(recording, reads, output).entries()


@define
class _Transcript:
    """Writes the steps, and keeps the processes that have not ended."""

    recording: RecordingView
    reads: bool
    output: Output | None
    _pids: ProcessPids = field(factory=ProcessPids)
    _processes: dict[int, tuple[ProcessEvent, Result | None]] = field(factory=dict)
    _logs: dict[str, str] = field(factory=dict)
    _started: set[int] | None = None
    _monitors: list[tuple[str, Result]] = field(factory=list)
    _monitor_count: int = 0

    def entries(self) -> Iterator[Note | Step]:
        """Yield the notes and steps; then the ends of the processes that the session ended."""
        for event, result in self.recording.pairs():
            self._pids.note(event)
            if result is not None and result.started:
                yield from self._ended_monitors(result.started)

            if isinstance(event, Note):
                yield from (event,) if event.text else ()
            elif isinstance(event, CommandEvent):
                if self.reads or event.command.changes:
                    yield self._monitor(event, result) or self._command(event, result)
            elif isinstance(event, ProcessEvent):
                yield from self._process(event, result)
            else:
                yield from self._timed_step(event)

        yield from self._ended_monitors(math.inf)
        running = [number for number, (_, result) in self._processes.items() if result is not None]
        for number in reversed(running):
            yield from self._action(ProcessAction(number, "stop"))

    def _timed_step(
        self, event: ProcessStarted | ProcessAction | WaitEvent | Sleep
    ) -> Iterator[Step]:
        """Yield the steps of a wait, a pause, or an action on a process."""
        match event:
            case ProcessStarted():
                yield from self._readiness(event)
            case ProcessAction():
                yield from self._action(event)
            case WaitEvent():
                yield self._wait(event)
            case Sleep():
                yield Step(
                    f"sleep {format_seconds(event.seconds)}", status=0, seconds=event.seconds
                )

    def _command(self, event: CommandEvent, result: Result | None) -> Step:
        """Return one command as a person saw it."""
        has_timed_out = result is not None and result.timed_out
        line = command_line(
            event.command,
            self._pids,
            with_json_flags=result is not None and _shows_json(result, self.output),
            has_timed_out=has_timed_out,
        )
        if result is None:
            return Step(line)

        return Step(
            line,
            output=_visible_output(result, self.output),
            status=result.status,
            started=result.started,
            seconds=result.seconds,
        )

    def _monitor(self, event: CommandEvent, result: Result | None) -> Step | None:
        """Return the start of a monitor, whose output is shown at its end; None for another
        command.
        """
        command = event.command
        if result is None or not command.runs_until_stopped or command.timeout is not None:
            return None

        self._monitor_count += 1
        count = self._monitor_count
        name = "monitor" if count == 1 else f"monitor_{count}"
        self._monitors.append((name, result))
        return Step(
            f"{command_line(command, self._pids)} >{name}.log & {name}=$!", started=result.started
        )

    def _ended_monitors(self, time: float) -> Iterator[Step]:
        """Yield the ends of the monitors that had ended at a time, with the monitors' output."""
        ended = [
            (name, result)
            for name, result in self._monitors
            if result.started + result.seconds <= time
        ]
        for name, result in ended:
            self._monitors.remove((name, result))
            ended_at = result.started + result.seconds
            yield Step(f'kill "${name}"', status=0, started=ended_at)

            output = _visible_output(result, None)
            if output:
                yield Step(f"cat {name}.log", output, status=0, started=ended_at)

    def _process(self, event: ProcessEvent, result: Result | None) -> Iterator[Step]:
        """Yield the start of a process, and the end of a process that did not become ready."""
        line = process_line(event, self._pids)
        self._logs[event.name] = shlex.quote(log_of(event))
        started = 0.0 if result is None else result.started
        failure = None if self._has_started(event.number) else start_failure(event, result)

        if failure == "ExecutorError" and result is not None:
            yield Step(line, _terminal_lines(result.stderr.splitlines()), result.status, started)
            return

        self._processes[event.number] = (event, result)
        yield Step(line, started=started)
        if failure == "ProcessEnded" and result is not None:
            yield Step(f'wait "${event.name}"; echo $?', f"{result.status}\n", result.status)
            yield from self._end(event.number)
        elif failure == "WaitTimeout" and event.ready is not None:
            timeout = event.ready_timeout or 0.0
            netns = event.command.netns
            loop = timed_out_wait_line(event.ready, netns, timeout=timeout, logs=self._logs)
            yield Step(loop, status=TIMED_OUT, seconds=timeout)
            yield from self._action(ProcessAction(event.number, "stop"))

    def _has_started(self, number: int) -> bool:
        """Return whether a process has become ready, according to a later event."""
        if self._started is None:
            self._started = set()
            for event, _ in self.recording.pairs():
                if isinstance(event, ProcessStarted):
                    self._started.add(event.number)
        return number in self._started

    def _readiness(self, started: ProcessStarted) -> Iterator[Step]:
        """Yield the wait until a process is ready."""
        if started.number not in self._processes:  # a file may say that it has ended before
            return

        event, _ = self._processes[started.number]
        if event.ready is not None:
            line = satisfied_wait_line(event.ready, event.command.netns, logs=self._logs)
            yield Step(line, status=0, seconds=started.seconds)

    def _wait(self, event: WaitEvent) -> Step:
        """Return a wait as a loop."""
        condition, netns = event.condition, event.netns
        if event.satisfied:
            line = satisfied_wait_line(condition, netns, logs=self._logs)
            return Step(line, status=0, seconds=event.seconds)

        line = timed_out_wait_line(
            condition, netns, timeout=event.timeout, seen=event.seen, logs=self._logs
        )
        return Step(line, status=TIMED_OUT, seconds=event.seconds)

    def _action(self, action: ProcessAction) -> Iterator[Step]:
        """Yield an action on a process, and the output of an ended process."""
        if action.number not in self._processes:  # it has ended
            return

        event, result = self._processes[action.number]
        has_ended = action.action != "signal" and not action.timed_out
        ended_at = 0.0
        if has_ended and result is not None:
            ended_at = result.started + result.seconds

        status = TIMED_OUT if action.timed_out else 0
        seconds = action.seconds or 0.0 if action.timed_out else 0.0
        yield Step(action_line(action, event.name), "", status, ended_at, seconds)
        if has_ended:
            yield from self._end(action.number)

    def _end(self, number: int) -> Iterator[Step]:
        """Yield the output of an ended process. Output in the process's own log is not recorded."""
        event, result = self._processes.pop(number)
        if result is None:
            return

        lines = [*result.stdout.splitlines(), *result.stderr.splitlines()]
        if lines:
            shown = _terminal_lines(lines[-SHOWN_LINES:])
            yield Step(log_line(event, len(lines)), shown, status=0)


def _visible_output(result: Result, output: Output | None) -> str:
    """Return stdout and stderr as a terminal shows them, with control characters escaped, in whole
    lines.
    """
    stdout = _visible_stdout(result, output)

    return _terminal_lines([*stdout.splitlines(), *result.stderr.splitlines()])


def _terminal_lines(lines: list[str]) -> str:
    """Return the lines shown by a terminal: without colours, control characters escaped."""
    plain_lines = [COLOUR.sub("", line) for line in lines]
    escaped_lines = [escape_controls(line, keep="\t").rstrip() for line in plain_lines]
    return "".join(f"{line}\n" for line in escaped_lines)


def _visible_stdout(result: Result, output: Output | None) -> str:
    """Return the recorded text output.

    Without recorded text, return the JSON as rendered by ``output``, or unchanged.
    """
    if result.text is not None:
        return "" if result.command.output_secret else result.text

    rendered = None if output is None else output(result)
    if rendered is not None:
        return rendered

    return "" if result.command.output_secret else result.stdout


def _shows_json(result: Result, output: Output | None) -> bool:
    """Return whether a read is shown with its JSON, for want of anything better."""
    is_rendered = result.text is not None or (output is not None and output(result) is not None)
    return "-j" in result.command.flags and bool(result.stdout.strip()) and not is_rendered


def lacks_text(recording: RecordingView) -> bool:
    """Return whether a read of the session has JSON output only, which no person asked for.

    A typed command with `-j` is shown unchanged.
    """
    for event, result in recording.pairs():
        if not isinstance(event, CommandEvent) or result is None or event.command.changes:
            continue
        if _shows_json(result, None) and isinstance(read_command(event.command, exact=True), Call):
            return True

    return False


def prose(note: Note) -> str:
    """Return a note's text, without control characters that could disturb a terminal."""
    return escape_controls(note.text.replace("\r\n", "\n").strip("\n"), keep="\n\t")
