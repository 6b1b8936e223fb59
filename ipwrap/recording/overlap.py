"""Commands that ran at the same time, as of threads: the one that others began beside is a
background process of the script.

A server that `exec` runs in one thread while other threads run the clients is recorded as a
command, the clients, and the result of the first command. Step by step, a replay or a script would
wait for the end of the server before it starts a client. `WithOverlap` is a view of a recording in
which such a program is a `ProcessEvent`, and its result the wait for its end.
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

# Seconds between two commands that are a pause of the script, and not its own work.
SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 60.0

GRACE = 3.0  # seconds that a program has to end, where a timeout ended it in the session
EXEC_VERBS = (("netns", "exec"), ("vrf", "exec"))


@define
class _RunningProgram:
    """A program whose result has not come yet.

    - ``position``: the number of its event
    - ``is_overlapped``: whether it has to run beside other commands
    - ``first_inside``: the number of the first command that began while it ran
    - ``first_started``: when that command began, once its result has told
    - ``waited``: for how long the script had waited when it began; then from there to that command
    """

    name: str
    position: int
    waited: float
    is_overlapped: bool = False
    first_inside: int | None = None
    first_started: float | None = None


@define
class _CommandInside:
    """A command that began beside a program.

    ``previous_end`` is when the step before it ended; None where no result has told a time.
    """

    position: int
    previous_end: float | None


@define
class Overlap:
    """The facts of a first reading about commands that ran at the same time.

    Show every event to `survey`. A program outside iproute2 is overlapped if a command began while
    it ran, and either ended before it or is such a program itself; also if a wait, or a background
    process, began or was ended meanwhile. Commands of iproute2 end soon: they stay as they are.

    - ``programs``: the overlapped programs that ended before the session, by number
    - ``pauses``: how long the script paused before commands that began beside a program, in
      seconds: `time.sleep()` has no event of its own
    """

    programs: dict[int, str] = field(factory=dict)
    pauses: dict[int, float] = field(factory=dict)
    _process_names: set[str] = field(factory=set)
    _running: dict[int, _RunningProgram] = field(factory=dict)
    _inside: dict[int, _CommandInside] = field(factory=dict)
    _position: int = 0
    _last_end: float | None = None  # when the last command ended, in seconds since the epoch
    _waited: float = 0.0  # the seconds of all waits and pauses
    _waited_at_last_end: float = 0.0
    _has_ended: bool = False

    def survey(self, event: Event) -> None:
        """Note which programs the event happens beside."""
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
                self._waited += seconds
            case ProcessStarted(seconds=seconds) | Sleep(seconds=seconds):
                self._waited += seconds
            case End():
                self._has_ended = True

    def _mark_running(self) -> None:
        """Note that the running programs have to run beside other steps."""
        for program in self._running.values():
            program.is_overlapped = True

    def _survey_command(self, event: CommandEvent) -> None:
        """Note the programs that a command begins beside."""
        command = event.command
        is_program = _is_program(command)
        if not is_program and (not self._running or command.runs_until_stopped):
            return

        for program in self._running.values():
            program.is_overlapped = program.is_overlapped or is_program
            if program.first_inside is None:
                program.first_inside = event.number
                program.waited = self._waited - program.waited

        if self._running:
            self._inside[event.number] = _CommandInside(self._position, self._previous_end())
        if is_program and command.output_secret is None:
            name = _program_name(command)
            self._running[event.number] = _RunningProgram(name, self._position, self._waited)

    def _previous_end(self) -> float | None:
        """Return when the last command and the waits behind it ended."""
        if self._last_end is None:
            return None
        return self._last_end + self._waited - self._waited_at_last_end

    def _survey_result(self, event: ResultEvent) -> None:
        """Note the programs that a command has begun beside, and that go on after its end."""
        if self._has_ended:
            return

        number, result = event.number, event.result
        inside = self._inside.pop(number, None)
        program = self._running.pop(number, None)

        if inside is not None:
            self._survey_inside(event, inside)
        if program is not None and program.is_overlapped:
            self.programs[number] = program.name
            self._correct_first_pause(program, result)
        if result.started:
            self._last_end = result.started + result.seconds
            self._waited_at_last_end = self._waited

    def _survey_inside(self, event: ResultEvent, inside: _CommandInside) -> None:
        """Note the programs that go on after a command that began beside them."""
        started = event.result.started

        for program in self._running.values():
            if program.position < inside.position:
                program.is_overlapped = True
            if program.first_inside == event.number:
                program.first_started = started

        if inside.previous_end is not None:
            self._note_pause(event.number, started - inside.previous_end)

    def _note_pause(self, number: int, seconds: float) -> None:
        """Note the pause before a command."""
        if seconds >= SHORTEST_PAUSE:
            self.pauses[number] = min(seconds, LONGEST_PAUSE)

    def _correct_first_pause(self, program: _RunningProgram, result: Result) -> None:
        """Count the pause before the first command beside a program from the program's start."""
        first = program.first_inside
        if first is None or program.first_started is None:
            return

        self.pauses.pop(first, None)
        self._note_pause(first, program.first_started - result.started - program.waited)

    def names(self) -> dict[int, str]:
        """Return the names of the overlapped programs as background processes, by number.

        Also of those that had no result when the session ended.
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
                pause = self.pauses.get(event.number) if running else None
                if pause is not None:
                    yield Sleep(math.ceil(pause * 100) / 100, event.call_site)

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
    """A view of a recording, for what runs its steps one by one."""

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
        """The names of the secrets from outside, without those that the session created."""
        return self.recording.required_secrets

    def pairs(self) -> Iterator[Pair]:
        """Yield the steps in order; commands with others beside them as background processes."""
        return self.recording.overlapped_pairs()

    def overlapped_pairs(self) -> Iterator[Pair]:
        """Yield the steps in order, as `pairs`."""
        return self.pairs()


def _is_program(command: Command) -> bool:
    """Return whether a command runs a program outside iproute2, which may take its time."""
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
