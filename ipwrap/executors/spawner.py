"""`Spawner`: our end of the program inside a place that starts workers in its namespaces and opens sockets there.

Starting a worker through it costs one exec and no nsenter, and does not wait: answers are read when they are needed.
"""

import os
import socket
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

from attrs import define, field

from ipwrap.errors import ExecutorError
from ipwrap.places import Place
from ipwrap.system.programs import environment, need_linux

__all__ = ["PendingReply", "Spawner", "encode_netns"]

PROGRAM = str(Path(__file__).with_name("spawner_main.py"))
MAX_MESSAGE = 1 << 16
MAX_PENDING = 32  # answers not read yet: the socket holds some 270; when it is full, the program inside waits for us


@define(eq=False)
class PendingReply:
    """What the program inside will answer to a request."""

    gate: "Spawner"
    text: bytes | None = None
    fds: list[int] = field(factory=list)

    def get(self) -> bytes:
        """Wait for the answer and return it. Raises `ExecutorError` for a refusal."""
        self.gate.receive_until(self)
        assert self.text is not None
        if not self.text.startswith(b"+"):
            raise ExecutorError(
                self.text[1:].decode(errors="replace") or "the worker's gate is gone"
            )
        return self.text[1:]


@define(eq=False)
class Spawner:
    """The program inside a place, and the socket to it."""

    _socket: socket.socket
    _process: "subprocess.Popen[bytes]"
    _waiting: deque[PendingReply] = field(factory=deque)
    _lock: threading.RLock = field(factory=threading.RLock)

    @classmethod
    def open(cls, place: Place) -> "Spawner":
        """Start the program inside a place. Raises `PlaceError` where this is not Linux."""
        need_linux()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        argv = place.wrap((sys.executable, "-I", "-S", PROGRAM))
        try:
            process = subprocess.Popen(
                argv,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,
            )
        finally:
            theirs.close()
        return cls(ours, process)

    def request(self, request: bytes, fds: tuple[int, ...] = ()) -> PendingReply:
        """Send a request, and return where its answer will be."""
        answer = PendingReply(self)
        with self._lock:
            if len(self._waiting) >= MAX_PENDING:
                self.receive_until(self._waiting[0])
            try:
                socket.send_fds(self._socket, [request], fds)
            except OSError as error:
                raise ExecutorError(f"the worker's gate is gone: {error}") from error
            self._waiting.append(answer)
        return answer

    def receive_until(self, wanted: PendingReply) -> None:
        """Read answers, in the order of their requests, up to the wanted one."""
        with self._lock:
            while wanted.text is None:
                text, fds = self._receive()
                answer = self._waiting.popleft()
                answer.text, answer.fds = text or b"-", fds
                if not text:
                    self._refuse_rest()

    def _receive(self) -> tuple[bytes, list[int]]:
        """Return the next answer; an empty one is the end."""
        try:
            text, fds, _, _ = socket.recv_fds(self._socket, MAX_MESSAGE, 1, socket.MSG_CMSG_CLOEXEC)
        except OSError:
            return b"", []
        return text, list(fds)

    def _refuse_rest(self) -> None:
        """Answer what still waits: nobody will."""
        while self._waiting:
            self._waiting.popleft().text = b"-"

    def close(self) -> None:
        """End the program inside. Calling it again does nothing."""
        with self._lock:
            self._socket.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def encode_netns(name: str | None) -> bytes:
    """Return a namespace's name as a request has it."""
    return os.fsencode(name or "")
