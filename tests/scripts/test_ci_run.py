"""Tests of .ci/run."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRINTED = """\
nox > Running session lint
all is clean
nox > Session lint was successful in 8 seconds.
nox > Running session labs
overlay: differs
nox > Session labs failed.
nox > Running session kernel
560 passed
nox > Session kernel was successful in 4 minutes.
nox > Ran 3 sessions in 5 minutes:
nox > * lint: success, took 8 seconds
nox > * labs: failed, took a minute
nox > * kernel: success, took 4 minutes
"""


def run_ci(tmp_path: Path, printed: str, status: int) -> "subprocess.CompletedProcess[str]":
    """Run .ci/run with a scripts/test that prints a text and exits with a status."""
    folder = tmp_path / ".ci"
    folder.mkdir()
    shutil.copy(ROOT / ".ci/run", folder)

    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (tmp_path / "printed").write_text(printed)
    test = scripts / "test"
    test.write_text(f"#!/bin/sh\ncat printed\nexit {status}\n")
    test.chmod(0o755)

    return subprocess.run(
        (".ci/run",), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )


def test_what_failed_is_repeated_at_the_end(tmp_path: Path) -> None:
    """The output of a failed session comes again, last, and the status is that of the tests."""
    process = run_ci(tmp_path, PRINTED, 1)

    assert 1 == process.returncode
    assert (
        PRINTED
        + (
            "\n== labs failed. Its last lines:\n"
            "nox > Running session labs\n"
            "overlay: differs\n"
            "nox > Session labs failed.\n"
        )
        == process.stdout
    )


def test_nothing_is_repeated_after_success(tmp_path: Path) -> None:
    """Without a failure, the output is that of the tests."""
    process = run_ci(tmp_path, "nox > * lint: success, took 8 seconds\n", 0)

    assert (0, "nox > * lint: success, took 8 seconds\n") == (process.returncode, process.stdout)
