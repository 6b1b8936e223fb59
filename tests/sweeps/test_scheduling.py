"""What becomes of runs whose executor fails."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future

import pytest
from attrs import define, field

from ipwrap import ExecutorError
from ipwrap.sweeps.lab_source import LabSource
from ipwrap.sweeps.run import RunReply, RunTask
from ipwrap.sweeps.scheduling import MAX_BREAKS, MAX_LOSSES, iter_replies

SOURCE = LabSource("lab.py", "def lab(): pass\n")
OK = RunReply(status="ok", seconds=1.0)


class KilledWorker(Exception):
    """An error with the name of that of Dask, which need not be installed."""


@define
class EndingWorkers:
    """Workers whose runs end at once, each as `end` says. ``replaced`` counts the replacements."""

    end: Callable[[RunTask], RunReply | BaseException | None]
    capacity: int | None = 2
    share_files: bool = True
    replaced: int = field(default=0, init=False)

    def submit(self, task: RunTask) -> "Future[RunReply]":
        """Return a future that has ended; one that was cancelled for None."""
        future: Future[RunReply] = Future()
        outcome = self.end(task)
        if outcome is None:
            future.cancel()
        elif isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
        return future

    def replace(self) -> None:
        """Count the replacement."""
        self.replaced += 1

    def stop(self) -> None:
        """Nothing runs."""


def run(workers: EndingWorkers, count: int) -> dict[int, RunReply]:
    """Return the replies to so many runs, by their number."""
    tasks = [RunTask(source=SOURCE, parameters={"n": number}, repeat=1) for number in range(count)]
    replies = iter_replies(deque(tasks), workers, prepare=lambda task: task)
    return {int(str(task.parameters["n"])): reply for task, reply in replies}


def test_the_run_that_breaks_its_executor_is_given_up() -> None:
    """Those that were in progress beside it run again alone, and are not blamed."""

    def end(task: RunTask) -> RunReply | BaseException:
        return BrokenExecutor("gone") if task.parameters["n"] == 1 else OK

    workers = EndingWorkers(end)
    replies = run(workers, 4)

    assert ["ok", "failed", "ok", "ok"] == [replies[number].status for number in range(4)]
    assert f"lost with its worker {MAX_LOSSES} times: gone" == replies[1].error
    assert MAX_LOSSES == workers.replaced


def test_executors_that_always_break_are_given_up() -> None:
    """The error tells how often, instead of a row for each run."""
    with pytest.raises(ExecutorError, match=f"{MAX_BREAKS} times in a row, workers died"):
        run(EndingWorkers(lambda _: BrokenExecutor("gone")), 9)


def test_a_run_that_has_killed_workers_of_dask_is_not_repeated() -> None:
    """Dask has run it on several workers by then."""
    workers = EndingWorkers(lambda _: KilledWorker("on 4 workers"))

    assert "lost with its worker: on 4 workers" == run(workers, 1)[0].error
    assert 0 == workers.replaced


def test_a_worker_that_cannot_run_labs_is_told() -> None:
    """A machine without ipwrap fails the run with the reason."""
    replies = run(EndingWorkers(lambda _: ModuleNotFoundError("No module named 'ipwrap'")), 1)

    expected = "the worker could not run it: ModuleNotFoundError: No module named 'ipwrap'"
    assert expected == replies[0].error


def test_runs_that_were_cancelled_end_the_sweep() -> None:
    """A scheduler that is gone is no failure of the labs."""
    with pytest.raises(ExecutorError, match="has cancelled the runs"):
        run(EndingWorkers(lambda _: None), 2)
