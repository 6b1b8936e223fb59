"""`OutputArchive`: the outputs of ended programs in one file, to save file descriptors."""

import os
import threading
import weakref
from typing import Self

from attrs import define, field

__all__ = ["ArchivedOutput", "OutputArchive", "archive_output", "open_unnamed_file"]

MAX_ARCHIVE = 1 << 26  # bytes, after which another file is begun
CHUNK = 1 << 20


@define(eq=False)
class OutputArchive:
    """An unnamed file. It is closed with the last output in it."""

    descriptor: int
    owner: int = field(factory=os.getpid)  # a forked child shares the file, and must not write
    size: int = 0
    _close: object = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._close = weakref.finalize(self, os.close, self.descriptor)

    @classmethod
    def open(cls) -> Self:
        """Open a new file. Raises `OSError`."""
        return cls(open_unnamed_file())

    def store(self, descriptor: int, size: int) -> "ArchivedOutput":
        """Copy the first bytes of a file to the end of this one. Raises `OSError`."""
        begin = self.size
        copied = 0
        while copied < size:
            chunk = os.pread(descriptor, min(CHUNK, size - copied), copied)
            if not chunk:  # the file was cut meanwhile
                break
            written = 0
            while written < len(chunk):
                written += os.pwrite(self.descriptor, chunk[written:], begin + copied + written)
            copied += len(chunk)

        self.size = begin + copied
        return ArchivedOutput(self, begin, copied)


@define(eq=False)
class ArchivedOutput:
    """An output in an archive."""

    archive: OutputArchive
    begin: int
    size: int

    def read(self) -> bytes:
        """Return the output."""
        parts: list[bytes] = []
        position, end = self.begin, self.begin + self.size
        while position < end:
            part = os.pread(self.archive.descriptor, end - position, position)
            if not part:
                break
            parts.append(part)
            position += len(part)
        return b"".join(parts)


_lock = threading.Lock()
_current: "weakref.ref[OutputArchive] | None" = None


def archive_output(descriptor: int, size: int) -> ArchivedOutput:
    """Copy the first bytes of a file to the archive. Raises `OSError`, as for a full disk."""
    global _current

    with _lock:
        archive = None if _current is None else _current()
        if archive is None or archive.owner != os.getpid() or archive.size > MAX_ARCHIVE:
            archive = OutputArchive.open()
            _current = weakref.ref(archive)
        return archive.store(descriptor, size)


def open_unnamed_file() -> int:
    """Return the descriptor of a file that disappears with its last descriptor."""
    import tempfile  # imported late: sessions without background processes need no such file

    try:
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    except FileNotFoundError:  # no directory for temporary files can be written
        return os.memfd_create("ipwrap-output")
