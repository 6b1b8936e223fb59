"""The pids of background processes in later commands: a script names the process instead.

A pid belongs to a single run. A script with the number would reach an arbitrary process that has
the number by then. Therefore a pid that no process of the session had is refused.
"""

from collections.abc import Callable, Iterator, Mapping

from attrs import define, evolve, field, frozen

from ipwrap.command import Command
from ipwrap.errors import NotExportable
from ipwrap.export.comments import one_line
from ipwrap.export.pid_places import PidPlace, find_places
from ipwrap.recording import CommandEvent, ProcessEvent, ProcessStarted, Step

__all__ = ["Parts", "PidOf", "PidWords", "ProcessPids"]

# The same processes everywhere: those of `kill 0`, and the first process of a system.
COMMON_PIDS = frozenset({"0", "1"})


@frozen
class PidOf:
    """The place of a pid in an argument: the number and the name of its process."""

    number: int
    name: str
    pid: str


Parts = tuple[str | PidOf, ...]


@frozen
class PidWords:
    """The words of a command that name pids of the session's processes: text and processes.

    - ``arguments``: by position
    - ``variables``: the values of the environment, by name
    """

    arguments: Mapping[int, Parts] = field(factory=dict)
    variables: Mapping[str, Parts] = field(factory=dict)

    def __bool__(self) -> bool:
        return bool(self.arguments or self.variables)

    def __iter__(self) -> Iterator[PidOf]:
        """Yield the processes, one for each place."""
        for parts in (*self.arguments.values(), *self.variables.values()):
            for part in parts:
                if isinstance(part, PidOf):
                    yield part

    def in_command(self, command: Command, to_word: Callable[[Parts], str]) -> Command:
        """Return the command with replaced words; the same command without places."""
        if not self:
            return command

        argv = list(command.argv)
        for position, parts in self.arguments.items():
            argv[position] = to_word(parts)

        env = command.env
        if env is not None:
            replaced = {name: to_word(parts) for name, parts in self.variables.items()}
            env = {**env, **replaced}
        return evolve(command, argv=tuple(argv), env=env)


@define
class ProcessPids:
    """The pids of the started processes. `note` has to get every step, in order."""

    _names: dict[int, str] = field(factory=dict)
    _processes: dict[str, PidOf] = field(factory=dict)
    _numeric_netns: set[str] = field(factory=set)

    def note(self, step: Step) -> None:
        """Note the name and the pid of a process, and a namespace whose name is a number.

        A reused pid means the latest process.
        """
        if isinstance(step, CommandEvent):
            argv = step.command.argv
            if argv[-3:-1] == ("netns", "add") and argv[-1].isdigit():
                self._numeric_netns.add(argv[-1])
        elif isinstance(step, ProcessEvent):
            self._names[step.number] = step.name
        elif isinstance(step, ProcessStarted) and step.number in self._names:
            pid = str(step.pid)
            self._processes[pid] = PidOf(step.number, self._names[step.number], pid)

    def find(self, event: CommandEvent | ProcessEvent) -> PidWords:
        """Return the words of a command that name pids.

        Raises `NotExportable`, with command and call site, for the pid of a process that is not of
        the session.
        """
        places = find_places(event.command, netns_names=self._numeric_netns)
        for place in places:
            pid = _word_at(event.command, place)[place.start : place.end]
            is_known = pid in self._processes or pid in COMMON_PIDS
            if place.is_certain and not is_known:
                raise _unknown_pid(event, pid)

        return self._words(event.command, places)

    def replace(self, command: Command, to_text: Callable[[PidOf], str]) -> Command:
        """Return a command with other words for pids, such as the pids of another run.

        Unknown pids are kept.
        """

        def to_word(parts: Parts) -> str:
            return "".join(part if isinstance(part, str) else to_text(part) for part in parts)

        places = find_places(command, netns_names=self._numeric_netns)
        return self._words(command, places).in_command(command, to_word)

    def _words(self, command: Command, places: list[PidPlace]) -> PidWords:
        """Return the words with the pids of known processes."""
        arguments: dict[int, Parts] = {}
        variables: dict[str, Parts] = {}
        for where in dict.fromkeys(place.where for place in places):
            parts = self._parts(command, [place for place in places if place.where == where])
            if all(isinstance(part, str) for part in parts):
                continue
            if isinstance(where, int):
                arguments[where] = parts
            else:
                variables[where] = parts

        return PidWords(arguments, variables)

    def _parts(self, command: Command, places: list[PidPlace]) -> Parts:
        """Return a word, cut at the pids of known processes."""
        word = _word_at(command, places[0])
        parts: list[str | PidOf] = []
        position = 0
        for place in places:
            process = self._processes.get(word[place.start : place.end])
            if process is None or place.start < position:
                continue
            parts += [word[position : place.start], process]
            position = place.end

        return tuple(part for part in (*parts, word[position:]) if part != "")


def _word_at(command: Command, place: PidPlace) -> str:
    """Return the argument, or the value of the variable, with a place."""
    if isinstance(place.where, int):
        return command.argv[place.where]

    assert command.env is not None, "the place is of this command"
    return command.env[place.where]


def _unknown_pid(event: CommandEvent | ProcessEvent, pid: str) -> NotExportable:
    """Return the error for a pid that nobody knows."""
    asked_at = f" (asked at {one_line(event.call_site)})" if event.call_site else ""
    return NotExportable(
        f"{one_line(event.command.line)}{asked_at}: cannot be exported: {pid} is the pid of no "
        "process that the session has started, and in a later run that of another one\n"
        "  next: start the process by spawn(…), and use its send_signal(…), stop() or pid"
    )
