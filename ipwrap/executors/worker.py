"""`Worker`: an `ip -force -batch -` (or `bridge`, `tc`) kept open, and the protocol to it.

Every command line is followed by a fence: a junk line that iproute2 rejects on stderr, with the
number of the line. stderr is not buffered. Once the rejection of the fence arrives, the command's
stderr is complete, and its stdout is in the pipe. The command has failed if iproute2 also reported
the number of the command's line as failed (do_batch() in lib/utils.c).
"""

import contextlib
import os
import select
import threading
import time
from collections.abc import Iterable, Sequence
from typing import NoReturn

from attrs import define, field

from ipwrap.errors import ExecutorError
from ipwrap.executors.spawner import PendingReply, Spawner, encode_netns
from ipwrap.system.shortage import require_descriptors

__all__ = ["Exchange", "Worker", "WorkerDied", "WorkerReply", "WorkerTimeout"]

FENCE = b".\n"
# iproute2's error for a fence, before the number of the fence's line: do_cmd() in ip/ip.c.
FENCE_ERROR = b'Object "." is unknown'

PIPE_DESCRIPTORS = 6  # of stdin, stdout and stderr
CHUNK = 1 << 16
SPIN_CHUNK = 1 << 12
SPIN_SECONDS = 150e-6  # time of polling for a reply before the thread sleeps

MAX_HELD_NETNS = 256  # namespace descriptors leaked in a worker; RLIMIT_NOFILE is often 1024


class WorkerDied(Exception):
    """The worker ended before or during a command.

    ``out`` and ``err`` are the unfinished command's output, ``replies`` those to the commands
    before. ``begun`` is false if nothing was written to the worker.
    """

    def __init__(
        self, out: bytes, err: bytes, *, replies: "list[WorkerReply]", begun: bool
    ) -> None:
        super().__init__()
        self.out = out
        self.err = err
        self.replies = replies
        self.begun = begun


class WorkerTimeout(Exception):
    """A command exceeded its timeout."""


@define
class WorkerReply:
    """The output of a command in a worker, and whether it failed."""

    failed: bool
    out: bytes
    err: bytes


