"""The steps of a recording as a report shows them: a line, its outcome, its time and its output."""

import math
from collections.abc import Iterator
from typing import Literal

from attrs import define, evolve, field, frozen

from ipwrap.export.pids import ProcessPids
from ipwrap.export.typed_lines import action_line, command_line
from ipwrap.recording import (
    CommandEvent,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    RecordingView,
    Sleep,
    Step,
    WaitEvent,
)
from ipwrap.recording.captures import RecordedCapture
from ipwrap.recording.process_failure import start_failure
from ipwrap.result import Result
from ipwrap.views.report.output import visible_output

__all__ = ["StepKind", "StepRow", "read_rows"]

StepKind = Literal["command", "process", "wait", "sleep", "action"]

LATEST = 1e11  # seconds since the epoch: some thousand years

START_FAILURES = {
    "ExecutorError": "could not be started",
    "ProcessEnded": "ended before it was ready",
    "WaitTimeout": "not ready in time",
}


@frozen(kw_only=True)
class StepRow:
    """A step of the script.

    - ``number``: its position among the steps, from 1
    - ``command``: the number of a command or process in the recording
    - ``outcome``: how it ended, in a few words; empty for plain success
    - ``begin``, ``end``: in seconds since the epoch; equal for what takes no time
    - ``name``: that of a process
    - ``capture``: the file of a process that captures packets
    - ``cut``: the number of characters at the end of the output that are left out
    """

    number: int
    kind: StepKind
    line: str
    command: int | None = None
    netns: str | None = None
    call_site: str | None = None
    output: str = ""
    cut: int = 0
    outcome: str = ""
    failed: bool = False
    begin: float = 0.0
    end: float = 0.0
    name: str = ""
    capture: str | None = None

    @property
    def seconds(self) -> float:
        """How long the step took."""
        return self.end - self.begin


def read_rows(recording: RecordingView) -> Iterator[Note | StepRow]:
    """Yield the notes and the steps of a recording in order."""
    number = 0
    for entry in _Reader(recording, _Ends.of(recording)).rows():
        if isinstance(entry, StepRow):
            number += 1
            yield evolve(entry, number=number)
        else:
            yield entry


@frozen
class _Ends:
    """What later events tell of a process: whether it has become ready, and who ended it."""

    ready: frozenset[int]
    ended_by_session: frozenset[int]

    @classmethod
    def of(cls, recording: RecordingView) -> "_Ends":
        """Read a recording."""
        ready: set[int] = set()
        ended = set(() if recording.end is None else recording.end.running)
        for event, _ in recording.pairs():
            if isinstance(event, ProcessStarted):
                ready.add(event.number)
            elif isinstance(event, ProcessAction) and event.action != "wait":
                ended.add(event.number)

        return cls(frozenset(ready), frozenset(ended))


