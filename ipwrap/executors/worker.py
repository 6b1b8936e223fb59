"""`Worker`: one `ip -force -batch -` (or `bridge`, `tc`) kept open, and the protocol of lines and fences to it.

After every command line a junk line is sent. iproute2 answers it on stderr, which is not buffered, with the number of
the line: when that has come, all that the command had to say on stderr is there, and what it printed on stdout is in
the pipe. The command failed if its own line's number was said to have failed, too (lib/utils.c do_batch()).
"""

import contextlib
import os
import select
import threading
import time
from collections.abc import Sequence
from typing import NoReturn

from attrs import define, field

from ipwrap.executors.spawner import PendingReply, Spawner, encode_netns

__all__ = ["Exchange", "Worker", "WorkerDied", "WorkerReply", "WorkerTimeout"]

FENCE = b".\n"
FENCE_ERROR = b'Object "." is unknown'  # what is said of the fence, before the number of its line
CHUNK = 1 << 16
SPIN_CHUNK = 1 << 12
SPIN_SECONDS = 150e-6  # seconds for which an answer is looked for before it is slept for


class WorkerDied(Exception):
    """The worker ended while, or before, a command ran: what it had said by then of that one, and of those before."""

    def __init__(self, out: bytes, err: bytes, said: "list[WorkerReply]", *, begun: bool) -> None:
        super().__init__()
        self.out = out
        self.err = err
        self.said = said
        self.begun = begun


class WorkerTimeout(Exception):
    """A command did not end in its time."""


@define
class WorkerReply:
    """What a worker said of one command."""

    failed: bool
    out: bytes
    err: bytes


@define(eq=False)
class Worker:
    """A process of iproute2 that runs one command after another.

    ``names`` are those it may remember; None is all. ``holds`` are the namespaces that it may hold open: before 6.15
    `ip link … netns NAME` leaves a descriptor of the namespace behind (57daf8ff), which keeps it and its links alive.
    """

    gate: Spawner
    answer: PendingReply
    stdin: int
    stdout: int
    stderr: int
    cached_names: set[str] | None
    held_netns: set[str] = field(factory=set)
    stale: bool = False
    lines: int = 0
    lock: threading.Lock = field(factory=threading.Lock)
    poll: "select.poll" = field(factory=lambda: select.poll())
    _closed: bool = False

    @classmethod
    def start(
        cls, gate: Spawner, netns: str | None, argv: Sequence[str], *, remembers_all: bool
    ) -> "Worker":
        """Start a worker in a namespace; it can be given commands at once."""
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        ours_err, theirs_err = os.pipe()
        theirs = (theirs_in, theirs_out, theirs_err)
        try:
            request = b"S" + b"\0".join([encode_netns(netns), *(word.encode() for word in argv)])
            answer = gate.request(request, theirs)
        except BaseException:
            for fd in (ours_in, ours_out, ours_err):
                os.close(fd)
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        for fd in (ours_in, ours_out, ours_err):
            os.set_blocking(fd, False)
        return cls(gate, answer, ours_in, ours_out, ours_err, None if remembers_all else set())

    def __attrs_post_init__(self) -> None:
        self.poll.register(self.stdout, select.POLLIN)
        self.poll.register(self.stderr, select.POLLIN)

    def run(self, line: bytes, timeout: float | None = None) -> WorkerReply:
        """Run one command and return what was said of it.

        Raises `WorkerDied`, which says by ``begun`` whether anything was written, and `WorkerTimeout`.
        """
        talk = Exchange(self, timeout)
        talk.send([line])
        talk.spin()
        return talk.receive_all()[0]

    def is_alive(self) -> bool:
        """Tell whether the process is there: one that has ended has closed its stderr."""
        return not any(event & (select.POLLHUP | select.POLLERR) for _, event in self.poll.poll(0))

    def status(self) -> int:
        """Return the exit status of a worker that has ended, -N for one ended by signal N."""
        return int(self.gate.request(b"Q" + self.answer.get()).get())

    def kill(self) -> None:
        """End the process at once."""
        self.gate.request(b"K" + self.answer.get())
        self.close()

    def close(self) -> None:
        """Let the process end, by the end of its input. Calling it again does nothing."""
        if not self._closed:
            self._closed = True
            for fd in (self.stdin, self.stdout, self.stderr):
                with contextlib.suppress(OSError):
                    os.close(fd)


