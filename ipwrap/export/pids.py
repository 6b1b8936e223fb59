"""The pids of background processes in later commands: a script names the process instead.

A pid belongs to one run. A script that held it as a number would reach whatever process has the
number when the script runs; so a pid that no process of the session had is refused.
"""

import re
from collections.abc import Callable, Iterator

from attrs import define, evolve, field, frozen

from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import NotExportable
from ipwrap.recording import CommandEvent, ProcessEvent, ProcessStarted, RecordingView, Step

__all__ = ["PidOf", "ProcessPids", "check_pids", "known_pids"]

SHELLS = frozenset({"sh", "ash", "bash", "dash"})
PID_OPTIONS = frozenset({"-p", "--pid", "-t", "--target", "-P", "--parent"})
# The options of programs whose number is a pid for certain.
CERTAIN_OPTIONS = {
    "gdb": ("-p", "--pid"),
    "lsof": ("-p",),
    "nsenter": ("-t", "--target"),
    "ps": ("-p", "-q", "--pid", "--ppid"),
    "strace": ("-p", "--attach"),
    "top": ("-p",),
}
# The same processes everywhere: those of `kill 0`, and the first process of a system.
COMMON_PIDS = frozenset({"0", "1"})
# Their numbers are counts and times.
NUMBER_PROGRAMS = frozenset({"head", "ping", "seq", "sleep", "tail", "timeout", "usleep"})

PID_IN_TEXT = re.compile(r"(?<=/proc/)\d+(?!\d)|(?<=--pid=)\d+(?!\d)|(?<=--target=)\d+(?!\d)")
# `kill -HUP 20 21` in a line of shell.
KILL_IN_SHELL = re.compile(r"(?<![\w-])kill(?:[ \t]+(?:-s[ \t]+\w+|-[-\w]+|\d+))+(?![\w.])")
KILLED = re.compile(r"-?([1-9]\d*)")  # `kill 0` is the own group
SIGNAL_OPTIONS = ("-s", "-n", "--signal", "-l", "-L")


@frozen
class PidOf:
    """The place of a pid in an argument: the number and the name of its process."""

    number: int
    name: str
    pid: str


Parts = tuple[str | PidOf, ...]


@define
class ProcessPids:
    """The pids of the processes that have started: show it every step, in order."""

    _names: dict[int, str] = field(factory=dict)
    _processes: dict[str, PidOf] = field(factory=dict)
    _numeric_netns: set[str] = field(factory=set)

    def note(self, step: Step) -> None:
        """Note the name and the pid of a process, and a namespace whose name is a number."""
        if isinstance(step, CommandEvent):
            argv = step.command.argv
            if argv[-3:-1] == ("netns", "add") and argv[-1].isdigit():
                self._numeric_netns.add(argv[-1])
        elif isinstance(step, ProcessEvent):
            self._names[step.number] = step.name
        elif isinstance(step, ProcessStarted) and step.number in self._names:
            self._processes[str(step.pid)] = PidOf(
                step.number, self._names[step.number], str(step.pid)
            )

    @property
    def by_pid(self) -> dict[str, str]:
        """The names of the processes by their pids."""
        return {pid: process.name for pid, process in self._processes.items()}

    def find(self, command: Command, *, refuses: bool = True) -> dict[int, Parts]:
        """Return the arguments of a command that name pids, by position: text and processes.

        Raises `NotExportable`, if it ``refuses``, for a pid that no process of the session had.
        """
        arguments: dict[int, Parts] = {}
        for position, start, end, is_certain in _pid_positions(command):
            argument = command.argv[position]
            pid = argument[start:end]
            if pid in self._numeric_netns and command.argv[position - 1] == "netns":
                continue

            process = self._processes.get(pid)
            if process is None:
                if is_certain and refuses and pid not in COMMON_PIDS:
                    raise _unknown_pid(command, pid)
                continue

            *before, rest = arguments.get(position, (argument,))
            assert isinstance(rest, str), "the last part is the text behind the last pid"
            offset = len(argument) - len(rest)
            parts = (*before, rest[: start - offset], process, rest[end - offset :])
            arguments[position] = parts

        return {
            position: tuple(part for part in parts if part != "")
            for position, parts in arguments.items()
        }

    def replace(self, command: Command, to_word: Callable[[PidOf], str]) -> Command:
        """Return a command with other words for pids, such as the pids of another run.

        Unknown pids are kept.
        """
        arguments = list(command.argv)
        for position, parts in self.find(command, refuses=False).items():
            words = [part if isinstance(part, str) else to_word(part) for part in parts]
            arguments[position] = "".join(words)

        if arguments == list(command.argv):
            return command
        return evolve(command, argv=tuple(arguments))


