"""Decode a recording's lines: the header, and then the events one after another."""

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
PendingCommands = dict[int, CommandEvent]  # by their numbers, until their results

RESULT_KEYS = ("status", "stdout", "stderr", "started", "seconds")
OPTIONAL_RESULT_KEYS = ("timed_out", "text")

OLD_OWNER_KEYS = {"since": "start_ticks"}  # keys of recordings from before 0.1.0


def open_lines(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a recording's file to read it. Raises `RecordingError`."""
    try:
        return open(path, "rb")
    except OSError as error:
        raise RecordingError(f"cannot be read: {error.strerror}", os.fspath(path)) from error


@define
class EventDecoder:
    """Decodes the lines of one file.

    ``name`` is the file's name in errors. ``truncated_line`` is the warning about a last line cut
    short by a crash. Only commands without results are kept in memory.
    """

    name: str
    truncated_line: str | None = None
    _pending: PendingCommands = field(factory=dict, repr=False)

    def decode_header(self, line: bytes) -> Header:
        """Return the header of the first line. Raises `RecordingError`."""
        if not line:
            raise RecordingError("is empty; a recording starts with a header", self.name)
        return _decode_header(line, self.name)

    def decode_events(
        self, lines: Iterable[bytes], *, skip: tuple[bytes, ...] = ()
    ) -> Iterator[Event]:
        """Yield the events of the lines behind the header; results have their commands.

        Lines with a prefix in ``skip`` are left out. Raises `RecordingError`.
        """
        for number, line in enumerate(lines, start=2):
            if line.startswith(skip):
                continue

            try:
                event = self._decode_event(line, number)
            except RecordingError:
                # Only the last line of a file can lack its newline: the writer crashed.
                if line.endswith(b"\n"):
                    raise
                self.truncated_line = (
                    f"{self.name}:{number}: the last line is torn; the rest was read"
                )
            else:
                yield event

    def _decode_event(self, line: bytes, number: int) -> Event:
        """Return the event of a line. Raises `RecordingError`."""
        data = _decode_object(line, self.name, number=number)
        kind = data.pop("event", None)

        decode = DECODERS.get(kind) if isinstance(kind, str) else None
        if decode is None:
            raise RecordingError(f"damaged: there is no event {kind!r}", self.name, line=number)

        try:
            return decode(data, self._pending)
        except OrphanResult as error:
            raise RecordingError(f"damaged: {error}", self.name, line=number) from error
        except (KeyError, TypeError, ValueError) as error:
            raise RecordingError(
                f"damaged: the {kind} event is not whole: {error!r}", self.name, line=number
            ) from error


class OrphanResult(Exception):
    """A result without a command, or a second result of a command."""


def _decode_object(line: bytes, name: str, *, number: int) -> Json:
    """Return the object of a line. Raises `RecordingError`."""
    try:
        data = reader.decode(line.decode("utf-8"), repair=False)
    except (OutputError, UnicodeDecodeError) as error:
        raise RecordingError(f"damaged: {error}", name, line=number) from error

    if not isinstance(data, dict):
        raise RecordingError(f"damaged: {str(data)[:60]!r} is no event", name, line=number)
    return data


def _decode_header(line: bytes, name: str) -> Header:
    """Return the header. Raises `RecordingError` for the format of a newer version."""
    data = _decode_object(line, name, number=1)

    if data.pop("event", None) != "recording" or "format" not in data:
        raise RecordingError("is not a recording of ipwrap: the header is missing", name, line=1)
    if data["format"] != FORMAT:
        raise RecordingError(
            f"has format {data['format']}, and this ipwrap ({__version__}) reads {FORMAT}; "
            "use a newer ipwrap",
            name,
            line=1,
        )

    # A later version of the same format may add keys.
    known = {key: value for key, value in data.items() if key in fields_dict(Header)}
    if known.get("owner") is not None:
        known["owner"] = _decode_owner(known["owner"], name)
    if "normalised" in known:
        known["normalised"] = tuple(known["normalised"])

    return Header(**known)


def _decode_owner(data: Any, name: str) -> ProcessIdentity:
    """Return the identity of the recording process."""
    try:
        renamed = {OLD_OWNER_KEYS.get(key, key): value for key, value in data.items()}
        return ProcessIdentity(**renamed)
    except (TypeError, AttributeError) as error:
        raise RecordingError(
            f"damaged: the header's owner is not whole: {error}", name, line=1
        ) from error


def _decode_number(data: Json) -> int:
    """Return the number of a command."""
    if not isinstance(data["n"], int):
        raise ValueError(f"n: {data['n']!r} is no number")
    return data["n"]


def _decode_command_event(data: Json, pending: PendingCommands) -> CommandEvent:
    """Return a command event, and keep the event until its result."""
    asked = CommandEvent(_decode_number(data), decode_command(data), data.get("at"))
    pending[asked.number] = asked
    return asked


def decode_command(data: Json) -> Command:
    """Return the command of an object."""
    argv = data["argv"]
    stdin = data.get("stdin")
    renames = data.get("becomes")

    # A secret is recorded as its name with a dollar: `$WG_KEY`.
    secrets = {f"${name}": Secret(None, name) for name in data.get("secrets", ())}
    if secrets:
        argv = [secrets.get(argument, argument) for argument in argv]
        stdin = secrets.get(stdin or "", stdin)

    return Command(
        argv,
        data["netns"],
        stdin=stdin,
        changes=data["changes"],
        batch=data.get("batch", False),
        timeout=data.get("timeout"),
        output_secret=data.get("prints"),
        creates=tuple(map(_decode_created_object, data.get("makes", ()))),
        deletes=tuple((noun, netns, name) for noun, netns, name in data.get("drops", ())),
        renames=LinkRename(**renames) if renames else None,
        from_file=True,
    )


def _decode_created_object(data: Json) -> CreatedObject:
    """Return the `CreatedObject` of an object.

    A recording of an earlier version has the deletion (``undo``) in place of the identity.
    """
    return CreatedObject(
        data["noun"],
        data["name"],
        data.get("identity", {}),
        data["netns"],
        tuple(data["on"]),
    )


def _decode_result_event(data: Json, pending: PendingCommands) -> ResultEvent:
    """Return a result event with the pending command of its number."""
    number = _decode_number(data)
    attributes = {key: data[key] for key in RESULT_KEYS}

    if number not in pending:
        raise OrphanResult(f"a result of command {number}, which is not there or has one already")
    asked = pending.pop(number)

    # Most results have no further key, and a recording may hold very many.
    if len(data) > 1 + len(RESULT_KEYS):
        attributes |= {key: data[key] for key in OPTIONAL_RESULT_KEYS if key in data}

    result = Result(asked.command, call_site=asked.call_site, **attributes)
    return ResultEvent(number, result)


DECODERS: dict[str, Callable[[Json, PendingCommands], Event]] = {
    "note": lambda data, _: Note(data["text"]),
    "command": _decode_command_event,
    "result": _decode_result_event,
    "snapshot": lambda data, _: Snapshot(data["state"], data.get("asked", False)),
    "end": lambda data, _: End(data["error"], data.get("failed"), data["state"]),
}
