"""`ipwrap sweep`."""

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap import PlaceError, Session
from tests.cli.running import run_ipwrap
from tests.processes import pids_with_mark
from tests.waiting import until

LAB = """
def lab(session, *, delay: int, name: str = "x"):
    session.ip.netns.add(name)
    if delay == 13:
        raise ValueError("no such delay")
    return {"twice": 2 * delay}
"""
# From 3 on, a run takes longer than any test: the sweep is interrupted in its middle.
SLOW_LAB = """
import os
from pathlib import Path

def lab(session, *, number: int):
    session.ip.netns.add("a")
    if number >= 3 and not Path("go").exists():
        session.netns("a").exec("sleep", "600")
    return os.getpid()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with lab.py, as the current one; what a sweep adds to sys.path is removed."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    (tmp_path / "lab.py").write_text(LAB)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.live
def test_results_are_printed_and_kept(folder: Path) -> None:
    """The table is on stdout, the file in the folder; a failed run is told with its recording."""
    result = run_ipwrap("sweep", "lab.py", "--set", "delay=10,13", "--set", "name=a", "--jobs", "1")

    assert 1 == result.exit_code
    header, first, second = result.stdout.splitlines()
    assert ["delay", "name", "repeat", "status"] == header.split()[:4]
    assert ("20", "failed") == (first.split()[-1], second.split()[3])
    assert "ipwrap: 1 of 2 runs failed\n  delay=13, name=a (repeat 1): ValueError" in result.stderr
    assert "recorded in lab-sweep/recordings/delay=13,name=a,repeat=1.jsonl" in result.stderr
    with open("lab-sweep/results.csv") as file:
        assert ["20", ""] == [row["twice"] for row in csv.DictReader(file)]


@pytest.mark.live
def test_a_changed_lab_is_refused_and_restarted(folder: Path) -> None:
    """Earlier runs of another text are put aside on request only."""
    arguments = ("sweep", "lab.py", "--set", "delay=1", "--format", "json", "-o", "out")
    run_ipwrap(*arguments)
    (folder / "lab.py").write_text(LAB.replace("2 *", "3 *"))

    refused = run_ipwrap(*arguments)
    restarted = run_ipwrap(*arguments, "--restart")

    assert (1, "") == (refused.exit_code, refused.stdout)
    assert "has runs of lab.py:lab as it was before it changed; --restart" in refused.stderr
    assert 0 == restarted.exit_code
    assert [3] == [row["twice"] for row in json.loads(Path("out/results.json").read_text())]
    assert Path("out/earlier-1/runs.jsonl").exists()


@pytest.mark.live
def test_an_interrupted_sweep_leaves_nothing_and_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends workers and sandboxes at once; the same command runs what is left."""
    (folder / "slow.py").write_text(SLOW_LAB)
    monkeypatch.setenv("IPWRAP_TEST_MARK", str(folder))  # of all processes of the sweep
    argv = (sys.executable, "-m", "ipwrap", "sweep", "slow.py", "--set", "number=1,2,3,4")
    runs = folder / "slow-sweep" / "runs.jsonl"

    process = subprocess.Popen((*argv, "--jobs", "2"), stderr=subprocess.PIPE, text=True)
    assert until(lambda: runs.exists() and runs.read_bytes().count(b"\n") == 3)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate()

    assert "ipwrap: 2 of 4 runs are in slow-sweep; the same command goes on" in messages
    assert 130 == process.returncode
    assert until(lambda: not pids_with_mark(f"IPWRAP_TEST_MARK={folder}"))

    before = runs.read_text()
    (folder / "go").touch()
    again = subprocess.run(argv, capture_output=True, text=True, check=True)

    assert "ipwrap: 2 of 4 runs are in slow-sweep\n" == again.stderr
    assert runs.read_text().startswith(before)
    assert 1 + 4 == len(runs.read_text().splitlines())
    assert 4 == len(list((folder / "slow-sweep" / "recordings").iterdir()))


@pytest.mark.live
def test_nothing_is_left_of_a_sweep_that_was_killed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers end with the process that has started them, and their sandboxes with them."""
    (folder / "slow.py").write_text(SLOW_LAB)
    monkeypatch.setenv("IPWRAP_TEST_MARK", str(folder))
    mark = f"IPWRAP_TEST_MARK={folder}"

    argv = (sys.executable, "-m", "ipwrap", "sweep", "slow.py", "--set", "number=3", "--jobs", "1")
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        recordings = folder / "slow-sweep" / "recordings"
        assert until(lambda: any(b"sleep" in path.read_bytes() for path in recordings.glob("*")))
        process.kill()

    assert until(lambda: not pids_with_mark(mark))


WRONG = [
    (("--set", "delya=1"), 1, "'delya' is no parameter of the lab; did you mean 'delay'?"),
    (("--set", "delay=fast"), 1, "delay: 'fast' is no int"),
    (("--set", "name=a"), 1, "the lab needs delay; give the values: --set delay="),
    (("--set", "delay"), 2, "--set delay: give NAME=VALUES"),
    (("--set", "delay=1,1"), 1, "delay=1 is there twice"),
    (("--set", "delay=1", "--format", "cvs"), 2, "did you mean 'csv'?"),
    (("--set", "delay=1", "--plot", "x.png"), 2, "give a name with .svg"),
    (("--set", "delay=1", "--jobs", "2", "--scheduler", "x"), 2, "--jobs is for this machine"),
]


@pytest.mark.parametrize(("arguments", "status", "message"), WRONG)
def test_a_mistake_is_told_before_anything_runs(
    arguments: tuple[str, ...], status: int, message: str, folder: Path
) -> None:
    """Names, values and options are checked first, and no folder is made."""
    result = run_ipwrap("sweep", "lab.py", *arguments)

    assert status == result.exit_code
    assert message in result.stderr
    assert ["lab.py"] == [path.name for path in folder.iterdir()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def main(session): pass\n", "has no function lab; a sweep calls def lab(session"),
        ("def lab(:\n", "is no Python script"),
        ("import nothing_of_this_name\n", "lab.py cannot be loaded\nTraceback"),
    ],
)
def test_a_file_that_is_no_lab_is_refused(text: str, message: str, folder: Path) -> None:
    """The message tells what is missing, with the line of the file."""
    (folder / "lab.py").write_text(text)

    result = run_ipwrap("sweep", "lab.py")

    assert 1 == result.exit_code
    assert message in result.stderr


def test_a_run_over_its_time_has_failed(folder: Path) -> None:
    """Its row says so, and the exit status is 1; seconds are above 0."""
    (folder / "slow.py").write_text(
        "import threading\n\ndef lab():\n    threading.Event().wait()\n"
    )
    argv = (sys.executable, "-m", "ipwrap", "sweep", "slow.py", "--timeout")
    wrong = subprocess.run((*argv, "0"), capture_output=True, text=True, check=False)
    slow = subprocess.run((*argv, "0.5"), capture_output=True, text=True, check=False)

    assert (2, 1) == (wrong.returncode, slow.returncode)
    assert "it still ran after 0.5 s, and was ended with all its processes" in slow.stderr
