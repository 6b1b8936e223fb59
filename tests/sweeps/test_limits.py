"""Runs with a time limit: each is a process of its own, which is ended with all it has started."""

import subprocess
import sys
from concurrent.futures import Executor, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

import ipwrap
from ipwrap import InvalidArgument, PlaceError, Recording, Session
from ipwrap.sweeps.lab_run import run_lab
from ipwrap.sweeps.lab_source import LabSource
from ipwrap.sweeps.limits import Job, run_within
from ipwrap.sweeps.run import RunReply, RunTask
from ipwrap.system.process_identity import ENDED_STATES, STATE, stat_fields
from tests.sweeps import labs
from tests.waiting import until

pytestmark = pytest.mark.live

ENOUGH = 600.0  # seconds: no run of the tests takes so long, on any machine
SHORT = 1.0  # for runs that never end


@pytest.fixture(autouse=True, scope="module")
def _sandbox() -> None:
    """Skip without support for sandboxes."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")


def runs(pid: int) -> bool:
    """Return whether a process runs."""
    fields = stat_fields(str(pid))
    return fields is not None and fields[STATE] not in ENDED_STATES


def has_hung(folder: Path, count: int) -> bool:
    """Return whether so many labs have come to the point at which they hang."""
    return len([file for file in folder.iterdir() if file.read_text()]) == count


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor(2)], ids=["processes", "threads"])
def test_runs_over_their_time_have_failed(executor: Executor | None) -> None:
    """Each says so, and the next ones have their turn."""
    results = ipwrap.sweep(labs.sleeps, {"number": [3, 4, 5]}, executor=executor, timeout=SHORT)

    errors = {run.error for run in results}
    assert [("failed", SHORT)] * 3 == [(run.status, run.seconds) for run in results]
    assert {"it still ran after 1 s, and was ended with all its processes"} == errors


def test_a_run_over_its_time_is_ended_with_all_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of its sandbox, those beside it, and orphans; its recording comes back."""

    def is_over(_connection: Connection, _seconds: float) -> bool:
        assert until(lambda: has_hung(tmp_path, 1))
        return False

    monkeypatch.setattr(Connection, "poll", is_over)
    task = RunTask(
        source=LabSource.of(labs.hangs),
        parameters={"number": 1, "folder": str(tmp_path)},
        repeat=1,
        returns_recording=True,
        timeout=60,
    )
    reply = run_lab(task)

    pids = [int(pid) for pid in (tmp_path / "1").read_text().split()]
    assert ("failed", 60) == (reply.status, reply.seconds)
    assert b'"sleep"' in (reply.recording or b"")
    assert until(lambda: not any(map(runs, pids)))


def test_what_is_in_time_is_as_without_a_limit(tmp_path: Path) -> None:
    """Each run has its result, its error and its recording, in a process of its own."""
    results = ipwrap.sweep(labs.odd_fails, {"number": [1, 2]}, jobs=1, timeout=ENOUGH, out=tmp_path)
    pids = ipwrap.sweep(labs.process, {"number": [1, 2]}, jobs=1, timeout=ENOUGH)

    failed, good = results
    assert ("failed", "ok", 2) == (failed.status, good.status, good.measurements["value"])
    assert "ValueError: 1 is odd" in str(failed.error)
    assert all(Recording.load(str(run.recording)).end is not None for run in results)
    assert all(run.seconds > 0 for run in results)
    assert 2 == len({run.measurements["value"] for run in pids})


def test_a_process_that_ends_without_a_result() -> None:
    """The run has failed, and says how; the next ones run."""
    results = ipwrap.sweep(labs.dies_in_a_process, {"number": [1, 2]}, jobs=1, timeout=ENOUGH)

    assert ["failed", "ok"] == [run.status for run in results]
    assert "the process of the run ended with status 7, without a result" == results.runs[0].error


def test_a_worker_that_dies_takes_its_run_with_it(tmp_path: Path) -> None:
    """Nothing is left of a run whose worker was killed, and an error passes through."""
    text = (
        "import sys, ipwrap; from tests.sweeps import labs\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "ipwrap.sweep(labs.hangs, {'number': [1], 'folder': [sys.argv[1]]}, timeout=600,\n"
        "             executor=ThreadPoolExecutor(1))\n"
    )
    worker = subprocess.Popen((sys.executable, "-c", text, str(tmp_path)))
    try:
        assert until(lambda: has_hung(tmp_path, 1))
        pids = [int(pid) for pid in (tmp_path / "1").read_text().split()]
    finally:
        worker.kill()
        worker.wait()

    assert until(lambda: not any(map(runs, pids)))


def _raise_interrupt(_task: RunTask, _record: str | None) -> RunReply:
    """Be no lab, and never get as far as that."""
    raise AssertionError


def test_an_interruption_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the reply is awaited leaves no process."""
    task = RunTask(source=labs_source(), parameters={}, repeat=1)
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def note(*arguments: object, **options: object) -> "subprocess.Popen[bytes]":
        started.append(popen(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    def interrupt(*_arguments: object, **_options: object) -> RunReply:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", note)
    monkeypatch.setattr("ipwrap.sweeps.limits._exchange", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_within(Job(task, _raise_interrupt, None), ENOUGH)

    assert [-9] == [process.returncode for process in started]


def labs_source() -> LabSource:
    """Return the source of a lab."""
    return LabSource.of(labs.exits)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "60", True])
def test_what_is_no_limit(timeout: object) -> None:
    """Seconds are a number above 0."""
    with pytest.raises(InvalidArgument, match="timeout"):
        ipwrap.sweep(labs.exits, {}, timeout=timeout)  # type: ignore[arg-type]
