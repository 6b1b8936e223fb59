"""`LineGrammar`: the keywords of a monitor's line, and the model fields that they fill.

A parser returns the words without a field as ``unread``.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from ipwrap.options.converters import FOREVER

__all__ = [
    "HOP_FLAGS",
    "TYPES",
    "Data",
    "LineGrammar",
    "ParsedLine",
    "Words",
    "number_or_word",
    "seconds",
    "words_of",
]

Words = deque[str]
Data = dict[str, Any]

# With -o iproute2 prints a backslash in place of a newline (_SL_ in lib/utils.c). The next line is
# indented.
BLANK = re.compile(r"\\(?=\t|\s\s)|\s")

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


@frozen
class ParsedLine:
    """The model of a line, and the words without a field."""

    model: Any = None
    unread: tuple[str, ...] = ()


@frozen
class LineGrammar:
    """The keywords of a line, and the fields of a model that they fill.

    - ``values``: keyword -> field and converter of the following word
    - ``flags``: keywords without a value, for boolean fields of the same name
    - ``collected``: field -> the keywords that the field collects in a tuple
    - ``special``: keyword -> parser that takes its own words from the queue
    """

    model: type
    values: Mapping[str, tuple[str, Callable[[str], Any]]]
    flags: frozenset[str] = frozenset()
    collected: Mapping[str, frozenset[str]] = field(factory=dict)
    special: Mapping[str, Callable[[Words, Data], None]] = field(factory=dict)

    def fill(self, words: Words, data: Data) -> ParsedLine:
        """Return the model of the words; ``data`` are the fields that are parsed already."""
        unread = self.read(words, data)
        return ParsedLine(self.model(**data), unread)

    def read(self, words: Words, data: Data) -> tuple[str, ...]:
        """Add the fields of the words to ``data``; return unknown words and invalid values."""
        unread = []

        while words:
            word = words.popleft()
            try:
                is_known = self._read_keyword(word, words=words, data=data)
            except (ValueError, OverflowError, IndexError):
                is_known = False

            if not is_known:
                unread.append(word)

        return tuple(unread)

    def _read_keyword(self, word: str, *, words: Words, data: Data) -> bool:
        """Add the field of a keyword, with its value from ``words``; return whether it is known."""
        if word in self.special:
            self.special[word](words, data)
        elif word in self.values:
            name, convert = self.values[word]
            data[name] = convert(words[0])
            words.popleft()  # after the conversion: an invalid value stays, as it may be a keyword
        elif word in self.flags:
            data[word.replace("-", "_")] = True
        else:
            return self._collect(word, data)
        return True

    def _collect(self, word: str, data: Data) -> bool:
        """Append a word to the field that collects it; return whether there is such a field."""
        for name, members in self.collected.items():
            if word in members:
                data[name] = (*data.get(name, ()), word)
                return True
        return False

    def has_keyword(self, word: str) -> bool:
        """Return whether a word is a keyword of this grammar."""
        return word in self.special or word in self.values or word in self.flags


def words_of(text: str) -> Words:
    """Split a line into its words."""
    return deque(word for word in BLANK.split(text) if word)


def seconds(word: str) -> int:
    """Parse a time such as `300sec`; `forever` becomes the number that JSON has for it."""
    if word == "forever":
        return FOREVER
    return int(word.removesuffix("sec"))


def number_or_word(word: str) -> int | str:
    """Return a decimal number as an int, any other word unchanged."""
    return int(word) if word.isascii() and word.isdecimal() else word
