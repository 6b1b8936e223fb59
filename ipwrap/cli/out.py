"""Text written piece by piece, to stdout or to a file; a file is as it was until all of it has come."""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from ipwrap.errors import IpwrapError

__all__ = ["TEXT", "unwritable", "write"]

# Bytes that were no text leave as the bytes that they were, and lines end as a shell wants it, on Windows too.
TEXT: dict[str, Any] = {"encoding": "utf-8", "errors": "surrogateescape", "newline": "\n"}


def write(pieces: Iterable[str], output: str) -> None:
    """Write to a file, or to stdout for ``-``. Raises `IpwrapError` for a file that cannot be written.

    Where the pieces end with an error, a file is not touched. What stands on stdout by then stays there, and that is
    said on stderr.
    """
    target = Path(output)
    if output == "-":
        _to_stdout(pieces)
    elif target.exists() and not target.is_file():  # a device or a pipe
        with unwritable(output), open(target, "w", **TEXT) as stream:
            stream.writelines(pieces)
    else:
        _to_file(pieces, Path(os.path.realpath(target)))


def _to_stdout(pieces: Iterable[str]) -> None:
    """Write as the pieces come."""
    begun = False
    try:
        with click.open_file("-", "wb") as stream:
            for piece in pieces:
                begun = stream.write(piece.encode(TEXT["encoding"], TEXT["errors"])) > 0 or begun
    except IpwrapError:
        if begun:
            click.echo("ipwrap: what was written is not whole", err=True)
        raise


def _to_file(pieces: Iterable[str], target: Path) -> None:
    """Write beside a file, and put that in its place when all is there."""
    beside = target.with_name(f".{target.name[:200]}.{os.getpid()}")
    with unwritable(str(target)):
        try:
            with open(beside, "x", **TEXT) as stream:
                stream.writelines(pieces)
            if target.exists():
                beside.chmod(stat.S_IMODE(target.stat().st_mode))
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def unwritable(name: str) -> Iterator[None]:
    """Raise `IpwrapError`, with the path, for what cannot be written in the block."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise IpwrapError(f"{name}: cannot be written: {error.strerror}") from error
