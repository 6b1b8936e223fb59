"""Pids in the arguments of a recorded command: variables of a script, never numbers.

A process has another pid whenever a script runs. The pid of a background process of the recording
becomes its variable. A script with any other pid would reach a stranger: there is none.
"""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

from attrs import define, evolve, field

from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import NotExportable
from ipwrap.export.comments import one_line
from ipwrap.secrets.secret import Secret

__all__ = ["PidVariables", "ShellWord", "UnknownPid"]

# The first process of a system, and those that `kill 0` reaches, are the same ones everywhere.
COMMON_PIDS = frozenset({"0", "1"})

# Options behind which a program takes a pid, and nothing else.
PID_OPTIONS = {
    "gdb": ("-p", "--pid"),
    "lsof": ("-p",),
    "nsenter": ("-t", "--target"),
    "ps": ("-p", "-q", "--pid", "--ppid", "--sid"),
    "strace": ("-p", "--attach"),
    "tail": ("--pid",),
    "top": ("-p",),
}
SIGNAL_OPTIONS = frozenset({"-s", "-n", "-l", "-L", "-q", "--signal", "--list", "--queue"})

# Programs whose operands are numbers of another sort.
NUMBER_PROGRAMS = frozenset({"expr", "head", "seq", "sleep", "tail", "test", "timeout", "usleep"})

NUMBER = re.compile(r"[0-9]+")
PID_OPTION_NAME = re.compile(r"--?(?:[a-z]+-)*p?pid")
IN_PATH = re.compile(r"(?<![\w.])/proc/([0-9]+)(?![0-9])")
IN_CODE = re.compile(
    r"\bkill[ \t]+(?:(?:-(?:[sn][ \t]+)?[A-Za-z0-9-]+[ \t]+)+-?)?([0-9]+)(?![\w.])"
    r"|\bnsenter[ \t](?:[^;|&\n]*?[ \t])?(?:-t[ \t]*|--target[ =])([0-9]+)(?![\w.])"
)


class UnknownPid(NotExportable):
    """A command names the pid of a process that is none of the recording's."""


class ShellWord(str):
    """A word of a command with a pid in it: as text that of the recording, and as a shell's source.

    ``source`` is quoted, and expands to the word of the new run.
    """

    __slots__ = ("source",)
    source: str

    def __new__(cls, text: str, source: str) -> "ShellWord":
        """Return a word."""
        word = super().__new__(cls, text)
        word.source = source
        return word

    def __str__(self) -> str:
        # A plain copy would lose the source: Command converts its arguments by str().
        return self


