"""Python source as one would lay it out by hand: on one line where it fits, or else one thing a line.

What comes out is how `ruff format` would leave it.
"""

import re

from attrs import frozen

__all__ = ["WIDTH", "CallNode", "Node", "Text", "lines", "literal"]

WIDTH = 100
INDENT = 4
ROOM = 40  # where strings break: at least so much of a line is left for them
BREAKS = re.compile(r"\S*\s*")


@frozen
class Text:
    """Source that stays as it is."""

    flat: str


@frozen
class Literal:
    """A string, which may be written as several in a row."""

    value: str

    @property
    def flat(self) -> str:
        """It as one string."""
        return _quoted(self.value)

    def pieces(self, room: int) -> list[str]:
        """Return it as strings of which each fits into so many columns, broken after blanks and ends of lines."""
        found = [""]
        for word in _words(self.value, room):
            if found[-1] and (len(_quoted(found[-1] + word)) > room or found[-1].endswith("\n")):
                found.append("")
            found[-1] += word
        return [_quoted(each) for each in found]


@frozen
class CallNode:
    """What stands in brackets: ``open`` ends with the first one. ``names`` are those of keywords, or empty."""

    open: str
    items: tuple["Node", ...]
    close: str = ")"
    names: tuple[str, ...] = ()

    @property
    def flat(self) -> str:
        """It on one line."""
        one = "," if len(self.items) == 1 and self.open == "(" else ""
        return f"{self.open}{self.inner}{one}{self.close}"

    @property
    def inner(self) -> str:
        """What is in the brackets, on one line."""
        return ", ".join(f"{name}{item.flat}" for name, item in self.named())

    def named(self) -> list[tuple[str, "Node"]]:
        """Return what is in the brackets, each with what stands before it."""
        return list(
            zip(
                (*self.names, *("" for _ in self.items[len(self.names) :])), self.items, strict=True
            )
        )


Node = Text | Literal | CallNode


def literal(value: str) -> Literal:
    """Return a string as a node."""
    return Literal(value)


def lines(node: Node, indent: int, before: str = "", after: str = "") -> list[str]:
    """Return the lines of a node, with what stands before it and after it."""
    margin = " " * indent
    flat = f"{margin}{before}{node.flat}{after}"
    if len(flat) <= WIDTH or isinstance(node, Text):
        return [flat]
    if isinstance(node, Literal):
        return _string(node, indent, before, after)
    inner = f"{margin}{' ' * INDENT}{node.inner}"
    call = node.open.endswith("(") and node.open != "("
    head, tail = f"{margin}{before}{node.open}", f"{margin}{node.close}{after}"
    if len(inner) <= WIDTH and node.items and call:
        return [head, inner, tail]
    body = (line for name, item in node.named() for line in lines(item, indent + INDENT, name, ","))
    return [head, *body, tail]


def _string(node: Literal, indent: int, before: str, after: str) -> list[str]:
    """Return a string too long for a line as several; one that has a name is put in brackets."""
    margin = " " * indent
    if not before:
        pieces = node.pieces(max(ROOM, WIDTH - indent - len(after)))
        return [f"{margin}{each}{after if each is pieces[-1] else ''}" for each in pieces]
    pieces = node.pieces(max(ROOM, WIDTH - indent - INDENT))
    return [
        f"{margin}{before}(",
        *(f"{margin}{' ' * INDENT}{each}" for each in pieces),
        f"{margin}){after}",
    ]


def _words(text: str, room: int) -> list[str]:
    """Return the words of a text, each with the blanks behind it; one that is too long in parts."""
    words = [
        part for word in BREAKS.findall(text) if word for part in word.splitlines(keepends=True)
    ]
    step = max(1, (room - 2) // 10)  # at worst a character is written with ten
    return [
        part
        for word in words
        for part in (
            [word]
            if len(_quoted(word)) <= room
            else [word[i : i + step] for i in range(0, len(word), step)]
        )
    ]


def _quoted(text: str) -> str:
    """Return a string as it is written: in double quotes, unless that needs more escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    inner = "".join(
        f"\\{each}" if each == quote else each if each in "'\"" else repr(each)[1:-1]
        for each in text
    )
    return f"{quote}{inner}{quote}"
