"""The places of pids in a command: rules for arguments, code in arguments, and the environment.

The pids of a sandbox are small numbers, like ports and counts. Therefore a number counts as a pid
only where the program, the option or the variable expects a pid.
"""

import re
from collections.abc import Collection, Iterator

from attrs import frozen

from ipwrap.command import IPROUTE2, Command
from ipwrap.secrets.secret import Secret

__all__ = ["PidPlace", "find_places"]

# Options behind which a program takes pids, and nothing else.
PID_OPTIONS = {
    "bpftrace": ("-p",),
    "chrt": ("-p", "--pid"),
    "gdb": ("-p", "--pid"),
    "ionice": ("-p", "--pid"),
    "lsof": ("-p",),
    "ltrace": ("-p",),
    "nsenter": ("-t", "--target"),
    "perf": ("-p", "--pid"),
    "pgrep": ("-P", "--parent", "-g", "--pgroup", "-s", "--session"),
    "pidstat": ("-p",),
    "pkill": ("-P", "--parent", "-g", "--pgroup", "-s", "--session"),
    "prlimit": ("-p", "--pid"),
    "ps": ("-p", "-q", "--pid", "--ppid", "--sid"),
    "renice": ("-p", "--pid"),
    "strace": ("-p", "--attach"),
    "tail": ("--pid",),
    "top": ("-p",),
}
# An option of any other program.
PID_OPTION_NAME = re.compile(r"--?(?:[a-z]+-)*p?pids?")
PID_VARIABLE = re.compile(r"(?:[A-Za-z0-9]+_)*P?PID", re.IGNORECASE)
# Programs whose operands are pids.
PID_PROGRAMS = frozenset({"gcore", "pidwait", "pmap", "pstree", "pwdx", "waitpid"})
SIGNAL_OPTIONS = frozenset({"-s", "-n", "-l", "-L", "-q", "--signal", "--list", "--queue"})

SHELLS = frozenset({"sh", "ash", "bash", "dash", "zsh"})
INTERPRETERS = SHELLS | {"node", "perl", "python", "python3", "ruby"}
CODE_OPTION = re.compile(r"-[a-z]*[ce]")
# Words of code that takes pids from its arguments.
USES_PIDS = re.compile(r"kill|pid|/proc/", re.IGNORECASE)

# Programs, and keywords of a shell, that run the words behind them: how many operands they take.
WRAPPERS = {
    **dict.fromkeys(("command", "env", "exec", "nohup", "setsid", "sudo", "!"), 0),
    **dict.fromkeys(("if", "elif", "then", "else", "while", "until", "do"), 0),
    "timeout": 1,
}

NUMBER = re.compile(r"[0-9]+")
NUMBERS = re.compile(r"[0-9]+(?:,[0-9]+)*")
IN_PATH = re.compile(r"(?<![\w.])/proc/([0-9]+)(?![0-9])")
IN_CALL = re.compile(r"\bkill(?:pg)?\([ \t]*([0-9]+)(?![\w.])")  # os.kill(20, 15)
# Also what stands in quotes is taken for a command: it may be one for another shell.
SIMPLE_COMMAND = re.compile(r"[^;|&\n(){}`'\"]+")
WORD = re.compile(r"[^\s]+")


@frozen(order=True)
class PidPlace:
    """The place of a number that is a pid: the characters from ``start`` to ``end``.

    - ``where``: the position of an argument, or the name of an environment variable
    - ``is_certain``: whether the number is a pid even if no process has the number
    """

    where: int | str
    start: int
    end: int
    is_certain: bool = True


def find_places(command: Command, *, netns_names: Collection[str] = ()) -> list[PidPlace]:
    """Return the places of pids in a command, in order.

    ``netns_names`` are the names of namespaces: for `ip` such a number is no pid.
    """
    places: set[PidPlace] = set()
    argv = command.argv

    if argv[0] not in IPROUTE2 or _may_name_process(argv):
        for position, place in _places_in_words(argv, netns_names):
            places.add(PidPlace(position, place.start, place.end, place.is_certain))

    variables: set[PidPlace] = set()
    for name, value in (command.env or {}).items():
        variables.update(_places_in_variable(name, value))

    return [*sorted(places), *sorted(variables)]


def _may_name_process(argv: tuple[str, ...]) -> bool:
    """Return whether a command of iproute2 may name a pid. Most do not, and there are many."""
    return "netns" in argv or any(word.startswith("/proc/") for word in argv)


@frozen
class _Span:
    """A pid within one word."""

    start: int
    end: int
    is_certain: bool = True


def _places_in_variable(name: str, value: str) -> Iterator[PidPlace]:
    """Yield the places of pids in the value of an environment variable."""
    if isinstance(value, Secret):
        return

    for match in IN_PATH.finditer(value):
        yield PidPlace(name, *match.span(1))
    if PID_VARIABLE.fullmatch(name) and NUMBER.fullmatch(value):
        yield PidPlace(name, 0, len(value), False)


def _places_in_words(
    argv: tuple[str, ...], netns_names: Collection[str]
) -> Iterator[tuple[int, _Span]]:
    """Yield the positions of words with pids, and the pids."""
    for position, word in enumerate(argv):
        if not isinstance(word, Secret):
            for match in IN_PATH.finditer(word):
                yield position, _Span(*match.span(1))

    first = _program_position(argv)
    words = argv[first:]
    for position, span in _pids_of_program(words, netns_names):
        if not isinstance(words[position], Secret):
            yield first + position, span


