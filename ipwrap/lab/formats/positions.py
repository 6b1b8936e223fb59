"""Where the keys of a TOML or JSON text are: tomllib and json tell it of no valid one.

The text has been parsed before, so that this scanner meets valid syntax only. It reads the few
tokens that have a position: keys, headers, and the brackets around values.
"""

import bisect
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from attrs import define, field

from ipwrap.errors import InvalidArgument

__all__ = ["Path", "Position", "Positions", "RepeatedKey", "scan_json", "scan_toml"]

Path = tuple[str | int, ...]

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
# A date and a time may have one blank between them.
SCALAR = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:[\d:.Zz+-]*|[^\s,\]}#]+")
HEADER = re.compile(r"\[\[?")


class Position(NamedTuple):
    """A line and a column of a text, both from 1."""

    line: int
    column: int


Positions = dict[Path, Position]


class RepeatedKey(InvalidArgument):
    """A key is given twice: ``path`` leads to it, ``position`` is that of the second one."""

    def __init__(self, path: Path, *, position: Position, first: Position) -> None:
        self.path = path
        self.position = position
        self.problem = f"is given twice; first in line {first.line}"
        super().__init__(f"{position.line}:{position.column}: {path[-1]!r} {self.problem}")


def scan_toml(text: str) -> Positions:
    """Return the positions of the keys and of the list items of a valid TOML text."""
    scanner = Scanner(text, "=")
    scanner.scan_document()
    return scanner.positions


def scan_json(text: str) -> Positions:
    """Return the positions of the keys and of the list items of a valid JSON text.

    Raises `RepeatedKey` for a key that is given twice: json takes the last one.
    """
    scanner = Scanner(text, ":", refuses_twice=True)
    scanner.skip(BLANK)
    scanner.scan_value(())
    return scanner.positions


@define
class Scanner:
    """A text, and how far it has been read. ``separator`` stands between a key and its value."""

    text: str
    separator: str
    refuses_twice: bool = False
    index: int = 0
    positions: Positions = field(factory=dict)
    _list_lengths: dict[Path, int] = field(factory=dict)
    _line_starts: list[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def scan_document(self) -> None:
        """Scan the tables of a TOML text."""
        table: Path = ()
        self.skip(BLANK)
        while self.index < len(self.text):
            if self._at("["):
                table = self._scan_header()
            else:
                self._scan_pair(table)
            self.skip(BLANK)

    def scan_value(self, path: Path) -> None:
        """Scan a value, and the keys and items in it."""
        if self._at("["):
            self._scan_list(path)
        elif self._at("{"):
            self._scan_table(path)
        elif not self.skip(STRING):
            self.skip(SCALAR)

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Return the text of a pattern at the index, and go behind it; "" where it is not."""
        match = pattern.match(self.text, self.index)
        if match is None:
            return ""
        self.index = match.end()
        return match[0]

    def _at(self, character: str) -> bool:
        """Return whether a character is next."""
        return self.text.startswith(character, self.index)

    def _scan_header(self) -> Path:
        """Scan `[table]` or `[[list of tables]]`, and return the path of the table."""
        is_list = self.skip(HEADER) == "[["
        start = self.index
        path = self._scan_key(())
        self.index += 2 if is_list else 1

        if is_list:
            number = self._list_lengths.get(path, 0)
            self._list_lengths[path] = number + 1
            path = (*path, number)
            self._note(path, start)
        return path

    def _scan_pair(self, table: Path) -> None:
        """Scan `key = value`."""
        path = self._scan_key(table)
        self.index += len(self.separator)
        self.skip(BLANK)
        self.scan_value(path)

    def _scan_key(self, table: Path) -> Path:
        """Scan a key with its dots, and return its path below a table."""
        path = table
        while True:
            self.skip(BLANK)
            start = self.index
            quoted = self.skip(STRING)
            key = _unquote(quoted) if quoted else self.skip(BARE_KEY)
            path = (*path, key)
            # The last table of a list is the one that further headers are about.
            if path in self._list_lengths and self._continues():
                path = (*path, self._list_lengths[path] - 1)
            self._note(path, start)

            self.skip(BLANK)
            if self.separator == ":" or not self._at("."):
                return path
            self.index += 1

    def _continues(self) -> bool:
        """Return whether a dot and another part of the key follow."""
        blank = BLANK.match(self.text, self.index)
        return self.text.startswith(".", blank.end() if blank else self.index)

    def _scan_list(self, path: Path) -> None:
        """Scan a list."""
        for number, start in enumerate(self._iter_members("]")):
            self._note((*path, number), start)
            self.scan_value((*path, number))

    def _scan_table(self, path: Path) -> None:
        """Scan a table in braces."""
        for _ in self._iter_members("}"):
            self._scan_pair(path)

    def _iter_members(self, end: str) -> Iterator[int]:
        """Yield the index of each member; whoever takes it scans it."""
        self.index += 1
        self.skip(BLANK)
        while not self._at(end):
            yield self.index
            self.skip(BLANK)
            if self._at(","):
                self.index += 1
                self.skip(BLANK)
        self.index += 1

    def _note(self, path: Path, start: int) -> None:
        """Note where a key or an item starts; a table of several headers is at the first one."""
        position = self._position_of(start)
        first = self.positions.setdefault(path, position)
        if self.refuses_twice and first != position:
            raise RepeatedKey(path, position=position, first=first)

    def _position_of(self, index: int) -> Position:
        """Return the line and column of an index."""
        line = bisect.bisect_right(self._line_starts, index)
        return Position(line, index - self._line_starts[line - 1] + 1)


def _unquote(text: str) -> str:
    """Return the text of a quoted key."""
    if text.startswith("'"):
        return text[1:-1]
    # TOML's \UXXXXXXXX is the only escape that JSON lacks.
    return str(json.loads(re.sub(r"\\U([0-9A-Fa-f]{8})", _surrogates, text), strict=False))


def _surrogates(match: re.Match[str]) -> str:
    """Return an escape of eight digits as JSON writes it."""
    return json.dumps(chr(int(match[1], 16)))[1:-1]