@define
class PidVariables:
    """The variables of the processes that have started up to now, by their pids."""

    _variables: dict[str, str] = field(factory=dict)
    _numeric_netns: set[str] = field(factory=set)

    def add(self, pid: int, variable: str) -> None:
        """Add a process that has started. A pid that was used before is now its."""
        self._variables[str(pid)] = variable

    def substitute(self, command: Command, call_site: str | None = None) -> Command:
        """Return a command with variables for pids; the same one where it names none.

        Raises `UnknownPid` for the pid of another process.
        """
        argv = command.argv
        if argv[0] in IPROUTE2:
            # Many commands: none of them is looked at twice.
            if "netns" not in argv and "-n" not in argv:
                return command
            if argv[-2:-1] == ("add",) and NUMBER.fullmatch(argv[-1]):
                self._numeric_netns.add(argv[-1])

        words = tuple(self._words(command, call_site))
        if ShellWord in map(type, words):
            command = evolve(command, argv=words)

        if command.env is None:
            return command
        env = {
            name: self._value(text, command, call_site=call_site)
            for name, text in command.env.items()
        }
        return evolve(command, env=env) if ShellWord in map(type, env.values()) else command

    def _value(self, text: str, command: Command, *, call_site: str | None) -> str:
        """Return the value of an environment variable, with variables of the script in it."""
        if isinstance(text, Secret):
            return text

        spans = [(0, len(text))] if text in self._variables else sorted(_spans_in_text(text))
        for start, end in spans:
            self._require_known(text[start:end], command, call_site=call_site)
        return self._to_word(text, spans)

    def _words(self, command: Command, call_site: str | None) -> Iterator[str]:
        """Yield the arguments, with variables in them."""
        argv = command.argv
        pid_positions = set(self._pid_positions(argv))

        for position, word in enumerate(argv):
            if isinstance(word, Secret):
                yield word
                continue

            spans = sorted(_spans_in_text(word))
            digits = word.lstrip("-")
            if position in pid_positions and not spans:
                start = word.rindex(digits) if NUMBER.fullmatch(digits) else word.rindex("=") + 1
                spans = [(start, len(word))]
            elif word in self._variables and position and _may_be_pid(argv, position):
                spans = [(0, len(word))]

            for start, end in spans:
                self._require_known(word[start:end], command, call_site=call_site)
            yield self._to_word(word, spans)

    def _pid_positions(self, argv: tuple[str, ...]) -> Iterator[int]:
        """Yield the positions of arguments that are pids for certain, or end with one."""
        program = argv[0].rpartition("/")[2]
        if program in IPROUTE2:
            yield from self._pid_positions_of_ip(argv)
        elif program == "kill":
            yield from _pid_positions_of_kill(argv)

        options = PID_OPTIONS.get(program, ())
        for position, (previous, word) in enumerate(pairwise(argv), start=1):
            if previous in options and NUMBER.fullmatch(word):
                yield position
            name, _, value = word.partition("=")
            if name in options and name.startswith("--") and NUMBER.fullmatch(value):
                yield position

    def _pid_positions_of_ip(self, argv: tuple[str, ...]) -> Iterator[int]:
        """Yield the positions of pids: `link … netns PID`, `netns attach NAME PID`, `identify`."""
        for position, (previous, word) in enumerate(pairwise(argv), start=1):
            if not NUMBER.fullmatch(word) or word in self._numeric_netns:
                continue

            moves_link = previous == "netns" and "link" in argv
            attaches = argv[position - 2] == "attach" and "netns" in argv
            if moves_link or attaches or previous == "identify":
                yield position

    def _require_known(self, pid: str, command: Command, *, call_site: str | None) -> None:
        """Raise `UnknownPid` for a pid that no variable has."""
        if pid in self._variables or pid in COMMON_PIDS:
            return

        asked_at = f" (asked at {one_line(call_site)})" if call_site else ""
        raise UnknownPid(
            f"{one_line(command.line)}{asked_at}: {pid} is the pid of a process that the session "
            "did not spawn(). In another run it belongs to nobody, or to a stranger: no script is "
            "written. Start the process with spawn(): its pid becomes a variable"
        )

    def _to_word(self, word: str, spans: list[tuple[int, int]]) -> str:
        """Return a word with variables at the spans of its pids."""
        known = [(start, end) for start, end in spans if word[start:end] in self._variables]
        if not known:
            return word

        source = ""
        position = 0
        for start, end in known:
            source += _quote_part(word[position:start])
            source += f'"${self._variables[word[start:end]]}"'
            position = end
        source += _quote_part(word[position:])

        return ShellWord(word, source)


def _quote_part(text: str) -> str:
    """Return a part of a word in quotes; nothing for no text."""
    return shlex.quote(text) if text else ""


def _spans_in_text(word: str) -> Iterator[tuple[int, int]]:
    """Yield where a word has pids in a path or in the code of a shell."""
    if "/proc/" in word:
        for match in IN_PATH.finditer(word):
            yield match.span(1)

    if "kill" in word or "nsenter" in word:
        for match in IN_CODE.finditer(word):
            yield match.span(1 if match[1] else 2)


def _pid_positions_of_kill(argv: tuple[str, ...]) -> Iterator[int]:
    """Yield the positions of pids, and of process groups, which are negative numbers."""
    has_signal = False
    for position, (previous, word) in enumerate(pairwise(argv), start=1):
        if word == "--" or (previous in SIGNAL_OPTIONS and not has_signal):
            has_signal = True
        elif word.startswith("-") and not has_signal:
            has_signal = word not in SIGNAL_OPTIONS
        elif NUMBER.fullmatch(word.removeprefix("-")):
            has_signal = True
            yield position


def _may_be_pid(argv: tuple[str, ...], position: int) -> bool:
    """Return whether a word that equals a pid may be one: iproute2's numbers are known."""
    if argv[0] in IPROUTE2 or argv[0].rpartition("/")[2] in NUMBER_PROGRAMS:
        return False

    previous = argv[position - 1]
    is_option = previous.startswith("-") and previous != "--"
    return not is_option or PID_OPTION_NAME.fullmatch(previous) is not None
