"""A file of a lab as values with positions: `Document`, and `Item`, a value of one."""

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path as FilePath
from typing import Any, Literal, get_args

from attrs import field, frozen

from ipwrap.errors import InvalidArgument, LabFileError
from ipwrap.jsonio import yaml_text
from ipwrap.lab.formats.positions import (
    Path,
    Position,
    Positions,
    RepeatedKey,
    scan_json,
    scan_toml,
)

__all__ = ["Document", "FileFormat", "Item", "format_of", "parse_document", "read_text"]

FileFormat = Literal["toml", "yaml", "json"]

SUFFIXES: dict[str, FileFormat] = {
    ".toml": "toml",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
}
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
TOML_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")

KINDS = {
    dict: "a table",
    list: "a list",
    str: "text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}


@frozen
class Document:
    """What a file holds. ``name`` is that of the file, as messages have it."""

    name: str
    data: Any
    positions: Positions = field(factory=dict, repr=False)

    @property
    def root(self) -> "Item":
        """The whole of it."""
        return Item(self, (), self.data)


@frozen
class Item:
    """A value of a document, and the path of keys and numbers that leads there."""

    document: Document
    path: Path
    value: Any

    @property
    def position(self) -> Position | None:
        """The line and column of its key; of the nearest table around it, where that has none."""
        for length in range(len(self.path), 0, -1):
            *around, last = self.path[:length]
            # YAML has keys that are no text, too.
            for key in (last, str(last)):
                position = self.document.positions.get((*around, key))
                if position is not None:
                    return position
        return None

    @property
    def kind(self) -> str:
        """The kind of the value, in words."""
        return KINDS.get(type(self.value), f"a {type(self.value).__name__}")

    def members(self) -> "Iterator[Item]":
        """Yield the values of a table or a list."""
        pairs: Iterable[tuple[Any, Any]] = (
            self.value.items() if isinstance(self.value, dict) else enumerate(self.value)
        )
        for key, value in pairs:
            yield Item(self.document, (*self.path, key), value)

    def member(self, key: str | int) -> "Item":
        """Return a value of a table or a list."""
        return Item(self.document, (*self.path, key), self.value[key])

    def get(self, key: str) -> "Item | None":
        """Return a value of a table; None where the table has no such key, or nothing there."""
        value = self.value.get(key)
        return None if value is None else Item(self.document, (*self.path, key), value)

    def error(self, problem: str) -> LabFileError:
        """Return the error about this value."""
        position = self.position
        return LabFileError(
            problem,
            self.document.name,
            line=position and position.line,
            column=position and position.column,
            key=format_path(self.path),
        )


def format_path(path: Path) -> str:
    """Return a path as a person writes it: ``links[2].ends``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if BARE_KEY.fullmatch(str(part)) else json.dumps(str(part))
            text += f".{key}" if text else key
    return text


def format_of(path: str | os.PathLike[str]) -> FileFormat:
    """Return the format of a file, by its suffix. Raises `LabFileError` for another suffix."""
    suffix = FilePath(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise LabFileError(
            f"no format has the suffix {suffix!r}; there are {', '.join(SUFFIXES)}",
            os.fspath(path),
        )
    return SUFFIXES[suffix]


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file. Raises `LabFileError` for one that cannot be read."""
    name = os.fspath(path)
    try:
        data = FilePath(path).read_bytes()
    except OSError as error:
        raise LabFileError(f"cannot be read: {error.strerror}", name) from error

    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LabFileError("is not UTF-8", name, line=line) from None


def parse_document(text: str, format: FileFormat, *, name: str) -> Document:  # noqa: A002
    """Return what a text holds. Raises `LabFileError` for a text that is not of the format."""
    if format not in PARSERS:
        known = ", ".join(get_args(FileFormat))
        raise InvalidArgument(f"format: there is no {format!r}; there are {known}")
    data, positions = PARSERS[format](text, partial(LabFileError, path=name))
    return Document(name, data, positions)


ErrorMaker = Callable[..., LabFileError]


def _parse_toml(text: str, error: ErrorMaker) -> tuple[Any, Positions]:
    """Return the value of a TOML text."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        message = str(failure)
        place = TOML_PLACE.search(message)
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        problem = TOML_PLACE.sub("", message)
        raise error(f"is no TOML: {problem}", line=line, column=column) from None
    except RecursionError:
        raise error("is nested too deep") from None
    return data, scan_toml(text)


def _parse_json(text: str, error: ErrorMaker) -> tuple[Any, Positions]:
    """Return the value of a JSON text."""
    try:
        return json.loads(text), scan_json(text)
    except json.JSONDecodeError as failure:
        problem = f"is no JSON: {failure.msg}"
        raise error(problem, line=failure.lineno, column=failure.colno) from None
    except RecursionError:
        raise error("is nested too deep") from None
    except RepeatedKey as failure:
        line, column = failure.position
        key = format_path(failure.path)
        raise error(failure.problem, line=line, column=column, key=key) from None


def _parse_yaml(text: str, error: ErrorMaker) -> tuple[Any, Positions]:
    """Return the value of a YAML text."""
    try:
        data, positions = yaml_text.parse_yaml(text)
    except yaml_text.YamlError as failure:
        problem = f"is no YAML: {failure}"
        raise error(problem, line=failure.line, column=failure.column) from None
    return data, {path: Position(*position) for path, position in positions.items()}


PARSERS = {"toml": _parse_toml, "yaml": _parse_yaml, "json": _parse_json}
