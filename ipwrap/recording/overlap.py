"""`Overlap`: the programs of a recording that ran beside other commands, as in a thread.

If `exec` runs a server in one thread, and clients in another, the recording has the server's
command, then the clients, then the server's result. A replay or a script runs the steps in
sequence, and would wait for the end of the server before starting a client. `WithOverlap` is a view
of a recording in which the server is a background process (a `ProcessEvent`), and the server's
result is a wait for the end.
"""

import math
from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from ipwrap.command import IPROUTE2, Command
from ipwrap.recording.events import (
    CommandEvent,
    End,
    Event,
    Header,
    Pair,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    RecordingView,
    ResultEvent,
    Sleep,
    State,
    WaitEvent,
)
from ipwrap.recording.process_names import derive_process_name
from ipwrap.result import Result

__all__ = ["Overlap", "WithOverlap"]

# Seconds between two commands. A shorter time is the work of the script itself, and no pause; a
# longer one is cut.
SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 60.0

GRACE = 3.0  # seconds that a program has to end, where a timeout ended it in the session
EXEC_VERBS = (("netns", "exec"), ("vrf", "exec"))


@define
class _CommandBeside:
    """A command that began while a program ran.

    - ``position``: the position of the command's event in the recording
    - ``waited``: the seconds of the waits and pauses before the command
    - ``previous_end``: when the previous step ended; None if no result has a time
    - ``started``: when the command began; None before the result
    """

    position: int
    waited: float
    previous_end: float | None
    started: float | None = None


@define
class _RunningProgram:
    """A program without a result so far.

    - ``position``: the position of the program's event in the recording
    - ``waited``: the seconds of the waits and pauses before the program
    - ``is_overlapped``: whether the program has to run beside other steps
    - ``first_beside``: the number of the first command that began during the program, and the
      command
    - ``beside``: the numbers of the commands that began during the program
    """

    name: str
    position: int
    waited: float
    is_overlapped: bool = False
    first_beside: tuple[int, _CommandBeside] | None = None
    beside: list[int] = field(factory=list)


@define
class _StepTimes:
    """The times of the steps so far. Of waits and pauses, only the length is recorded.

    - ``waited``: the seconds of the waits and pauses
    """

    waited: float = 0.0
    _last_end: float | None = None  # of a command, in seconds since the epoch
    _waited_at_last_end: float = 0.0

    def note_end(self, result: Result) -> None:
        """Note the end of a command."""
        if result.started:  # else the recording holds no times
            self._last_end = result.started + result.seconds
            self._waited_at_last_end = self.waited

    @property
    def previous_end(self) -> float | None:
        """When the last command, and the waits behind it, ended; None if no result has a time."""
        if self._last_end is None:
            return None
        return self._last_end + self.waited - self._waited_at_last_end


