"""Start a play, and return its times and the peak memory of its largest process.

The times are those of the whole play, from its start to its exit: wall time, and the CPU time of
the process and of all descendants that were waited for. The peak is `ru_maxrss` of getrusage(2).

After execve(2), `ru_maxrss` begins with the peak of the starting process (exec_mmap() keeps the old
peak): a bash started by Python would seem as large as Python. Therefore a small shell starts the
play and ends, and Python, the nearest "subreaper", becomes the parent of the play:
PR_SET_CHILD_SUBREAPER(2const).
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from attrs import frozen

__all__ = ["Launched", "become_subreaper", "launch"]

PR_SET_CHILD_SUBREAPER = 36
# The program waits until the shell has ended: a shell that still runs when the program ends would
# take its exit status.
START = 'exec 3<&0; { read -r go; exec "$@" </dev/null; } <&3 3<&- & echo $!'


@frozen
class Launched:
    """The output of a play, the exit status, peak memory in KiB, microseconds from start to exit."""

    stdout: str
    stderr: str
    status: int
    peak: int
    whole: float
    whole_cpu: float


def become_subreaper() -> None:
    """Become the parent of every descendant whose own parent ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def launch(argv: Sequence[str], *, env: Mapping[str, str], timeout: float) -> Launched:
    """Run a program to its end.

    Raises `subprocess.TimeoutExpired` after ``timeout`` seconds, and kills the program.
    """
    shell = subprocess.Popen(
        ("sh", "-c", START, "sh", *argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=dict(env),
    )

    assert shell.stdout is not None

    pid = int(shell.stdout.readline())

    try:
        shell.wait()
        start = time.perf_counter()
        stdout, stderr = shell.communicate("go\n", timeout)
    except BaseException:
        # Ctrl-C does not reach the program: the background job of a shell ignores it.
        shell.wait()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise

    _, status, usage = os.wait4(pid, 0)
    whole = time.perf_counter() - start

    return Launched(
        stdout,
        stderr,
        os.waitstatus_to_exitcode(status),
        peak=usage.ru_maxrss,
        whole=whole * 1e6,
        whole_cpu=(usage.ru_utime + usage.ru_stime) * 1e6,
    )
