"""The line of a recorded bash script that made a call.

bash reports how far the script has been read: to the end of the current command (the `done` of a
loop, the calling line inside a function). `ScriptLines` finds the line of a call by the call's
words; a word with an expansion (`$ns`) matches every argument.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from attrs import define, field, frozen

from ipwrap.shims.script.shell_words import ShellWord, commands_of

__all__ = ["Location", "ScriptLines"]

FUNCTION = re.compile(
    r"^(?P<indent>\s*)(?:function\s+(?P<word>[\w-]+)\s*(?:\(\s*\))?|(?P<name>[\w-]+)\s*\(\s*\))"
    r"\s*(?P<brace>\{?)(?P<rest>.*)$"
)
NAME = re.compile(r"[A-Za-z_][\w-]*")
LOOP = re.compile(r"^\s*(?:for|while|until|select)\b")
LOOP_END = re.compile(r"(?:^|;)\s*done\b")


@frozen
class Location:
    """The line of a call, and the line at whose end bash had read the current command.

    ``function`` is the function around the line. ``is_entry`` is true for the first call since the
    function was called; ``caller`` is the line that called the function, or None if unknown.
    """

    line: int
    end: int
    function: str | None = None
    is_entry: bool = False
    caller: int | None = None


@define
class _Entries:
    """The last line of each function that was entered since bash read a command.

    ``last_caller`` is the line that called the latest function.
    """

    end: int = 0
    last_lines: dict[str, int] = field(factory=dict)
    last_caller: int = 0


@define(slots=False)
class ScriptLines:
    """The lines of a script by number. A backslash joins a line with the next line."""

    text: str
    _patterns: dict[tuple[int, str], tuple["_SameText | re.Pattern[str]", ...]] = field(
        factory=dict
    )
    _called: dict[tuple[int, int], list[str]] = field(factory=dict)

    @cached_property
    def lines(self) -> dict[int, str]:
        """The lines by number."""
        lines: dict[int, str] = {}
        first = 0
        for number, line in enumerate(self.text.split("\n"), start=1):
            if first and lines[first].endswith("\\"):
                lines[first] = f"{lines[first][:-1]} {line.strip()}"
                continue
            first = number
            lines[number] = line

        return lines

    @cached_property
    def functions(self) -> dict[int, str]:
        """The name of the function around each line inside a function."""
        functions: dict[int, str] = {}
        name = ""
        closing = ""

        for number, line in self.lines.items():
            match = None if name else FUNCTION.match(line)
            if match is not None:
                function = match["word"] or match["name"]
                functions[number] = function
                if not match["rest"].rstrip().endswith("}"):
                    name, closing = function, f"{match['indent']}}}"
                continue

            if name:
                functions[number] = name
                if line.rstrip() == closing or line.startswith(f"{closing} "):
                    name = ""

        return functions

    @cached_property
    def starts(self) -> dict[str, int]:
        """The first line of each function."""
        starts: dict[str, int] = {}
        for number, name in self.functions.items():
            starts.setdefault(name, number)
        return starts

    @cached_property
    def numbers(self) -> list[int]:
        """The numbers of the lines, in order."""
        return list(self.lines)

    def locate(
        self, calls: Iterable[tuple[Sequence[str], int | None]]
    ) -> Iterator[Location | None]:
        """Yield the location of each call. The calls are (argv, line at the end), in order.

        bash reports no line for a call in a subshell, such as in a pipe or in `$(…)`. Such a call
        is found by its words, from the command of the previous call to the end of the next call; a
        call without a match has the location None.
        """
        calls = list(calls)
        known_ends = _known_ends(end for _, end in calls)
        all_ends = sorted({0, *known_ends})
        previous = Location(0, 0)
        entries = _Entries()
        last_end = 0

        for (argv, own_end), known_end in zip(calls, known_ends, strict=True):
            end = known_end or self.numbers[-1]
            last_end = own_end or last_end
            begin = all_ends[max(0, bisect_left(all_ends, last_end) - 1)] + 1
            line = self._find(argv, begin, end=end, previous=previous)
            if line is None and own_end is None:
                yield None
                continue

            if end != entries.end:
                entries = _Entries(end)
            previous = self._location(line or end, begin, entries=entries)
            yield previous

    def _location(self, line: int, begin: int, *, entries: _Entries) -> Location:
        """Return the location of a call, and note the function around the call.

        A function that goes back to an earlier line was called again, unless the line is in a loop.
        A function that calls a function which was entered before goes on: only the later lines of
        the calling function make calls.
        """
        function = self.functions.get(line)
        if function is None:
            return Location(line, entries.end)

        last_line = entries.last_lines.get(function)
        entries.last_lines[function] = line
        if last_line is not None and (last_line < line or self._is_same_loop(last_line, line)):
            return Location(line, entries.end, function)
        if last_line is None and self._has_called(function, entries):
            return Location(line, entries.end, function)

        caller = self._find_caller(function, begin, entries=entries)
        entries.last_caller = caller or entries.last_caller
        return Location(line, entries.end, function, is_entry=True, caller=caller)

    def _has_called(self, function: str, entries: _Entries) -> bool:
        """Return whether the line that called the latest function is in this function."""
        return self.functions.get(entries.last_caller) == function

    def _find_caller(self, function: str, begin: int, *, entries: _Entries) -> int | None:
        """Return the line that calls a function: the next caller behind the last caller."""
        own = self.numbers_of(begin, entries.end)
        outside = [line for line in own if line not in self.functions]
        inside = [line for line, name in self.functions.items() if name != function]

        for lines in (outside, inside):
            callers = [line for line in lines if self._calls(line, function)]
            later = [line for line in callers if line > entries.last_caller]
            if callers:
                return (later or callers)[0]
        return None

    def _calls(self, line: int, function: str) -> bool:
        """Return whether a line calls a function."""
        text = self.lines[line]
        if function not in text or FUNCTION.match(text):
            return False

        return any(words[0].text == function for words in commands_of(text))

    @cached_property
    def loops(self) -> dict[int, int]:
        """The first line of the outermost loop around each line of a loop inside a function."""
        starts: dict[int, int] = {}
        depth = start = 0
        for number in self.functions:
            line = self.lines[number]
            begun = len(LOOP.findall(line))
            if begun and not depth:
                start = number
            depth += begun
            if depth:
                starts[number] = start
            depth = max(0, depth - len(LOOP_END.findall(line)))

        return starts

    def _is_same_loop(self, first: int, second: int) -> bool:
        """Return whether two lines are in the same loop."""
        start = self.loops.get(first)
        return start is not None and start == self.loops.get(second)

    def calls_of(self, begin: int, end: int) -> list[str]:
        """Return the functions that lines call, directly or through other functions, in order."""
        if (begin, end) in self._called:
            return self._called[begin, end]

        names: list[str] = []
        lines = [self.lines[number] for number in self.numbers_of(begin, end)]
        while lines:
            words = set(NAME.findall(" ".join(lines)))
            called = [name for name in self.starts if name in words and name not in names]
            names += called
            lines = [self.lines[line] for line, name in self.functions.items() if name in called]

        self._called[begin, end] = names
        return names

    def numbers_of(self, begin: int, end: int) -> list[int]:
        """Return the numbers of the lines from one to another."""
        return self.numbers[bisect_left(self.numbers, begin) : bisect_right(self.numbers, end)]

    def _find(self, argv: Sequence[str], begin: int, *, end: int, previous: Location) -> int | None:
        """Return the line of a call: within a range of lines, or in a called function; else None.

        Lines behind the line of the previous call come first.
        """
        last = previous.line if previous.end == end else 0
        own = self.numbers_of(begin, end)
        line = self._first_match(argv, own, behind=last)
        if line is not None:
            return line

        called = self.calls_of(begin, end) or list(self.starts)
        if previous.function in called and previous.end == end:
            body = self._lines_of_functions([previous.function])
            line = self._match_behind(argv, body, behind=last)
            if line is not None:
                return line

        bodies = self._lines_of_functions(called)
        return self._first_match(argv, bodies, behind=last)

    def _lines_of_functions(self, names: "Sequence[str | None]") -> list[int]:
        """Return the numbers of the lines inside functions with these names."""
        return [line for line, name in self.functions.items() if name in names]

    def _first_match(self, argv: Sequence[str], lines: list[int], *, behind: int) -> int | None:
        """Return the first line that matches a call; lines behind ``behind`` come first."""
        line = self._match_behind(argv, lines, behind=behind)
        return self._match_behind(argv, lines, behind=0) if line is None else line

    def _match_behind(self, argv: Sequence[str], lines: list[int], *, behind: int) -> int | None:
        """Return the first line behind a line that matches a call."""
        program = argv[0].rpartition("/")[2]
        arguments = "".join(f"\0{argument}" for argument in argv[1:])

        for number in lines[bisect_left(lines, behind + 1) :]:
            patterns = self._patterns.get((number, program))
            if patterns is None:
                patterns = tuple(_patterns(self.lines[number], program))
                self._patterns[number, program] = patterns

            if any(pattern.fullmatch(arguments) for pattern in patterns):
                return number
        return None


def _known_ends(ends: Iterable[int | None]) -> list[int]:
    """Return the ends of calls. A call without an end has the end of the next call, or 0."""
    known: list[int] = []
    following = 0
    for end in reversed(list(ends)):
        following = end or following
        known.append(following)

    return known[::-1]


@frozen
class _SameText:
    """The pattern of arguments without expansions."""

    text: str

    def fullmatch(self, text: str) -> bool:
        """Return whether the arguments are the same."""
        return text == self.text


def _patterns(line: str, program: str) -> "Iterator[_SameText | re.Pattern[str]]":
    """Yield patterns of the arguments with which a line may run a program.

    The program may be an argument of another program: `ip netns exec red ip link`.
    """
    for words in commands_of(line):
        for position, word in enumerate(words):
            is_any = position == 0 and not word.is_literal
            if not is_any and word.text.rpartition("/")[2] != program:
                continue

            arguments = words[position + 1 :]
            if not _has_own_words(arguments):
                continue
            if all(argument.is_literal for argument in arguments):
                yield _SameText("".join(f"\0{argument.text}" for argument in arguments))
            else:
                yield re.compile(_pattern(arguments), re.DOTALL)


def _has_own_words(words: Sequence[ShellWord]) -> bool:
    """Return whether words have a literal argument: a line such as `"$@"` may run any command."""
    return any(word.is_literal and not word.text.startswith("-") for word in words)


def _pattern(words: Sequence[ShellWord]) -> str:
    """Return the pattern of arguments; an expansion outside quotes may become 0 or more words."""
    patterns: list[str] = []
    for word in words:
        pattern = r"(?:\x00.*)?" if word.is_open else rf"\x00{word.pattern}"
        if not word.is_open or patterns[-1:] != [pattern]:
            patterns.append(pattern)

    return "".join(patterns)
