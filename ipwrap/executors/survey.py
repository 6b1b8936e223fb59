"""`read_together`: many reads at once, by short-lived processes, up to a dozen at a time.

The reads of a program in a namespace are the lines of one `ip -force -batch -`, written at once.
The process ends with the input: no cached name outlives the reads, and no notifications of links
are needed. A read without a plain success has no reply here; the caller runs the read by itself.
Replies equal the replies of separate processes.
"""

import contextlib
import os
import select
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from attrs import define, field

from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors import helper_process
from ipwrap.executors.base import Reply
from ipwrap.executors.batch_line import parse_line
from ipwrap.executors.exit_status import status_of_failure
from ipwrap.executors.pool import Pool
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_starter import SURVEY_FLAGS, WorkerStarter
from ipwrap.places import Place

__all__ = ["MAX_UNDER_WAY", "TimedReply", "read_together"]

# More processes than processors: while some wait for the kernel, others keep these busy.
MAX_UNDER_WAY = 12

CHUNK = 1 << 16
BATCH_FAILURE = "Command failed -:1\n"  # do_batch() in lib/utils.c


class TimedReply(NamedTuple):
    """A reply, when its process began by `time.perf_counter`, and how long it took, in seconds."""

    reply: Reply
    began: float
    seconds: float


def read_together(
    pool: Pool, commands: Sequence[Command], *, place: Place, retires_workers: bool = False
) -> Generator[tuple[int, TimedReply], None, None]:
    """Run reads, and yield replies as soon as possible, with the positions of the reads.

    Reads that are appended to ``commands`` meanwhile run as well. A read without a reply has to run
    by itself. With ``retires_workers`` the pool's workers for changes run suitable reads, and are
    closed.
    """
    workers: dict[str | None, Worker] = {}
    try:
        starter = pool.open_starter(place)
        if retires_workers:
            namespaces = {command.netns for command in commands}
            workers = pool.retire_change_workers(namespaces, place=place)
    except (NotBatchable, ExecutorError, OSError):
        return

    survey = Survey(starter, workers, commands)
    try:
        for reader in survey.run():
            yield from reader.replies()
    finally:
        survey.close()


@define(eq=False)
class ProcessReads:
    """The reads of a process, and the positions among all reads.

    ``flags`` are the global options of a batch; None for a read that must not be a batch line.
    """

    flags: tuple[str, ...] | None
    commands: list[Command] = field(factory=list)
    positions: list[int] = field(factory=list)

    @property
    def program(self) -> str:
        """The program of the reads."""
        return self.commands[0].argv[0]

    @property
    def netns(self) -> str | None:
        """The namespace of the reads; None is the first one of the place."""
        return self.commands[0].netns

    @property
    def fits_change_worker(self) -> bool:
        """Whether a worker for changes of `ip` can answer the reads.

        Not a single read: the exit status of a worker does not show the result of the last line.
        """
        return self.program == "ip" and self.flags == SURVEY_FLAGS and len(self.commands) > 1

    @property
    def argv(self) -> tuple[str, ...]:
        """The argv of the process, without its namespace."""
        if self.flags is None:
            return self.commands[0].argv
        return (self.program, "-force", *self.flags, "-batch", "-")

    @property
    def lines(self) -> bytes:
        """The lines of a batch."""
        if self.flags is None:
            return b""
        return b"".join(parse_line(command.argv).text + b"\n" for command in self.commands)

    def add(self, position: int, command: Command) -> None:
        """Add a read, in front of those of `ip link`.

        After the first of them the same `ip` runs every `address show` as a `link show`: do_link is
        set once and never reset (ip/ipaddress.c).
        """
        index = len(self.commands)
        if self.flags is not None and not _reads_links(command.argv):
            while index and _reads_links(self.commands[index - 1].argv):
                index -= 1
        self.commands.insert(index, command)
        self.positions.insert(index, position)


