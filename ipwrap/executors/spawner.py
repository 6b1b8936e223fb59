"""`Spawner`: the client of a helper program that starts workers and opens sockets inside a place.

A worker started through the helper costs an exec and no nsenter(1). Requests do not wait: a reply
is read when its content is needed.
"""

import errno
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
from ipwrap.system.programs import command_environment, require_linux

__all__ = ["PendingReply", "Spawner", "encode_netns"]

PROGRAM = str(Path(__file__).with_name("spawner_main.py"))
MAX_MESSAGE = 1 << 16

# Unread replies. The socket holds about 270; once it is full, the helper blocks in its reply, and
# takes no request any more.
MAX_PENDING = 32

REFUSED = b"-"  # a refusal without a reason: the helper has ended


@define(eq=False)
class PendingReply:
    """The reply to a request: packet and descriptors, empty until the reply has been read."""

    spawner: "Spawner"
    packet: bytes | None = None
    fds: list[int] = field(factory=list)

    def get(self) -> bytes:
        """Wait for the reply and return its text. Raises `ExecutorError` for a refusal."""
        self.spawner.receive_until(self)
        assert self.packet is not None

        text = self.packet[1:]
        if not self.packet.startswith(b"+"):
            raise ExecutorError(text.decode(errors="replace") or "the spawner has ended")

        return text

    def take_fd(self) -> int:
        """Return the descriptor that came with the reply.

        Raises `OSError` for none: the kernel drops it where the limit of this process is reached,
        unix(7), MSG_CTRUNC.
        """
        if not self.fds:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return self.fds.pop()


@define(eq=False)
class Spawner:
    """The helper program inside a place, and the socket to it."""

    _socket: socket.socket
    _process: "subprocess.Popen[bytes]"
    _pending: deque[PendingReply] = field(factory=deque)
    _lock: threading.RLock = field(factory=threading.RLock)

    @classmethod
    def open(cls, place: Place) -> "Spawner":
        """Start the helper program in a place. Raises `PlaceError` on a system other than Linux."""
        require_linux()
        parent_socket, child_socket = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        argv = place.wrap((sys.executable, "-I", "-S", PROGRAM))

        try:
            process = subprocess.Popen(
                argv,
                stdin=child_socket.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=command_environment(),
                start_new_session=True,  # a terminal's Ctrl-C does not reach the workers
            )
        except BaseException:
            parent_socket.close()
            raise
        finally:
            child_socket.close()

        return cls(parent_socket, process)

    def request(self, request: bytes, fds: tuple[int, ...] = ()) -> PendingReply:
        """Send a request with descriptors, and return the pending reply."""
        reply = PendingReply(self)
        with self._lock:
            if len(self._pending) >= MAX_PENDING:
                self.receive_until(self._pending[0])
            try:
                socket.send_fds(self._socket, [request], fds)
            except OSError as error:
                raise ExecutorError(f"the spawner has ended: {error}") from error
            self._pending.append(reply)

        return reply

    def receive_until(self, wanted: PendingReply) -> None:
        """Read replies, in the order of their requests, up to the wanted reply."""
        with self._lock:
            while wanted.packet is None:
                packet, fds = self._receive()
                reply = self._pending.popleft()
                reply.packet = packet or REFUSED
                reply.fds = fds
                if not packet:
                    self._refuse_pending()

    def _receive(self) -> tuple[bytes, list[int]]:
        """Return the next packet and its descriptors; an empty packet is the end."""
        try:
            packet, fds, _, _ = socket.recv_fds(
                self._socket, MAX_MESSAGE, 1, socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            return b"", []

        return packet, list(fds)

    def _refuse_pending(self) -> None:
        """Refuse all pending requests: the helper has ended."""
        while self._pending:
            self._pending.popleft().packet = REFUSED

    def close(self) -> None:
        """End the helper, by the end of its socket. A second call has no effect."""
        with self._lock:
            self._socket.close()

        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def encode_netns(name: str | None) -> bytes:
    """Return a namespace's name as an argument of a request; empty is the first namespace."""
    return os.fsencode(name or "")
