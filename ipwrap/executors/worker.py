"""`Worker`: an `ip -force -batch -` (or `bridge`, `tc`) kept open, and the protocol to it.

Every command line is followed by a fence: a junk line that iproute2 rejects on stderr, with the
number of the line. stderr is not buffered. Once the rejection of the fence arrives, the command's
stderr is complete, and its stdout is in the pipe. The command has failed if iproute2 also reported
the number of the command's line as failed (do_batch() in lib/utils.c).
"""

import contextlib
import os
import select
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NoReturn

from attrs import define, field
from msgspec import Struct

from ipwrap.errors import ExecutorError
from ipwrap.executors import helper_process
from ipwrap.executors.spawner import PendingReply, Spawner, encode_netns
from ipwrap.system.forks import close_in_children
from ipwrap.system.processors import current_processor
from ipwrap.system.shortage import require_descriptors

__all__ = ["Exchange", "Worker", "WorkerDied", "WorkerReply", "WorkerTimeout"]

FENCE = b".\n"
# iproute2's error for a fence, before the number of the fence's line: do_cmd() in ip/ip.c.
FENCE_ERROR = b'Object "." is unknown'
# iproute2's error for a line by its number, behind the error itself: do_batch() in lib/utils.c.
FENCE_MARK = b"Command failed -:%d\n"

PIPE_DESCRIPTORS = 6  # of stdin, stdout and stderr
CHUNK = 1 << 16
SPIN_CHUNK = 1 << 12

# Time of polling for a reply before the thread sleeps: a wake-up costs about as much.
SPIN_SECONDS = 40e-6
# Commands that do not poll, at most, after one whose reply came later than that: the machine is
# busy, or the commands are slow.
MAX_UNSPUN = 64

# Commands between two looks whether the calling thread has moved to another processor.
COMMANDS_A_LOOK = 16

CLOSED = -1  # instead of a descriptor

# Bytes that a pipe takes as a whole or not at all (PIPE_BUF, pipe(7)): a worker that is closed in
# mid-command must never take the beginning of a line for a command.
PIPE_BUF = 4096

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


class WorkerReply(Struct):
    """The output of a command in a worker, and whether it failed."""

    failed: bool
    out: bytes
    err: bytes


