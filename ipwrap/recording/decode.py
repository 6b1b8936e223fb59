"""A recording's lines read: the header, and then the events, one by one."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from attrs import define, field, fields_dict

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.errors import OutputError, RecordingError
from ipwrap.jsonio import reader
from ipwrap.recording.events import (
    FORMAT,
    CommandEvent,
    End,
    Event,
    Header,
    Note,
    ResultEvent,
    Snapshot,
)
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.version import __version__

__all__ = ["EventDecoder", "open_lines"]

Json = dict[str, Any]
SAID = ("status", "stdout", "stderr", "started", "seconds")
Waiting = dict[int, CommandEvent]  # commands whose results are still to come


OLD_OWNER_KEYS = {"since": "start_ticks"}  # keys of recordings from before 0.1.0


def open_lines(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a recording's file to read it. Raises `RecordingError`."""
    try:
        return open(path, "rb")
    except OSError as error:
        raise RecordingError(f"cannot be read: {error.strerror}", os.fspath(path)) from error


@define
class EventDecoder:
    """Reads the lines of one file, of which ``name`` is told in errors. ``torn`` says which one a crash cut short.

    It remembers the commands whose results are still to come, and nothing else.
    """

    name: str
    torn: str | None = None
    _asked: Waiting = field(factory=dict, repr=False)

    def header(self, line: bytes) -> Header:
        """Return the header that the first line holds."""
        if not line:
            raise RecordingError("is empty; a recording starts with a header", self.name)
        return _header(line, self.name)

    def events(self, lines: Iterable[bytes], *, skip: tuple[bytes, ...] = ()) -> Iterator[Event]:
        """Yield the events of the lines behind the header, each result with its command. Raises `RecordingError`.

        Lines that begin as ``skip`` says are passed over.
        """
        for number, line in enumerate(lines, start=2):
            if line.startswith(skip):
                continue
            try:
                event = self._event(line, number)
            except RecordingError:
                if line.endswith(b"\n"):
                    raise
                self.torn = f"{self.name}:{number}: the last line is torn; the rest was read"
            else:
                yield event

    def _event(self, line: bytes, number: int) -> Event:
        """Return a line's event; a result is of a command that was asked for before."""
        data = _object(line, self.name, number)
        kind = data.pop("event", None)
        read = READERS.get(kind) if isinstance(kind, str) else None
        if read is None:
            raise RecordingError(f"damaged: there is no event {kind!r}", self.name, number)
        try:
            return read(data, self._asked)
        except OrphanResult as error:
            raise RecordingError(f"damaged: {error}", self.name, number) from error
        except (KeyError, TypeError, ValueError) as error:
            raise RecordingError(
                f"damaged: the {kind} event is not whole: {error!r}", self.name, number
            ) from error


class OrphanResult(Exception):
    """A result of a command that was not asked for, or that has one already."""


def _object(line: bytes, name: str, number: int) -> Json:
    """Return one line's object."""
    try:
        data = reader.decode(line.decode("utf-8"), repair=False)
    except (OutputError, UnicodeDecodeError) as error:
        raise RecordingError(f"damaged: {error}", name, number) from error
    if not isinstance(data, dict):
        raise RecordingError(f"damaged: {str(data)[:60]!r} is no event", name, number)
    return data


def _header(line: bytes, name: str) -> Header:
    """Return the header, if it is one of a version that this program reads."""
    data = _object(line, name, 1)
    if data.pop("event", None) != "recording" or "format" not in data:
        raise RecordingError("is not a recording of ipwrap: the header is missing", name, 1)
    if data["format"] != FORMAT:
        raise RecordingError(
            f"has format {data['format']}, and this ipwrap ({__version__}) reads {FORMAT}; use a newer ipwrap",
            name,
            1,
        )
    known = {key: data[key] for key in data if key in fields_dict(Header)}
    if known.get("owner") is not None:
        known["owner"] = _owner(known["owner"], name)
    if "normalised" in known:
        known["normalised"] = tuple(known["normalised"])
    return Header(**known)


def _owner(data: Any, name: str) -> ProcessIdentity:
    """Return the process that wrote the recording."""
    try:
        renamed = {OLD_OWNER_KEYS.get(key, key): value for key, value in data.items()}
        return ProcessIdentity(**renamed)
    except (TypeError, AttributeError) as error:
        raise RecordingError(
            f"damaged: the header's owner is not whole: {error}", name, 1
        ) from error


def _number(data: Json) -> int:
    """Return a command's number."""
    if not isinstance(data["n"], int):
        raise ValueError(f"n: {data['n']!r} is no number")
    return data["n"]


def _asked(data: Json, waiting: Waiting) -> CommandEvent:
    """Return a command event; it waits for its result."""
    asked = CommandEvent(_number(data), command_from_json(data), data.get("at"))
    waiting[asked.number] = asked
    return asked


def command_from_json(data: Json) -> Command:
    """Return a command from its object."""
    becomes = data.get("becomes")
    secrets = {f"${name}": Secret(None, name) for name in data.get("secrets", ())}
    stdin = data.get("stdin")
    return Command(
        [secrets.get(word, word) for word in data["argv"]] if secrets else data["argv"],
        data["netns"],
        stdin=secrets.get(stdin or "", stdin),
        changes=data["changes"],
        batch=data.get("batch", False),
        timeout=data.get("timeout"),
        output_secret=data.get("prints"),
        creates=tuple(_made(each) for each in data.get("makes", ())),
        deletes=tuple((noun, netns, thing) for noun, netns, thing in data.get("drops", ())),
        renames=LinkRename(**becomes) if becomes else None,
    )


def _made(data: Json) -> CreatedObject:
    """Return a made thing from its object."""
    return CreatedObject(
        data["noun"], data["name"], tuple(data["undo"]), data["netns"], tuple(data["on"])
    )


def _answered(data: Json, waiting: Waiting) -> ResultEvent:
    """Return a result event, with the command that waits for it."""
    n = _number(data)
    said = {key: data[key] for key in SAID}
    if n not in waiting:
        raise OrphanResult(f"a result of command {n}, which is not there or has one already")
    asked = waiting.pop(n)
    if len(data) > 1 + len(SAID):
        said |= {key: data[key] for key in ("timed_out", "text") if key in data}
    return ResultEvent(n, Result(asked.command, call_site=asked.call_site, **said))


READERS: dict[str, Callable[[Json, Waiting], Event]] = {
    "note": lambda data, _: Note(data["text"]),
    "command": _asked,
    "result": _answered,
    "snapshot": lambda data, _: Snapshot(data["state"], data.get("asked", False)),
    "end": lambda data, _: End(data["error"], data.get("failed"), data["state"]),
}
