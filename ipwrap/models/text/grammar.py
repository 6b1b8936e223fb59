"""`LineGrammar`: the keywords of a line of text, and the JSON keys of the values that follow.

A parser returns the words without a key as ``unread``.
"""

import contextlib
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from attrs import field, fields, frozen

from ipwrap.errors import OutputError
from ipwrap.models.base import load
from ipwrap.options.converters import FOREVER

__all__ = [
    "HOP_FLAGS",
    "TYPES",
    "Data",
    "LineGrammar",
    "ParsedLine",
    "Unread",
    "Word",
    "WordReader",
    "Words",
    "keywords_of",
    "never",
    "number_or_word",
    "parse_line",
    "parse_members",
    "parse_on_off",
    "read_flag",
    "seconds",
    "words_of",
]

Data = dict[str, Any]

# With -o iproute2 prints a backslash in place of a newline (_SL_ in lib/utils.c). The next line is
# indented, by one blank at least where blanks were collapsed.
LINE_END = re.compile(r"\\(?=\s|\Z)")
# The type of a link layer follows `link/` without a blank: `link/` is a keyword.
WORD = re.compile(r"link/|\S+")


class Word(str):
    """A word, with its place: the number of its line, and whether it is the first of a line.

    ``rest`` is the text of the line behind it.
    """

    __slots__ = ("_end", "_text", "line", "starts_line")
    line: int
    starts_line: bool

    @property
    def rest(self) -> str:
        """The text of the line behind this word."""
        return self._text[self._end :]

    def put(self, *, line: int, text: str, end: int, starts_line: bool) -> None:
        """Note the place of a word in the text of its line."""
        self.line = line
        self.starts_line = starts_line
        self._text = text
        self._end = end


Words = deque[Word]
Unread = tuple[Word, ...]
WordReader = Callable[[Words, Data], None]

# rtn_type_names in lib/rt_names.c
TYPES = frozenset(
    {
        "unicast",
        "local",
        "broadcast",
        "anycast",
        "multicast",
        "blackhole",
        "unreachable",
        "prohibit",
        "throw",
        "nat",
        "xresolve",
        "none",
    }
)

# print_rt_flags() in ip/iproute.c
HOP_FLAGS = frozenset(
    {
        "dead",
        "onlink",
        "pervasive",
        "offload",
        "trap",
        "notify",
        "linkdown",
        "unresolved",
        "rt_offload",
        "rt_trap",
        "rt_offload_failed",
    }
)


def parse_on_off(word: str) -> bool:
    """Parse `on` or `off`."""
    return {"on": True, "off": False}[word]


def parse_members(word: str) -> list[str]:
    """Parse a list in angle brackets: `<BROADCAST,UP>`."""
    return [member for member in word.strip("<>").split(",") if member]


CONVERTERS: dict[type, Callable[[str], Any]] = {bool: parse_on_off, str: str, int: int}


@frozen
class ParsedLine:
    """The model of a line, and the words without a field."""

    model: Any = None
    unread: tuple[str, ...] = ()


def never(_: Word) -> bool:
    """Return False: no word ends a part."""
    return False


@frozen
class LineGrammar:
    """The keywords of a line, and the JSON keys that they fill.

    - ``values``: keyword -> key and converter of the following word
    - ``flags``: keywords without a value, for booleans of the same name
    - ``collected``: key -> the keywords that are collected in a list
    - ``special``: keyword -> parser that takes its own words from the queue
    - ``bracketed``: the key of a word in angle brackets, a list: `<UP,LOWER_UP>`
    """

    values: Mapping[str, tuple[str, Callable[[str], Any]]]
    flags: frozenset[str] = frozenset()
    collected: Mapping[str, frozenset[str]] = field(factory=dict, hash=False)
    special: Mapping[str, WordReader] = field(factory=dict, hash=False)
    bracketed: str | None = None

    def read(self, words: Words, data: Data, *, stop: Callable[[Word], bool] = never) -> Unread:
        """Add the values of the words to ``data``; return unknown words and invalid values.

        The words end at one that ``stop`` is true for.
        """
        unread = []
        while words and not stop(words[0]):
            word = words.popleft()
            try:
                is_known = self._read_keyword(word, words=words, data=data)
            except (LookupError, OverflowError, ValueError):
                is_known = False

            if not is_known:
                unread.append(word)

        return tuple(unread)

    def _read_keyword(self, word: Word, *, words: Words, data: Data) -> bool:
        """Add the value of a keyword, taken from ``words``; return whether it is known."""
        if word in self.special:
            self.special[word](words, data)
        elif word in self.values:
            name, convert = self.values[word]
            data[name] = convert(words[0])
            words.popleft()  # after the conversion: an invalid value stays, as it may be a keyword
        elif word in self.flags:
            data[str(word)] = True
        elif self.bracketed and word.startswith("<"):
            data[self.bracketed] = parse_members(word)
        else:
            return self._collect(word, data)
        return True

    def _collect(self, word: Word, data: Data) -> bool:
        """Append a word to the list that collects it; return whether there is such a list."""
        for name, members in self.collected.items():
            if word in members:
                data.setdefault(name, []).append(str(word))
                return True
        return False

    def has_keyword(self, word: str) -> bool:
        """Return whether a word is a keyword of this grammar."""
        return word in self.special or word in self.values or word in self.flags

    def wants_value(self, word: str) -> bool:
        """Return whether a value follows a word."""
        return word in self.special or word in self.values


def parse_line(
    model: type,
    read: Callable[[Words], tuple[Data, Unread]],
    *,
    text: str,
    begins: Callable[[Sequence[str]], bool] = bool,
) -> ParsedLine:
    """Parse the line of a monitor; a line of another form has an empty model, and is unread."""
    words = words_of(text)
    if begins(words):
        with contextlib.suppress(LookupError, OutputError, ValueError):
            data, unread = read(words)
            line_model = load(model, [data])[0] if data else model()
            return ParsedLine(line_model, tuple(str(word) for word in unread))

    return ParsedLine(model(), tuple(str(word) for word in words_of(text)))


def keywords_of(model: type[Any]) -> dict[str, tuple[str, Callable[[str], Any]]]:
    """Return the keywords of a text whose words are the fields of a model: `mtu 1500`, `mab on`."""
    keywords = {}
    for attribute in fields(model):
        types = {*get_args(attribute.type), attribute.type}
        for value_type, convert in CONVERTERS.items():
            if value_type in types:
                keywords[attribute.name] = (attribute.name, convert)
                break
    return keywords


def words_of(text: str, *, line: int = 1) -> Words:
    """Split a text into its words; ``line`` is the number of its first line."""
    words: Words = Words()
    for number, line_text in enumerate(text.split("\n"), start=line):
        for part in LINE_END.split(line_text):
            starts_line = True
            for match in WORD.finditer(part):
                word = Word(match[0])
                word.put(line=number, text=part, end=match.end(), starts_line=starts_line)
                words.append(word)
                starts_line = False
    return words


def seconds(word: str) -> int:
    """Parse a time such as `300sec`; `forever` becomes the number that JSON has for it."""
    if word == "forever":
        return FOREVER
    return int(word.removesuffix("sec"))


def number_or_word(word: str) -> int | str:
    """Return a decimal number as an int, any other word unchanged."""
    return int(word) if word.isascii() and word.isdecimal() else str(word)


def read_flag(key: str, value: Any = True) -> WordReader:
    """Return a parser of a word that stands for a value."""

    def read_word(_: Words, data: Data) -> None:
        data[key] = value

    return read_word
