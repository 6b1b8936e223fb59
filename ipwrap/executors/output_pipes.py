"""`OutputPipes`: the pipes for stdout and stderr of a program, read until the program ends.

A child that the program leaves behind may hold the pipes until the child ends. ipwrap does not wait
for the child: a `cat` takes the pipes over, so that the child never writes into a closed pipe
(SIGPIPE), also after the end of this process. Files in place of the pipes would need no `cat`, but
a program that opens /dev/stderr anew empties a file, and AppArmor keeps confined programs from
writing into files.
"""

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Self

from attrs import define, field

from ipwrap.system.polling import to_milliseconds
from ipwrap.system.process_groups import group_is_running
from ipwrap.system.programs import command_environment

__all__ = ["OutputPipes"]

CHUNK = 1 << 16  # bytes: the usual capacity of a pipe
MAX_CAPACITY = 1 << 20  # bytes: /proc/sys/fs/pipe-max-size
POLL_SECONDS = 0.02  # between two looks at a program where the kernel does not tell of its end

# How long children of a program may end behind it, to count as ended with it: a shell script may
# end with `kill "$server"`.
GRACE_SECONDS = 0.05
GRACE_STEP = 0.005

# A shell gives /dev/null to a program in the background, unless its stdin is another descriptor.
DRAIN = "exec 3<&0; cat <&3 >/dev/null &"


@define(eq=False)
class OutputPipe:
    """A pipe, and the output read from the pipe."""

    read_end: int
    write_end: int
    is_at_end: bool = False
    _chunks: list[bytes] = field(factory=list)

    @classmethod
    def open(cls) -> Self:
        """Make a pipe."""
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        return cls(read_end, write_end)

    @property
    def text(self) -> str:
        """The output, with surrogates for bytes that are not UTF-8."""
        return b"".join(self._chunks).decode("utf-8", "surrogateescape")

    def read(self) -> int:
        """Read what the pipe holds, at most `CHUNK`. Return the number of bytes."""
        try:
            chunk = os.read(self.read_end, CHUNK)
        except BlockingIOError:
            return 0

        self.is_at_end = not chunk
        self._chunks.append(chunk)
        return len(chunk)

    def read_all(self) -> None:
        """Read the present content of the pipe, without waiting for later output of a child."""
        count = 0
        while count < MAX_CAPACITY:
            size = self.read()
            if not size:
                return
            count += size

    def drain(self) -> bool:
        """Let a `cat` of its own read on, until the last writer has ended.

        Return False if none could be started.
        """
        os.set_blocking(self.read_end, True)
        try:
            subprocess.run(
                ("sh", "-c", DRAIN),
                stdin=self.read_end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=command_environment(),
                start_new_session=True,
                check=False,
            )
        except OSError:
            return False
        return True


@define(eq=False)
class OutputPipes:
    """The pipes of one program."""

    out: OutputPipe
    err: OutputPipe
    _is_closed: bool = False

    @classmethod
    @contextlib.contextmanager
    def starting(cls) -> Iterator[Self]:
        """Make the pipes for a program that the block starts with copies of their write ends."""
        pipes = cls(OutputPipe.open(), OutputPipe.open())
        try:
            yield pipes
        except BaseException:
            for pipe in (pipes.out, pipes.err):
                os.close(pipe.read_end)
            raise
        finally:
            for pipe in (pipes.out, pipes.err):
                os.close(pipe.write_end)

    @property
    def is_held(self) -> bool:
        """Whether a process can still write into one of the pipes."""
        return not (self.out.is_at_end and self.err.is_at_end)

    def read_until_end(
        self, pid: int, is_alive: Callable[[], bool], *, timeout: float | None
    ) -> bool:
        """Read until the program ends. Return False if it has not within ``timeout`` seconds.

        ``is_alive`` tells where the kernel has no pidfd_open(2), from Linux 5.3 on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            return True  # it has ended, and is reaped
        except (OSError, AttributeError):
            return self._read_until(is_alive, pidfd=None, deadline=deadline)

        try:
            return self._read_until(is_alive, pidfd=pidfd, deadline=deadline)
        finally:
            os.close(pidfd)

    def _read_until(
        self, is_alive: Callable[[], bool], *, pidfd: int | None, deadline: float | None
    ) -> bool:
        """Read until a pidfd tells the end, or ``is_alive`` without one."""
        poller, pipes = self._poller()
        if pidfd is not None:
            poller.register(pidfd, select.POLLIN)

        while True:
            # What can be read is read first: the end of the program ends the loop.
            ready = [descriptor for descriptor, _ in poller.poll(_milliseconds(deadline, pidfd))]
            for descriptor in ready:
                if descriptor in pipes:
                    _read_or_leave(poller, pipes[descriptor])

            if pidfd in ready or (pidfd is None and not is_alive()):
                return True
            if deadline is not None and time.monotonic() >= deadline:
                return False

    def read_rest(self, group: int) -> bool:
        """Read the rest of the pipes. Return whether the program left a running child.

        ``group`` is the program's process group.
        """
        for pipe in (self.out, self.err):
            pipe.read_all()

        deadline = time.monotonic() + GRACE_SECONDS
        poller, pipes = self._poller()
        while self.is_held or group_is_running(group):
            if time.monotonic() >= deadline:
                return True

            for descriptor, _ in poller.poll(GRACE_STEP * 1000):
                _read_or_leave(poller, pipes[descriptor])

        return False

    def _poller(self) -> "tuple[select.poll, dict[int, OutputPipe]]":
        """Return a poller of the pipes that are not at their end, and the pipes by descriptor."""
        poller = select.poll()
        pipes = {pipe.read_end: pipe for pipe in (self.out, self.err) if not pipe.is_at_end}
        for descriptor in pipes:
            poller.register(descriptor, select.POLLIN)
        return poller, pipes

    def close(self) -> None:
        """Close the pipes; one that is held is left to a `cat`. A second call has no effect."""
        if self._is_closed:
            return

        self._is_closed = True
        for pipe in (self.out, self.err):
            # Without a `cat` the end stays open, as long as this process lives.
            if pipe.is_at_end or pipe.drain():
                os.close(pipe.read_end)


def _read_or_leave(poller: "select.poll", pipe: OutputPipe) -> None:
    """Read from a pipe, and poll it no more at its end."""
    pipe.read()
    if pipe.is_at_end:
        poller.unregister(pipe.read_end)


def _milliseconds(deadline: float | None, pidfd: int | None) -> float | None:
    """Return how long to poll."""
    seconds = [] if pidfd is not None else [POLL_SECONDS]
    if deadline is not None:
        seconds.append(max(0.0, deadline - time.monotonic()))
    return to_milliseconds(min(seconds, default=None))
