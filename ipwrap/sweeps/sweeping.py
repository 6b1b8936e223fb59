"""`sweep` and `Sweep`: run a lab with every combination of parameters."""

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import partial

from attrs import define, evolve, field

from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_seconds
from ipwrap.sweeps.journal import RunJournal
from ipwrap.sweeps.lab_source import LabFunction, LabSource
from ipwrap.sweeps.parameters import LabParameters, Parameters, combine
from ipwrap.sweeps.results import SweepResults
from ipwrap.sweeps.run import Run, RunReply, RunTask, Value
from ipwrap.sweeps.scheduling import iter_replies
from ipwrap.sweeps.workers import GivenWorkers, LocalWorkers, Workers, cpu_count

__all__ = ["Sweep", "sweep"]


def sweep(
    lab: LabFunction,
    parameters: Parameters,
    *,
    executor: Executor | None = None,
    jobs: int | None = None,
    repeat: int = 1,
    timeout: float | None = None,
    out: str | os.PathLike[str] | None = None,
    restart: bool = False,
    on_run: Callable[[Run], object] | None = None,
) -> SweepResults:
    """Run a lab with every combination of parameters, several at a time: `ipwrap sweep`.

    ::

        def lab(session, *, delay: int, loss: float):
            …
            return {"milliseconds": …}

        if __name__ == "__main__":
            results = ipwrap.sweep(lab, {"delay": [10, 50, 100], "loss": [0, 1]}, repeat=5)
            results.save("results.csv")

    - ``lab``: a function at the top level of a file: workers load the text of the file. Each call
      gets a `Session` in a fresh sandbox as its parameter ``session``. A lab without that parameter
      makes its sessions itself, which are in such a sandbox if they name no place. It returns a
      value, or a dict of measurements
    - ``parameters``: the values by name, for all combinations; or a list of dicts, the combinations
      themselves. Values are str, int, float, bool and None
    - ``executor``: of `concurrent.futures`, or ``Client(…).get_executor()`` of Dask; it stays open.
      By default processes of this machine, which end with the sweep
    - ``jobs``: how many of these processes, by default one for each processor
    - ``repeat``: how often each combination runs
    - ``timeout``: seconds after which a run is ended with all its processes. It has failed then,
      and its recording is kept. Each run has a process of its own for that
    - ``out``: a folder for the recordings and the list of the runs, by which the same call goes on
      where it was stopped, and runs again what has failed. Without it nothing is written
    - ``restart``: put the earlier runs in ``out`` aside instead
    - ``on_run``: called with each `Run` as it ends

    A run that fails is a row as well, and does not stop the others. One that is lost with its
    worker runs again, three times at most. Raises `InvalidArgument` before anything runs, for a
    folder with runs of another lab as well; `ExecutorError` if no worker stays alive.
    """
    source = LabSource.of(lab)
    planned = Sweep(
        source,
        parameters,
        repeat=repeat,
        timeout=timeout,
        lab_parameters=LabParameters.of(lab),
    )
    workers: Workers
    if executor is None:
        workers = LocalWorkers(_check_count("jobs", cpu_count() if jobs is None else jobs))
    elif jobs is not None:
        raise InvalidArgument("jobs: is for processes of this machine; the executor has its own")
    else:
        workers = GivenWorkers(executor)

    with planned.use_folder(out, restart=restart):
        return planned.run(workers, on_run)


@define
class Sweep:
    """A sweep: the runs that are asked for, by their key, and those that have ended.

    ``ended`` are the runs of earlier calls that were ok, which `use_folder` adds, and all that have
    ended in this call, by `run`.
    """

    source: LabSource
    parameters: Parameters
    repeat: int = field(default=1, kw_only=True)
    timeout: float | None = field(default=None, kw_only=True)
    lab_parameters: LabParameters = field(kw_only=True)
    tasks: dict[str, RunTask] = field(factory=dict, init=False)
    ended: dict[str, Run] = field(factory=dict, init=False)
    _journal: RunJournal | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        _check_count("repeat", self.repeat)
        if self.timeout is not None:
            check_seconds(self.timeout, "timeout", above_zero=True)
        for combination in combine(self.parameters):
            self._add_tasks(self.lab_parameters.check(combination))

    def _add_tasks(self, parameters: dict[str, Value]) -> None:
        """Add the runs of a combination."""
        for number in range(1, self.repeat + 1):
            task = RunTask(
                source=self.source, parameters=parameters, repeat=number, timeout=self.timeout
            )
            if task.key in self.tasks:
                values = ", ".join(f"{name}={value}" for name, value in parameters.items())
                raise InvalidArgument(
                    f"parameters: {values or 'no value'} is there twice; repeat= (--repeat) runs "
                    "each combination several times"
                )
            self.tasks[task.key] = task

    @contextlib.contextmanager
    def use_folder(
        self, out: str | os.PathLike[str] | None, *, restart: bool = False
    ) -> Iterator[None]:
        """Use a folder in the block: see `sweep`. None is no folder."""
        if out is None:
            yield
            return

        self._journal = RunJournal.open(out, self.source, restart=restart)
        try:
            self._journal.check_included(self.tasks)
            self.ended = {key: run for key, run in self._journal.runs.items() if run.ok}
            yield
        finally:
            self._journal.close()
            self._journal = None

    def run(self, workers: Workers, on_run: Callable[[Run], object] | None = None) -> SweepResults:
        """Run what has not ended well, stop the workers, and return the runs of all calls."""
        remaining = [task for key, task in self.tasks.items() if key not in self.ended]
        prepare = partial(self._prepare, share_files=workers.share_files)

        with contextlib.closing(iter_replies(remaining, workers, prepare=prepare)) as replies:
            try:
                for task, reply in replies:
                    run = self._finish(task, reply)
                    if on_run is not None:
                        on_run(run)
            finally:
                workers.stop()
        return self.results()

    def _prepare(self, task: RunTask, *, share_files: bool) -> RunTask:
        """Return a run that is about to be handed over, with the file to record to."""
        if self._journal is None:
            return task
        return evolve(self._journal.with_record(task), returns_recording=not share_files)

    def _finish(self, task: RunTask, reply: RunReply) -> Run:
        """Keep a run that has ended."""
        run = Run(
            parameters=task.parameters,
            repeat=task.repeat,
            status=reply.status,
            seconds=reply.seconds,
            error=reply.error,
            recording=self._keep_recording(task, reply.recording),
            measurements=reply.measurements,
        )
        self.ended[task.key] = run
        if self._journal is not None:
            self._journal.add(run)
        return run

    def _keep_recording(self, task: RunTask, content: bytes | None) -> str | None:
        """Return the path of a run's recording, whose content may come from another machine."""
        if self._journal is None or task.record is None:
            return None
        return self._journal.keep_recording(task.record, content)

    def results(self) -> SweepResults:
        """Return the runs that have ended, in the order of the parameters."""
        return SweepResults(tuple(self.ended[key] for key in self.tasks if key in self.ended))


def _check_count(label: str, value: int) -> int:
    """Return a number of at least 1. Raises `InvalidArgument` for another value."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidArgument(f"{label}: {value!r} is no whole number from 1 on")
    return value
