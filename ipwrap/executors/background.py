"""`BackgroundProgram`: a program beside the session; `HeldProgram`: a program inside a place.

`HeldProgram` is the client of `ipwrap.executors.background_main`, a helper program that starts the
program inside the place. When this process ends, however abruptly, the helper ends the program and
its descendants. Output goes to files, never to pipes: a program never waits for a reader, nor dies
of a closed pipe.
"""

import contextlib
import json
import os
import select
import socket
import subprocess
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol, Self, runtime_checkable

from attrs import define, field

from ipwrap.command import SEARCH_PATH, Command
from ipwrap.errors import ExecutorError
from ipwrap.executors import helper_process
from ipwrap.executors.exit_status import ENDED_FROM_OUTSIDE, to_shell_status
from ipwrap.executors.output_archive import ArchivedOutput, archive_output, open_unnamed_file
from ipwrap.places import Place
from ipwrap.secrets.secret import reveal
from ipwrap.system.forks import close_in_children
from ipwrap.system.polling import LONGEST_POLL, to_milliseconds
from ipwrap.system.programs import require_program
from ipwrap.system.shortage import raise_as
from ipwrap.system.uts import without_uts

__all__ = ["BackgroundExecutor", "BackgroundProgram", "HeldProgram"]

MAX_PACKET = 1 << 12
# A path: the helper runs by itself, and importing the module would fail on other systems.
PROGRAM = str(Path(__file__).with_name("background_main.py"))
MAX_KEPT = 1 << 12  # bytes of the output of an ended program that stay in memory
MAX_ARCHIVED = 1 << 24  # a longer one keeps its file: to copy it would take long


class BackgroundProgram(Protocol):
    """A started program, running or ended; in a playback, a recorded program."""

    @property
    def pid(self) -> int:
        """The pid inside the place, which is the number of the process group as well."""

    @property
    def status(self) -> int | None:
        """The exit status as of a shell, 128 + N for an end by signal N; None while it runs."""

    def wait(self, seconds: float | None) -> bool:
        """Wait for the end, at most ``seconds``; None waits for ever. Return whether it ended."""

    def send_signal(self, number: int) -> None:
        """Send a signal to the process group."""

    def output(self) -> tuple[bytes, bytes]:
        """Return the output so far: stdout and stderr; with a log, both in the first text."""

    def close(self) -> None:
        """End the program and everything that it has started. A second call has no effect."""


@runtime_checkable
class BackgroundExecutor(Protocol):
    """An executor that can start background processes."""

    def start(self, command: Command, place: Place, *, log: str | None) -> BackgroundProgram:
        """Start a program. Raises `ExecutorError` for one that cannot be run."""


