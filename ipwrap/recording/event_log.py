"""The events of a recording as a sequence: compressed in memory, or in the recording's file.

Both logs decode an event only on reading, so that a long session needs little memory.
"""

import contextlib
import os
import stat
import threading
import zlib
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, overload

from attrs import define, field, setters
from msgspec import Struct

from ipwrap.errors import RecordingError
from ipwrap.recording.encode import encode_event
from ipwrap.recording.events import (
    BulkEvent,
    CommandEvent,
    CommandsEvent,
    Event,
    ResultsEvent,
)
from ipwrap.system.lazy import report_shortage
from ipwrap.system.shortage import describe_file_error

if TYPE_CHECKING:
    from ipwrap.recording.decode import EventDecoder

__all__ = [
    "EventLog",
    "FileLog",
    "MemoryLog",
    "RecordingFile",
    "count_events",
    "open_private",
    "raise_recording_error",
]

# The events of a compressed block. The latest ones are objects: a short session never encodes.
BLOCK = 256

# The speed counts, not the ratio: the lines of a session resemble each other anyway.
COMPRESSION_LEVEL = 1

IN_MEMORY = "the recording in memory"


class EventLog(Sequence[Event]):
    """The events in order, as a read-only sequence that equals a list of the same events.

    Events are appended by `Recording.append` only. Looking up an event by index reads all earlier
    events; iterating reads each event once.
    """

    lock: threading.Lock

    def lines(self) -> Iterator[bytes]:
        """Yield the events at the time of the call as lines of a file."""
        with self.lock:
            return self.copy_lines()

    @abstractmethod
    def copy_lines(self) -> Iterator[bytes]:
        """Yield the events at the time of the call as lines. The caller holds the lock."""

    @abstractmethod
    def __iter__(self) -> Iterator[Event]:
        """Yield the events at the time of the call."""

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        if isinstance(index, slice):
            return list(self)[index]

        position = index + len(self) if index < 0 else index
        if position < 0:
            raise IndexError("there is no such event")

        for event in islice(self, position, None):
            return event
        raise IndexError("there is no such event")

    def __reversed__(self) -> Iterator[Event]:
        return reversed(list(self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        if len(self) != len(other):
            return False
        return all(event == other_event for event, other_event in zip(self, other, strict=False))

    __hash__ = None  # type: ignore[assignment]  # as of a list: the events may grow

    def __repr__(self) -> str:
        return f"<{len(self)} events>"


def _copy_events(events: Iterable[Event | BulkEvent]) -> list[Event | BulkEvent]:
    """Return a list that the caller does not share."""
    return list(events)


class Block(Struct, frozen=True):
    """The compressed lines of some events. ``is_from_file``: the events are untrusted."""

    lines: bytes
    is_from_file: bool

    @classmethod
    def of(cls, events: list[Event | BulkEvent]) -> Self:
        """Return a block of events."""
        lines = b"".join(map(encode_event, events))
        is_from_file = any(
            isinstance(event, CommandEvent) and event.command.from_file for event in events
        )
        return cls(zlib.compress(lines, COMPRESSION_LEVEL), is_from_file)


@define(eq=False, repr=False, on_setattr=setters.NO_OP)  # each event sets an attribute
class MemoryLog(EventLog):
    """Events in memory: the latest events as objects, older events in compressed blocks of lines.

    A bulk event is kept as one object, and read as several events: ``_extra_count`` is the number
    of events read in excess of the objects. ``lock`` is the lock of the recording, held during an
    append.
    """

    _latest: list[Event | BulkEvent] = field(factory=list, converter=_copy_events)
    _blocks: list[Block] = field(factory=list, init=False)
    _extra_count: int = field(default=0, init=False)
    lock: threading.Lock = field(factory=threading.Lock, kw_only=True)

    def append(self, event: Event | BulkEvent) -> None:
        """Add an event. The caller holds the lock."""
        self._latest.append(event)
        self._extra_count += count_events(event) - 1

        if len(self._latest) >= 2 * BLOCK:
            self._blocks.append(Block.of(self._latest[:BLOCK]))
            del self._latest[:BLOCK]

    def __len__(self) -> int:
        with self.lock:
            return len(self._blocks) * BLOCK + len(self._latest) + self._extra_count

    def __iter__(self) -> Iterator[Event]:
        with self.lock:
            blocks, latest = list(self._blocks), list(self._latest)

        if blocks:
            decoder = _make_decoder(IN_MEMORY)
            yield from decoder.decode_events(_decompress(blocks, decoder))
        for event in latest:
            if isinstance(event, CommandsEvent | ResultsEvent):
                yield from event.expand()
            else:
                yield event

    def copy_lines(self) -> Iterator[bytes]:
        """Yield the events at the time of the call as lines. The caller holds the lock."""
        return chain(_decompress(list(self._blocks)), map(encode_event, list(self._latest)))


@define(eq=False, repr=False)
class FileLog(EventLog):
    """Events in the recording's file, and the lines still to be written.

    Raises `RecordingError` if the file has been deleted, replaced or damaged since.
    """

    _file: "RecordingFile"

    def __len__(self) -> int:
        with self._file.lock:
            return self._file.line_count + len(self._file.unwritten) + self._file.extra_count

    def __iter__(self) -> Iterator[Event]:
        return _make_decoder(self._file.path).decode_events(self.lines())

    @property
    def lock(self) -> threading.Lock:  # type: ignore[override]  # the file's, and never replaced
        """The lock of the file."""
        return self._file.lock

    def copy_lines(self) -> Iterator[bytes]:
        """Yield the events at the time of the call as lines. The caller holds the lock."""
        return self._read_lines(self._file.line_count, list(self._file.unwritten))

    def _read_lines(self, line_count: int, unwritten: list[bytes]) -> Iterator[bytes]:
        """Yield lines of the file, and then the lines that are not in the file."""
        from ipwrap.recording.decode import open_lines

        with open_lines(self._file.full_path) as stream:
            if not self._file.is_same(os.fstat(stream.fileno())):
                raise RecordingError(
                    "is another file than the one that the session was recorded to; "
                    "keep the file where it is for as long as the session is used",
                    self._file.path,
                )

            header = stream.readline()
            assert header.endswith(b"\n"), "the header is written before any event is read"
            yield from islice(stream, line_count)

        yield from unwritten


@define(eq=False)
class RecordingFile:
    """A file that grows line by line, and holds whole lines only, also after a failed write.

    - ``unwritten``: the lines that wait for `flush`; after a failure, the next `flush` writes again
    - ``line_count``: the number of lines in the file, without the header
    - ``extra_count``: the number of events in excess of the lines, from bulk events
    - ``is_regular``: whether the file can be read back, unlike a pipe or a device
    """

    path: str
    lock: threading.Lock = field(factory=threading.Lock, kw_only=True)
    unwritten: list[bytes] = field(factory=list, init=False)
    line_count: int = field(default=0, init=False)
    extra_count: int = field(default=0, init=False)
    full_path: str = field(init=False)
    is_regular: bool = field(init=False)
    _identity: tuple[int, int] = field(init=False)
    _stream: IO[bytes] | None = field(init=False)
    _size: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        """Create the file, or empty it. Raises `RecordingError`."""
        self.full_path = os.path.abspath(self.path)

        with raise_recording_error(self.path):
            # Without a buffer: after a failed write, a buffer would keep lines that this class
            # keeps as well, and write them once more when it is closed.
            self._stream = open(self.path, "wb", buffering=0, opener=open_private)  # noqa: SIM115

        status = os.fstat(self._stream.fileno())
        self.is_regular = stat.S_ISREG(status.st_mode)
        self._identity = (status.st_dev, status.st_ino)

    @property
    def is_open(self) -> bool:
        """Whether the file still grows."""
        return self._stream is not None

    def fileno(self) -> int:
        """Return the descriptor of the open file."""
        assert self._stream is not None, "a closed file has no descriptor"
        return self._stream.fileno()

    def write_header(self, line: bytes) -> None:
        """Write the first line. Raises `RecordingError`."""
        self._write(line)

    def is_at(self, path: Path) -> bool:
        """Return whether a path leads to this file."""
        try:
            return self.is_same(path.stat())
        except OSError:
            return False

    def is_same(self, status: os.stat_result) -> bool:
        """Return whether a status is of this file, and not of another file of the same name."""
        return self._identity == (status.st_dev, status.st_ino)

    def flush(self) -> None:
        """Write the waiting lines; the caller holds the lock. Raises `RecordingError`."""
        if self._stream is None or not self.unwritten:
            return

        data = b"".join(self.unwritten)
        if not self.is_regular:
            # Half of the lines may have left: they cannot be taken back, and are not repeated.
            self.unwritten.clear()
            self._write(data)
            return

        self._write(data)
        self.line_count += len(self.unwritten)
        self.unwritten.clear()

    def _write(self, data: bytes) -> None:
        """Write bytes completely, or none of them. Raises `RecordingError`."""
        assert self._stream is not None, "a closed file is not written"

        # Straight code instead of `raise_recording_error`: every command comes by twice.
        try:
            written = self._stream.write(data) or 0
            if written < len(data):
                self._write_rest(memoryview(data)[written:])
        except OSError as error:
            self._cut()
            raise _to_recording_error(error, self.path) from error

        self._size += len(data)

    def _write_rest(self, remaining: memoryview) -> None:
        """Write the bytes that the file did not take at once. Raises `OSError`."""
        assert self._stream is not None, "a closed file is not written"
        while remaining:
            remaining = remaining[self._stream.write(remaining) or 0 :]

    def _cut(self) -> None:
        """Remove the beginning of a line whose rest could not be written."""
        if self._stream is None or not self.is_regular:
            return

        with contextlib.suppress(OSError):
            os.ftruncate(self._stream.fileno(), self._size)
            os.lseek(self._stream.fileno(), self._size, os.SEEK_SET)

    def close(self) -> None:
        """Write the waiting lines and close the file, also where writing fails.

        The caller holds the lock. Raises `RecordingError`.
        """
        try:
            self.flush()
            if self._stream is not None:
                with raise_recording_error(self.path):
                    self._stream.close()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file, if it is still open, without the waiting lines."""
        stream, self._stream = self._stream, None

        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def count_events(event: Event | BulkEvent) -> int:
    """Return the number of events that are read from a line."""
    return event.event_count if isinstance(event, CommandsEvent | ResultsEvent) else 1


def _make_decoder(path: str) -> "EventDecoder":
    """Return a decoder. Imported late: a session that only records reads nothing back."""
    with report_shortage():
        from ipwrap.recording.decode import EventDecoder

    return EventDecoder(path)


def _decompress(blocks: Iterable[Block], decoder: "EventDecoder | None" = None) -> Iterator[bytes]:
    """Yield the lines of compressed blocks, and tell their decoder where the lines come from."""
    for block in blocks:
        if decoder is not None:
            decoder.is_from_file = block.is_from_file
        yield from zlib.decompress(block.lines).splitlines(keepends=True)


@contextlib.contextmanager
def raise_recording_error(path: str | None) -> Iterator[None]:
    """Raise `RecordingError` for a file that the block cannot write."""
    try:
        yield
    except OSError as error:
        raise _to_recording_error(error, path) from error


def _to_recording_error(error: OSError, path: str | None) -> RecordingError:
    """Return the error of a file that cannot be written."""
    return RecordingError(f"cannot be written: {describe_file_error(error)}", path)


def open_private(path: str, flags: int) -> int:
    """Open a file; only the owner can read a new file, since recordings may be confidential."""
    return os.open(path, flags, 0o600)