@define
class _Reader:
    """Reads the steps. ``_now`` is the end of the last step, for those without a time of theirs."""

    recording: RecordingView
    ends: _Ends
    _pids: ProcessPids = field(factory=ProcessPids)
    _processes: dict[int, ProcessEvent] = field(factory=dict)
    _begins: dict[int, float] = field(factory=dict)
    _now: float = 0.0

    def rows(self) -> Iterator[Note | StepRow]:
        """Yield the notes and the steps, all with the number 0."""
        self._now = _finite(self.recording.header.started)
        for event, result in self.recording.pairs():
            self._pids.note(event)
            if isinstance(event, CommandEvent):
                yield self._command(event, result)
            elif isinstance(event, ProcessEvent):
                yield self._process(event, result)
            else:
                yield from self._resultless(event)

    def _resultless(self, event: Step) -> Iterator[Note | StepRow]:
        """Yield a note with text, or the row of a step that has no result."""
        match event:
            case Note():
                yield from (event,) if event.text.strip() else ()
            case WaitEvent():
                yield self._wait(event)
            case Sleep():
                yield self._sleep(event)
            case ProcessStarted():
                yield from self._readiness(event)
            case ProcessAction():
                yield from self._action(event)

    def _command(self, event: CommandEvent, result: Result | None) -> StepRow:
        """Return the row of a command."""
        command = event.command
        row = StepRow(
            number=0,
            kind="command",
            line=command_line(
                command,
                self._pids,
                with_json_flags=result is None or result.text is None,
                has_timed_out=result is not None and result.timed_out,
            ),
            command=event.number,
            netns=command.netns,
            call_site=event.call_site,
        )
        if result is None:
            return evolve(row, outcome="no result", begin=self._now, end=self._now)

        begin, end = self._span(result)
        is_monitor = command.runs_until_stopped and command.timeout is None
        if not is_monitor:
            self._now = max(self._now, end)

        output, cut = visible_output(result)
        return evolve(
            row,
            output=output,
            cut=cut,
            outcome=_status_words(result),
            failed=not result.ok and not is_monitor,
            begin=begin,
            end=end,
        )

    def _process(self, event: ProcessEvent, result: Result | None) -> StepRow:
        """Return the row of a background process."""
        self._processes[event.number] = event
        capture = RecordedCapture.of(event)
        row = StepRow(
            number=0,
            kind="process",
            line=f"{command_line(event.command, self._pids, with_json_flags=True)} &",
            command=event.number,
            netns=event.command.netns,
            call_site=event.call_site,
            name=event.name,
            capture=None if capture is None else capture.options.path,
        )
        if result is None:
            return evolve(row, outcome="no result", begin=self._now, end=self._now)

        begin, end = self._span(result)
        self._begins[event.number] = begin
        failure = None if event.number in self.ends.ready else start_failure(event, result)
        was_ended = event.number in self.ends.ended_by_session
        output, cut = visible_output(result)
        return evolve(
            row,
            output=output,
            cut=cut,
            outcome=_process_words(result, failure, was_ended=was_ended),
            failed=failure is not None or not (result.ok or was_ended),
            begin=begin,
            end=end,
        )

    def _readiness(self, started: ProcessStarted) -> Iterator[StepRow]:
        """Yield the row of the wait until a process was ready, if the script waited for that."""
        process = self._processes.get(started.number)
        if process is None or process.ready is None:
            return

        begin = self._begins.get(started.number, self._now)
        end = begin + _finite(started.seconds)
        self._now = max(self._now, end)
        yield StepRow(
            number=0,
            kind="wait",
            line=f"wait until {process.ready}",
            netns=process.command.netns,
            call_site=process.call_site,
            begin=begin,
            end=end,
        )

    def _wait(self, event: WaitEvent) -> StepRow:
        """Return the row of a wait."""
        begin, end = self._pause(event.seconds)
        seen = f": {event.seen}" if event.seen else ""
        return StepRow(
            number=0,
            kind="wait",
            line=f"wait until {event.condition}",
            netns=event.netns,
            call_site=event.call_site,
            outcome="" if event.satisfied else f"not within {event.timeout:g} s{seen}",
            failed=not event.satisfied,
            begin=begin,
            end=end,
        )

    def _sleep(self, event: Sleep) -> StepRow:
        """Return the row of a pause."""
        begin, end = self._pause(event.seconds)
        return StepRow(
            number=0,
            kind="sleep",
            line=f"sleep {event.seconds:g}",
            call_site=event.call_site,
            begin=begin,
            end=end,
        )

    def _action(self, event: ProcessAction) -> Iterator[StepRow]:
        """Yield the row of what is done to a process that the recording has."""
        process = self._processes.get(event.number)
        if process is None:
            return

        yield StepRow(
            number=0,
            kind="action",
            line=action_line(evolve(event, timed_out=False), process.name),
            netns=process.command.netns,
            call_site=event.call_site,
            outcome="not in time" if event.timed_out else "",
            failed=event.timed_out,
            begin=self._now,
            end=self._now,
        )

    def _span(self, result: Result) -> tuple[float, float]:
        """Return the begin and the end of a result. Without a time, it begins now."""
        begin = _finite(result.started) or self._now
        return begin, begin + _finite(result.seconds)

    def _pause(self, seconds: float) -> tuple[float, float]:
        """Return the begin and the end of a wait that has begun when the last step had ended."""
        begin = self._now
        self._now += _finite(seconds)
        return begin, self._now


def _finite(seconds: float) -> float:
    """Return a time of a file that anybody may have written: a number, not negative, in bounds."""
    return min(seconds, LATEST) if math.isfinite(seconds) and seconds > 0 else 0.0


def _status_words(result: Result) -> str:
    """Return how a command has ended."""
    if result.timed_out:
        return "timed out"
    return "" if result.ok else f"status {result.status}"


def _process_words(result: Result, failure: str | None, *, was_ended: bool) -> str:
    """Return how a process has ended."""
    if failure is not None:
        return START_FAILURES[failure]
    if was_ended:
        return "ended by the session"
    return "ended by itself" if result.ok else f"status {result.status}"
