"""Sweeps over a scheduler of Dask, with two workers that are processes of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ipwrap
from ipwrap import Recording
from ipwrap.sweeps import Run
from tests.sweeps import labs
from tests.waiting import until

distributed = pytest.importorskip(
    "distributed", reason='Dask is not installed: pip install "ipwrap[dask]"'
)
pytestmark = [
    pytest.mark.live,
    # Of its own modules, and of sockets that it closes by the garbage collector.
    pytest.mark.filterwarnings("default"),
]

QUIET = {**os.environ, "DASK_LOGGING__DISTRIBUTED": "error"}


def start(name: str, *arguments: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Start a program of Dask, with a folder for its temporary files."""
    argv = (sys.executable, "-m", f"distributed.cli.dask_{name}", *arguments, "--no-dashboard")
    env = QUIET | {"DASK_TEMPORARY_DIRECTORY": str(folder)}
    return subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, each with a nanny that starts it again."""
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    local = ("--host", "127.0.0.1", "--scheduler-file", str(file))
    worker = ("--nthreads", "1")

    processes = [start("scheduler", *local, "--port", "0", folder=folder)]
    processes += [start("worker", *local, *worker, folder=folder) for _ in range(2)]
    try:
        assert until(file.exists)
        with distributed.Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(2)
            yield client.scheduler.address
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait()


def test_runs_of_workers_come_back_with_their_recordings(address: str, tmp_path: Path) -> None:
    """Both workers run labs; the recordings are in the folder of the sweep."""
    with distributed.Client(address) as client:
        results = ipwrap.sweep(
            labs.ping,
            {"size": [8, 16, 24, 32]},
            executor=client.get_executor(),
            out=tmp_path,
        )

    assert ["ok"] * 4 == [run.status for run in results], results.text()
    assert 2 == len({run.measurements["pid"] for run in results})
    assert all(Recording.load(str(run.recording)).end is not None for run in results)


def test_a_worker_that_is_killed_loses_nothing(address: str) -> None:
    """A worker is killed in mid-sweep; its runs run elsewhere."""
    numbers = list(range(8, 20))
    killed: list[int] = []

    def kill_first(run: Run) -> None:
        if not killed:
            killed.append(run.measurements["pid"])
            os.kill(killed[0], signal.SIGKILL)

    with distributed.Client(address) as client:
        executor: Any = client.get_executor()
        results = ipwrap.sweep(labs.ping, {"size": numbers}, executor=executor, on_run=kill_first)

    assert numbers == [run.measurements.get("bytes") for run in results], results.text()


def test_the_command_line_uses_a_scheduler(address: str, tmp_path: Path) -> None:
    """The text of the file is sent: the workers run in another folder, and do not have it."""
    (tmp_path / "lab.py").write_text(
        "def lab(session, *, n: int):\n    session.ip.netns.add('a')\n    return n\n"
    )
    arguments = ("lab.py", "--set", "n=1,2", "--scheduler", address, "--format", "json")

    process = subprocess.run(
        (sys.executable, "-m", "ipwrap", "sweep", *arguments),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (process.returncode, process.stderr)
    assert 2 == len(list((tmp_path / "lab-sweep" / "recordings").iterdir()))


def test_a_run_over_its_time_is_ended_on_its_worker(address: str, tmp_path: Path) -> None:
    """The worker goes on with other runs, and the recording comes back."""
    with distributed.Client(address) as client:
        executor = client.get_executor()
        slow = ipwrap.sweep(
            labs.sleeps, {"number": [1, 2, 3]}, executor=executor, timeout=1, out=tmp_path / "slow"
        )
        good = ipwrap.sweep(
            labs.odd_fails, {"number": [2]}, executor=executor, timeout=600, out=tmp_path / "good"
        )

    assert ["it still ran after 1 s, and was ended with all its processes"] * 3 == [
        run.error for run in slow
    ]
    assert ["ok"] == [run.status for run in good]
    assert Recording.load(str(good.runs[0].recording)).end is not None
