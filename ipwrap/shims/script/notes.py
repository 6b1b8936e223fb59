"""The prose of a recorded script as notes: comments and `echo "…"` right above a call, the comment
at the head of the script, and a title for each called function.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property

from attrs import define, field

from ipwrap.shims.script.lines import Location, ScriptLines
from ipwrap.shims.script.shell_words import ShellWord, commands_of

__all__ = ["ScriptNotes"]

COMMENT = re.compile(r"\s*#+(?!!)\s?(?P<text>.*)")
# Comments for tools, and copyright notices.
NO_PROSE = re.compile(r"shellcheck |SPDX-|copyright|licen[cs]e|vim?:|-\*-", re.IGNORECASE)
# Lines that may come between a comment and the call below the comment.
BETWEEN = re.compile(
    r"\s*(?:(?:local|declare|readonly|export|for|while|until|if|then|do|else|set|shift)\b"
    r"|[A-Za-z_]\w*=|\{?\s*$)"
)
# An echo into a pipe or file, or with a command substitution, whose text is not known here.
NOT_PRINTED = re.compile(r"[|`]|\$\(|>(?!&[12])")

COLOUR = re.compile(r"\\(?:033|e|x1b)\[[0-9;]*m", re.IGNORECASE)
ESCAPE = re.compile(r"\\[nrt]")
VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>\w+))")
# Ornaments around a text: `=== text ===`, `[*] text`.
FRAME = re.compile(r"^(?:\[\W*\]|[\s=*#>+~_-])+|[\s=*#<+~_-]+$")
ASSIGNMENT = re.compile(
    r"""\s*(?:readonly\s+|export\s+)?(?P<name>[A-Za-z_]\w*)="""
    r"""(?:"(?P<double>[^"`$]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'`$;()]*))\s*(?:\#.*)?"""
)
PARAMETER = re.compile(r"""(?P<name>[A-Za-z_]\w*)=["']?\$\{?(?P<number>[1-9])\b""")
PRINTS_ARGUMENTS = re.compile(r"\b(?:echo|printf)\b.*\$\{?[*@1]")


