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

from ipwrap.executors.spawner import Answer, Gate, give

__all__ = ["Died", "Said", "Talk", "TookTooLong", "Worker"]

FENCE = b".\n"
JUNK = b'Object "." is unknown'  # what is said of the fence, before the number of its line
CHUNK = 1 << 16
LITTLE = 1 << 12
PATIENCE = 150e-6  # seconds for which an answer is looked for before it is slept for


class Died(Exception):
    """The worker ended while, or before, a command ran: what it had said by then of that one, and of those before."""

    def __init__(self, out: bytes, err: bytes, said: "list[Said]", *, begun: bool) -> None:
        super().__init__()
        self.out = out
        self.err = err
        self.said = said
        self.begun = begun


class TookTooLong(Exception):
    """A command did not end in its time."""


@define
class Said:
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

    gate: Gate
    answer: Answer
    stdin: int
    stdout: int
    stderr: int
    names: set[str] | None
    holds: set[str] = field(factory=set)
    stale: bool = False
    lines: int = 0
    lock: threading.Lock = field(factory=threading.Lock)
    poll: "select.poll" = field(factory=lambda: select.poll())
    _closed: bool = False

    @classmethod
    def start(cls, gate: Gate, netns: str | None, argv: Sequence[str], *, remembers_all: bool) -> "Worker":
        """Start a worker in a namespace; it can be given commands at once."""
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        ours_err, theirs_err = os.pipe()
        theirs = (theirs_in, theirs_out, theirs_err)
        try:
            request = b"S" + b"\0".join([give(netns), *(word.encode() for word in argv)])
            answer = gate.ask(request, theirs)
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

    def run(self, line: bytes, timeout: float | None = None) -> Said:
        """Run one command and return what was said of it.

        Raises `Died`, which says by ``begun`` whether anything was written, and `TookTooLong`.
        """
        talk = Talk(self, timeout)
        talk.send([line])
        talk.watch()
        return talk.hear_all()[0]

    def alive(self) -> bool:
        """Tell whether the process is there: one that has ended has closed its stderr."""
        return not any(event & (select.POLLHUP | select.POLLERR) for _, event in self.poll.poll(0))

    def status(self) -> int:
        """Return the exit status of a worker that has ended, -N for one ended by signal N."""
        return int(self.gate.ask(b"Q" + self.answer.get()).get())

    def kill(self) -> None:
        """End the process at once."""
        self.gate.ask(b"K" + self.answer.get())
        self.close()

    def close(self) -> None:
        """Let the process end, by the end of its input. Calling it again does nothing."""
        if not self._closed:
            self._closed = True
            for fd in (self.stdin, self.stdout, self.stderr):
                with contextlib.suppress(OSError):
                    os.close(fd)


@define(eq=False)
class Talk:
    """Lines sent to a worker and what it says of them, written and read at once, so that no pipe fills up unread."""

    worker: Worker
    timeout: float | None = None
    said: list[Said] = field(factory=list)
    _sent: int = 0
    _text: bytes = b""
    _out: bytearray = field(factory=bytearray)
    _err: bytearray = field(factory=bytearray)
    _begun: bool = False
    _writing: bool = False

    def send(self, lines: Sequence[bytes]) -> None:
        """Give the worker lines, each with its fence, without waiting for what it says of them."""
        self._text += b"".join([line + b"\n" + FENCE for line in lines])
        self._sent += len(lines)
        self._write()
        if self._text:
            self._attend(0)

    def watch(self) -> None:
        """Look for what is said for a moment, without sleeping: to be woken on another processor takes longer."""
        stderr, until = self.worker.stderr, time.perf_counter() + PATIENCE
        while len(self.said) < self._sent and not self._text:
            try:
                data = os.read(stderr, LITTLE)
            except BlockingIOError:
                if time.perf_counter() > until:
                    return
                os.sched_yield()
                continue
            if not data:  # it has ended
                return
            self._err += data
            self._take_answers()

    def hear_all(self) -> list[Said]:
        """Wait until something has been said of every line. Raises `Died` and `TookTooLong`."""
        while len(self.said) < self._sent:
            if not self._attend(None if self.timeout is None else self.timeout * 1000):
                raise TookTooLong
        self.worker.lines += 2 * self._sent
        return self.said

    def _attend(self, wait: float | None) -> bool:
        """Read and write what can be; wait for it so many milliseconds. Returns whether there was anything."""
        events = self.worker.poll.poll(wait)
        for fd, _ in events:
            if fd == self.worker.stdin:
                self._write()
            elif fd == self.worker.stdout:
                self._drain(fd, self._out)
            else:
                self._hear()
        return bool(events)

    def _write(self) -> None:
        """Write what the pipe takes now; if it does not take all, ask to be told when it takes more."""
        try:
            written = os.write(self.worker.stdin, self._text)
        except BlockingIOError:
            written = 0
        except OSError as error:  # it is gone: what it said last is still to be read
            self._die(error)
        self._begun = self._begun or written > 0
        self._text = self._text[written:]
        if bool(self._text) is not self._writing:
            self._writing = not self._writing
            if self._writing:
                self.worker.poll.register(self.worker.stdin, select.POLLOUT)
            else:
                self.worker.poll.unregister(self.worker.stdin)

    def _hear(self) -> None:
        """Read stderr, and take out what has ended with its fence."""
        open_ = self._drain(self.worker.stderr, self._err)
        self._take_answers()
        if not open_ and len(self.said) < self._sent:
            self._die(None)

    def _take_answers(self) -> None:
        """Take out of what was read what has ended with its fence."""
        while len(self.said) < self._sent:
            line = self.worker.lines + 2 * len(self.said) + 2
            before, mark, after = self._err.partition(b"Command failed -:%d\n" % line)
            if not mark:
                return
            self._err = after
            self._drain(self.worker.stdout, self._out)
            self._answer(before, line)

    def _answer(self, before: bytearray, line: int) -> None:
        """Enter what was said of one line: all that came before the junk line's own complaint."""
        body = before[: before.rfind(JUNK)]
        own = b"Command failed -:%d\n" % (line - 1)
        failed = body.endswith(own)
        self.said.append(Said(failed, bytes(self._out), bytes(body.removesuffix(own))))
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

    def _die(self, cause: OSError | None) -> NoReturn:
        """Say what the worker had said when it ended."""
        for fd, into in ((self.worker.stdout, self._out), (self.worker.stderr, self._err)):
            self._drain(fd, into)
        self._take_answers()
        raise Died(bytes(self._out), bytes(self._err), self.said, begun=self._begun) from cause
