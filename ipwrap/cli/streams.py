"""The standard streams of the command line, where one may be closed, full, or cut by its reader.

A closed one is opened on /dev/null for the other direction, so that using it fails as it would have (EBADF), and no
file that is opened later takes its number. One whose reader has gone ends the command quietly, as `| head -1` wants it.
"""

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from attrs import define

__all__ = ["run"]

FALLBACKS = (
    os.O_WRONLY,
    os.O_RDONLY,
    os.O_WRONLY,
)  # by descriptor; what is written to a closed stderr is lost


class Input(io.FileIO):
    """Standard input, which remembers why it could not be read."""

    failure: OSError | None = None

    def readinto(self, buffer: Any, /) -> int | None:
        """Read into a buffer."""
        try:
            return super().readinto(buffer)
        except OSError as error:
            self.failure = error
            raise

    def readall(self) -> bytes:
        """Read up to the end."""
        try:
            return super().readall()
        except OSError as error:
            self.failure = error
            raise


class Output(io.FileIO):
    """Standard output, which remembers why it could not be written."""

    failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write bytes."""
        try:
            return super().write(data)
        except OSError as error:
            self.failure = error
            raise


class Messages(io.FileIO):
    """Standard error. What it does not take is lost: there is no other place to say so."""

    def write(self, data: Any, /) -> int:
        """Write bytes, if that is possible."""
        try:
            return super().write(data)
        except OSError:
            return len(data)


@define
class Streams:
    """Standard input and output, while a command runs."""

    stdin: Input
    stdout: Output

    @classmethod
    def take(cls) -> "Streams":
        """Open what is closed, and put streams that remember their failures in the place of Python's own."""
        for descriptor, flags in enumerate(FALLBACKS):
            _fill(descriptor, flags)

        stdin = Input(0, "r", closefd=False)
        stdout = Output(1, "w", closefd=False)

        if _is_plain(sys.stdin, 0):
            sys.stdin = _text(sys.stdin, io.BufferedReader(stdin))
        if _is_plain(sys.stdout, 1):
            sys.stdout = _text(sys.stdout, _buffered(sys.stdout, stdout))
        if _is_plain(sys.stderr, 2):
            sys.stderr = _text(sys.stderr, _buffered(sys.stderr, Messages(2, "w", closefd=False)))

        return cls(stdin, stdout)

    def owns(self, error: OSError) -> bool:
        """Tell whether an error is one of these streams'."""
        return error is self.stdin.failure or error is self.stdout.failure

    def flush(self) -> OSError | None:
        """Write out what is left for standard output; return why it cannot be written."""
        try:
            sys.stdout.flush()
        except OSError as error:
            return error
        return None

    def message(self, error: OSError) -> str | None:
        """Return what to say of an error; None where the reader has gone and wants no more."""
        if error is self.stdin.failure:
            return f"cannot read standard input: {error.strerror}"
        if error.errno == errno.EPIPE:
            return None
        return f"cannot write to standard output: {error.strerror}"


def run(command: Callable[[], object]) -> None:
    """Run a command and exit with its status, or with 1 where a standard stream failed it."""
    streams = Streams.take()
    status: Any = 0
    failure: OSError | None = None

    try:
        command()
    except SystemExit as ended:
        status = ended.code
    except OSError as error:
        if not streams.owns(error):
            raise
        failure = error
    finally:
        unwritten = streams.flush()
        if unwritten is not None:
            _mute(1)  # else Python would try once more when it ends, and print that it failed

    failure = failure or unwritten
    if failure is not None:
        status = status or 1
        message = streams.message(failure)
        if message is not None:
            print(f"ipwrap: {message}", file=sys.stderr)  # noqa: T201 - click.echo would be no safer

    sys.exit(status)


def _fill(descriptor: int, flags: int) -> None:
    """Open /dev/null as a descriptor that is closed."""
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, flags)
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)
        os.set_inheritable(descriptor, True)


def _mute(descriptor: int) -> None:
    """Let what is still written to a descriptor vanish."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)


def _is_plain(stream: TextIO | None, descriptor: int) -> bool:
    """Tell whether a stream is Python's own on a descriptor: no console of Windows, and nobody's replacement."""
    if stream is None:
        return True
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return type(raw) is io.FileIO and raw.fileno() == descriptor


def _buffered(stream: TextIO | None, raw: io.FileIO) -> Any:
    """Return a buffer before a descriptor, if the stream has one: it has none with `python -u`."""
    has_none = stream is not None and isinstance(getattr(stream, "buffer", None), io.RawIOBase)
    return raw if has_none else io.BufferedWriter(raw)


def _text(stream: TextIO | None, buffer: Any) -> io.TextIOWrapper:
    """Return a stream of text that encodes as another one does, which it replaces."""
    if not isinstance(stream, io.TextIOWrapper):
        return io.TextIOWrapper(buffer, encoding="utf-8")
    return io.TextIOWrapper(
        buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
