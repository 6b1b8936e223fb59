"""The launcher of the bench returns status and memory of every program, however soon it ends."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LAUNCHES = """
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
from scripts.bench.launch import become_subreaper, launch

become_subreaper()
for _ in range(100):
    process = launch(
        ("sh", "-c", "read x; echo out; echo err >&2; exit 3"), env=os.environ, timeout=1000
    )
    reply = (process.stdout, process.stderr, process.status)
    assert ("out\\n", "err\\n", 3) == reply, process
    assert process.peak > 0, process
try:
    launch(("sleep", "1000"), env=os.environ, timeout=0.01)
except subprocess.TimeoutExpired:
    print("ended in time")
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("none is left")
"""


def test_program_that_ends_at_once_is_reaped() -> None:
    """The launcher reaps every program itself, and kills a program at its timeout."""
    argv = (sys.executable, "-c", LAUNCHES, str(ROOT))

    process = subprocess.run(argv, capture_output=True, text=True, check=False, env=os.environ)

    assert (0, "ended in time\nnone is left\n", "") == (
        process.returncode,
        process.stdout,
        process.stderr,
    )
