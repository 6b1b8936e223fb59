"""`Spawner`: the client of a helper program that starts workers and opens sockets inside a place.

A worker started through the helper costs an exec and no nsenter(1). Requests do not wait: a reply
is read when its content is needed. Requests are numbered, and a reply carries the number of the
request: Ctrl-C between two lines of this file may lose a reply, but never assigns a reply to a
wrong request. After an interruption the channel is closed, and the user opens another spawner.
"""

import contextlib
import errno
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import define, field

from ipwrap.errors import ExecutorError
from ipwrap.executors import helper_process
from ipwrap.places import Place
from ipwrap.system.forks import close_in_children
from ipwrap.system.programs import require_linux

__all__ = ["PendingReply", "Spawner", "encode_netns"]

PROGRAM = str(Path(__file__).with_name("spawner_main.py"))
MAX_MESSAGE = 1 << 16

# Unread replies. The socket holds about 270; once it is full, the helper blocks in its reply, and
# takes no request any more.
MAX_PENDING = 32

# How long a packet with descriptors is sent again, and the pause between, in seconds.
SEND_SECONDS, SEND_PAUSE = 1.0, 0.01

REFUSED = b"-"  # a refusal without a reason: the helper has ended
LOST = b"-the reply was lost by an interruption"


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

        Raises `OSError` without a descriptor: the kernel drops descriptors above the limit of this
        process, unix(7), MSG_CTRUNC.
        """
        if not self.fds:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return self.fds.pop()

    def close_in_child(self) -> None:
        """Close this child's copies of the descriptors."""
        self.close()

    def close(self) -> None:
        """Close the descriptors that nobody has taken."""
        while self.fds:
            with contextlib.suppress(OSError):
                os.close(self.fds.pop())

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # interrupted in its making
            self.close()


@define(eq=False)
class Spawner:
    """The helper program inside a place, and the socket to it."""

    _socket: socket.socket
    _process: "subprocess.Popen[bytes]"
    _last_number: int = 0
    _pending: dict[int, PendingReply] = field(factory=dict)
    _lock: threading.RLock = field(factory=threading.RLock)

    @classmethod
    def open(cls, place: Place) -> "Spawner":
        """Start the helper program in a place. Raises `PlaceError` on a system other than Linux."""
        require_linux()
        parent_socket, child_socket = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent_socket.settimeout(helper_process.HELPER_SECONDS)

        # An interruption leaves no descriptor behind: the socket objects close themselves, and the
        # helper ends with its socket.
        try:
            process = helper_process.start_helper(PROGRAM, place, requests=child_socket)
        except BaseException:
            parent_socket.close()
            raise
        finally:
            child_socket.close()

        spawner = cls(parent_socket, process)
        close_in_children(spawner)
        return spawner

    def request(self, request: bytes, fds: tuple[int, ...] = ()) -> PendingReply:
        """Send a request with descriptors, and return the pending reply.

        Raises `ExecutorError` for a helper that has ended, or that takes no request within
        `HELPER_SECONDS`.
        """
        reply = PendingReply(self)
        with self._lock, self._closed_by_interruption():
            if len(self._pending) >= MAX_PENDING:
                self.receive_until(next(iter(self._pending.values())))

            self._last_number += 1
            number = self._last_number
            self._pending[number] = reply
            try:
                self._send(b"%d %b" % (number, request), fds)
            except TimeoutError as error:
                self._give_up()
                raise ExecutorError(_slow_message()) from error
            except OSError as error:
                self._refuse_pending()
                raise ExecutorError(f"the spawner has ended: {error}") from error

        return reply

    def _send(self, packet: bytes, fds: tuple[int, ...]) -> None:
        """Send a packet; repeat while too many descriptors of this user are in transit: unix(7).

        The number falls as soon as other processes receive descriptors.
        """
        deadline = time.monotonic() + SEND_SECONDS
        while True:
            try:
                socket.send_fds(self._socket, [packet], fds)
                return
            except OSError as error:
                if error.errno != errno.ETOOMANYREFS or time.monotonic() > deadline:
                    raise
            time.sleep(SEND_PAUSE)

    def receive_until(self, wanted: PendingReply) -> None:
        """Read replies up to the wanted reply.

        Raises `ExecutorError` for a helper that does not reply within `HELPER_SECONDS`.
        """
        if wanted.packet is not None:
            return

        with self._lock, self._closed_by_interruption():
            while wanted.packet is None:
                is_open = self._read_reply()
                if not is_open and wanted.packet is None:
                    wanted.packet = REFUSED

    def _read_reply(self) -> bool:
        """Read a reply, and hand it to its request. Return False at the end of the channel."""
        try:
            packet, fds, _, _ = socket.recv_fds(
                self._socket, MAX_MESSAGE, 1, socket.MSG_CMSG_CLOEXEC
            )
        except TimeoutError as error:
            self._give_up()
            raise ExecutorError(_slow_message()) from error
        except OSError:
            packet, fds = b"", []

        if not packet:
            self._refuse_pending()
            return False

        digits, _, content = packet.partition(b" ")
        number = int(digits)

        # The helper replies in order: an older request without a reply gets none any more.
        for older_number in [pending for pending in self._pending if pending < number]:
            self._pending.pop(older_number).packet = LOST

        # The reply to a request that was interrupted is nobody's.
        reply = self._pending.get(number) or PendingReply(self)
        reply.fds = list(fds)
        if fds:
            close_in_children(reply)
        reply.packet = content
        self._pending.pop(number, None)
        return True

    @contextlib.contextmanager
    def _closed_by_interruption(self) -> Iterator[None]:
        """Close the channel where the block is interrupted: packets may be lost."""
        try:
            yield
        except ExecutorError:
            raise
        except BaseException:
            self._detach()
            raise

    def _detach(self) -> None:
        """Close the channel; the workers run on until their own pipes are closed."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(0)
            self._socket.send(b"0 D")
        self._socket.close()
        self._refuse_pending()

    @property
    def is_closed(self) -> bool:
        """Whether the channel is closed, by `close` or by an interruption."""
        return self._socket.fileno() < 0

    def _refuse_pending(self) -> None:
        """Refuse all pending requests: the helper has ended."""
        while self._pending:
            _, reply = self._pending.popitem()
            reply.packet = REFUSED

    def _give_up(self) -> None:
        """Kill a helper that does not reply, and the workers: a late reply must have no effect."""
        self._socket.close()
        self._refuse_pending()
        helper_process.end_process(self._process, seconds=0)

    def close_in_child(self) -> None:
        """Close this child's copy of the socket."""
        self._socket.close()

    def close(self) -> None:
        """End the helper, by the end of its socket, and the workers. A second call has no effect.

        A helper that was stopped is killed after `STOP_SECONDS`.
        """
        with self._lock:
            self._socket.close()
            self._refuse_pending()

        helper_process.end_process(self._process)


def _slow_message() -> str:
    """Return the message of the error for a helper that does not reply."""
    return (
        "the helper program that starts workers did not reply within "
        f"{helper_process.HELPER_SECONDS:.0f} s, and was killed: it was stopped (SIGSTOP), or the "
        "machine hangs; the next command starts a new helper"
    )


def encode_netns(name: str | None) -> bytes:
    """Return a namespace's name as an argument of a request; empty is the first namespace."""
    return os.fsencode(name or "")
