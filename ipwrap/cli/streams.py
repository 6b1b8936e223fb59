"""The standard streams of the command line, which may be closed, full, or a pipe without a reader.

A closed stream is opened on /dev/null in the wrong direction. Its use then fails with EBADF, as on
the closed stream, and no file opened later gets the stream's descriptor. A pipe whose reader has
gone ends the command without a message, as `| head -1` needs.
"""

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from attrs import define

__all__ = ["run"]

# The mode of /dev/null for each descriptor. Messages to a closed stderr are lost without an error.
FALLBACKS = (
    os.O_WRONLY,
    os.O_RDONLY,
    os.O_WRONLY,
)


class Input(io.FileIO):
    """Standard input. Remembers the error of a failed read."""

    failure: OSError | None = None

    def readinto(self, buffer: Any, /) -> int | None:
        """Read into a buffer."""
        try:
            return super().readinto(buffer)
        except OSError as error:
            self.failure = error
            raise

    def readall(self) -> bytes:
        """Read up to the end of the file."""
        try:
            return super().readall()
        except OSError as error:
            self.failure = error
            raise


class Output(io.FileIO):
    """Standard output. Remembers the error of a failed write."""

    failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write bytes."""
        try:
            return super().write(data)
        except OSError as error:
            self.failure = error
            raise


class Messages(io.FileIO):
    """Standard error. Unwritable messages are dropped: no stream is left to report the failure."""

    def write(self, data: Any, /) -> int:
        """Write bytes, if possible."""
        try:
            return super().write(data)
        except OSError:
            return len(data)


@define
class Streams:
    """Standard input and output while a command runs."""

    stdin: Input
    stdout: Output

    @classmethod
    def install(cls) -> "Streams":
        """Open closed descriptors, and replace Python's streams by those of this module."""
        for descriptor, flags in enumerate(FALLBACKS):
            _open_if_closed(descriptor, flags)

        stdin = Input(0, "r", closefd=False)
        stdout = Output(1, "w", closefd=False)

        if _is_python_stream(sys.stdin, 0):
            sys.stdin = _wrap_text(sys.stdin, io.BufferedReader(stdin))
        if _is_python_stream(sys.stdout, 1):
            sys.stdout = _wrap_text(sys.stdout, _add_buffer(sys.stdout, stdout))
        if _is_python_stream(sys.stderr, 2):
            stderr = Messages(2, "w", closefd=False)
            sys.stderr = _wrap_text(sys.stderr, _add_buffer(sys.stderr, stderr))

        return cls(stdin, stdout)

    def owns(self, error: OSError) -> bool:
        """Return whether the error came from standard input or output."""
        return error is self.stdin.failure or error is self.stdout.failure

    def flush(self) -> OSError | None:
        """Write the buffered output, and return the error of a failure."""
        try:
            sys.stdout.flush()
        except OSError as error:
            return error

        return None

    def message(self, error: OSError) -> str | None:
        """Return the message for an error, or None for a pipe whose reader has gone."""
        if error is self.stdin.failure:
            return f"cannot read standard input: {error.strerror}"

        if error.errno == errno.EPIPE:
            return None

        return f"cannot write to standard output: {error.strerror}"


def run(command: Callable[[], object]) -> None:
    """Run a command and exit with its status, or with 1 after a failure of a standard stream."""
    streams = Streams.install()
    status: Any = 0
    failure: OSError | None = None

    try:
        command()
    except SystemExit as system_exit:
        status = system_exit.code
    except OSError as error:
        if not streams.owns(error):
            raise
        failure = error
    finally:
        flush_error = streams.flush()
        if flush_error is not None:
            # At exit, Python flushes stdout again, and would print "Exception ignored in …".
            _redirect_to_null(1)

    failure = failure or flush_error
    if failure is not None:
        status = status or 1
        message = streams.message(failure)
        if message is not None:
            # click.echo would be no safer: stderr drops unwritable messages.
            print(f"ipwrap: {message}", file=sys.stderr)  # noqa: T201

    sys.exit(status)


def _open_if_closed(descriptor: int, flags: int) -> None:
    """Open /dev/null as the descriptor, if the descriptor is closed."""
    try:
        os.fstat(descriptor)
    except OSError:
        # open() returns the lowest free descriptor, which may differ from the wanted one.
        opened = os.open(os.devnull, flags)
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)
        os.set_inheritable(descriptor, True)


def _redirect_to_null(descriptor: int) -> None:
    """Discard further writes to a descriptor."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)


def _is_python_stream(stream: TextIO | None, descriptor: int) -> bool:
    """Return whether a stream is Python's own stream on a descriptor.

    A Windows console and a replacement, such as pytest's capture, are different streams. A closed
    stream (None) counts as Python's own.
    """
    if stream is None:
        return True

    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return type(raw) is io.FileIO and raw.fileno() == descriptor


def _add_buffer(stream: TextIO | None, raw: io.FileIO) -> Any:
    """Return a buffer over a descriptor, or the descriptor itself with `python -u`."""
    is_unbuffered = stream is not None and isinstance(getattr(stream, "buffer", None), io.RawIOBase)
    return raw if is_unbuffered else io.BufferedWriter(raw)


def _wrap_text(stream: TextIO | None, buffer: Any) -> io.TextIOWrapper:
    """Return a text stream over a buffer, with the settings of the replaced stream."""
    if not isinstance(stream, io.TextIOWrapper):
        return io.TextIOWrapper(buffer, encoding="utf-8")

    return io.TextIOWrapper(
        buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
