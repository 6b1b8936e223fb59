r"""Regular expressions that mean the same to Python and to `grep -E`.

A wait of a session searches by Python, an exported script by `grep -E`. `check_pattern` refuses the
syntax in which they differ: lookaround, flags and other groups of `(?`, lazy and possessive
quantifiers, back references, `\b` and the like. `to_extended_pattern` translates the rest: `\d`
becomes `[0-9]`. See POSIX, "Extended Regular Expressions" (9.4), and grep(1).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from attrs import define, field

from ipwrap.errors import InvalidArgument

__all__ = ["check_pattern", "count_choices", "to_extended_pattern"]

MAX_LENGTH = 1000
MAX_DEPTH = 20  # of groups
MAX_ALTERNATIVES = 8  # in a search by Python
MAX_REPETITIONS = 255  # RE_DUP_MAX of POSIX; of nested repetitions together

# The bracket expression by the letter behind a backslash, as Python reads it with re.ASCII.
CLASSES = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[A-Za-z0-9_]",
    "W": "[^A-Za-z0-9_]",
    "s": "[[:space:]]",
    "S": "[^[:space:]]",
    "t": "\t",
}
SPECIAL = frozenset(r".[\()*+?{|^$")  # that a backslash makes ordinary, in both languages
BOUNDS = re.compile(r"\{([0-9]{1,3})(,([0-9]{1,3})?)?\}")
BRACKETS = re.compile(r"\[\^?.[^]]*\]")  # the first character may be a bracket
# Python reserves these in brackets for sets, POSIX has classes such as [:alpha:].
AMBIGUOUS_IN_BRACKETS = ("\\", "[", "--", "&&", "~~", "||")


def check_pattern(pattern: str) -> None:
    """Check that a pattern means the same to Python and to `grep -E`. Raises `InvalidArgument`."""
    if len(pattern) > MAX_LENGTH:
        raise InvalidArgument(f"pattern: it is longer than {MAX_LENGTH} characters")
    if "\n" in pattern or "\r" in pattern:
        raise InvalidArgument(f"pattern: {pattern!r} holds the end of a line; lines are searched")

    to_extended_pattern(pattern)
    try:
        re.compile(pattern, re.ASCII)
    except re.error as error:
        raise InvalidArgument(f"pattern: {pattern!r}: {error}") from error


def to_extended_pattern(pattern: str) -> str:
    """Return a pattern as `grep -E` reads it. Raises `InvalidArgument`."""
    return "".join(_Scanner(pattern).tokens())


def count_choices(pattern: str) -> int | None:
    """Return how many parts of a pattern may match more or less of a line: `.*`, `x?`, `[0-9]+`.

    A search by Python takes up to the length of the line to the power of their number. None where
    a group is repeated, or where there are many alternatives: it may take longer than any power.
    """
    tokens = list(_Scanner(pattern).tokens())
    repeats_group = any(
        token == ")" and following[:1] in ("*", "+", "?", "{")
        for token, following in pairwise(tokens)
    )
    if repeats_group or tokens.count("|") > MAX_ALTERNATIVES:
        return None
    return sum(token[0] in "*+?{" for token in tokens)


@define
class _Group:
    """A group that is not closed yet, or the pattern itself.

    - ``repetitions``: how often a part of it may be repeated, the most of all parts
    - ``is_branch_empty``: nothing has come since its beginning, or since the last `|`
    """

    repetitions: int = 1
    is_branch_empty: bool = True


@define
class _Scanner:
    """Reads a pattern token by token, and yields each as `grep -E` reads it.

    - ``_groups``: the pattern itself, then the open groups
    - ``_inner_repetitions``: the repetitions inside the last token, if it was a group
    - ``_is_quantifiable``: whether a quantifier may follow the last token
    """

    pattern: str
    _groups: list[_Group] = field(factory=lambda: [_Group()])
    _inner_repetitions: int = 1
    _is_quantifiable: bool = False

    def tokens(self) -> Iterator[str]:
        """Yield the tokens of an extended regular expression. Raises `InvalidArgument`."""
        position = 0
        while position < len(self.pattern):
            length, token = self._read(position)
            position += length
            yield token

        if len(self._groups) > 1:
            raise self._error("a parenthesis is not closed")
        self._require_branch()

    def _read(self, position: int) -> tuple[int, str]:
        """Return the length of the token at a position, and the token."""
        character = self.pattern[position]

        if character == "\\":
            return 2, self._read_escape(self.pattern[position + 1 : position + 2])
        if character == "[":
            return self._read_brackets(position)
        if character in "*+?{":
            return self._read_quantifier(position)
        if character == "(":
            self._open_group(position)
        elif character == ")":
            self._close_group()
        elif character == "|":
            self._require_branch()
            self._groups[-1].is_branch_empty = True
            self._is_quantifiable = False
        elif character == "}":
            raise self._error(r"'}' without '{'; write '\}' for the character")
        else:
            self._note_atom(is_quantifiable=character not in "^$")
        return 1, character

    def _read_escape(self, character: str) -> str:
        """Return the token of a backslash and a character."""
        if character in CLASSES:
            self._note_atom()
            return CLASSES[character]
        if not character or (character.isascii() and character.isalnum()):
            raise self._error(f"'\\{character}' is unknown to `grep -E`, or means something else")

        self._note_atom()
        if character in SPECIAL:
            return f"\\{character}"
        return f"[{character}]" if character in "]}" else character

    def _read_brackets(self, position: int) -> tuple[int, str]:
        """Return the length and the text of a bracket expression."""
        match = BRACKETS.match(self.pattern, position)
        if match is None:
            raise self._error("a bracket is not closed")

        text = match[0]
        for ambiguous in AMBIGUOUS_IN_BRACKETS:
            if ambiguous in text[1:]:
                raise self._error(
                    f"{ambiguous!r} in brackets means different things to Python and to `grep -E`; "
                    "write an alternative with '|'"
                )

        self._note_atom()
        return len(text), text

    def _read_quantifier(self, position: int) -> tuple[int, str]:
        """Return the length and the text of a quantifier."""
        character = self.pattern[position]
        if not self._is_quantifiable:
            raise self._error(f"{character!r} has nothing to repeat, or is a lazy quantifier")
        self._is_quantifiable = False
        if character != "{":
            return 1, character

        match = BOUNDS.match(self.pattern, position)
        if match is None:
            raise self._error(r"'{' needs numbers, such as {2} or {1,3}; '\{' is the character")

        least, most = int(match[1]), int(match[3] or match[1])
        repetitions = max(most, 1) * self._inner_repetitions
        if least > most or repetitions > MAX_REPETITIONS:
            raise self._error(f"{match[0]} repeats more than {MAX_REPETITIONS} times, or fewer")

        group = self._groups[-1]
        group.repetitions = max(group.repetitions, repetitions)
        return len(match[0]), match[0]

    def _open_group(self, position: int) -> None:
        """Begin a group."""
        if self.pattern.startswith("(?", position):
            raise self._error("groups that begin with '(?' are unknown to `grep -E`")
        if len(self._groups) > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} groups inside each other")

        self._groups.append(_Group())
        self._is_quantifiable = False

    def _close_group(self) -> None:
        """End a group."""
        if len(self._groups) == 1:
            raise self._error(r"')' without '('; write '\)' for the character")
        self._require_branch()

        group = self._groups.pop()
        outer_group = self._groups[-1]
        outer_group.repetitions = max(outer_group.repetitions, group.repetitions)
        self._note_atom()
        self._inner_repetitions = group.repetitions

    def _note_atom(self, *, is_quantifiable: bool = True) -> None:
        """Note a token that matches something."""
        self._groups[-1].is_branch_empty = False
        self._is_quantifiable = is_quantifiable
        self._inner_repetitions = 1

    def _require_branch(self) -> None:
        """Raise `InvalidArgument` for an alternative or group without content."""
        if self._groups[-1].is_branch_empty:
            raise self._error("an empty alternative or group")

    def _error(self, reason: str) -> InvalidArgument:
        """Return the error of a pattern."""
        return InvalidArgument(f"pattern: {self.pattern!r}: {reason}")
