"""Every lab, recorded with each release and checked with each other one, is a matrix that tells
what differs.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap import Recording
from scripts.matrix import check, environment, record, release, rows, verdict
from tests.labs import recorded
from tests.test_replay import edited

ROOT = Path(__file__).parent.parent.parent


def renumbered(name: str, folder: Path) -> str:
    """Make a release of another name out of the installed one, and return its folder."""
    folder.mkdir()
    for program in ("ip", "bridge", "tc"):
        script = folder / program
        script.write_text(
            f'#!/bin/sh\n[ "$*" != -V ] || exec echo "{program} utility, iproute2-{name}"\n'
            f'PATH=${{PATH#*"{folder}":}} exec {program} "$@"\n'
        )
        script.chmod(0o755)
    return str(folder)


def matrix(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run the script in the repository."""
    argv = [sys.executable, "scripts/matrix.py", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.live
def test_two_releases_make_a_matrix_of_four(tmp_path: Path) -> None:
    """Each recording is checked with either release; the recordings are kept in the folder."""
    folders = [f"{name}={renumbered(name, tmp_path / name)}" for name in ("7.8.0", "7.9.0")]

    done = matrix("--folder", str(tmp_path / "kept"), "--labs", "netns", "--", *folders)

    assert 0 == done.returncode, done.stderr
    assert [
        "recorded with checked with 7.8.0 checked with 7.9.0",
        "7.8.0 no difference no difference",
        "7.9.0 no difference no difference",
    ] == [" ".join(line.split()) for line in done.stdout.splitlines()]
    headers = [
        Recording.load(tmp_path / "kept" / name / "netns.jsonl").header
        for name in ("7.8.0", "7.9.0")
    ]
    assert ["7.8.0", "7.9.0"] == [header.iproute2 for header in headers]


@pytest.mark.live
def test_a_recording_that_differs_fails_the_matrix(tmp_path: Path) -> None:
    """What is planted in a kept recording is found by the session and by the script, and the status
    is 1.
    """
    kept = tmp_path / "kept"
    (kept / "old").mkdir(parents=True)
    recorded(lambda session: session.ip.netns.add("red"), kept / "old" / "lab.jsonl")

    def edit(events: list[dict[str, object]]) -> None:
        events[0]["iproute2"] = "ss191125"
        events[-1]["state"]["red"]["link"][0]["mtu"] = 9  # type: ignore[index]

    edited(kept / "old" / "lab.jsonl", edit)
    (kept / "now").mkdir()

    done = matrix("--folder", str(kept), "--labs", "lab", "--", "now=")

    assert 1 == done.returncode
    assert ["old 2 differ"] == [
        " ".join(line.split()) for line in done.stdout.splitlines() if line.startswith("old  ")
    ]
    found = [line for line in done.stdout.splitlines() if line.startswith("old on now: ")]
    assert [
        "old on now: lab: by the session: ~ red  link lo: mtu 9 -> 65536",
        "old on now: lab: by the script: ~ red  link lo: mtu 9 -> 65536",
    ] == found


@pytest.mark.live
def test_a_lab_that_cannot_be_had_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose program is missing has a reason and no recording, and nothing of it is checked."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "odd.py").write_text(
        "def main(session):\n    session.exec('no-such-program-anywhere')\n"
    )
    monkeypatch.chdir(tmp_path)

    left_out = record(tmp_path, ["odd"])

    assert ["odd"] == list(left_out)
    assert "no such program" in left_out["odd"]
    assert {} == check(tmp_path, ["odd"])


def test_the_rows_of_the_matrix() -> None:
    """A row for each recorded release, a cell for each that checked it."""
    cells = {
        ("a", "x"): [],
        ("a", "y"): ["lab: ~ 1", "lab: ~ 2"],
        ("b", "x"): ["lab: ~ 1"],
        ("b", "y"): [],
    }

    assert [["a", "no difference", "2 differ"], ["b", "1 differ", "no difference"]] == rows(
        cells, {"x": "", "y": ""}
    )
    assert ("no difference", "1 differ") == (verdict([]), verdict(["x"]))


def test_a_release_is_called_by_its_own_name(tmp_path: Path) -> None:
    """The programs of its folder come first; without a folder, the installed ones are meant."""
    folder = renumbered("9.9.0", tmp_path / "other")

    assert "9.9.0" == release(folder)
    assert folder == environment(folder)["PATH"].split(os.pathsep)[0]
    assert os.environ["PATH"] == environment("")["PATH"]