@define(eq=False)
class Exchange:
    """Lines sent to a worker and what it says of them, written and read at once, so that no pipe fills up unread."""

    worker: Worker
    timeout: float | None = None
    replies: list[WorkerReply] = field(factory=list)
    _sent: int = 0
    _text: bytes = b""
    _out: bytearray = field(factory=bytearray)
    _err: bytearray = field(factory=bytearray)
    _has_written: bool = False
    _awaits_write: bool = False

    def send(self, lines: Sequence[bytes]) -> None:
        """Give the worker lines, each with its fence, without waiting for what it says of them."""
        self._text += b"".join([line + b"\n" + FENCE for line in lines])
        self._sent += len(lines)
        self._write()
        if self._text:
            self._poll_once(0)

    def spin(self) -> None:
        """Look for what is said for a moment, without sleeping: to be woken on another processor takes longer."""
        stderr, until = self.worker.stderr, time.perf_counter() + SPIN_SECONDS
        while len(self.replies) < self._sent and not self._text:
            try:
                data = os.read(stderr, SPIN_CHUNK)
            except BlockingIOError:
                if time.perf_counter() > until:
                    return
                os.sched_yield()
                continue
            if not data:  # it has ended
                return
            self._err += data
            self._take_replies()

    def receive_all(self) -> list[WorkerReply]:
        """Wait until something has been said of every line. Raises `WorkerDied` and `WorkerTimeout`."""
        while len(self.replies) < self._sent:
            if not self._poll_once(None if self.timeout is None else self.timeout * 1000):
                raise WorkerTimeout
        self.worker.lines += 2 * self._sent
        return self.replies

    def _poll_once(self, wait: float | None) -> bool:
        """Read and write what can be; wait for it so many milliseconds. Returns whether there was anything."""
        events = self.worker.poll.poll(wait)
        for fd, _ in events:
            if fd == self.worker.stdin:
                self._write()
            elif fd == self.worker.stdout:
                self._drain(fd, self._out)
            else:
                self._read_stderr()
        return bool(events)

    def _write(self) -> None:
        """Write what the pipe takes now; if it does not take all, ask to be told when it takes more."""
        try:
            written = os.write(self.worker.stdin, self._text)
        except BlockingIOError:
            written = 0
        except OSError as error:  # it is gone: what it said last is still to be read
            self._raise_death(error)
        self._has_written = self._has_written or written > 0
        self._text = self._text[written:]
        if bool(self._text) is not self._awaits_write:
            self._awaits_write = not self._awaits_write
            if self._awaits_write:
                self.worker.poll.register(self.worker.stdin, select.POLLOUT)
            else:
                self.worker.poll.unregister(self.worker.stdin)

    def _read_stderr(self) -> None:
        """Read stderr, and take out what has ended with its fence."""
        open_ = self._drain(self.worker.stderr, self._err)
        self._take_replies()
        if not open_ and len(self.replies) < self._sent:
            self._raise_death(None)

    def _take_replies(self) -> None:
        """Take out of what was read what has ended with its fence."""
        while len(self.replies) < self._sent:
            line = self.worker.lines + 2 * len(self.replies) + 2
            before, mark, after = self._err.partition(b"Command failed -:%d\n" % line)
            if not mark:
                return
            self._err = after
            self._drain(self.worker.stdout, self._out)
            self._append_reply(before, line)

    def _append_reply(self, before: bytearray, line: int) -> None:
        """Enter what was said of one line: all that came before the junk line's own complaint."""
        body = before[: before.rfind(FENCE_ERROR)]
        own = b"Command failed -:%d\n" % (line - 1)
        failed = body.endswith(own)
        self.replies.append(WorkerReply(failed, bytes(self._out), bytes(body.removesuffix(own))))
        self._out.clear()

    def _drain(self, fd: int, into: bytearray) -> bool:
        """Read all that is there now. Returns False at the end of the pipe."""
        while True:
            try:
                data = os.read(fd, CHUNK)
            except BlockingIOError:
                return True
            into += data
            if len(data) < CHUNK:
                return bool(data)

    def _raise_death(self, cause: OSError | None) -> NoReturn:
        """Say what the worker had said when it ended."""
        for fd, into in ((self.worker.stdout, self._out), (self.worker.stderr, self._err)):
            self._drain(fd, into)
        self._take_replies()
        raise WorkerDied(
            bytes(self._out), bytes(self._err), self.replies, begun=self._has_written
        ) from cause