def plan_processes(commands: Sequence[Command], *, start: int = 0) -> list[ProcessReads]:
    """Return the reads by process: one for each program, namespace and set of global options.

    The reads before the position ``start`` are left out.

    A read that must not be a line of a batch has a separate process. Programs outside iproute2 are
    left out, and reads with an input, an environment, or a timeout.
    """
    planned: dict[object, ProcessReads] = {}

    for position, command in enumerate(commands[start:], start):
        if not _is_plain_read(command):
            continue

        flags = _batch_flags(command.argv) if command.batch else None
        key = position if flags is None else (command.argv[0], command.netns, flags)
        own_reads = planned.setdefault(key, ProcessReads(flags))
        own_reads.add(position, command)

    return list(planned.values())


def _is_plain_read(command: Command) -> bool:
    """Return whether a command of iproute2 reads, and needs no more than its arguments."""
    if command.changes or command.argv[0] not in IPROUTE2 or command.secrets:
        return False

    needs_more = (command.stdin, command.timeout, command.env, command.cwd)
    return all(need is None for need in needs_more)


@lru_cache(maxsize=256)
def _batch_flags(argv: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the global options of a read that may be a line of a batch, None for another read.

    Only JSON shows where the reply to a line ends. Cached: every namespace has the same reads.
    """
    try:
        flags = parse_line(argv).flags
    except NotBatchable:
        return None

    return flags if "-j" in flags else None


@lru_cache(maxsize=256)
def _reads_links(argv: tuple[str, ...]) -> bool:
    """Return whether a read of a batch is one of `ip link`."""
    return argv[0] == "ip" and argv[1 + len(parse_line(argv).flags)] == "link"


@define(eq=False)
class Reader:
    """A process with its reads, and the output so far.

    ``status`` is the exit status of a read with a separate process, None if unknown.
    """

    own_reads: ProcessReads
    worker: Worker
    began: float
    unsent: bytes
    ended: float = 0.0
    status: int | None = None
    out: bytearray = field(factory=bytearray)
    err: bytearray = field(factory=bytearray)
    open_outputs: set[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.open_outputs = {self.worker.stdout, self.worker.stderr}

    def write(self) -> bool:
        """Write as much as fits into the pipe. Return whether the input has ended."""
        try:
            while self.unsent:
                written = os.write(self.worker.stdin, self.unsent)
                self.unsent = self.unsent[written:]
        except BlockingIOError:
            return False
        except OSError:  # the process has ended; its output tells how
            pass

        self.worker.end_input()
        return True

    def read(self, fd: int) -> bool:
        """Read from a pipe with something to read. Return whether it goes on."""
        data = os.read(fd, CHUNK)
        buffer = self.out if fd == self.worker.stdout else self.err
        buffer += data
        if not data:
            self.open_outputs.discard(fd)

        return bool(data)

    def finish(self) -> None:
        """Note the end of the process, and the exit status, unless known from the output."""
        self.ended = time.perf_counter()
        is_single = len(self.own_reads.commands) == 1
        if is_single and (self.own_reads.flags is None or self.err or not _is_list(self.out)):
            with contextlib.suppress(ExecutorError):  # the process did not start
                self.status = self.worker.status()
        self.worker.close()

    def replies(self) -> list[tuple[int, TimedReply]]:
        """Return the certain replies, with the positions of the reads."""
        seconds = self.ended - self.began
        single = len(self.own_reads.commands) == 1
        replies = self._single_reply() if single else self._replies_to_lines()

        return [
            (position, TimedReply(reply, self.began, seconds))
            for position, reply in zip(self.own_reads.positions, replies, strict=False)
        ]

    def _single_reply(self) -> list[Reply]:
        """Return the reply to the only read, as of a process of its own."""
        stdout, stderr = _decode(self.out), _decode(self.err)
        if self.status is None:
            return [Reply(0, stdout)] if _is_list(self.out) and not stderr else []
        if self.status < 0:  # ended from outside
            return []

        if self.own_reads.flags is not None and stderr.endswith(BATCH_FAILURE):
            stderr = stderr.removesuffix(BATCH_FAILURE)
            return [Reply(status_of_failure(self.own_reads.program, stderr), stdout, stderr)]
        return [Reply(self.status, stdout, stderr)]

    def _replies_to_lines(self) -> list[Reply]:
        """Return the replies to the lines of a batch; none if a line failed or printed a warning.

        iproute2 writes each list on a line. A name with a newline, printed unchanged by releases
        before 7.0, makes a line too many.
        """
        lists = self.out.splitlines(keepends=True)  # of bytes, at "\n" and "\r" only
        is_whole = len(lists) == len(self.own_reads.commands) and all(map(_is_list, lists))
        if self.err or not is_whole:
            return []

        return [Reply(0, _decode(json_list)) for json_list in lists]


def _is_list(output: bytearray) -> bool:
    """Return whether an output is a list in JSON, on a line."""
    return output.startswith(b"[") and output.endswith(b"]\n")


def _decode(data: bytearray) -> str:
    """Return output as text; bytes that are not UTF-8 become surrogates."""
    return data.decode("utf-8", "surrogateescape")


@define(eq=False)
class Survey:
    """The processes of a survey: planned processes, and running processes (``readers``).

    ``workers`` are the workers for changes, by namespace, that run reads as last lines.
    """

    starter: WorkerStarter
    workers: dict[str | None, Worker]
    commands: Sequence[Command]
    waiting: deque[ProcessReads] = field(factory=deque)
    readers: set[Reader] = field(factory=set)
    _planned_count: int = 0
    _by_fd: dict[int, Reader] = field(factory=dict)
    _poll: "select.poll" = field(factory=lambda: select.poll())

    def run(self) -> Iterator[Reader]:
        """Run the reads, and yield a process once ended, while the remaining processes go on."""
        while self._plan_new() or self.waiting or self.readers:
            while self.waiting and len(self.readers) < MAX_UNDER_WAY:
                self._start(self.waiting.popleft())
            if self.readers:
                yield from self._handle_events()

    def _plan_new(self) -> bool:
        """Plan the reads that came since the last call. Return whether reads came."""
        planned_count, self._planned_count = self._planned_count, len(self.commands)
        if planned_count == self._planned_count:
            return False

        self.waiting.extend(plan_processes(self.commands, start=planned_count))
        return True

    def close(self) -> None:
        """Close all processes that have not ended, as after Ctrl-C."""
        for worker in self.workers.values():
            worker.close()
        for reader in self.readers:
            reader.worker.close()

    def _start(self, own_reads: ProcessReads) -> None:
        """Give reads to a worker, or to a process of their own."""
        worker = None
        if own_reads.fits_change_worker:
            worker = self.workers.pop(own_reads.netns, None)
        if worker is None:
            try:
                worker = self.starter.start_program(own_reads.netns, argv=own_reads.argv)
            except (ExecutorError, OSError):  # the caller runs the reads, and meets the same
                return

        reader = Reader(own_reads, worker, time.perf_counter(), own_reads.lines)
        self.readers.add(reader)
        for fd in reader.open_outputs:
            self._wait_for(reader, fd, event=select.POLLIN)
        stdin = worker.stdin
        if not reader.write():
            self._wait_for(reader, stdin, event=select.POLLOUT)

    def _wait_for(self, reader: Reader, fd: int, *, event: int) -> None:
        """Wait for a pipe of a process."""
        self._by_fd[fd] = reader
        self._poll.register(fd, event)

    def _forget(self, fd: int) -> None:
        """Wait for a pipe no longer."""
        if self._by_fd.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def _handle_events(self) -> Iterator[Reader]:
        """Wait for ready pipes, then read and write; yield the processes that have ended."""
        events = self._poll.poll(helper_process.HELPER_SECONDS * 1000)
        if not events:
            yield from self._give_up()

        for fd, _ in events:
            reader = self._by_fd.get(fd)
            if reader is None:  # an event before this one has ended its process
                continue
            if fd == reader.worker.stdin:
                if reader.write():
                    self._forget(fd)
            elif not reader.read(fd):
                self._forget(fd)
                if not reader.open_outputs:
                    yield self._end(reader)

    def _end(self, reader: Reader) -> Reader:
        """Note the end of a process, and return it."""
        self._forget(reader.worker.stdin)  # it may have ended before it had read all lines
        self.readers.remove(reader)
        reader.finish()
        return reader

    def _give_up(self) -> Iterator[Reader]:
        """Yield the processes that their spawner does not start, or that hang, without replies."""
        for reader in list(self.readers):
            for fd in (reader.worker.stdin, *reader.open_outputs):
                self._forget(fd)
            with contextlib.suppress(ExecutorError):
                reader.worker.kill()
            yield self._end(reader)