@define
class Overlap:
    """The facts of a first reading about commands that ran at the same time.

    `survey` has to get every event. A program outside iproute2 is overlapped if a command began
    during the program, and either ended before the program or is a program outside iproute2, too;
    also if a wait or a background process began or ended during the program. Commands of iproute2
    end soon, and are never overlapped.

    - ``programs``: the overlapped programs that ended before the session, by number
    - ``pauses``: how long the script paused before commands that began beside a program, in
      seconds: `time.sleep()` has no event
    """

    programs: dict[int, str] = field(factory=dict)
    pauses: dict[int, float] = field(factory=dict)
    _process_names: set[str] = field(factory=set)
    _running: dict[int, _RunningProgram] = field(factory=dict)
    _beside: dict[int, _CommandBeside] = field(factory=dict)
    _position: int = 0
    _times: _StepTimes = field(factory=_StepTimes)
    _has_ended: bool = False

    def survey(self, event: Event) -> None:
        """Note the programs that run while the event happens."""
        self._position += 1

        match event:
            case CommandEvent():
                self._survey_command(event)
            case ResultEvent():
                self._survey_result(event)
            case ProcessEvent(name=name):
                self._process_names.add(name)
                self._mark_running()
            case ProcessAction():
                self._mark_running()
            case WaitEvent(seconds=seconds):
                self._mark_running()
                self._times.waited += seconds
            case ProcessStarted(seconds=seconds) | Sleep(seconds=seconds):
                self._times.waited += seconds
            case End():
                self._has_ended = True

    def _mark_running(self) -> None:
        """Note that the running programs have to run beside other steps."""
        for program in self._running.values():
            program.is_overlapped = True

    def _survey_command(self, event: CommandEvent) -> None:
        """Note the programs beside which a command begins."""
        command = event.command
        is_program = _is_program(command)
        if not is_program and (not self._running or command.runs_until_stopped):
            return

        if self._running:
            self._begin_beside(event.number, is_program=is_program)
        # A program whose output is a secret has to end before a step uses the secret.
        if is_program and command.output_secret is None:
            name = _program_name(command)
            self._running[event.number] = _RunningProgram(name, self._position, self._times.waited)

    def _begin_beside(self, number: int, *, is_program: bool) -> None:
        """Note a command that begins while programs run."""
        times = self._times
        command = _CommandBeside(self._position, times.waited, times.previous_end)
        self._beside[number] = command

        for program in self._running.values():
            program.is_overlapped = program.is_overlapped or is_program
            program.beside.append(number)
            if program.first_beside is None:
                program.first_beside = (number, command)

    def _survey_result(self, event: ResultEvent) -> None:
        """Note the end of a command that began beside programs, or of a program."""
        if self._has_ended:
            return

        number, result = event.number, event.result
        command = self._beside.pop(number, None)
        program = self._running.pop(number, None)

        if command is not None:
            self._end_beside(event, command)
        if program is not None and program.is_overlapped:
            self.programs[number] = program.name
            self._correct_first_pause(program, result)
            self._limit_pauses(program, result)
        self._times.note_end(result)

    def _end_beside(self, event: ResultEvent, command: _CommandBeside) -> None:
        """Note the pause before a command, and the programs that outlive the command."""
        command.started = event.result.started

        for program in self._running.values():
            if program.position < command.position:
                program.is_overlapped = True

        if command.previous_end is not None:
            self._note_pause(event.number, command.started - command.previous_end)

    def _note_pause(self, number: int, seconds: float) -> None:
        """Note the pause before a command, unless it is the work of the script itself."""
        if seconds >= SHORTEST_PAUSE:
            self.pauses[number] = min(seconds, LONGEST_PAUSE)

    def _limit_pauses(self, program: _RunningProgram, result: Result) -> None:
        """Limit the pauses beside a program to the time that the program took.

        Longer pauses come only from a change of the clock: `started` is read from the session's
        clock, the duration of a program is not.
        """
        for number in program.beside:
            if number in self.pauses and result.seconds:  # else the recording holds no times
                self._note_pause(number, min(self.pauses.pop(number), result.seconds))

    def _correct_first_pause(self, program: _RunningProgram, result: Result) -> None:
        """Count the pause before the first command beside a program from the program's start.

        So far the pause was counted from the end of the command before the program, since the
        program's result, which has the start, comes later.
        """
        if program.first_beside is None:
            return

        number, command = program.first_beside
        if command.started is None:
            return

        waited_between = command.waited - program.waited
        self.pauses.pop(number, None)
        self._note_pause(number, command.started - result.started - waited_between)

    def names(self) -> dict[int, str]:
        """Return the names of the overlapped programs as background processes, by number.

        Programs without a result at the session's end are included.
        """
        programs = dict(self.programs)
        for number, program in self._running.items():
            if program.is_overlapped:
                programs[number] = program.name

        used = set(self._process_names)
        names = {}
        for number in sorted(programs):
            name = derive_process_name(programs[number], used)
            used.add(name)
            names[number] = name
        return names

    def apply(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the events of a second reading, with overlapped programs as processes.

        A pause of the script beside such a program becomes a `Sleep`.
        """
        names = self.names()
        running: set[int] = set()

        for event in events:
            if isinstance(event, CommandEvent):
                pause = self.pauses.get(event.number)
                if running and pause is not None:
                    yield Sleep(_round_up(pause), event.call_site)

                if event.number in names:
                    running.add(event.number)
                    yield _to_process(event, names[event.number])
                    continue

            yield event

            if isinstance(event, ResultEvent) and event.number in running:
                running.remove(event.number)
                if event.number in self.programs:
                    yield _end_action(event)


@define
class WithOverlap:
    """A view of a recording, for replays and scripts, which run the steps one by one."""

    recording: RecordingView

    @classmethod
    def of(cls, recording: RecordingView) -> "WithOverlap":
        """Return the view of a recording; a view itself."""
        return recording if isinstance(recording, cls) else cls(recording)

    @property
    def header(self) -> Header:
        """The releases of the programs, the place and the time."""
        return self.recording.header

    @property
    def initial_state(self) -> State | None:
        """The state before the first change."""
        return self.recording.initial_state

    @property
    def end(self) -> End | None:
        """The end event; None for a recording that was cut short."""
        return self.recording.end

    @property
    def required_secrets(self) -> frozenset[str]:
        """The names of the secrets from outside, without secrets created by the session."""
        return self.recording.required_secrets

    def pairs(self) -> Iterator[Pair]:
        """Yield the steps in order; overlapped programs become background processes."""
        return self.recording.overlapped_pairs()

    def overlapped_pairs(self) -> Iterator[Pair]:
        """Yield the steps in order, as `pairs`."""
        return self.pairs()


def _round_up(seconds: float) -> float:
    """Return a time in hundredths of a second, not shorter."""
    return math.ceil(seconds * 100) / 100


def _is_program(command: Command) -> bool:
    """Return whether a command runs a program outside iproute2, which may take long."""
    if command.argv[0] not in IPROUTE2:
        return True

    arguments = command.argv[1 + len(command.flags) :]
    return arguments[:2] in EXEC_VERBS


def _program_name(command: Command) -> str:
    """Return the program of a command, also behind `ip netns exec NAME`."""
    argv = command.argv
    if argv[0] not in IPROUTE2:
        return argv[0]

    behind_name = argv[1 + len(command.flags) + 3 :]
    return behind_name[0] if behind_name else argv[0]


def _to_process(event: CommandEvent, name: str) -> ProcessEvent:
    """Return a command as a background process."""
    command = evolve(event.command, timeout=None)
    return ProcessEvent(event.number, command, name, call_site=event.call_site)


def _end_action(event: ResultEvent) -> ProcessAction:
    """Return the wait for the end of a program; the stop of a program that a timeout ended."""
    call_site = event.result.call_site
    if event.result.timed_out:
        return ProcessAction(event.number, "stop", seconds=GRACE, call_site=call_site)
    return ProcessAction(event.number, "wait", call_site=call_site)
