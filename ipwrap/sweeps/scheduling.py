"""`iter_replies`: hand runs to workers, and run those again that were lost with their worker."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from queue import SimpleQueue

from attrs import define, evolve, field

from ipwrap.errors import ExecutorError
from ipwrap.sweeps.run import RunReply, RunTask
from ipwrap.sweeps.workers import Workers

__all__ = ["MAX_LOSSES", "iter_replies"]

MAX_LOSSES = 3  # a run lost this often is taken as the cause
# Runs given up, and breaks between two runs, before any run has ended: then no run will.
MAX_FAILURES = 6
# Of Dask, which has run it on several workers by then (distributed.scheduler.allowed-failures).
KILLED_WORKER = "KilledWorker"


def iter_replies(
    tasks: Iterable[RunTask],
    workers: Workers,
    *,
    prepare: Callable[[RunTask], RunTask],
) -> Generator[tuple[RunTask, RunReply], None, None]:
    """Yield every run with its reply, as they end. ``prepare`` is called when one is handed over.

    Which of the runs in progress has killed a worker is unknown. So those that were lost run again
    one at a time: one that is lost `MAX_LOSSES` times has failed. Raises `ExecutorError` where no
    worker lives long enough, or all runs were cancelled.
    """
    return Schedule(workers, deque(tasks), prepare).run()


@define
class Schedule:
    """The runs that wait, those that are in progress, and those that were lost."""

    workers: Workers
    waiting: deque[RunTask]
    prepare: Callable[[RunTask], RunTask]
    lost: deque[RunTask] = field(factory=deque, init=False)
    running: "dict[Future[RunReply], RunTask]" = field(factory=dict, init=False)
    failures: int = field(default=0, init=False)
    has_ended: bool = field(default=False, init=False)
    _ended: "SimpleQueue[Future[RunReply]]" = field(factory=SimpleQueue, init=False)

    def run(self) -> Generator[tuple[RunTask, RunReply], None, None]:
        """Yield every run with its reply."""
        while self.waiting or self.lost or self.running:
            try:
                self._hand_over()
            except BrokenExecutor as error:  # a worker has died between two runs
                yield from self._recover(error)
                continue

            ended = self._wait_for_some()
            broken = next((error for error in map(broken_executor_error, ended) if error), None)
            if broken is not None:
                yield from self._recover(broken)
            else:
                yield from self._pop_replies(ended)

    def _hand_over(self) -> None:
        """Hand over as many runs as the workers take at a time; of the lost ones, one."""
        if self.lost:
            if not self.running:
                self._submit(self.lost)
            return

        limit = self.workers.capacity
        while self.waiting and (limit is None or len(self.running) < limit):
            self._submit(self.waiting)

    def _submit(self, tasks: deque[RunTask]) -> None:
        """Hand over the first of some runs, where it stays if that fails."""
        task = tasks[0] = self.prepare(tasks[0])
        future = self.workers.submit(task)
        self.running[future] = task
        tasks.popleft()
        future.add_done_callback(self._ended.put)

    def _wait_for_some(self) -> "list[Future[RunReply]]":
        """Wait until a run has ended, and return all that have.

        concurrent.futures.wait() would wait for ever for one that its executor has cancelled.
        """
        ended = [self._ended.get()]
        while not self._ended.empty():
            ended.append(self._ended.get())
        # Those of a broken executor have been taken by `_recover`.
        return [future for future in ended if future in self.running]

    def _pop_replies(
        self, ended: "Iterable[Future[RunReply]]"
    ) -> Iterator[tuple[RunTask, RunReply]]:
        """Yield the replies of runs that have ended."""
        for future in ended:
            task = self.running.pop(future)
            self.failures = 0
            self.has_ended = True
            yield task, _reply_of(future)

    def _recover(self, error: BrokenExecutor) -> Iterator[tuple[RunTask, RunReply]]:
        """Put back what was lost with the workers, and replace them.

        All runs of a broken executor end at once, by its error.
        """
        while not all(future.done() for future in self.running):
            self._ended.get()

        lost = [future for future in self.running if broken_executor_error(future)]
        if not lost:
            self.failures += 1
        for future in lost:
            task = self.running.pop(future)
            self.lost.append(evolve(task, losses=task.losses + 1))
        yield from self._pop_replies(list(self.running))

        given_up = [task for task in self.lost if task.losses >= MAX_LOSSES]
        for task in given_up:
            self.lost.remove(task)
            yield task, _lost_reply(f" {task.losses} times: {error}")

        # Once a run has ended, workers can run labs: those given up are to blame themselves.
        if not self.has_ended:
            self.failures += len(given_up)
        if self.failures >= MAX_FAILURES:
            raise ExecutorError(f"no worker lives long enough to end a run: {error}") from error
        self.workers.replace()


def broken_executor_error(future: "Future[RunReply]") -> BrokenExecutor | None:
    """Return the error of a run that was lost with its worker; None for another end."""
    if future.cancelled():
        return None
    error = future.exception()
    return error if isinstance(error, BrokenExecutor) else None


def _reply_of(future: "Future[RunReply]") -> RunReply:
    """Return the reply of a run. Raises `ExecutorError` for one that was cancelled."""
    try:
        return future.result()
    except CancelledError as error:
        raise ExecutorError(
            "the executor has cancelled the runs: it was closed, or its scheduler is gone; runs "
            "that have ended are kept"
        ) from error
    except Exception as error:
        if type(error).__name__ == KILLED_WORKER:
            return _lost_reply(f": {error}")
        message = f"the worker could not run it: {type(error).__name__}: {error}"
        return RunReply(status="failed", seconds=0.0, error=message)


def _lost_reply(message: str) -> RunReply:
    """Return the reply of a run that was lost too often."""
    return RunReply(status="failed", seconds=0.0, error=f"lost with its worker{message}")