@define(slots=False)
class ScriptNotes:
    """The notes of a script. The text of a line is written once, at the first call."""

    script: ScriptLines
    _told: set[tuple[int, str]] = field(factory=set)
    _arguments: dict[str, str] = field(factory=dict)
    _has_begun: bool = False
    _told_at: Location | None = None
    _previous: Location | None = None

    def before(self, location: Location) -> Iterator[str]:
        """Yield the notes in front of a call; an empty note for an empty line of the script."""
        if not self._has_begun:
            self._has_begun = True
            yield from _paragraph(self._header())

        texts = []
        if location.function is not None and location.is_entry:
            if location.caller is not None:
                yield from _paragraph(self._prose_above(location.caller))

            start = self.script.starts[location.function]
            words = self._call_words(location.function, location.caller)
            self._arguments = self._parameters(location.function, words[1:])
            texts = [f"{' '.join(words)}:", *self._prose_above(start)]

        texts += self._prose_above(location.line)
        if not texts and self._is_next_turn(location):
            texts = ["again:"]
        if texts:
            self._told_at = location
        elif self._begins_paragraph(location):
            yield ""
        self._previous = location
        yield from _paragraph(texts)

    def _begins_paragraph(self, location: Location) -> bool:
        """Return whether the script has an empty line between a call and the previous call."""
        previous = self._previous
        if previous is None or previous.function != location.function:
            return False

        between = self.script.numbers_of(previous.line + 1, location.line - 1)
        return any(not self.script.lines[number].strip() for number in between)

    def _is_next_turn(self, location: Location) -> bool:
        """Return whether a loop begins anew, and the latest note was about a later line in it."""
        told_at, previous = self._told_at, self._previous
        if told_at is None or previous is None or location.end != previous.end:
            return False

        is_same_function = told_at.function == previous.function == location.function
        goes_back = location.line <= previous.line and location.line < told_at.line
        return goes_back and is_same_function and told_at.end == location.end

    @cached_property
    def _values(self) -> dict[str, str]:
        """The variables that the script sets once, to plain text."""
        values: dict[str, list[str]] = {}
        for line in self.script.lines.values():
            match = ASSIGNMENT.fullmatch(line)
            if match is not None:
                text = match["double"] or match["single"] or match["bare"] or ""
                values.setdefault(match["name"], []).append(text)

        return {name: texts[0] for name, texts in values.items() if len(texts) == 1}

    @cached_property
    def _printers(self) -> frozenset[str]:
        """`echo`, and the functions of the script that print their arguments."""
        names = {"echo"}
        for number, name in self.script.functions.items():
            if PRINTS_ARGUMENTS.search(self.script.lines[number]):
                names.add(name)
        return frozenset(names)

    def _header(self) -> Iterator[str]:
        """Yield the comment at the head of the script."""
        for number, line in self.script.lines.items():
            if number == 1 and line.startswith("#!"):
                continue

            text = self._comment(line)
            if text is None:
                if line.strip():
                    return
                continue
            self._told.add((number, text))
            if text:
                yield text

    def _call_words(self, function: str, caller: int | None) -> list[str]:
        """Return the words that called a function; only the name, if the words have expansions."""
        line = "" if caller is None else self.script.lines[caller]
        for words in commands_of(line):
            if words[0].text == function:
                texts = [self._substitute(word.text) for word in words]
                if not any(VARIABLE.search(text) or "`" in text for text in texts):
                    return texts

        return [function]

    def _parameters(self, function: str, arguments: Sequence[str]) -> dict[str, str]:
        """Return the arguments of a call, by number and by variable: `1`, and `name` of name=$1."""
        values = {str(number): text for number, text in enumerate(arguments, start=1)}
        named = {}
        for line, name in self.script.functions.items():
            if name != function:
                continue
            for match in PARAMETER.finditer(self.script.lines[line]):
                if match["number"] in values:
                    named[match["name"]] = values[match["number"]]

        return {**values, **named}

    def _prose_above(self, line: int) -> list[str]:
        """Return the comments and printed texts right above a line, in order."""
        texts: list[str] = []
        numbers = self.script.numbers
        position = bisect_left(numbers, line)

        while position:
            position -= 1
            number = numbers[position]
            text = self.script.lines[number]
            prose = self._prose(text)
            if prose is not None:
                if (number, prose) in self._told:
                    break
                self._told.add((number, prose))
                texts.insert(0, prose)
            elif texts or not BETWEEN.match(text):
                break

        return [text for text in texts if text]

    def _prose(self, line: str) -> str | None:
        """Return the text of a comment or `echo`, "" without words; None for another line."""
        text = self._comment(line)
        return self._printed(line) if text is None else text

    def _comment(self, line: str) -> str | None:
        """Return the text of a comment; None for another line."""
        match = COMMENT.fullmatch(line)
        if match is None:
            return None
        return "" if NO_PROSE.search(match["text"]) else _without_frame(match["text"])

    def _printed(self, line: str) -> str | None:
        """Return the text of a line that only prints; None for another line."""
        first_word, *_ = (*line.split(None, 1), "")
        if first_word not in self._printers:
            return None

        commands = list(commands_of(line))
        if len(commands) != 1 or commands[0][0].text not in self._printers:
            return None
        if NOT_PRINTED.search(_without_quotes(line)):
            return None

        _, *words = commands[0]
        return _without_frame(self._expand(_behind_options(words)))

    def _expand(self, words: Sequence[ShellWord]) -> str:
        """Return words as text, with the values of known variables."""
        text = self._substitute(" ".join(word.text for word in words))
        return ESCAPE.sub(" ", COLOUR.sub("", text))

    def _substitute(self, text: str) -> str:
        """Return a text with the values of known variables and parameters."""
        values = {**self._values, **self._arguments}

        def value_of(match: "re.Match[str]") -> str:
            name = match["braced"] or match["plain"]
            return values.get(name, match[0])

        return VARIABLE.sub(value_of, text)


def _paragraph(texts: "Iterator[str] | list[str]") -> Iterator[str]:
    """Yield the texts as a single note; nothing without texts."""
    lines = list(texts)
    if lines:
        yield "\n".join(lines)


def _behind_options(words: Sequence[ShellWord]) -> Sequence[ShellWord]:
    """Return the words behind the options of `echo`."""
    position = 0
    while position < len(words) and re.fullmatch(r"-[neE]+", words[position].text):
        position += 1
    return words[position:]


def _without_quotes(line: str) -> str:
    """Return a line without the quoted texts; "$(" stays of a text with a command substitution."""

    def substitution_in(match: "re.Match[str]") -> str:
        return "$(" if "$(" in match[0] else ""

    return re.sub(r"'[^']*'|\"[^\"`]*\"", substitution_in, line)


def _without_frame(text: str) -> str:
    """Return a text without the ornaments around it; "" for a text without words."""
    text = FRAME.sub("", text).strip()
    return text if re.search(r"\w", text) else ""
