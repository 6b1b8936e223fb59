"""`LineGrammar`: which words of a monitor's line fill which fields of a model. What a form does not know is handed back."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

__all__ = [
    "FOREVER",
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

BLANK = re.compile(
    r"\\(?=\t|\s\s)|\s"
)  # with -o a backslash ends a line, and the next one begins with blanks
FOREVER = 4294967295  # as JSON has it

# rtn_type_names in lib/rt_names.c and print_rt_flags() in ip/iproute.c
TYPES = frozenset(
    [
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
    ]
)
HOP_FLAGS = frozenset(
    [
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
    ]
)


@frozen
class ParsedLine:
    """What was told from a text, and the words that no field holds."""

    model: Any = None
    unread: tuple[str, ...] = ()


@frozen
class LineGrammar:
    """Which words fill which fields of a model.

    ``values`` are followed by a value: the field, and what makes it of a word. ``truths`` stand for themselves;
    ``gathered`` are the words that one field holds all of. ``special`` words read what they need by themselves.
    """

    model: type
    values: Mapping[str, tuple[str, Callable[[str], Any]]]
    truths: frozenset[str] = frozenset()
    gathered: Mapping[str, frozenset[str]] = field(factory=dict)
    special: Mapping[str, Callable[[Words, Data], None]] = field(factory=dict)

    def fill(self, words: Words, data: Data) -> ParsedLine:
        """Return the model with what the words say."""
        unread = self.read(words, data)
        return ParsedLine(self.model(**data), unread)

    def read(self, words: Words, data: Data) -> tuple[str, ...]:
        """Enter what the words say, and return those that are not known, or not followed by what should follow."""
        unread = []
        while words:
            word = words.popleft()
            try:
                known = self._take(word, words, data)
            except (ValueError, IndexError):
                known = False
            if not known:
                unread.append(word)
        return tuple(unread)

    def _take(self, word: str, words: Words, data: Data) -> bool:
        """Enter what one word says, with those that belong to it; tell whether it is known."""
        if word in self.special:
            self.special[word](words, data)
        elif word in self.values:
            name, made = self.values[word]
            data[name] = made(words[0])
            words.popleft()
        elif word in self.truths:
            data[word.replace("-", "_")] = True
        else:
            return self._gather(word, data)
        return True

    def _gather(self, word: str, data: Data) -> bool:
        """Enter a word among others of its field; tell whether there is such a field."""
        name = next((name for name, holds in self.gathered.items() if word in holds), None)
        if name is not None:
            data[name] = (*data.get(name, ()), word)
        return name is not None

    def has_keyword(self, word: str) -> bool:
        """Tell whether a word means something here."""
        return word in self.special or word in self.values or word in self.truths


def words_of(text: str) -> Words:
    """Return the words of a text."""
    return deque(word for word in BLANK.split(text) if word)


def seconds(word: str) -> int:
    """Return a time such as `300sec`; `forever` is what JSON has for it."""
    return FOREVER if word == "forever" else int(word.removesuffix("sec"))


def number_or_word(word: str) -> int | str:
    """Return a number as one."""
    return int(word) if word.isascii() and word.isdecimal() else word
