"""A file and a folder for programs of a place.

The file is gone with this process, however the process ends; so is the folder in a sandbox.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ipwrap.errors import IpwrapError, PlaceError
from ipwrap.places.base import Place
from ipwrap.places.remote import is_remote
from ipwrap.system.programs import command_environment
from ipwrap.system.temporary import temporary_files

__all__ = ["scratch_file", "scratch_folder"]

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


@contextlib.contextmanager
def scratch_folder(place: Place) -> Iterator[str]:
    """Make a folder in an open place, and yield its path there: a TMPDIR for programs.

    As in /tmp, every user may write to it. The end of the block removes it with what is in it.
    Raises `IpwrapError` where it cannot be made.
    """
    parent = "/run"  # a sandbox's own, which ends with it
    if not place.isolated:
        parent = "/tmp" if is_remote(place) else tempfile.gettempdir()
    folder = f"{parent}/ipwrap-{os.getpid()}-{os.urandom(4).hex()}"

    made = _run(place, "mkdir", "-m", "1777", folder)
    if made.returncode:
        raise IpwrapError(f"there is no temporary folder: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        with contextlib.suppress(PlaceError):  # the sandbox may have ended
            _run(place, "rm", "-rf", folder)


def _run(place: Place, *argv: str) -> "subprocess.CompletedProcess[str]":
    """Run a program in a place."""
    return subprocess.run(
        place.wrap(argv),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=command_environment(),
    )


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