@define(eq=False)
class Worker:
    """A process of iproute2 that runs commands one after another.

    ``cached_names`` are the link names in the process's cache; None means unknown, possibly all.
    ``held_netns`` are the namespaces of which the process may hold a descriptor: before 6.15,
    `ip link … netns NAME` leaks it (fixed by 57daf8ff), which keeps the namespace and its links
    alive. ``stale`` marks a worker that must not get another command.
    """

    spawner: Spawner
    started: PendingReply
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
        cls, spawner: Spawner, netns: str | None, *, argv: Sequence[str], remembers_all: bool
    ) -> "Worker":
        """Start a worker in a namespace, without waiting: commands can be sent immediately."""
        require_descriptors(PIPE_DESCRIPTORS)
        child_stdin, stdin = os.pipe()
        stdout, child_stdout = os.pipe()
        stderr, child_stderr = os.pipe()
        child_fds = (child_stdin, child_stdout, child_stderr)
        arguments = [argument.encode() for argument in argv]

        try:
            request = b"S" + b"\0".join([encode_netns(netns), *arguments])
            started = spawner.request(request, child_fds)
        except BaseException:
            for fd in (stdin, stdout, stderr):
                os.close(fd)
            raise
        finally:
            # The worker has the only copies: the end of its stderr is the sign of its death.
            for fd in child_fds:
                os.close(fd)

        for fd in (stdin, stdout, stderr):
            os.set_blocking(fd, False)

        cached_names: set[str] | None = None if remembers_all else set()
        return cls(spawner, started, stdin, stdout, stderr, cached_names)

    def __attrs_post_init__(self) -> None:
        self.poll.register(self.stdout, select.POLLIN)
        self.poll.register(self.stderr, select.POLLIN)

    def run(self, line: bytes, timeout: float | None = None) -> WorkerReply:
        """Run a command and return the reply; ``timeout`` is in seconds.

        Raises `WorkerDied` and `WorkerTimeout`.
        """
        exchange = Exchange(self, timeout)
        exchange.send([line])
        exchange.spin()

        return exchange.receive_all()[0]

    def note_held_netns(self, names: Iterable[str]) -> None:
        """Note namespaces of which a command leaks a descriptor; retire the worker at a limit."""
        self.held_netns.update(names)
        if len(self.held_netns) >= MAX_HELD_NETNS:
            self.stale = True

    def is_alive(self) -> bool:
        """Return whether the process runs: a process that has ended has closed its stderr."""
        hangup = select.POLLHUP | select.POLLERR
        return not any(event & hangup for _, event in self.poll.poll(0))

    def status(self) -> int:
        """Return the exit status of a worker that has ended, -N for an end by signal N."""
        return int(self.spawner.request(b"Q" + self.started.get()).get())

    def kill(self) -> None:
        """Kill the process."""
        self.spawner.request(b"K" + self.started.get())
        self.close()

    def close(self) -> None:
        """Close the pipes: the end of input ends the process. A second call has no effect."""
        if self._closed:
            return

        self._closed = True
        for fd in (self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(OSError):
                os.close(fd)

    def close_and_wait(self) -> None:
        """Close the pipes after the running command, and wait until the process has ended."""
        with self.lock:
            self.close()

        # A worker that never came up has no status: its namespace was gone before.
        with contextlib.suppress(ExecutorError):
            self.status()


@define(eq=False)
class Exchange:
    """Command lines for a worker, and the replies.

    Writes and reads are interleaved: a worker whose output nobody reads would stop reading its
    input.
    """

    worker: Worker
    timeout: float | None = None
    replies: list[WorkerReply] = field(factory=list)
    _sent: int = 0
    _unwritten: bytes = b""
    _out: bytearray = field(factory=bytearray)
    _err: bytearray = field(factory=bytearray)
    _has_written: bool = False
    _awaits_write: bool = False

    def send(self, lines: Sequence[bytes]) -> None:
        """Send command lines, each with its fence, without waiting for the replies."""
        self._unwritten += b"".join([line + b"\n" + FENCE for line in lines])
        self._sent += len(lines)
        self._write()
        if self._unwritten:
            self._poll_once(0)

    def spin(self) -> None:
        """Poll stderr without sleeping, for a moment: a wake-up on another processor costs more."""
        stderr = self.worker.stderr
        deadline = time.perf_counter() + SPIN_SECONDS

        while len(self.replies) < self._sent and not self._unwritten:
            try:
                data = os.read(stderr, SPIN_CHUNK)
            except BlockingIOError:
                if time.perf_counter() > deadline:
                    return
                os.sched_yield()
                continue

            if not data:  # the worker has ended: receive_all() handles the end
                return
            self._err += data
            self._take_replies()

    def receive_all(self) -> list[WorkerReply]:
        """Wait for the replies to all lines. Raises `WorkerDied` and `WorkerTimeout`."""
        timeout_ms = None if self.timeout is None else self.timeout * 1000
        while len(self.replies) < self._sent:
            if not self._poll_once(timeout_ms):
                raise WorkerTimeout

        self.worker.lines += 2 * self._sent
        return self.replies

    def _poll_once(self, timeout_ms: float | None) -> bool:
        """Wait for ready pipes, then read and write. Return whether a pipe was ready."""
        events = self.worker.poll.poll(timeout_ms)
        for fd, _ in events:
            if fd == self.worker.stdin:
                self._write()
            elif fd == self.worker.stdout:
                self._drain(fd, self._out)
            else:
                self._read_stderr()

        return bool(events)

    def _write(self) -> None:
        """Write as much as fits into the pipe; poll for room if bytes are left."""
        try:
            written = os.write(self.worker.stdin, self._unwritten)
        except BlockingIOError:
            written = 0
        except OSError as error:  # the worker has ended; its last output is still in the pipes
            self._raise_death(error)

        self._has_written = self._has_written or written > 0
        self._unwritten = self._unwritten[written:]

        if bool(self._unwritten) is not self._awaits_write:
            self._awaits_write = not self._awaits_write
            if self._awaits_write:
                self.worker.poll.register(self.worker.stdin, select.POLLOUT)
            else:
                self.worker.poll.unregister(self.worker.stdin)

    def _read_stderr(self) -> None:
        """Read stderr, and take the replies that are complete."""
        is_open = self._drain(self.worker.stderr, self._err)
        self._take_replies()
        if not is_open and len(self.replies) < self._sent:
            self._raise_death(None)

    def _take_replies(self) -> None:
        """Take every reply whose fence has been rejected."""
        while len(self.replies) < self._sent:
            fence_number = self.worker.lines + 2 * len(self.replies) + 2
            before, mark, after = self._err.partition(b"Command failed -:%d\n" % fence_number)
            if not mark:
                return

            # The command's stdout was written before the fence was rejected: it is in the pipe.
            self._err = after
            self._drain(self.worker.stdout, self._out)
            self._append_reply(before, fence_number)

    def _append_reply(self, stderr: bytearray, fence_number: int) -> None:
        """Append the reply to a line, from the text before the error of the line's fence."""
        command_stderr = stderr[: stderr.rfind(FENCE_ERROR)]
        failure = b"Command failed -:%d\n" % (fence_number - 1)
        failed = command_stderr.endswith(failure)
        err = bytes(command_stderr.removesuffix(failure))

        self.replies.append(WorkerReply(failed, bytes(self._out), err))
        self._out.clear()

    def _drain(self, fd: int, buffer: bytearray) -> bool:
        """Read everything in a pipe into a buffer. Return False at the end of the pipe."""
        while True:
            try:
                data = os.read(fd, CHUNK)
            except BlockingIOError:
                return True

            buffer += data
            if len(data) < CHUNK:
                return bool(data)

    def _raise_death(self, cause: OSError | None) -> NoReturn:
        """Raise `WorkerDied` with the last output of the worker."""
        self._drain(self.worker.stdout, self._out)
        self._drain(self.worker.stderr, self._err)
        self._take_replies()

        raise WorkerDied(
            bytes(self._out),
            bytes(self._err),
            replies=self.replies,
            begun=self._has_written,
        ) from cause
