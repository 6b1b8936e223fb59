"""Background processes, waits and pauses of a recording, as lines of a script in plain sh."""

import re
import shlex
from collections.abc import Iterator
from typing import Protocol

from attrs import define, field

from ipwrap.command import IPROUTE2, Command
from ipwrap.conditions import Condition
from ipwrap.conditions.process_words import ProcessWords
from ipwrap.errors import InvalidArgument, NotExportable
from ipwrap.export.comments import first_line, one_line
from ipwrap.export.pids import PidOf, ProcessPids
from ipwrap.export.seconds import GRACE_SECONDS, format_seconds, to_whole_seconds
from ipwrap.export.shell_functions import RESERVED_VARIABLES, ScriptFunctions
from ipwrap.export.shell_pids import with_variables
from ipwrap.recording import (
    CommandEvent,
    Pair,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    RecordingView,
    Sleep,
    WaitEvent,
)
from ipwrap.result import Result
from ipwrap.system.signals import is_real_time, signal_number

__all__ = ["BACKGROUND_STEPS", "BackgroundStep", "LineWriter", "ProcessLines", "ScriptVariable"]

BackgroundStep = ProcessEvent | ProcessStarted | ProcessAction | WaitEvent | Sleep
BACKGROUND_STEPS = (ProcessEvent, ProcessStarted, ProcessAction, WaitEvent, Sleep)

INTERRUPTS = frozenset({"INT", "QUIT"})
INTERRUPT_WORD = re.compile(r"-[23]\b|\b(?:SIG)?(?:INT|QUIT)\b")


class LineWriter(Protocol):
    """`ipwrap.export.shell_line.script_line`."""

    def __call__(
        self,
        command: Command,
        result: Result | None = None,
        *,
        before: tuple[str, ...] = (),
        in_background: bool = False,
    ) -> str:
        """Return a command as a line of a script."""


@define
class ScriptVariable:
    """A process of the recording in a script.

    - ``name``: the variable with the pid
    - ``log_variable``: the variable with the path of the log file, if the script chooses the path
    - ``log``: the log file, as a word of a shell
    """

    name: str
    log_variable: str | None
    log: str
    event: ProcessEvent
    result: Result | None
    has_ended: bool = False


@define
class _Fates:
    """The facts about processes that the starting lines depend on.

    - ``started``: the numbers of the processes that started, and became ready
    - ``action_counts``: how many actions of a process are not written yet
    - ``interrupted``: the numbers of the processes that the script sent SIGINT or SIGQUIT
    """

    started: set[int] = field(factory=set)
    action_counts: dict[int, int] = field(factory=dict)
    interrupted: set[int] = field(factory=set)
    interrupts_by_command: bool = False

    @classmethod
    def of(cls, recording: RecordingView) -> "_Fates":
        """Read a recording once more."""
        fates = cls()
        for event, _ in recording.pairs():
            if isinstance(event, CommandEvent):
                fates.interrupts_by_command |= _may_interrupt(event.command)
            elif isinstance(event, ProcessStarted):
                fates.started.add(event.number)
            elif isinstance(event, ProcessAction):
                # A program that ran beside others has no start, but an end: see `overlap`.
                fates.started.add(event.number)
                count = fates.action_counts.get(event.number, 0)
                fates.action_counts[event.number] = count + 1
                if event.signal in INTERRUPTS:
                    fates.interrupted.add(event.number)

        return fates