@define(eq=False)
class Worker:
    """A process of iproute2 that runs commands in sequence.

    - ``cached_names``: the link names in the process's cache; None means unknown, possibly all
    - ``held_netns``: the namespaces of which the process may hold a descriptor: before 6.15,
      `ip link … netns NAME` leaks the descriptor (fixed by 57daf8ff), which keeps the namespace and
      its links alive
    - ``stale``: the worker must not get another command
    - ``user``: the thread whose command is in the worker (`threading.get_ident`): only this thread
      may close the worker
    - ``has_printed``: a command has printed, and the rest of the output may mislead later reads
    - ``unspun_count``: the number of the next commands for which `run` does not spin
    - ``processor``: the only processor that the process may run on; None if it may run anywhere
    """

    spawner: Spawner
    started: PendingReply
    stdin: int
    stdout: int
    stderr: int
    cached_names: set[str] | None
    fds: list[int] = field(factory=list, kw_only=True)
    held_netns: set[str] = field(factory=set)
    stale: bool = False
    lines: int = 0
    user: int | None = None
    has_printed: bool = False
    unspun_count: int = 0
    processor: int | None = None
    _next_unspun_count: int = 1
    _unlooked_count: int = 0
    poll: "select.poll" = field(factory=lambda: select.poll())

    @classmethod
    def start(
        cls, spawner: Spawner, netns: str | None, *, argv: Sequence[str], remembers_all: bool
    ) -> "Worker":
        """Start a worker in a namespace, without waiting: commands can be sent immediately."""
        require_descriptors(PIPE_DESCRIPTORS)
        fds: list[int] = []
        worker = None
        try:
            for _ in range(3):
                fds += os.pipe()
            child_stdin, stdin, stdout, child_stdout, stderr, child_stderr = fds

            arguments = [argument.encode() for argument in argv]
            request = b"S" + b"\0".join([encode_netns(netns), *arguments])
            started = spawner.request(request, (child_stdin, child_stdout, child_stderr))

            # The worker has the only copies: the end of its stderr is the sign of its death.
            for fd in (child_stdin, child_stdout, child_stderr):
                fds.remove(fd)
                os.close(fd)
            for fd in fds:
                os.set_blocking(fd, False)

            cached_names: set[str] | None = None if remembers_all else set()
            worker = cls(spawner, started, stdin, stdout, stderr, cached_names, fds=fds)
            close_in_children(worker)
        finally:
            if worker is None:
                _close_all(fds)  # the list is shared with a worker that is lost: closed once

        return worker

    def __attrs_post_init__(self) -> None:
        self.poll.register(self.stdout, select.POLLIN)
        self.poll.register(self.stderr, select.POLLIN)

    def run(self, line: bytes, timeout: float | None = None) -> WorkerReply:
        """Run a command and return the reply; ``timeout`` is in seconds.

        Raises `WorkerDied`, `WorkerTimeout`, and `ExecutorError` for a worker that does not start.
        """
        self._unlooked_count += 1
        if self._unlooked_count >= COMMANDS_A_LOOK:
            self._stay_near()

        unit = line + b"\n" + FENCE
        if len(unit) > PIPE_BUF or not self._write_whole(unit):
            return self._run_in_parts(line, timeout)

        fence_number = self.lines + 2
        mark = FENCE_MARK % fence_number
        err = self._read_err(mark, timeout)
        if not err.endswith(mark):
            return Exchange.resume(self, timeout, err=err).receive_all()[0]

        # The command's stdout was written before the fence was rejected: it is in the pipe. Of a
        # worker that prints nothing, a look costs less than the exception of an empty pipe.
        out = b""
        if self.has_printed or self.poll.poll(0):
            out = _read_available(self.stdout, CHUNK) or b""
        if len(out) == CHUNK:
            return Exchange.resume(self, timeout, err=err, out=out).take_only_reply()

        if out:
            self.has_printed = True
        self.lines = fence_number
        return _to_worker_reply(out, err.removesuffix(mark), fence_number=fence_number)

    def _stay_near(self) -> None:
        """Let the process run on the processor of the calling thread only.

        The two take turns: neither has work while the other one has. To wake up a processor that
        is idle takes longer than most commands, above all in a virtual machine.
        """
        self._unlooked_count = 0
        processor = current_processor()
        if processor is not None and processor != self.processor:
            self.processor = processor
            self._run_on(processor)

    def run_anywhere(self) -> None:
        """Let the process run on any processor, at the same time as the calling thread."""
        self._unlooked_count = 0
        if self.processor is not None:
            self.processor = None
            self._run_on()

    def _run_on(self, *processors: int) -> None:
        """Ask the spawner to let the process run on some processors only; without any, on all."""
        # Without its spawner the process runs on where it is.
        with contextlib.suppress(ExecutorError):
            request = b"A%b" % self.started.get()
            self.spawner.request(request + b"".join(b" %d" % number for number in processors))

    def _write_whole(self, unit: bytes) -> bool:
        """Write a short line with a fence, completely or not at all; return whether written."""
        try:
            os.write(self.stdin, unit)
        except OSError:
            return False
        return True

    def _run_in_parts(self, line: bytes, timeout: float | None) -> WorkerReply:
        """Run a command whose line the pipe may not take at once, or whose worker has ended."""
        exchange = Exchange(self, timeout)
        try:
            exchange.send([line])
            return exchange.receive_all()[0]
        finally:
            if exchange.may_hold_part:
                self.kill()

    def _read_err(self, mark: bytes, timeout: float | None) -> bytes:
        """Wait a moment for stderr up to a mark, and return the bytes read.

        Where they lack the mark, an `Exchange` waits on.
        """
        if not self.unspun_count:
            return self._spin(mark)

        self.unspun_count -= 1
        if timeout is None:
            self.poll.poll(helper_process.HELPER_SECONDS * 1000)
        return _read_available(self.stderr, SPIN_CHUNK) or b""

    def _spin(self, mark: bytes) -> bytes:
        """Poll stderr up to a mark without sleeping, for a moment; return the bytes read.

        A wake-up on another processor costs more. After a late reply, the next commands sleep at
        once, for the longer the more replies in a row were late: spinning takes the processor from
        a worker on the same processor.
        """
        err = b""
        deadline = time.perf_counter() + SPIN_SECONDS
        while not err.endswith(mark):
            data = _read_available(self.stderr, SPIN_CHUNK)
            if data is None:
                if time.perf_counter() > deadline:
                    self.unspun_count = self._next_unspun_count
                    self._next_unspun_count = min(2 * self._next_unspun_count, MAX_UNSPUN)
                    return err
                os.sched_yield()
                continue

            if not data:  # the worker has ended: receive_all() handles the end
                return err
            err += data

        self._next_unspun_count = 1
        return err

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
        try:
            # Without its spawner the worker ends with its pipes.
            with contextlib.suppress(ExecutorError):
                self.spawner.request(b"K" + self.started.get())
        finally:
            self.close()

    def end_input(self) -> None:
        """Close stdin: the process ends behind the lines that it has got."""
        stdin, self.stdin = self.stdin, CLOSED
        if stdin in self.fds:
            self.fds.remove(stdin)
            os.close(stdin)

    def close(self) -> None:
        """Close the pipes: the end of input ends the process. A second call has no effect."""
        # The numbers are forgotten first: they soon belong to other files.
        self.stdin = self.stdout = self.stderr = CLOSED
        _close_all(self.fds)

    def close_and_wait(self) -> None:
        """Close the pipes, and wait until the process has ended; a process that stays is killed."""
        self.close()

        # A worker that never came up has no status: its namespace was gone before.
        with contextlib.suppress(ExecutorError):
            self.status()

    def close_in_child(self) -> None:
        """Close this child's copies of the pipes."""
        self.close()

    def __del__(self) -> None:
        # A worker that an interruption has lost on the way would keep its namespace alive. One
        # that was interrupted in its making has no pipes yet.
        with contextlib.suppress(AttributeError):
            self.close()


