"""The prose of a recorded script as notes: comments and `echo "…"` right above a call, the comment
at the head of the script, and a title for each function that is called.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property

from attrs import define, field

from ipwrap.shims.script_lines import Location, ScriptLines
from ipwrap.shims.shell_words import ShellWord, commands_of

__all__ = ["ScriptNotes"]

COMMENT = re.compile(r"\s*#+(?!!)\s?(?P<text>.*)")
# Comments for tools, and of the law.
NO_PROSE = re.compile(r"shellcheck |SPDX-|copyright|licen[cs]e|vim?:|-\*-", re.IGNORECASE)
# Lines that may stand between a comment and the call that it is about.
BETWEEN = re.compile(
    r"\s*(?:(?:local|declare|readonly|export|for|while|until|if|then|do|else|set|shift)\b"
    r"|[A-Za-z_]\w*=|\{?\s*$)"
)
# An echo that goes elsewhere, or whose text only a shell knows.
NOT_PRINTED = re.compile(r"[|`]|\$\(|>(?!&[12])")

COLOUR = re.compile(r"\\(?:033|e|x1b)\[[0-9;]*m", re.IGNORECASE)
ESCAPE = re.compile(r"\\[nrt]")
VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>\w+))")
# What frames a line, and is no part of the text.
FRAME = re.compile(r"^(?:\[\W*\]|[\s=*#>+~_-])+|[\s=*#<+~_-]+$")
ASSIGNMENT = re.compile(
    r"""\s*(?:readonly\s+|export\s+)?(?P<name>[A-Za-z_]\w*)="""
    r"""(?:"(?P<double>[^"`$]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'`$;()]*))\s*(?:\#.*)?"""
)
PRINTS_ARGUMENTS = re.compile(r"\b(?:echo|printf)\b.*\$\{?[*@1]")


@define(slots=False)
class ScriptNotes:
    """The notes of a script. Each line of prose is told once, where its first call is."""

    script: ScriptLines
    _told: set[int] = field(factory=set)
    _has_begun: bool = False

    def before(self, location: Location) -> Iterator[str]:
        """Yield the notes in front of a call."""
        if not self._has_begun:
            self._has_begun = True
            yield from _paragraph(self._header())

        if location.function is not None and location.is_entry:
            caller = self._caller(location)
            if caller is not None:
                yield from _paragraph(self._prose_above(caller))

            start = self.script.starts[location.function]
            title = self._title(location.function, caller)
            yield "\n".join((title, *self._prose_above(start)))

        yield from _paragraph(self._prose_above(location.line))

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
            self._told.add(number)
            if text:
                yield text

    def _caller(self, location: Location) -> int | None:
        """Return the line outside functions that called the function of a call, if one did."""
        for number in reversed(self.script.numbers_of(1, location.end)):
            if number in self.script.functions:
                continue
            commands = commands_of(self.script.lines[number])
            if any(words[0].text == location.function for words in commands):
                return number
        return None

    def _title(self, function: str, caller: int | None) -> str:
        """Return the line that called a function; its name, where that line has expansions."""
        line = "" if caller is None else self.script.lines[caller]
        for words in commands_of(line):
            if words[0].text == function and all(word.is_literal for word in words):
                return " ".join(word.text for word in words) + ":"

        return f"{function}:"

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
            if number in self._told:
                break
            if prose is not None:
                self._told.add(number)
                texts.insert(0, prose)
            elif texts or not BETWEEN.match(text):
                break

        return [text for text in texts if text]

    def _prose(self, line: str) -> str | None:
        """Return the text of a comment or an `echo`, "" for one without words; None without."""
        text = self._comment(line)
        return self._printed(line) if text is None else text

    def _comment(self, line: str) -> str | None:
        """Return the text of a comment; None for another line."""
        match = COMMENT.fullmatch(line)
        if match is None:
            return None
        return "" if NO_PROSE.search(match["text"]) else _without_frame(match["text"])

    def _printed(self, line: str) -> str | None:
        """Return the text that a line prints and does nothing else; None for another line."""
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
        """Return words as text, with the values of variables that are known."""

        def value(match: "re.Match[str]") -> str:
            return self._values.get(match["braced"] or match["plain"], match[0])

        text = VARIABLE.sub(value, " ".join(word.text for word in words))
        return ESCAPE.sub(" ", COLOUR.sub("", text))


def _paragraph(texts: "Iterator[str] | list[str]") -> Iterator[str]:
    """Yield texts as one note, if there are any."""
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
    """Return a line without its quoted texts, but for what a shell runs in them."""
    return re.sub(r"'[^']*'|\"[^\"`]*\"", lambda match: "$(" if "$(" in match[0] else "", line)


def _without_frame(text: str) -> str:
    """Return a text without what frames it; "" for a text without words."""
    text = FRAME.sub("", text).strip()
    return text if re.search(r"\w", text) else ""
