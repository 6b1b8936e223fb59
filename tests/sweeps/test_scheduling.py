"""What becomes of runs whose executor fails."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future

import pytest
from attrs import define, evolve, field

from ipwrap import ExecutorError
from ipwrap.sweeps.lab_source import LabSource
from ipwrap.sweeps.run import RunReply, RunTask
from ipwrap.sweeps.scheduling import MAX_LOSSES, iter_replies

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


@define
class DeadWorkers(EndingWorkers):
    """Workers that die before a run begins, so many times."""

    deaths: int = 100

    def submit(self, task: RunTask) -> "Future[RunReply]":
        """Raise the error of a broken executor, as often as said."""
        self.deaths -= 1
        if self.deaths >= 0:
            raise BrokenExecutor("dead")
        return super().submit(task)


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
    """An error comes instead of a row for each run."""
    with pytest.raises(ExecutorError, match="no worker lives long enough to end a run: gone"):
        run(EndingWorkers(lambda _: BrokenExecutor("gone")), 9)


@pytest.mark.parametrize("capacity", [1, 3, 8])
def test_several_runs_that_kill_their_workers_do_not_stop_the_others(capacity: int) -> None:
    """Each is given up, also where nothing else has ended between them."""

    def end(task: RunTask) -> RunReply | BaseException:
        is_killer = task.parameters["n"] in (0, 1, 2, *range(10, 18))
        return BrokenExecutor("gone") if is_killer else OK

    replies = run(EndingWorkers(end, capacity), 20)

    expected = [*["failed"] * 3, *["ok"] * 7, *["failed"] * 8, *["ok"] * 2]
    assert expected == [replies[number].status for number in range(20)]


def test_workers_that_die_before_a_run_begins_are_given_up() -> None:
    """No run is to blame, and nothing is tried for ever."""
    workers = DeadWorkers(lambda _: OK)

    with pytest.raises(ExecutorError, match="no worker lives long enough to end a run: dead"):
        run(workers, 2)


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_run_that_is_handed_over_again_is_prepared_with_what_it_had(deaths: int) -> None:
    """Whether its worker died before or in the run."""
    prepared: list[RunTask] = []

    def prepare(task: RunTask) -> RunTask:
        prepared.append(task)
        return evolve(task, record=task.record or f"{len(prepared)}.jsonl")

    def end(task: RunTask) -> RunReply | BaseException:
        return BrokenExecutor("gone") if task.losses < deaths - 1 else OK

    task = RunTask(source=SOURCE, parameters={}, repeat=1)
    workers = DeadWorkers(end, deaths=1)
    ((ended, _),) = iter_replies(deque([task]), workers, prepare=prepare)

    assert "1.jsonl" == ended.record
    assert deaths + 1 == len(prepared)


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
