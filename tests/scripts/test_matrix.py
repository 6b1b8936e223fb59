"""The matrix: every lab recorded with each release and checked with every release."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap import Recording
from scripts.matrix import (
    cell_text,
    check_labs,
    matrix_rows,
    record_labs,
    release_environment,
    release_name,
)
from tests.labs import record_lab
from tests.test_replay import edit_recording

ROOT = Path(__file__).parent.parent.parent


def make_release(name: str, folder: Path) -> str:
    """Make a release with another version out of the installed programs, and return its folder."""
    folder.mkdir()

    for program in ("ip", "bridge", "tc"):
        script = folder / program
        script.write_text(
            f'#!/bin/sh\n[ "$*" != -V ] || exec echo "{program} utility, iproute2-{name}"\n'
            f'PATH=${{PATH#*"{folder}":}} exec {program} "$@"\n'
        )
        script.chmod(0o755)

    return str(folder)


def run_matrix(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the script in the repository."""
    argv = [sys.executable, "scripts/matrix.py", *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.live
def test_two_releases_make_a_matrix_of_four(tmp_path: Path) -> None:
    """Each recording is checked with both releases, and the recordings stay in the folder."""
    folders = [f"{name}={make_release(name, tmp_path / name)}" for name in ("7.8.0", "7.9.0")]

    process = run_matrix("--folder", str(tmp_path / "kept"), "--labs", "netns", "--", *folders)

    assert 0 == process.returncode, process.stderr
    assert [
        "recorded with checked with 7.8.0 checked with 7.9.0",
        "7.8.0 no difference no difference",
        "7.9.0 no difference no difference",
    ] == [" ".join(line.split()) for line in process.stdout.splitlines()]

    headers = [
        Recording.load(tmp_path / "kept" / name / "netns.jsonl").header
        for name in ("7.8.0", "7.9.0")
    ]

    assert ["7.8.0", "7.9.0"] == [header.iproute2 for header in headers]


@pytest.mark.live
def test_a_recording_that_differs_fails_the_matrix(tmp_path: Path) -> None:
    """A planted difference is found by the session and by the script, and the status is 1."""
    folder = tmp_path / "kept"
    (folder / "old").mkdir(parents=True)
    record_lab(lambda session: session.ip.netns.add("red"), folder / "old" / "lab.jsonl")

    def plant_differences(events: list[dict[str, object]]) -> None:
        events[0]["iproute2"] = "ss191125"
        events[-1]["state"]["red"]["link"][0]["mtu"] = 9  # type: ignore[index]

    edit_recording(folder / "old" / "lab.jsonl", plant_differences)
    (folder / "now").mkdir()

    process = run_matrix("--folder", str(folder), "--labs", "lab", "--", "now=")

    assert 1 == process.returncode

    lines = process.stdout.splitlines()
    (row,) = (line for line in lines if line.startswith("old  "))
    assert "old 2 differ" == " ".join(row.split())

    differences = [line for line in lines if line.startswith("old on now: ")]
    assert [
        "old on now: lab: by the session: ~ red  link lo: mtu 9 -> 65536",
        "old on now: lab: by the script: ~ red  link lo: mtu 9 -> 65536",
    ] == differences


@pytest.mark.live
def test_a_lab_that_cannot_be_had_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab with a missing program has a reason, no recording and no check."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "odd.py").write_text(
        "def main(session):\n    session.exec('no-such-program-anywhere')\n"
    )
    monkeypatch.chdir(tmp_path)

    omitted = record_labs(tmp_path, ["odd"])

    assert ["odd"] == list(omitted)
    assert "no such program" in omitted["odd"]
    assert {} == check_labs(tmp_path, ["odd"])


def test_the_rows_of_the_matrix() -> None:
    """The matrix has a row for each recorded release, and a cell for each checking release."""
    differences = {
        ("a", "x"): [],
        ("a", "y"): ["lab: ~ 1", "lab: ~ 2"],
        ("b", "x"): ["lab: ~ 1"],
        ("b", "y"): [],
    }

    assert [["a", "no difference", "2 differ"], ["b", "1 differ", "no difference"]] == matrix_rows(
        differences, {"x": "", "y": ""}
    )
    assert ("no difference", "1 differ") == (cell_text([]), cell_text(["x"]))


def test_a_release_is_called_by_its_own_name(tmp_path: Path) -> None:
    """A folder's programs come first on PATH; an empty folder means the installed programs."""
    folder = make_release("9.9.0", tmp_path / "release")

    assert "9.9.0" == release_name(folder)
    assert folder == release_environment(folder)["PATH"].split(os.pathsep)[0]
    assert os.environ["PATH"] == release_environment("")["PATH"]
