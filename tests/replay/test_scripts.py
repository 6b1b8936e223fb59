"""A script that hangs is ended, and so is what a script leaves running, with its logs."""

import os
import time
from pathlib import Path

import pytest

from ipwrap import Recording, until
from ipwrap.replay import Limits, Replay, replay_export, replay_python, replay_script
from tests.labs import build_pair, open_sandbox, record_lab
from tests.processes import running
from tests.waiting import until as wait_until

HASTY = Limits(script=1.0, factor=0.0)
HANGING_PYTHON = """
import subprocess, sys

def main(session):
    print("begun", file=sys.stderr)
    subprocess.run(("sleep", "{mark}"))
"""


def run_script(script: str, path: Path, *, limits: Limits = HASTY) -> Replay:
    """Run a script in place of an export of an empty recording."""
    path.write_text(script)
    with open_sandbox() as session:
        run = replay_python if path.suffix == ".py" else replay_script
        return run(Recording(), session, script=str(path), limits=limits)


@pytest.mark.live
@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("a.sh", "echo begun >&2\nsleep {mark}\n"),
        ("a.sh", "sleep {mark} &\necho begun >&2\nwait\n"),
        ("a.py", HANGING_PYTHON),
    ],
    ids=["sh", "sh in the background", "python"],
)
def test_a_script_that_hangs_is_a_difference(name: str, script: str, tmp_path: Path) -> None:
    """A script is ended with all its programs when it takes too long, and reported."""
    mark = f"4321.{os.getpid()}{time.monotonic_ns()}"
    path = tmp_path / name
    text = script.format(mark=mark)
    # A Python needs its time to start under load.
    limits = HASTY if name.endswith("sh") else Limits(script=20.0, factor=0.0)
    difference, *_ = run_script(text, path, limits=limits).differences

    shown = f"sh {path}" if name.endswith("sh") else str(path)
    # Behind it a script in Python tells the line at which it was ended.
    message = f"~ {shown}: still ran after {limits.script:g} s, and was ended begun"
    assert message == difference[: len(message)]
    assert name.endswith("py") or message == difference
    assert [] == running(mark)


@pytest.mark.live
def test_a_script_that_leaves_a_process_does_not_hang(tmp_path: Path) -> None:
    """A process that a script leaves running holds nobody up, and is ended after the comparison."""
    mark = f"4321.{os.getpid()}{time.monotonic_ns()}"
    recording = record_lab(build_pair, tmp_path / "a.jsonl")
    script = tmp_path / "a.sh"
    script.write_text(f"echo oh >&2\nsetsid sleep {mark} &\nexit 3\n")

    with open_sandbox() as session:
        report = replay_script(recording, session, script=str(script))
        assert wait_until(lambda: not running(mark))

    assert f"~ sh {script}: status 3 oh" == report.differences[0]
    assert report.state_compared


@pytest.mark.live
@pytest.mark.parametrize("way", ["sh", "plain", "python"])
def test_a_proof_leaves_no_logs(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script leaves the logs of its processes to its `down`, and the proof removes them."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with open_sandbox() as session:
        session.spawn("sh", "-c", "echo oh; exec sleep 1000")
        recording = Recording.load(session.recording.save(tmp_path / "a.jsonl"))

    monkeypatch.setenv("TMPDIR", str(temporary))
    with open_sandbox() as session:
        report = replay_export(recording, session, export_format=way)

    assert ([], []) == (report.differences, list(temporary.iterdir()))


@pytest.mark.live
def test_the_state_is_compared_beside_processes_of_a_python_script(tmp_path: Path) -> None:
    """A link that ends with its process is there in the state of the script as in the recording."""
    program = "trap 'ip link delete x; exit' TERM; ip link add x type bridge; sleep 1000 & wait"
    script = tmp_path / "a.py"
    script.write_text(
        "from ipwrap import until\n\n\ndef main(session):\n"
        f"    session.spawn('sh', '-c', {program!r}, ready=until.link('x'))\n"
        "    session.wait_for(until.link('x'))\n"
    )

    with open_sandbox() as original:
        original.spawn("sh", "-c", program, ready=until.link("x"))
        original.wait_for(until.link("x"))
        recording = Recording.load(original.recording.save(tmp_path / "a.jsonl"))
    with open_sandbox() as session:
        report = replay_python(recording, session, script=str(script))

    assert [] == report.differences
    assert (0, 1, 1) == (report.commands, report.processes, report.waits)
