"""`ChunkExchange`: command lines for a worker, with a single fence behind the lines of a chunk.

A fence costs iproute2 and ipwrap as much as a quick command. Inside a chunk, a failed line is
identified by its number, `Command failed -:N` (do_batch() in lib/utils.c); the remaining lines have
succeeded once the fence is rejected. A warning of a successful line has no number, and becomes part
of the reply to the last line of the chunk, or to the next failed line.

A line that ends the worker is identified by the unread input: in packet mode (O_DIRECT, pipe(2))
each line is read alone, and the lines behind the last read line stay in the pipe.
"""

import contextlib
import os
import select
import struct
from collections import deque
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, NoReturn

from attrs import define, field, frozen

from ipwrap.executors.worker import FENCE, FENCE_ERROR, Worker, WorkerDied, WorkerReply
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["MAX_LINE_BYTES", "SILENT_SUCCESS", "ChunkExchange", "has_packet_mode"]

# A packet that is larger than the reader's buffer is cut off. musl's stdio reads 1024 bytes.
MAX_PACKET = 1024
MAX_LINE_BYTES = MAX_PACKET - len(FENCE) - 1

# Of pipe(7): a slot a packet, 16 by default.
PIPE_BYTES = 1 << 18

READ_BYTES = 1 << 16
FAILED_LINE = lazy_pattern(rb"Command failed -:(\d+)\n")
SILENT_SUCCESS = WorkerReply(False, b"", b"")


@cache
def has_packet_mode() -> bool:
    """Return whether pipes of this kernel have a packet mode: seen, since a flag may be ignored."""
    try:
        reader, writer = os.pipe2(os.O_CLOEXEC | os.O_DIRECT)
    except OSError:
        return False

    try:
        os.write(writer, b"1")
        os.write(writer, b"2")
        return os.read(reader, 2) == b"1"
    finally:
        os.close(reader)
        os.close(writer)


class Packet(NamedTuple):
    """Bytes that a worker reads at once, and the number of lines in them."""

    data: bytes
    line_count: int


@frozen
class Chunk:
    """Lines with a fence behind the last, as packets, and the number of the first line."""

    first_number: int
    line_count: int
    packets: Sequence[Packet]

    @property
    def fence_number(self) -> int:
        """The number of the fence's line."""
        return self.first_number + self.line_count


