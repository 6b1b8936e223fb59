"""Python source in the layout of `ruff format`: a long expression has one item per line."""

import re
import unicodedata

from attrs import frozen

__all__ = ["WIDTH", "CallNode", "Node", "Text", "lines", "literal"]

WIDTH = 100
CHARACTER_COLUMNS = {"W": 2, "F": 2}  # by the East Asian width of a character
INDENT = 4
MIN_STRING_WIDTH = 40  # columns that a broken string gets at least, however deep it is nested
WORD_WITH_BLANKS = re.compile(r"\S*\s*")
LONGEST_ESCAPE = 10  # columns of one character at worst: \U0001f600


@frozen
class Text:
    """Source that is written unchanged."""

    flat: str


@frozen
class Literal:
    """A string, which may be written as several adjacent strings."""

    value: str

    @property
    def flat(self) -> str:
        """The source as one string."""
        return _quote(self.value)

    def pieces(self, width: int) -> list[str]:
        """Return the source as strings of at most so many columns, broken after blanks and line
        ends.
        """
        texts = [""]

        for word in _words(self.value, width):
            text = texts[-1]
            is_full = len(_quote(text + word)) > width or text.endswith("\n")
            if text and is_full:
                texts.append("")
            texts[-1] += word

        return [_quote(text) for text in texts]


@frozen
class CallNode:
    """Items in brackets, such as a call.

    ``open`` ends with the opening bracket; ``names`` are `name=` or empty.
    """

    open: str
    items: tuple["Node", ...]
    close: str = ")"
    names: tuple[str, ...] = ()

    @property
    def flat(self) -> str:
        """The source on one line."""
        is_one_tuple = len(self.items) == 1 and self.open == "("
        comma = "," if is_one_tuple else ""
        return f"{self.open}{self.inner}{comma}{self.close}"

    @property
    def inner(self) -> str:
        """The items on one line."""
        return ", ".join(f"{name}{item.flat}" for name, item in self.named_items())

    def named_items(self) -> list[tuple[str, "Node"]]:
        """Return pairs of name and item."""
        missing = len(self.items) - len(self.names)
        names = (*self.names, *("",) * missing)
        return list(zip(names, self.items, strict=True))


Node = Text | Literal | CallNode


def literal(value: str) -> Literal:
    """Return a string as a node."""
    return Literal(value)


def lines(node: Node, indent: int, *, before: str = "", after: str = "") -> list[str]:
    """Return the lines of a node, with the source before and after it."""
    margin = " " * indent
    flat = f"{margin}{before}{node.flat}{after}"

    if _columns(flat) <= WIDTH or isinstance(node, Text):
        return [flat]

    if isinstance(node, Literal):
        return _string_lines(node, indent, before=before, after=after)

    first = f"{margin}{before}{node.open}"
    last = f"{margin}{node.close}{after}"

    is_call = node.open.endswith("(") and node.open != "("
    inner = f"{margin}{' ' * INDENT}{node.inner}"
    if _columns(inner) <= WIDTH and node.items and is_call:
        return [first, inner, last]

    body: list[str] = []
    for name, item in node.named_items():
        body += lines(item, indent + INDENT, before=name, after=",")

    return [first, *body, last]


def _columns(line: str) -> int:
    """Return how many columns a line takes in an editor: East Asian characters take two each."""
    if line.isascii():
        return len(line)
    return sum(CHARACTER_COLUMNS.get(unicodedata.east_asian_width(char), 1) for char in line)


def _string_lines(node: Literal, indent: int, *, before: str, after: str) -> list[str]:
    """Return a string that is too long for a line as several strings.

    Strings behind a name are put in brackets.
    """
    margin = " " * indent

    if not before:
        pieces = node.pieces(max(MIN_STRING_WIDTH, WIDTH - indent - len(after)))
        pieces[-1] += after
        return [f"{margin}{piece}" for piece in pieces]

    pieces = node.pieces(max(MIN_STRING_WIDTH, WIDTH - indent - INDENT))
    inner_margin = " " * (indent + INDENT)
    inner = [f"{inner_margin}{piece}" for piece in pieces]
    return [f"{margin}{before}(", *inner, f"{margin}){after}"]


def _words(text: str, width: int) -> list[str]:
    """Return the words of a text, with the following blanks.

    Too long words are split.
    """
    part_length = max(1, (width - 2) // LONGEST_ESCAPE)
    words: list[str] = []

    for match in WORD_WITH_BLANKS.findall(text):
        for word in match.splitlines(keepends=True):
            if len(_quote(word)) <= width:
                words.append(word)
                continue
            starts = range(0, len(word), part_length)
            words += [word[start : start + part_length] for start in starts]

    return words


def _quote(text: str) -> str:
    """Return a string as source: in double quotes, unless single quotes need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'

    characters = []
    for character in text:
        if character == quote:
            characters.append(f"\\{character}")
        elif character in "'\"":
            characters.append(character)
        else:
            characters.append(repr(character)[1:-1])

    return f"{quote}{''.join(characters)}{quote}"