@define
class ProcessLines:
    """The lines for processes, waits and pauses, and for commands with pids of processes.

    - ``write_line``: writes a command
    - ``last``: the number of the command or process whose failure ended the session
    - ``sudo``: whether each command of the script begins with `sudo`
    - ``functions``: the functions that the script needs so far
    """

    recording: RecordingView
    write_line: LineWriter
    last: int | None = None
    sudo: bool = False
    functions: ScriptFunctions = field(factory=ScriptFunctions)
    pids: ProcessPids = field(factory=ProcessPids)
    variables: dict[int, ScriptVariable] = field(factory=dict)
    _pid_words: dict[str, str] = field(factory=dict)
    _log_words: dict[str, str] = field(factory=dict)
    _names: set[str] = field(factory=set)
    _fates: _Fates | None = None

    @property
    def fates(self) -> _Fates:
        """The facts about processes; read with the first process."""
        if self._fates is None:
            self._fates = _Fates.of(self.recording)
        return self._fates

    def script_lines(self, pair: Pair) -> Iterator[str]:
        """Yield the lines of a step for a script of commands, with line ends."""
        for line in self.lines(pair):
            yield f"{line}\n"

    def lines(self, pair: Pair) -> Iterator[str]:
        """Yield the lines of a step, without line ends; nothing for a step of another kind."""
        event, result = pair
        if isinstance(event, ProcessEvent):
            yield from self._start(event, result)
        elif isinstance(event, ProcessStarted):
            yield from self._note_start(event)
        elif isinstance(event, ProcessAction):
            yield from self._act(event)
        elif isinstance(event, WaitEvent):
            yield from self._wait(event)
        elif isinstance(event, Sleep):
            yield f"sleep {format_seconds(event.seconds)}"

    def command_event(
        self, event: CommandEvent, result: Result | None
    ) -> tuple[CommandEvent, str | None]:
        """Return a command with variables for pids.

        A failed command may name a pid from outside the session: the reason why the script cannot
        have the command is returned, too. Other commands with such a pid raise `NotExportable`.
        """
        self.pids.note(event)
        try:
            command = self._with_variables(event)
        except NotExportable:
            if result is None or result.ok or event.number == self.last:
                raise
            reason = f"# left out, for its pid: {one_line(event.command.line)}"
            return event, reason

        if command is event.command:
            return event, None
        return CommandEvent(event.number, command, event.call_site), None

    def _with_variables(self, event: CommandEvent | ProcessEvent) -> Command:
        """Return a command with variables for pids. Raises `NotExportable` for that of another."""
        return with_variables(event.command, self.pids.find(event), variable_of=self._variable_of)

    def _variable_of(self, process: PidOf) -> str:
        """Return the variable with the pid of a process."""
        return self.variables[process.number].name

    def _start(self, event: ProcessEvent, result: Result | None) -> Iterator[str]:
        """Yield the line that starts a process, and the end of a process that was never ready.

        Raises `InvalidArgument` for a script with `sudo`, which does not pass on every signal.
        """
        if self.sudo:
            raise InvalidArgument(
                f"sudo: {event.name} ({one_line(event.command.line)}) runs in the background, and "
                "a script cannot end what sudo has started; export without it: sudo sh SCRIPT"
            )

        command = self._with_variables(event)
        self.pids.note(event)
        self.functions.processes = True
        variable = self._new_variable(event, result)

        if result is None and event.number not in self.fates.started:
            yield "# the session was cut short while this ran:"
        if variable.log_variable is not None:
            self.functions.logs = True
            yield f"{variable.log_variable}=$logs/{variable.name}"

        before: tuple[str, ...] = ("setsid",)
        if event.number in self.fates.interrupted or self.fates.interrupts_by_command:
            # A shell without job control starts what is in the background with these ignored.
            before = ("setsid", "env", "--default-signal=INT,QUIT")
        if command.cwd is not None:
            before = ("exec", *before)  # the shell of the directory becomes the program
        line = self.write_line(command, None, before=before, in_background=True)
        yield f"{line} >{variable.log} 2>&1 & {variable.name}=$!"
        yield f'started "${variable.name}"{_runner_word(command)}'

        if event.number not in self.fates.started:
            yield from self._end_early(variable)

    def _end_early(self, variable: ScriptVariable) -> Iterator[str]:
        """Yield the end of a process that was not ready before it ended, or was ended."""
        result = variable.result
        is_fatal = result is None or variable.event.number == self.last
        suffix = "" if is_fatal else " || true"

        if variable.event.ready is not None:
            if result is not None:
                reason = first_line(result.stderr)
                comma = ", " if reason else ""
                yield f"# in the session: not ready, status {result.status}{comma}{reason}"
            yield f"{self._ready_line(variable)}{suffix}"

        if result is not None:
            variable.has_ended = True
            yield f'stop {GRACE_SECONDS} "${variable.name}"'

    def _ready_line(self, variable: ScriptVariable) -> str:
        """Return the wait for a process to be ready."""
        event = variable.event
        assert event.ready is not None, "the caller has looked"
        self.functions.watches = True
        line = self._wait_line(event.ready, event.command.netns, timeout=event.ready_timeout or 10)
        return f'{line} "${variable.name}" {variable.log}'

    def _new_variable(self, event: ProcessEvent, result: Result | None) -> ScriptVariable:
        """Return the variable of a process: the process's name, or a similar unused name."""
        name = self._unused(event.name)
        if event.log is None:
            log_variable: str | None = self._unused(f"{event.name}_log")
            log = f'"${log_variable}"'
        else:
            log_variable, log = None, shlex.quote(event.log)

        self._pid_words[event.name] = f"${name}"
        self._log_words[event.name] = log
        variable = ScriptVariable(name, log_variable, log, event, result)
        self.variables[event.number] = variable
        return variable

    def _unused(self, name: str) -> str:
        """Return the name of a new variable: the given name, or a similar unused name."""
        unused = name
        number = 2
        while unused in self._names or unused in RESERVED_VARIABLES:
            unused = f"{name}_{number}"
            number += 1
        self._names.add(unused)
        return unused

    def _note_start(self, event: ProcessStarted) -> Iterator[str]:
        """Note the pid of a process. Yield the wait for it to be ready."""
        variable = self.variables.get(event.number)
        if variable is None:
            return

        self.pids.note(event)
        if variable.event.ready is not None:
            yield self._ready_line(variable)

    def _act(self, event: ProcessAction) -> Iterator[str]:
        """Yield what the script did to a process."""
        variable = self.variables.get(event.number)
        if variable is None:
            return

        self.fates.action_counts[event.number] -= 1
        pid = f'"${variable.name}"'
        if event.action == "signal":
            yield f"send {_signal_word(event.signal or 'TERM')} {pid}"
        elif event.action == "stop":
            seconds = GRACE_SECONDS if event.seconds is None else event.seconds
            yield f"stop {to_whole_seconds(seconds)} {pid}"
        else:
            line = f"wait {pid}"
            if event.seconds is not None:
                self.functions.limits = True
                line = f"wait_within {to_whole_seconds(event.seconds)} {pid}"
            yield f"{line}{self._wait_suffix(variable)}"

        variable.has_ended = variable.has_ended or event.action != "signal"

    def _wait_suffix(self, variable: ScriptVariable) -> str:
        """Return the suffix that tolerates a status as in the session.

        If more actions follow a wait, the wait may have been too short. After a first wait, the
        shell no longer has the status of a process.
        """
        result = variable.result
        is_last = self.fates.action_counts[variable.event.number] == 0
        if result is None or (result.ok and is_last and not variable.has_ended):
            return ""
        return " || true"

    def _wait(self, event: WaitEvent) -> Iterator[str]:
        """Yield a wait. The script goes on after one that was in vain, as the session did."""
        line = self._wait_line(event.condition, event.netns, timeout=event.timeout)
        if event.satisfied:
            yield line
            return

        seen = f": {one_line(event.seen)}" if event.seen else ""
        yield f"# in the session: it did not hold in time{seen}"
        yield f"{line} || true"

    def _wait_line(self, condition: Condition, netns: str | None, *, timeout: float) -> str:
        """Return the wait for a condition."""
        self.functions.waits = True
        self.functions.sudo = self.sudo
        words = ProcessWords(self._pid_words, self._log_words)
        test = condition.script_test(netns, words)
        quoted = shlex.quote(test)
        # Easier to read, where nothing in it has a meaning inside double quotes.
        if "'" in test and not set('"$`\\!').intersection(test):
            quoted = f'"{test}"'
        return f"wait_for {to_whole_seconds(timeout)} {quoted}"


def _signal_word(name: str) -> str:
    """Return a signal as every shell knows it: by number, if it is a real-time signal."""
    if not is_real_time(name):
        return name
    try:
        return str(signal_number(name))
    except InvalidArgument:  # a recording may name any signal
        return name


def _runner_word(command: Command) -> str:
    """Return the program that becomes the one of a command, as a word; empty for `setsid` alone."""
    is_run_by_ip = command.netns is not None and command.argv[0] not in IPROUTE2
    return " ip" if is_run_by_ip and command.argv[0].rpartition("/")[2] != "ip" else ""


def _may_interrupt(command: Command) -> bool:
    """Return whether a command may send SIGINT or SIGQUIT to a process."""
    words = command.argv
    if not any("kill" in word for word in words):
        return False
    return any(INTERRUPT_WORD.search(word) for word in words)
