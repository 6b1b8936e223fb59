"""The way of all text to the user: messages and tables by `echo`, and exports by `write`.

Names of links, aliases and recorded output come from others, and must not control a terminal.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

from ipwrap.errors import IpwrapError
from ipwrap.jsonio.escape import escape_controls
from ipwrap.system.shortage import describe_file_error

__all__ = ["TEXT", "echo", "report_write_errors", "write", "write_bytes"]

# Undecodable bytes of a recording are written as the same bytes; a shell needs "\n" as line ending.
TEXT: dict[str, Any] = {"encoding": "utf-8", "errors": "surrogateescape", "newline": "\n"}


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print text on stdout or stderr, with control characters escaped."""
    click.echo(escape_controls(str(text), keep="\n\t"), err=err, nl=nl)


def write(pieces: Iterable[str], output: str) -> None:
    """Write pieces of text to a file, or to stdout for ``-``.

    An error of the iterable leaves a file as before. On stdout the pieces so far stay, and a
    message on stderr reports the incomplete output. A terminal gets control characters escaped, and
    a file as they are. Raises `IpwrapError` for an unwritable file.
    """
    target = Path(output)

    if output == "-":
        _write_to_stdout(pieces)
    elif target.exists() and not target.is_file():
        # A device or a pipe cannot be replaced by a new file.
        with report_write_errors(output), open(target, "w", **TEXT) as stream:
            stream.writelines(pieces)
    else:
        # A symbolic link stays: its target is replaced.
        _write_to_file(pieces, Path(os.path.realpath(target)))


def write_bytes(content: bytes, output: str) -> None:
    """Write bytes to a file, or to stdout for ``-``. Raises `IpwrapError` if that fails."""
    if output == "-":
        with click.open_file("-", "wb") as stream:
            stream.write(content)
        return

    target = Path(os.path.realpath(output))
    with report_write_errors(output):
        if target.exists() and not target.is_file():
            # A device or a pipe cannot be replaced by a new file.
            target.write_bytes(content)
            return
        with _replaced_file(target) as partial:
            partial.write_bytes(content)


def _write_to_stdout(pieces: Iterable[str]) -> None:
    """Write each piece to stdout as soon as the iterable yields the piece."""
    has_output = False
    if sys.stdout.isatty():
        pieces = (escape_controls(piece, keep="\n\t") for piece in pieces)

    try:
        with click.open_file("-", "wb") as stream:
            for piece in pieces:
                count = stream.write(piece.encode(TEXT["encoding"], TEXT["errors"]))
                has_output = has_output or count > 0
    except IpwrapError:
        if has_output:
            echo("ipwrap: the output is incomplete", err=True)
        raise


def _write_to_file(pieces: Iterable[str], target: Path) -> None:
    """Write a temporary file in the target's folder, then rename it to the target."""
    with report_write_errors(str(target)), _replaced_file(target) as partial:
        with open(partial, "w", **TEXT) as stream:
            stream.writelines(pieces)

        if target.exists():
            partial.chmod(stat.S_IMODE(target.stat().st_mode))


def _replaced_file(target: Path) -> AbstractContextManager[Path]:
    """Return the temporary file that replaces a file at the end of a block."""
    # Imported late: `ipwrap --help` writes no file.
    from ipwrap.system.temporary import replaced_file

    return replaced_file(target, mode=0o666)


@contextlib.contextmanager
def report_write_errors(name: str) -> Iterator[None]:
    """Raise `IpwrapError` with the file's name for an `OSError` in the block."""
    try:
        yield
    except BrokenPipeError:
        raise  # the command group ends without a message
    except OSError as error:
        raise IpwrapError(f"{name}: cannot be written: {describe_file_error(error)}") from error
