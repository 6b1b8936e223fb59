"""A process that holds a secret leaves no core dump."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import LIMIT

ABORT = """
import os, resource, signal, sys
from ipwrap import Command, Local, Process, Secret, Session

_, hard = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
with Session(Local(), Process()) as session:
    for with_secret in sys.argv[1:]:
        stdin = Secret("sesame-open-0123", "KEY") if with_secret == "secret" else "sesame"
        argv = ("sh", "-c", "cat >/dev/null; grep core /proc/self/limits")
        print(session.run(Command(argv, stdin=stdin, changes=False)).stdout)
sys.stdout.flush()
os.abort()
"""


def abort_after(*commands: str, folder: Path) -> str:
    """Run a session that ends by a signal that dumps core, and return the limits of programs."""
    completed = subprocess.run(
        (sys.executable, "-c", ABORT, *commands),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert "" == completed.stderr
    assert -6 == completed.returncode

    return completed.stdout


def test_no_core_after_a_secret(tmp_path: Path) -> None:
    """Neither the session nor a program that got the secret dumps core: both have a limit of 1."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    *_, soft, _, _ = abort_after("secret", folder=tmp_path).split()

    assert str(0 if hard == 0 else 1) == soft
    assert [] == list(tmp_path.iterdir())


def test_a_core_without_secrets(tmp_path: Path) -> None:
    """A session without secrets dumps core as before."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if hard == 0 or pattern != "core":
        pytest.skip(f"no core dumps in the current folder here: {hard}, {pattern}")

    abort_after("plain", folder=tmp_path)
    assert 1 == len(list(tmp_path.iterdir()))
