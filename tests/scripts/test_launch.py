"""The launcher of the bench.

Every program's status and memory comes to it, however soon it ends.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LAUNCHES = """
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
from scripts.bench.launch import adopt, launch

adopt()
for _ in range(100):
    done = launch(("sh", "-c", "read x; echo out; echo err >&2; exit 3"), os.environ, 1000)
    assert ("out\\n", "err\\n", 3) == (done.stdout, done.stderr, done.status), done
    assert done.peak > 0, done
try:
    launch(("sleep", "1000"), os.environ, 0.01)
except subprocess.TimeoutExpired:
    print("ended in time")
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("none is left")
"""


def test_a_program_that_ends_at_once_is_waited_for() -> None:
    """Its shell never waits in our place; one that takes too long is gone when that is said."""
    argv = (sys.executable, "-c", LAUNCHES, str(ROOT))

    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=os.environ)

    assert (0, "ended in time\nnone is left\n", "") == (done.returncode, done.stdout, done.stderr)