@define(eq=False)
class ChunkExchange:
    """Chunks of lines for a worker, and the replies.

    ``replies`` are the replies not taken yet, the oldest first. ``is_intact`` is false after an
    interruption: bytes may be lost, and the worker must be discarded. After the end of the worker,
    ``uncertain_count`` is the number of lines behind the replies that may have ended the worker.
    """

    worker: Worker
    replies: deque[WorkerReply] = field(factory=deque)
    is_intact: bool = True
    uncertain_count: int = 1
    _chunks: deque[Chunk] = field(factory=deque)
    _unwritten: deque[Packet] = field(factory=deque)
    _failures: dict[int, bytes] = field(factory=dict)
    _next_number: int = field(init=False)
    _has_packets: bool = field(init=False)
    _has_written: bool = False
    _is_enlarged: bool = False
    _out: bytearray = field(factory=bytearray)
    _err: bytearray = field(factory=bytearray)

    def __attrs_post_init__(self) -> None:
        self.worker.run_anywhere()
        self._next_number = self.worker.lines + 1
        self._has_packets = self._set_packet_mode(True)

    def _set_packet_mode(self, is_on: bool) -> bool:
        """Switch the packet mode of the worker's input. Return whether the kernel has the mode."""
        import fcntl  # late: other systems, which play recordings, lack it

        flags = os.O_WRONLY | os.O_NONBLOCK
        if is_on:
            if not has_packet_mode():
                return False
            flags |= os.O_DIRECT

        # ValueError: the worker is closed already.
        with contextlib.suppress(OSError, ValueError):
            fcntl.fcntl(self.worker.stdin, fcntl.F_SETFL, flags)
            return is_on
        return False

    @property
    def is_finished(self) -> bool:
        """Whether every line has its reply."""
        return not self._chunks

    @property
    def has_unwritten(self) -> bool:
        """Whether lines wait for room in the pipe."""
        return bool(self._unwritten)

    def send(self, lines: Sequence[bytes], *, shares_packets: bool = False) -> None:
        """Send lines of at most `MAX_LINE_BYTES`, without waiting. Raises `WorkerDied`.

        Each line is a packet. Lines that are not expected to end the worker may be sent faster:
        with ``shares_packets``, a packet has several lines.
        """
        self.is_intact = False
        if not self._has_packets:  # the end of a worker can be told by fences only
            for line in lines:
                self._add_chunk([Packet(line + b"\n", 1)], 1)
        elif shares_packets:
            self._add_chunk(_share_packets(lines), len(lines))
        else:
            self._add_chunk([Packet(line + b"\n", 1) for line in lines], len(lines))

        self.write()

    def _add_chunk(self, packets: list[Packet], line_count: int) -> None:
        """Add a chunk. The fence is in the packet of the last line."""
        last = packets[-1]
        packets[-1] = Packet(last.data + FENCE, last.line_count)

        chunk = Chunk(self._next_number, line_count, packets)
        self._next_number = chunk.fence_number + 1
        self._chunks.append(chunk)
        self._unwritten.extend(packets)

    def write(self) -> None:
        """Write as many lines as the pipe takes. Raises `WorkerDied`."""
        self.is_intact = False
        failure = None
        try:
            self._write_packets()
        except OSError as error:  # the worker has ended; its last output is still in the pipes
            failure = error

        if failure is not None:
            self._raise_death(failure)
        self.is_intact = True

    def _write_packets(self) -> None:
        """Write lines until the pipe is full."""
        unwritten = self._unwritten
        stdin = self.worker.stdin

        while unwritten:
            try:
                os.write(stdin, unwritten[0].data)
            except BlockingIOError:
                if self._enlarge_pipe():
                    continue
                return

            self._has_written = True
            unwritten.popleft()

    def _enlarge_pipe(self) -> bool:
        """Enlarge a pipe that is full, once. Return whether it has room now."""
        if self._is_enlarged:
            return False

        import fcntl

        self._is_enlarged = True
        # Beyond the limits of pipe(7) the pipe stays as it is.
        with contextlib.suppress(OSError):
            fcntl.fcntl(self.worker.stdin, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            return True
        return False

    def read(self) -> None:
        """Read the worker's output, without waiting. Raises `WorkerDied`."""
        self.is_intact = False
        self._drain(self.worker.stdout, self._out)
        is_open = self._drain(self.worker.stderr, self._err)
        self._take_replies()
        if not is_open and self._chunks:
            self._raise_death(None)
        self.is_intact = True

    def _drain(self, fd: int, buffer: bytearray) -> bool:
        """Read everything in a pipe into a buffer. Return False at the end of the pipe."""
        while True:
            try:
                data = os.read(fd, READ_BYTES)
            except BlockingIOError:
                return True

            buffer += data
            if len(data) < READ_BYTES:
                return bool(data)

    def _take_replies(self) -> None:
        """Take the numbers of failed lines, and the replies of chunks whose fence was rejected."""
        start = 0
        for match in FAILED_LINE.finditer(self._err):
            if not self._chunks:
                break

            number = int(match[1])
            text = bytes(self._err[start : match.start()])
            if number == self._chunks[0].fence_number:
                self._finish_chunk(text[: text.rfind(FENCE_ERROR)])
            elif number >= self._chunks[0].first_number:
                self._failures[number] = text
            else:  # in the text of a message
                continue
            start = match.end()

        del self._err[:start]

    def _finish_chunk(self, warnings: bytes) -> None:
        """Append the replies to a chunk, the last with the warnings of successful lines."""
        # The stdout of a line was written before the fence was rejected: it is in the pipe.
        self._drain(self.worker.stdout, self._out)

        chunk = self._chunks.popleft()
        self.worker.lines = chunk.fence_number
        if not self._failures and not warnings and not self._out:
            self.replies.extend([SILENT_SUCCESS] * chunk.line_count)
            return

        self._append_replies(chunk, chunk.line_count)
        if self._out:
            self.worker.has_printed = True
        last = self.replies[-1]
        self.replies[-1] = WorkerReply(last.failed, bytes(self._out), last.err + warnings)
        self._out.clear()

    def _append_replies(self, chunk: Chunk, count: int) -> None:
        """Append the replies to the first lines of a chunk."""
        for number in range(chunk.first_number, chunk.first_number + count):
            error = self._failures.pop(number, None)
            self.replies.append(SILENT_SUCCESS if error is None else WorkerReply(True, b"", error))

    def _raise_death(self, cause: OSError | None) -> NoReturn:
        """Raise `WorkerDied` with the last output, behind the replies to the lines before."""
        self._drain(self.worker.stdout, self._out)
        self._drain(self.worker.stderr, self._err)
        self._take_replies()

        # A worker that was ended from outside may have done a part of the last packet that it read.
        packets = self._find_read_packets()
        self.uncertain_count = packets[-1].line_count if packets else 1
        self._append_certain_replies(sum(packet.line_count for packet in packets[:-1]))

        raise WorkerDied(
            bytes(self._out), bytes(self._err), replies=[], begun=self._has_written
        ) from cause

    def _append_certain_replies(self, count: int) -> None:
        """Append the replies to a number of lines, and to those before a line that has failed."""
        last_failed = max(self._failures, default=0)

        while self._chunks:
            chunk = self._chunks.popleft()
            failed_count = max(last_failed + 1 - chunk.first_number, 0)
            if count < failed_count:
                self.uncertain_count = max(self.uncertain_count - (failed_count - count), 1)
                count = failed_count

            self._append_replies(chunk, min(count, chunk.line_count))
            if count <= chunk.line_count:
                return
            count -= chunk.line_count

    def _find_read_packets(self) -> list[Packet]:
        """Return the packets of the unfinished chunks that the worker has read, if it is known."""
        if not self._has_packets:
            return []

        packets = [packet for chunk in self._chunks for packet in chunk.packets]
        count = len(packets) - len(self._unwritten)
        unread = _count_unread_bytes(self.worker.stdin)
        while count and unread > 0:
            count -= 1
            unread -= len(packets[count].data)

        return packets[:count]

    def watch(self, poll: "select.poll") -> list[int]:
        """Register the pipes whose readiness lets the exchange go on, and return them."""
        fds = [self.worker.stdout, self.worker.stderr]
        for fd in fds:
            poll.register(fd, select.POLLIN)
        if self._unwritten:
            poll.register(self.worker.stdin, select.POLLOUT)
            fds.append(self.worker.stdin)

        return fds

    def end(self) -> None:
        """Leave the packet mode: other exchanges write several lines at once."""
        self._set_packet_mode(False)


def _share_packets(lines: Sequence[bytes]) -> list[Packet]:
    """Return lines as few packets, with room for a fence in the last one."""
    packets: list[Packet] = []
    shared: list[bytes] = []
    size = 0

    for line in lines:
        if shared and size + len(line) > MAX_LINE_BYTES:
            packets.append(Packet(b"".join(shared), len(shared)))
            shared, size = [], 0
        shared.append(line + b"\n")
        size += len(line) + 1

    packets.append(Packet(b"".join(shared), len(shared)))
    return packets


def _count_unread_bytes(fd: int) -> int:
    """Return the number of unread bytes in a pipe, also after the end of the reader.

    FIONREAD, pipe(7), works at both ends.
    """
    import fcntl
    import termios

    count = fcntl.ioctl(fd, termios.FIONREAD, bytes(struct.calcsize("i")))
    (unread,) = struct.unpack("i", count)
    return int(unread)
