"""A file for a place that is gone with this process, however the process ends."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ipwrap.places.base import Place
from ipwrap.system.temporary import temporary_files

__all__ = ["scratch_file"]

# Undecodable bytes of a recording are written as the same bytes.
ENCODING = ("utf-8", "surrogateescape")


@contextlib.contextmanager
def scratch_file(place: Place, lines: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Write lines to a file for programs of an open place; yield the path here, and in the place.

    In a sandbox, the file is on the private /run, which disappears with the sandbox. On a host, the
    file is in memory, and is named only by the number of this process's descriptor.
    """
    if place.isolated:
        name = f"/run/ipwrap-{os.getpid()}-{os.urandom(4).hex()}"
        path = Path(place.host_path(name))
        try:
            _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), lines)
            yield path, name
        finally:
            with contextlib.suppress(OSError):  # the sandbox may have ended
                path.unlink(missing_ok=True)
        return

    with temporary_files():
        descriptor = _open_unnamed()
    try:
        _write(os.dup(descriptor), lines)
        # /proc/self would be the program that reads the file.
        path = Path(f"/proc/{os.getpid()}/fd/{descriptor}")
        yield path, str(path)
    finally:
        os.close(descriptor)


def _open_unnamed() -> int:
    """Return the descriptor of a new file without a name."""
    if sys.platform == "linux":
        return os.memfd_create("ipwrap-script")

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(descriptor: int, lines: Iterable[str]) -> None:
    """Write lines, and close the descriptor."""
    encoding, errors = ENCODING
    with (
        temporary_files(),
        open(descriptor, "w", encoding=encoding, errors=errors, newline="\n") as stream,
    ):
        stream.writelines(lines)