def known_pids(recording: RecordingView) -> dict[str, str]:
    """Return the names of the background processes by their pids; of equal pids, the last."""
    pids = ProcessPids()
    for step, _ in recording.pairs():
        pids.note(step)
    return pids.by_pid


def check_pids(recording: RecordingView) -> None:
    """Raise `NotExportable` for a recording with a pid that no process of the session had."""
    pids = ProcessPids()
    for step, _ in recording.pairs():
        pids.note(step)
        if isinstance(step, (CommandEvent, ProcessEvent)):
            pids.find(step.command)


def _unknown_pid(command: Command, pid: str) -> NotExportable:
    """Return the error for a pid that nobody knows."""
    return NotExportable(
        f"{command.line}: cannot be exported: {pid} is the pid of no process that the session has "
        "started, and in a later run that of another one\n"
        "  next: start the process by spawn(…), and use its send_signal(…), stop() or pid"
    )


def _pid_positions(command: Command) -> list[tuple[int, int, int, bool]]:
    """Return where numbers that may be pids are: position, start, end, and whether they must be."""
    if command.argv[0] in IPROUTE2 and "netns" not in command.argv:
        return []

    # `ip netns exec NAME PROGRAM`, typed as such.
    is_wrapped = command.argv[0] == "ip" and command.argv[1:3] == ("netns", "exec")
    first = 4 if is_wrapped else 0
    argv = command.argv[first:]

    places: set[tuple[int, int, int, bool]] = set()
    for position in range(1, len(argv)):
        for start, end, is_certain in _pids_in_argument(argv, position):
            places.add((first + position, start, end, is_certain))
    return sorted(places)


def _pids_in_argument(argv: tuple[str, ...], position: int) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of the pids in an argument, and whether they must be pids."""
    program, argument = argv[0].rpartition("/")[2], argv[position]
    if program == "kill":
        yield from _killed(argv, position)
        return

    if program in SHELLS and "-c" in argv[1:position]:
        yield from _killed_in_shell(argument)
    for match in PID_IN_TEXT.finditer(argument):
        yield (match.start(), match.end(), False)

    if argument.isascii() and argument.isdigit() and _may_be_pid(argv, position):
        is_option = argv[position - 1] in CERTAIN_OPTIONS.get(program, ())
        is_certain = is_option or program in IPROUTE2
        yield (0, len(argument), is_certain)


def _killed(argv: tuple[str, ...], position: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the pid, or the process group, of an argument of kill(1)."""
    argument, previous = argv[position], argv[position - 1]
    match = KILLED.fullmatch(argument)
    if match is None:
        return

    is_signal = argument.startswith("-") and position == 1
    if not is_signal and previous not in SIGNAL_OPTIONS:
        yield (match.start(1), match.end(1), True)


def _killed_in_shell(line: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the pids behind `kill` in a line of shell."""
    for kill in KILL_IN_SHELL.finditer(line):
        words = [(word.start(), word[0]) for word in re.finditer(r"\S+", kill[0])]
        argv = tuple(word for _, word in words)
        for position, (offset, _) in enumerate(words):
            for start, end, is_certain in _killed(argv, position) if position else ():
                yield (kill.start() + offset + start, kill.start() + offset + end, is_certain)


def _may_be_pid(argv: tuple[str, ...], position: int) -> bool:
    """Return whether a word that is a number may be a pid.

    The pids of a sandbox are small numbers, as ports, counts and identifiers are.
    """
    program, previous = argv[0].rpartition("/")[2], argv[position - 1]
    if program in IPROUTE2:
        moves_link = previous == "netns" and "link" in argv
        names_process = previous in ("identify",) or argv[position - 2 : position - 1] == (
            "attach",
        )
        return moves_link or names_process

    if program in NUMBER_PROGRAMS:
        return False
    return previous in PID_OPTIONS or not previous.startswith("-")