def _close_all(fds: list[int]) -> None:
    """Close the descriptors of a list, each once, whoever calls: its number is soon another's."""
    while fds:
        fd = fds.pop()
        with contextlib.suppress(OSError):
            os.close(fd)


def _read_available(fd: int, size: int) -> bytes | None:
    """Read the content of a pipe; return None for an empty pipe, b"" at the end.

    The exception of an empty pipe is handled at once: otherwise the traceback of an interruption in
    the caller's wait would show the exception as the cause.
    """
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return None


def _to_worker_reply(out: bytes, err: bytes, *, fence_number: int) -> WorkerReply:
    """Return the reply to a line, from its stdout and the stderr before the mark of its fence."""
    command_err = err[: err.rfind(FENCE_ERROR)]
    failure = FENCE_MARK % (fence_number - 1)
    if not command_err.endswith(failure):
        return WorkerReply(False, out, command_err)

    return WorkerReply(True, out, command_err.removesuffix(failure))


@define(eq=False)
class Exchange:
    """Command lines for a worker, and the replies.

    Writes and reads are interleaved: a worker with unread output would stop reading its input.
    Without ``timeout`` the time of a command is unlimited, as in a shell; only the start of the
    worker has a limit. ``is_intact`` is false after an interruption: bytes may be lost, and the
    worker must be discarded. ``may_hold_part``: the worker has perhaps got the beginning of a line
    without the end.
    """

    worker: Worker
    timeout: float | None = None
    replies: list[WorkerReply] = field(factory=list)
    is_intact: bool = True
    sent_count: int = 0
    may_hold_part: bool = False
    _first_line: int = field(init=False)
    _units: deque[bytes] = field(factory=deque)
    _rest: bytes = b""
    _out: bytearray = field(factory=bytearray)
    _err: bytearray = field(factory=bytearray)
    _has_written: bool = False
    _awaits_write: bool = False

    def __attrs_post_init__(self) -> None:
        self._first_line = self.worker.lines

    @classmethod
    def resume(
        cls, worker: Worker, timeout: float | None, *, err: bytes, out: bytes = b""
    ) -> "Exchange":
        """Return the exchange of a line that was sent already, with the output read so far."""
        exchange = cls(worker, timeout, sent_count=1)
        exchange._has_written = True
        exchange._err += err
        exchange._out += out
        return exchange

    def take_only_reply(self) -> WorkerReply:
        """Take the reply to a single line whose stderr is complete."""
        self._take_replies()
        self.worker.lines = self._first_line + 2
        return self.replies[0]

    def send(self, lines: Sequence[bytes]) -> None:
        """Send command lines, each with its fence, without waiting for the replies."""
        self.is_intact = False
        self._units.extend([line + b"\n" + FENCE for line in lines])
        self.sent_count += len(lines)
        self._write()
        if self._has_unwritten():
            self._poll_once(0)
        self.is_intact = True

    def _has_unwritten(self) -> bool:
        """Return whether bytes wait for room in the pipe."""
        return bool(self._rest or self._units)

    def receive_all(self, limit: float | None = None) -> list[WorkerReply]:
        """Wait for the replies to all lines, at most ``limit`` seconds or the exchange's timeout.

        Raises `WorkerDied` and `WorkerTimeout`, and `ExecutorError` if the spawner does not start
        the worker.
        """
        seconds = self.timeout if limit is None else limit
        deadline = float("inf") if seconds is None else time.monotonic() + seconds
        self.is_intact = False

        while len(self.replies) < self.sent_count:
            remaining = max(deadline - time.monotonic(), 0)
            if self._poll_once(self._poll_seconds(remaining)):
                continue
            if time.monotonic() >= deadline:
                raise WorkerTimeout
            self.worker.started.get()

        self.worker.lines = self._first_line + 2 * self.sent_count
        self.is_intact = True
        return self.replies

    def _poll_seconds(self, remaining: float) -> float | None:
        """Return how long to wait for the worker, before its start is looked at; None for ever."""
        if self.worker.started.packet is None:
            return min(remaining, helper_process.HELPER_SECONDS)

        return None if remaining == float("inf") else remaining

    def _poll_once(self, seconds: float | None) -> bool:
        """Wait for ready pipes, then read and write. Return whether a pipe was ready."""
        events = self.worker.poll.poll(None if seconds is None else seconds * 1000)
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
            while self._has_unwritten():
                self._write_chunk()
        except BlockingIOError:
            pass
        except OSError as error:  # the worker has ended; its last output is still in the pipes
            self._raise_death(error)

        if self._has_unwritten() is not self._awaits_write:
            self._awaits_write = not self._awaits_write
            if self._awaits_write:
                self.worker.poll.register(self.worker.stdin, select.POLLOUT)
            else:
                self.worker.poll.unregister(self.worker.stdin)

    def _write_chunk(self) -> None:
        """Write whole lines that the pipe takes at once, or a part of a longer line."""
        chunk = self._rest
        unit_count = 0
        if not chunk:
            chunk, unit_count = self._next_chunk()

        self.may_hold_part = len(chunk) > PIPE_BUF or bool(self._rest)
        written = os.write(self.worker.stdin, chunk)
        self._has_written = True
        for _ in range(unit_count):
            self._units.popleft()
        self._rest = chunk[written:]
        self.may_hold_part = bool(self._rest)

    def _next_chunk(self) -> tuple[bytes, int]:
        """Return as many whole lines as a pipe takes at once, at least one, and their number."""
        units: list[bytes] = []
        size = 0
        for unit in self._units:
            size += len(unit)
            if units and size > PIPE_BUF:
                break
            units.append(unit)

        return b"".join(units), len(units)

    def _read_stderr(self) -> None:
        """Read stderr, and take the replies that are complete."""
        is_open = self._drain(self.worker.stderr, self._err)
        self._take_replies()
        if not is_open and len(self.replies) < self.sent_count:
            self._raise_death(None)

    def _take_replies(self) -> None:
        """Take every reply whose fence has been rejected."""
        while len(self.replies) < self.sent_count:
            fence_number = self._first_line + 2 * len(self.replies) + 2
            before, mark, after = self._err.partition(FENCE_MARK % fence_number)
            if not mark:
                return

            # The command's stdout was written before the fence was rejected: it is in the pipe.
            self._err = after
            self._drain(self.worker.stdout, self._out)
            self._append_reply(before, fence_number)

    def _append_reply(self, stderr: bytearray, fence_number: int) -> None:
        """Append the reply to a line, from the text before the error of the line's fence."""
        if self._out:
            self.worker.has_printed = True
        reply = _to_worker_reply(bytes(self._out), bytes(stderr), fence_number=fence_number)
        self.replies.append(reply)
        self._out.clear()

    def _drain(self, fd: int, buffer: bytearray) -> bool:
        """Read everything in a pipe into a buffer. Return False at the end of the pipe."""
        while True:
            data = _read_available(fd, CHUNK)
            if data is None:
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
