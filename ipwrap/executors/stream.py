"""`Stream`: the output of a command that runs until stopped, and a way to wait for more output.

`ProcessStream` reads the packets of `ipwrap.executors.stream_main`, a helper program that runs the
command inside a place and kills the command when the Python process ends, however abruptly. An open
stream listens: no event caused after the return of `ProcessStream.open` is missed.
"""

import select
import socket
import time
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError
from ipwrap.executors import helper_process
from ipwrap.executors.base import Reply
from ipwrap.executors.exit_status import ENDED_FROM_OUTSIDE, to_shell_status
from ipwrap.executors.stream_helper import StreamHelper
from ipwrap.places import Place
from ipwrap.places.remote import is_remote
from ipwrap.system.forks import close_in_children
from ipwrap.system.polling import to_milliseconds
from ipwrap.system.programs import require_program

__all__ = ["FinishedStream", "MonitorExecutor", "ProcessStream", "Stream"]

MAX_PACKET = 1 << 16


class Stream(Protocol):
    """The output of a running command, or of a recorded one.

    Only `wait` and `end` may be called while another thread uses the stream.
    """

    @property
    def ended(self) -> bool:
        """Whether the output is complete."""

    @property
    def reply(self) -> Reply:
        """The output up to now. The status is 0 during the run, and after `end`."""

    def wait(self, seconds: float | None) -> None:
        """Wait until `take` has output to return, at most ``seconds``; None waits for ever."""

    def take(self) -> Iterable[bytes | None]:
        """Return the output since the last call.

        None marks a point at which the command had printed all earlier events.
        """

    def request_sync(self) -> int:
        """Request a mark behind the output for all events up to now. Return the request's number.

        The mark has come when `syncs_seen` has reached the number.
        """

    @property
    def syncs_seen(self) -> int:
        """The number of requested marks that have come."""

    def end(self) -> None:
        """Stop the command after the output for all events up to now; `take` then sees the end."""

    def close(self) -> None:
        """Release all resources. A second call has no effect."""


@runtime_checkable
class MonitorExecutor(Protocol):
    """An executor that can start commands which run until stopped."""

    def listen(self, command: Command, place: Place) -> Stream:
        """Start a command, and return when it listens for events or has ended."""


@define(eq=False)
class ProcessStream:
    """The output of a command running in a place.

    ``_own_helper`` is the helper that runs no other command; None for a shared one.
    """

    _socket: socket.socket
    _own_helper: StreamHelper | None
    ended: bool = False
    syncs_seen: int = 0
    _syncs_requested: int = 0
    _status: int = 0
    _is_ending: bool = False
    _out: bytearray = field(factory=bytearray)
    _err: bytearray = field(factory=bytearray)
    _untaken: list[bytes | None] = field(factory=list)

    @classmethod
    def open(
        cls, command: Command, place: Place, *, helper: StreamHelper | None = None
    ) -> "ProcessStream":
        """Start a command, and wait until it listens or has ended. Raises `ExecutorError`.

        A helper in the place that several streams share saves a process for each of them.
        """
        if is_remote(place):
            raise ExecutorError(
                f"{command.line}: no events are followed on another machine ({place.name}); "
                "run the session there, or look again and again: wait_for does so"
            )
        require_program(command.argv[0])

        own_helper = StreamHelper.open(place) if helper is None else None
        running_helper = helper or own_helper
        assert running_helper is not None
        try:
            stream = cls(running_helper.start(command), own_helper)
        except BaseException:
            if own_helper is not None:
                own_helper.close()
            raise

        close_in_children(stream)
        try:
            stream._wait_until_listening(command)
        except BaseException:
            stream.close()
            raise

        return stream

    def _wait_until_listening(self, command: Command) -> None:
        """Wait for the first mark, or the end."""
        deadline = time.monotonic() + helper_process.HELPER_SECONDS
        output: list[bytes | None] = []

        while not self.ended and None not in output:
            remaining = deadline - time.monotonic()
            if remaining < 0:
                limit = helper_process.HELPER_SECONDS
                raise ExecutorError(
                    f"{command.line}: it did not begin to listen within {limit:.0f} s"
                )
            self.wait(remaining)
            output += self.take()

        self._untaken = output

    @property
    def reply(self) -> Reply:
        """The output up to now."""
        stdout = self._out.decode("utf-8", "surrogateescape")
        stderr = self._err.decode("utf-8", "surrogateescape")

        return Reply(self._status, stdout, stderr)

    def wait(self, seconds: float | None) -> None:
        """Wait for a packet, or the end."""
        if self._untaken:
            return

        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.poll(to_milliseconds(seconds))

    def take(self) -> list[bytes | None]:
        """Return the content of all packets received since the last call."""
        output, self._untaken = self._untaken, []

        while not self.ended:
            try:
                packet = self._socket.recv(MAX_PACKET)
            except BlockingIOError:
                break
            except OSError:
                packet = b""
            output += self._read_packet(packet[:1], packet[1:])

        return output

    def _read_packet(self, kind: bytes, content: bytes) -> list[bytes | None]:
        """Process a packet of `stream_main`; return its output, or None as a mark."""
        if kind == b"o":
            self._out += content
            return [content]
        if kind == b"e":
            self._err += content
            return []

        if kind == b"=":
            # The number of the request: one whose packet was lost holds back no later one.
            self.syncs_seen = int(content)
        if kind == b"x" or not kind:
            self.ended = True
            self._status = self._final_status(content)
        return [None]

    def _final_status(self, content: bytes) -> int:
        """Return the exit status from the content of the last packet, empty if none came."""
        if self._is_ending:
            return 0
        if not content:
            return ENDED_FROM_OUTSIDE

        return to_shell_status(int(content))

    def fileno(self) -> int:
        """Return the descriptor that is readable once `take` has output, or sees the end."""
        return self._socket.fileno()

    def forget_output(self) -> None:
        """Forget the output returned by `take`, which would fill the memory in a watch of days."""
        self._out.clear()
        self._err.clear()

    def request_sync(self) -> int:
        """Request a mark behind the output for all events up to now."""
        self._syncs_requested += 1
        self._send(b"?%d" % self._syncs_requested)
        return self._syncs_requested

    def end(self) -> None:
        """Stop the command after the output for all events up to now."""
        self._is_ending = True
        self._send(b"c")

    def _send(self, packet: bytes) -> None:
        """Send a packet. A helper that has ended is noticed in `take`."""
        try:
            self._socket.send(packet)
        except OSError:
            return

    def close(self) -> None:
        """Kill the command, by the end of the socket."""
        self.ended = True
        self._socket.close()
        if self._own_helper is not None:
            self._own_helper.close()

    def close_in_child(self) -> None:
        """Close this child's copy of the socket: the stream ends for the child alone."""
        self.ended = True
        self._socket.close()


@define(eq=False)
class FinishedStream:
    """The complete output of a command, from a recording or a dry run."""

    reply: Reply
    ended: bool = True
    syncs_seen: int = 0
    _is_taken: bool = False

    def wait(self, seconds: float | None) -> None:
        """Return at once: the output is complete."""

    def take(self) -> list[bytes | None]:
        """Return the output on the first call, nothing on later calls."""
        if self._is_taken:
            return []

        self._is_taken = True
        return [self.reply.stdout.encode("utf-8", "surrogateescape"), None]

    def request_sync(self) -> int:
        """Return the number of a mark that has come."""
        return self.syncs_seen

    def end(self) -> None:
        """Do nothing: the command has ended."""

    def close(self) -> None:
        """Do nothing: no resources are held."""