def _program_position(argv: tuple[str, ...]) -> int:
    """Return the position of the program, behind programs that only run another program."""
    position = 0
    while position < len(argv) - 1:
        program = _base_name(argv[position])
        if program == "ip" and argv[position + 1 : position + 3] == ("netns", "exec"):
            position += 4
        elif program in WRAPPERS or "=" in program:
            position += 1 + WRAPPERS.get(program, 0)
            while position < len(argv) and argv[position].startswith("-"):
                position += 1
        else:
            break

    return min(position, len(argv) - 1)


def _base_name(program: str) -> str:
    """Return the name of a program without its folder."""
    return program.rpartition("/")[2]


def _pids_of_program(
    argv: tuple[str, ...], netns_names: Collection[str]
) -> Iterator[tuple[int, _Span]]:
    """Yield the positions of arguments with pids, and the pids, for one program."""
    program = _base_name(argv[0])
    if program in IPROUTE2:
        yield from _pids_of_ip(argv, netns_names)
    elif program == "kill":
        yield from _pids_of_kill(argv)
    elif program in INTERPRETERS:
        yield from _pids_of_interpreter(argv)
    else:
        yield from _pids_of_options(argv)


def _pids_of_ip(argv: tuple[str, ...], netns_names: Collection[str]) -> Iterator[tuple[int, _Span]]:
    """Yield the pids of `link … netns PID`, `netns attach NAME PID` and `netns identify PID`."""
    for position, word in enumerate(argv):
        if not NUMBER.fullmatch(word) or word in netns_names:
            continue

        before = argv[max(0, position - 2) : position]
        moves_link = before[-1:] == ("netns",) and "link" in argv
        attaches = before[:1] == ("attach",) and "netns" in argv
        if moves_link or attaches or before == ("netns", "identify"):
            yield position, _Span(0, len(word))


def _pids_of_kill(argv: tuple[str, ...]) -> Iterator[tuple[int, _Span]]:
    """Yield the pids of kill(1), and the process groups, which are negative numbers."""
    has_signal = False
    for position in range(1, len(argv)):
        word = argv[position]
        if word == "--" or (argv[position - 1] in SIGNAL_OPTIONS and not has_signal):
            has_signal = True
        elif word.startswith("-") and not has_signal:
            has_signal = word not in SIGNAL_OPTIONS
        elif NUMBER.fullmatch(word.removeprefix("-")):
            has_signal = True
            yield position, _Span(word.startswith("-"), len(word))


def _pids_of_options(argv: tuple[str, ...]) -> Iterator[tuple[int, _Span]]:
    """Yield the pids behind options, and the operands of programs that take pids alone."""
    program = _base_name(argv[0])
    options = PID_OPTIONS.get(program, ())

    for position in range(1, len(argv)):
        word, previous = argv[position], argv[position - 1]
        start, option = 0, previous
        name, _, value = word.partition("=")
        if word.startswith("--") and value:
            start, option = len(name) + 1, name
        elif word[:2] in options and not word.startswith("--") and len(word) > len("-p"):
            start, option = len("-p"), word[:2]

        is_certain = option in options
        is_operand = program in PID_PROGRAMS and not previous.startswith("-")
        takes_pid = is_certain or is_operand or PID_OPTION_NAME.fullmatch(option)
        if takes_pid and NUMBERS.fullmatch(word, start):
            for match in NUMBER.finditer(word, start):
                yield position, _Span(*match.span(), is_certain or is_operand)


def _pids_of_interpreter(argv: tuple[str, ...]) -> Iterator[tuple[int, _Span]]:
    """Yield the pids in code, and in the arguments of code that takes pids."""
    code = ""
    for position in range(1, len(argv)):
        word = argv[position]
        if code:
            if NUMBER.fullmatch(word) and USES_PIDS.search(code):
                yield position, _Span(0, len(word), False)
        elif CODE_OPTION.fullmatch(argv[position - 1]):
            code = word
            spans = _pids_in_shell(code) if _base_name(argv[0]) in SHELLS else _pids_in_calls(code)
            for span in spans:
                yield position, span

    if not code:
        yield from _pids_of_options(argv)


def _pids_in_calls(code: str) -> Iterator[_Span]:
    """Yield the pids in calls of `kill`."""
    for match in IN_CALL.finditer(code):
        yield _Span(*match.span(1))


def _pids_in_shell(code: str) -> Iterator[_Span]:
    """Yield the pids in the simple commands of a shell's code."""
    for command in SIMPLE_COMMAND.finditer(code):
        words = list(WORD.finditer(command[0]))
        argv = tuple(word[0] for word in words)
        first = _program_position(argv) if argv else 0
        # A shell in the code would have to be parsed; what its quotes hold is a command here.
        if not argv or _base_name(argv[first]) in INTERPRETERS:
            continue

        for position, span in _pids_of_program(argv[first:], ()):
            offset = command.start() + words[first + position].start()
            yield _Span(offset + span.start, offset + span.end, span.is_certain)
