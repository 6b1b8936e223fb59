"""Where runs run: the processes of this machine (`LocalWorkers`), or an executor that is given."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from multiprocessing.connection import Connection, wait
from typing import Protocol

from attrs import define, field

from ipwrap.errors import ExecutorError, InvalidArgument
from ipwrap.sweeps.lab_run import run_lab
from ipwrap.sweeps.run import RunReply, RunTask

__all__ = ["GivenWorkers", "LocalWorkers", "Workers", "cpu_count"]

STDIN, STDOUT, STDERR = range(3)
MAX_FAILED_STARTS = 2  # one may be bad luck


def cpu_count() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0))


class Workers(Protocol):
    """What runs labs."""

    @property
    def capacity(self) -> int | None:
        """How many runs to hand over at a time; None is all of them."""

    @property
    def share_files(self) -> bool:
        """Whether the workers write to the files of this machine."""

    def submit(self, task: RunTask) -> "Future[RunReply]":
        """Hand over a run. Raises `BrokenExecutor`."""

    def replace(self) -> None:
        """Start new workers in the place of broken ones. Raises `ExecutorError`."""

    def stop(self) -> None:
        """Cancel waiting runs; own processes are killed, also in the middle of a run."""


@define
class LocalWorkers:
    """Processes of this machine, which end with this one, however it ends.

    They are started afresh (spawn), since sessions do not survive a fork, and have a process group
    of their own: Ctrl-C of the terminal reaches this process only, which ends them.
    """

    capacity: int
    share_files: bool = field(default=True, init=False)
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)
    _life_line: Connection | None = field(default=None, init=False)
    _ready: Connection | None = field(default=None, init=False)
    _failed_starts: int = field(default=0, init=False)

    def submit(self, task: RunTask) -> "Future[RunReply]":
        """Hand over a run. Raises `BrokenExecutor` if a worker has died."""
        if self._pool is None:
            self._start()
        assert self._pool is not None
        with _interrupts_held():
            return self._pool.submit(run_lab, task)

    def _start(self) -> None:
        """Make a pool, whose processes start with their first runs."""
        _refuse_in_worker()
        life_line, self._life_line = multiprocessing.Pipe(duplex=False)
        self._ready, ready = multiprocessing.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            self.capacity,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=prepare_worker,
            initargs=(life_line, ready),
        )

    def replace(self) -> None:
        """End what is left of the processes; the next run starts new ones.

        Raises `ExecutorError` if none comes as far as to run a lab.
        """
        has_started = self._ready is not None and self._ready.poll()
        self.stop()

        self._failed_starts = 0 if has_started else self._failed_starts + 1
        if self._failed_starts >= MAX_FAILED_STARTS:
            raise ExecutorError(
                "no worker process could start; what it has printed tells why. A script that calls "
                'ipwrap.sweep() needs if __name__ == "__main__": around the call, since a worker '
                "loads the script as well"
            )

    def stop(self) -> None:
        """End the processes; a run in progress ends with its sandbox."""
        pool, self._pool = self._pool, None
        life_line, self._life_line = self._life_line, None
        if self._ready is not None:
            self._ready.close()
            self._ready = None
        if life_line is not None:
            with contextlib.suppress(OSError):
                # A forked child of this process may hold another copy of the pipe: bytes are seen.
                life_line.send_bytes(b"end")
            life_line.close()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold SIGINT back in the block, and in the processes that start there.

    Ctrl-C would end them while they load modules, each with a traceback, until they have left the
    process group of the terminal.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _refuse_in_worker() -> None:
    """Raise `ExecutorError` in a worker that runs the script which has started it.

    A new process runs the script of its parent up to its end, before anything else.
    """
    process = multiprocessing.current_process()
    if getattr(process, "_inheriting", False):
        raise ExecutorError(
            "a worker runs the script that has started it; let the sweep stand below "
            'if __name__ == "__main__":'
        )


def prepare_worker(life_line: Connection, ready: Connection) -> None:
    """Prepare a new process: what labs print goes to stderr, and it ends with its parent."""
    os.setsid()
    _take_interrupts()
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), STDIN)
    sys.stdout.flush()
    os.dup2(STDERR, STDOUT)

    threading.Thread(target=_end_with_parent, args=(life_line,), daemon=True).start()
    ready.send_bytes(b"ready")


def _take_interrupts() -> None:
    """Forget the SIGINT that was held back, and take further ones again."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGINT, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _end_with_parent(life_line: Connection) -> None:
    """Kill this process, and what its lab has started, when the parent asks for it or is gone."""
    wait([life_line])
    # Sandboxes end with the process that holds them, as after a crash.
    os.killpg(os.getpgrp(), signal.SIGKILL)


@define
class GivenWorkers:
    """An executor of `concurrent.futures` that somebody else has made, and closes."""

    executor: Executor
    capacity: int | None = field(default=None, init=False)
    _unfinished: "set[Future[RunReply]]" = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.executor, Executor):
            raise InvalidArgument(
                f"executor: {self.executor!r} is no executor of concurrent.futures; of Dask, give "
                "Client(…).get_executor()"
            )

    @property
    def share_files(self) -> bool:
        """Whether it is one of the executors of Python, which are of this machine."""
        return isinstance(self.executor, (ProcessPoolExecutor, ThreadPoolExecutor))

    def submit(self, task: RunTask) -> "Future[RunReply]":
        """Hand over a run. Raises `ExecutorError` for an executor that was closed."""
        try:
            future = self.executor.submit(run_lab, task)
        except BrokenExecutor:
            raise
        except RuntimeError as error:
            raise ExecutorError(f"the executor takes no run: {error}") from error
        self._unfinished.add(future)
        future.add_done_callback(self._unfinished.discard)
        return future

    def replace(self) -> None:
        """Raise `ExecutorError`: only who has made the executor can make another one."""
        raise ExecutorError(
            "the executor is broken: a worker of it has died; runs that have ended are kept: the "
            "same call with a new executor goes on if it has a folder (out=…)"
        )

    def stop(self) -> None:
        """Take back the runs that have not begun."""
        for future in list(self._unfinished):
            future.cancel()
