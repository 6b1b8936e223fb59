"""`Stream`: what a command that goes on has printed by now, and a way to wait for more.

`ProcessStream` is our end of `ipwrap.executors.stream_main`, which runs the command inside a place and ends it with us, however
we end. When it is opened the command listens: what a change causes from then on is not missed, and no time was guessed.
"""

import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, runtime_checkable

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError
from ipwrap.executors.base import Reply
from ipwrap.places import Place
from ipwrap.system.programs import environment, need

__all__ = ["FinishedStream", "MonitorExecutor", "ProcessStream", "Stream"]

MAX_PACKET = 1 << 16
TIMEOUT_SECONDS = 10.0  # seconds within which a command listens, or answers, or ends
PROGRAM = str(
    Path(__file__).with_name("stream_main.py")
)  # not imported: what it imports is Linux's own
ENDED_FROM_OUTSIDE = 137  # as a shell has it for SIGKILL


class Stream(Protocol):
    """A command that goes on, or the recording of one. It is for one thread at a time, but for `wait` and `end`."""

    @property
    def ended(self) -> bool:
        """Whether nothing more can come."""

    @property
    def reply(self) -> Reply:
        """All that it has printed by now; its status, 0 while it goes on and if it was ended by `end`."""

    def wait(self, seconds: float | None) -> None:
        """Wait until there is something to take, at most so long."""

    def take(self) -> Iterable[bytes | None]:
        """Return what it has printed since the last call; None where all that it had been told was printed."""

    def request_sync(self) -> int:
        """Ask to be told when all that was caused by now has come; return the number of the question."""

    @property
    def syncs_seen(self) -> int:
        """How many questions have been answered."""

    def end(self) -> None:
        """End it, when all that was caused by now has come; it has ended when that was taken."""

    def close(self) -> None:
        """Give up what it holds. Calling it again does nothing."""


@runtime_checkable
class MonitorExecutor(Protocol):
    """An executor that can start commands that go on."""

    def listen(self, command: Command, place: Place) -> Stream:
        """Start a command; when this returns, it listens, or has ended."""


@define(eq=False)
class ProcessStream:
    """A command that runs in a place."""

    _socket: socket.socket
    _process: "subprocess.Popen[bytes]"
    ended: bool = False
    syncs_seen: int = 0
    _asked: int = 0
    _status: int = 0
    _ending: bool = False
    _out: bytearray = field(factory=bytearray)
    _err: bytearray = field(factory=bytearray)
    _fresh: list[bytes | None] = field(factory=list)

    @classmethod
    def open(cls, command: Command, place: Place) -> "ProcessStream":
        """Start a command in a place, and wait until it listens, or has ended. Raises `ExecutorError`."""
        need(command.argv[0])
        argv = place.wrap((sys.executable, "-I", "-S", PROGRAM, *command.full_argv))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        environ = {**environment(), "NO_COLOR": "1"}  # it is given a terminal
        with theirs:
            process = subprocess.Popen(
                argv,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environ,
                start_new_session=True,  # so that Ctrl-C reaches only us
            )
        stream = cls(ours, process)
        try:
            stream._begin(command)
        except BaseException:
            stream.close()
            raise
        return stream

    def _begin(self, command: Command) -> None:
        """Wait until it listens."""
        until = time.monotonic() + TIMEOUT_SECONDS
        fresh: list[bytes | None] = []
        while not self.ended and None not in fresh:
            if time.monotonic() > until:
                raise ExecutorError(
                    f"{command.line}: it did not begin to listen within {TIMEOUT_SECONDS:.0f} s"
                )
            self.wait(until - time.monotonic())
            fresh += self.take()
        self._fresh = fresh

    @property
    def reply(self) -> Reply:
        """What it has printed by now."""
        out, err = (
            bytes(each).decode("utf-8", "surrogateescape") for each in (self._out, self._err)
        )
        return Reply(self._status, out, err)

    def wait(self, seconds: float | None) -> None:
        """Wait until there is a packet, or the end."""
        if self._fresh:
            return
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.poll(None if seconds is None else max(seconds, 0) * 1000)

    def take(self) -> list[bytes | None]:
        """Return what the packets hold that have come."""
        fresh, self._fresh = self._fresh, []
        while not self.ended:
            try:
                packet = self._socket.recv(MAX_PACKET)
            except BlockingIOError:
                break
            except OSError:
                packet = b""
            fresh += self._read(packet[:1], packet[1:])
        return fresh

    def _read(self, kind: bytes, rest: bytes) -> list[bytes | None]:
        """Take note of one packet; return what it holds."""
        if kind == b"o":
            self._out += rest
            return [rest]
        if kind == b"e":
            self._err += rest
            return []
        if kind == b"x" or not kind:
            self.ended = True
            self._status = 0 if self._ending else _status(int(rest)) if rest else ENDED_FROM_OUTSIDE
        self.syncs_seen += kind == b"="
        return [None]

    def request_sync(self) -> int:
        """Ask for a mark behind all that was caused by now."""
        self._asked += 1
        self._say(b"?")
        return self._asked

    def end(self) -> None:
        """Have the command ended."""
        self._ending = True
        self._say(b"c")

    def _say(self, what: bytes) -> None:
        """Say something; that nobody hears it any more is told by the end."""
        try:
            self._socket.send(what)
        except OSError:
            return

    def close(self) -> None:
        """End the command at once, by the end of the socket."""
        self.ended = True
        self._socket.close()
        try:
            self._process.wait(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _status(code: int) -> int:
    """Return an exit status as a shell has it, also for one that was ended by a signal."""
    return code if code >= 0 else 128 - code


@define(eq=False)
class FinishedStream:
    """What a command has printed, all of it: from a recording, or nothing at all."""

    reply: Reply
    ended: bool = True
    syncs_seen: int = 0
    _taken: bool = False

    def wait(self, seconds: float | None) -> None:
        """There is nothing to wait for."""

    def take(self) -> list[bytes | None]:
        """Return all of it, once."""
        if self._taken:
            return []
        self._taken = True
        return [self.reply.stdout.encode("utf-8", "surrogateescape"), None]

    def request_sync(self) -> int:
        """Everything has come."""
        return self.syncs_seen

    def end(self) -> None:
        """It has ended."""

    def close(self) -> None:
        """There is nothing to give up."""