@define(eq=False)
class HeldProgram:
    """A program that a helper holds inside a place."""

    pid: int
    _socket: socket.socket
    _helper: "subprocess.Popen[bytes]"
    _stdout: "OutputFile"
    _stderr: "OutputFile | None"
    _status: int | None = None
    _is_closed: bool = False
    _lock: threading.RLock = field(factory=threading.RLock)
    _closing: threading.RLock = field(factory=threading.RLock)

    @classmethod
    def start(cls, command: Command, place: Place, *, log: str | None) -> "HeldProgram":
        """Start a command. Raises `ExecutorError`."""
        # Of many short programs, as of the children of `subprocess`, none stays a zombie.
        for reference in _open_programs.valuerefs():
            earlier_program = reference()
            if earlier_program is not None:
                earlier_program.close_if_over()

        # With a search path of its own, `env` looks for the program.
        has_search_path = command.env is not None and SEARCH_PATH in command.env
        require_program("env" if has_search_path else without_uts(command.argv)[0])

        with raise_as(ExecutorError, f"{command.line}: cannot be run"):
            stdout = OutputFile.unnamed() if log is None else OutputFile.log(log)
            stderr = OutputFile.unnamed() if log is None else None
            outputs = (stdout.descriptor, (stderr or stdout).descriptor)
            parent_socket, child_socket = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

            with child_socket, _open_request(command) as request, _open_stdin(command) as stdin:
                helper = helper_process.start_helper(PROGRAM, place, requests=child_socket)
                files = [request.fileno(), stdin.fileno(), *outputs]
                socket.send_fds(parent_socket, [b"r"], files)

        program = cls(0, parent_socket, helper, stdout, stderr)
        close_in_children(program)
        _open_programs[id(program)] = program
        try:
            program.pid = program._receive_pid(command, place)
        except BaseException:
            program.close()
            raise
        return program

    def _receive_pid(self, command: Command, place: Place) -> int:
        """Return the pid of the program. Raises `ExecutorError` for one that did not start."""
        packet = b""
        if self._has_packet(helper_process.HELPER_SECONDS):
            # A helper that has ended without reading its request resets the connection.
            with contextlib.suppress(ConnectionError):
                packet = self._socket.recv(MAX_PACKET)
        if packet.startswith(b"p"):
            return int(packet[1:])

        if packet.startswith(b"f"):
            reason = packet[1:].decode("utf-8", "surrogateescape")
        else:
            place.wrap(("true",))  # a place that has ended raises the better error
            reason = "its helper has ended, or did not answer"
        raise ExecutorError(f"{command.line}: cannot be run: {reason}")

    def _has_packet(self, seconds: float | None) -> bool:
        """Wait for a packet, or the end of the helper. Return whether one of them has come."""
        poll = select.poll()
        try:
            poll.register(self._socket, select.POLLIN)
        except ValueError:  # another thread has closed the program
            return True
        return bool(poll.poll(to_milliseconds(seconds)))

    @property
    def status(self) -> int | None:
        """The exit status as of a shell; None while the program runs."""
        self.wait(0)
        return self._status

    def wait(self, seconds: float | None) -> bool:
        """Wait for the end. Return whether the program has ended."""
        deadline = None if seconds is None else time.monotonic() + seconds

        while self._status is None:
            remaining = None if deadline is None else deadline - time.monotonic()
            if self._has_packet(remaining):
                self._note_end()
            elif remaining is not None and remaining <= LONGEST_POLL:
                break

        return self._status is not None

    def _note_end(self) -> None:
        """Receive a packet: the status of the program, or the end of its helper."""
        with self._lock:
            if self._status is not None:
                return

            try:
                packet = self._socket.recv(MAX_PACKET, socket.MSG_DONTWAIT)
            except BlockingIOError:  # another thread has received it
                return
            except OSError:
                packet = b""

            if packet.startswith(b"x"):
                self._status = to_shell_status(int(packet[1:]))
            elif not packet:
                self._status = ENDED_FROM_OUTSIDE

            if self._status is not None:
                # Nothing more will come: wake the other threads that wait for a packet.
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RD)

    def send_signal(self, number: int) -> None:
        """Send a signal to the process group. A helper that has ended is noticed by `wait`."""
        try:
            # Without the flag, a script that has SIGPIPE at its default would end.
            self._socket.send(b"s%d" % number, socket.MSG_NOSIGNAL)
        except OSError:
            return

    def output(self) -> tuple[bytes, bytes]:
        """Return what was printed up to now."""
        stderr = b"" if self._stderr is None else self._stderr.read()
        return self._stdout.read(), stderr

    def close(self) -> None:
        """End the program, by the end of the socket, and wait until its helper has ended."""
        # A close that Ctrl-C has cut short is done again by the next call.
        with self._closing:
            if self._is_closed:
                return

            # Not closed at once: a program that ends now still reports its status.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            self.wait(helper_process.STOP_SECONDS)
            self._socket.close()
            helper_process.end_process(self._helper)
            self._status = ENDED_FROM_OUTSIDE if self._status is None else self._status

            for file in (self._stdout, self._stderr):
                if file is not None:
                    file.release()
            self._is_closed = True
            _open_programs.pop(id(self), None)

    def close_if_over(self) -> None:
        """Close a program that has ended and has left nothing running: its helper has ended."""
        if self._helper.poll() is not None and self.wait(0):
            self.close()

    def close_in_child(self) -> None:
        """Close this child's copy of the socket: the program stays that of the parent."""
        self._is_closed = True
        self._status = ENDED_FROM_OUTSIDE
        self._socket.close()


@define(eq=False)
class OutputFile:
    """The file of an output: the program writes to it, and it stays readable after the end."""

    descriptor: int
    _content: bytes | ArchivedOutput | None = field(default=None, init=False)
    _close: Callable[[], object] = field(init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._close = weakref.finalize(self, os.close, self.descriptor)

    @classmethod
    def unnamed(cls) -> Self:
        """Open a file that disappears with its last descriptor."""
        return cls(open_unnamed_file())

    @classmethod
    def log(cls, path: str) -> Self:
        """Open and empty a user's file, as `>` of a shell does.

        O_APPEND: programs that share a log do not overwrite each other's lines.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
        return cls(os.open(path, flags, 0o666))

    def read(self) -> bytes:
        """Return the output so far, without moving the position of the printing program.

        For an unreadable log, such as a named pipe, the output is empty.
        """
        with self._lock:
            if isinstance(self._content, ArchivedOutput):
                return self._content.read()
            if self._content is not None:
                return self._content

            size = os.fstat(self.descriptor).st_size
            return os.pread(self.descriptor, size, 0) if size else b""

    def release(self) -> None:
        """Keep the output without a descriptor: a session may start thousands of programs."""
        with self._lock:
            if self._content is not None:
                return
            size = os.fstat(self.descriptor).st_size
            if size > MAX_ARCHIVED:
                return

            if size > MAX_KEPT:
                try:
                    self._content = archive_output(self.descriptor, size)
                except OSError:  # no room for a copy
                    return
            else:
                self._content = os.pread(self.descriptor, size, 0) if size else b""
            self._close()


# Those that are not closed.
_open_programs: "weakref.WeakValueDictionary[int, HeldProgram]" = weakref.WeakValueDictionary()


def _open_request(command: Command) -> IO[bytes]:
    """Return a file with the request to the helper."""
    request: dict[str, object] = {
        "argv": [reveal(argument) for argument in command.full_argv],
        "env": {name: reveal(value) for name, value in command.variables.items()},
        "cwd": command.cwd,
    }
    return _memory_file(json.dumps(request).encode())


def _open_stdin(command: Command) -> IO[bytes]:
    """Return a file with the stdin of a command."""
    if command.stdin is None:
        return open(os.devnull, "rb")
    return _memory_file(reveal(command.stdin).encode("utf-8", "surrogateescape"))


def _memory_file(content: bytes) -> IO[bytes]:
    """Return a file with a content, to be read from the start.

    The file is in memory, not on a disk, since the content may have secrets.
    """
    file = os.fdopen(os.memfd_create("ipwrap"), "w+b")
    file.write(content)
    file.seek(0)
    return file
