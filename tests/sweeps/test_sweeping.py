"""Sweeps over processes and threads: failures, lost workers, and going on."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import ipwrap
from ipwrap import ExecutorError, InvalidArgument, PlaceError, Recording, Session
from ipwrap.sweeps import Run
from ipwrap.sweeps.workers import GivenWorkers
from tests.sweeps import labs

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True, scope="module")
def _sandbox() -> None:
    """Skip without support for sandboxes."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")


def test_every_combination_runs_in_processes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The rows are in the order of the parameters, each with its recording; nothing is printed."""
    results = ipwrap.sweep(
        labs.ping, {"size": [8, 56], "count": [1]}, repeat=2, jobs=2, out=tmp_path
    )

    recordings = [Recording.load(str(run.recording)) for run in results]
    assert [(8, 1), (8, 2), (56, 1), (56, 2)] == [
        (run.parameters["size"], run.repeat) for run in results
    ]
    assert [8, 8, 56, 56] == [run.measurements["bytes"] for run in results]
    assert all(recording.end is not None for recording in recordings)
    assert 4 == len({run.recording for run in results})
    assert ("", "") == capfd.readouterr()


def test_a_failed_run_does_not_stop_the_others(tmp_path: Path) -> None:
    """A failed run is a row with its error and its recording."""
    ended: list[Run] = []

    with ThreadPoolExecutor(2) as executor:
        results = ipwrap.sweep(
            labs.odd_fails,
            {"number": [1, 2, 3]},
            executor=executor,
            out=tmp_path,
            on_run=ended.append,
        )

    assert ["failed", "ok", "failed"] == [run.status for run in results]
    assert {"number=1,repeat=1.jsonl", "number=2,repeat=1.jsonl", "number=3,repeat=1.jsonl"} == {
        Path(str(run.recording)).name for run in ended
    }


def test_a_run_that_is_lost_with_its_worker_runs_again(tmp_path: Path) -> None:
    """A worker is killed in the middle of a run, and every run has its result."""
    numbers = [1, 2, 3, 4, 5]

    results = ipwrap.sweep(
        labs.dies_once,
        [{"number": number, "marker": str(tmp_path / "killed")} for number in numbers],
        jobs=2,
        out=tmp_path / "out",
    )

    assert numbers == [run.measurements.get("value") for run in results], results.text()
    names = {path.name for path in (tmp_path / "out" / "recordings").iterdir()}
    assert names == {Path(str(run.recording)).name for run in results}


def test_a_run_that_kills_its_workers_is_given_up() -> None:
    """Its row says so, and the others are not blamed for it."""
    results = ipwrap.sweep(labs.dies, {"number": [1, 2, 3]}, jobs=2)

    assert ["ok", "failed", "ok"] == [run.status for run in results]
    assert str(results[1].error).startswith("lost with its worker 3 times: ")


def test_a_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    """The same call runs what has failed and what is new, and nothing twice."""
    with ThreadPoolExecutor(1) as executor:
        options: dict[str, Any] = {"executor": executor, "out": tmp_path}
        ipwrap.sweep(labs.odd_fails, {"number": [1, 2]}, **options)
        again: list[Run] = []
        results = ipwrap.sweep(
            labs.odd_fails, {"number": [1, 2, 4]}, on_run=again.append, **options
        )

    assert ["failed", "ok", "ok"] == [run.status for run in results]
    assert [1, 4] == [run.parameters["number"] for run in again]
    assert "number=1,repeat=1-2.jsonl" == Path(str(again[0].recording)).name


def test_threads_run_labs_that_make_their_sessions(tmp_path: Path) -> None:
    """Each gets its own sandbox and recording, one at a time."""
    with ThreadPoolExecutor(3) as executor:
        results = ipwrap.sweep(
            labs.own_session, {"size": [1, 2, 3]}, executor=executor, out=tmp_path
        )

    assert [1, 1, 1] == [run.measurements.get("value") for run in results]
    assert 3 == len({Path(str(run.recording)).read_bytes() for run in results})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeat": 0}, "repeat: 0 is no whole number"),
        ({"jobs": 0}, "jobs: 0 is no whole number"),
        ({"executor": 3}, "executor: 3 is no executor"),
        ({"executor": 3, "jobs": 2}, "jobs: is for processes"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    """Nothing runs with a wrong option."""
    with pytest.raises(InvalidArgument, match=message):
        ipwrap.sweep(labs.ping, {"size": [1]}, **options)


def test_equal_combinations_are_refused() -> None:
    """A value that is listed twice is a mistake: repeats are asked for otherwise."""
    with pytest.raises(InvalidArgument, match="size=1 is there twice; repeat="):
        ipwrap.sweep(labs.ping, {"size": [1, 1]})


def test_an_executor_that_is_given_is_not_replaced() -> None:
    """Only its owner can make another one."""
    with ThreadPoolExecutor(1) as executor, pytest.raises(ExecutorError, match="is broken"):
        GivenWorkers(executor).replace()


def test_an_executor_that_was_closed_is_told() -> None:
    """The message is that of the executor."""
    with ThreadPoolExecutor(1) as executor:
        pass

    with pytest.raises(ExecutorError, match="the executor takes no run: cannot schedule new"):
        ipwrap.sweep(labs.exits, {}, executor=executor)


def test_a_script_without_a_guard_is_told(tmp_path: Path) -> None:
    """A worker loads the script that has started it; the error tells what is missing."""
    script = tmp_path / "script.py"
    script.write_text("import ipwrap\n\ndef lab(session): pass\n\nipwrap.sweep(lab, {}, jobs=1)\n")

    process = subprocess.run(
        (sys.executable, str(script)), capture_output=True, text=True, check=False
    )

    assert 1 == process.returncode
    assert "ExecutorError: no worker process could start" in process.stderr
