"""Start a play and tell its peak memory, as the kernel counts it (ru_maxrss): that of its largest
process.

A process's ru_maxrss begins with the memory of the one that executed it (exec_mmap() keeps the old
peak), so a bash started from here would seem as large as this Python. So a small shell starts it
and ends, and we, as the nearest "subreaper", become its parent: PR_SET_CHILD_SUBREAPER(2const).
"""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from attrs import frozen

__all__ = ["Launched", "adopt", "launch"]

PR_SET_CHILD_SUBREAPER = 36
# The program waits until the shell has ended: a shell that still runs when it ends would take its
# exit status.
START = 'exec 3<&0; { read -r go; exec "$@" </dev/null; } <&3 3<&- & echo $!'


@frozen
class Launched:
    """What a play printed, its exit status, and its peak memory in KiB."""

    stdout: str
    stderr: str
    status: int
    peak: int


def adopt() -> None:
    """Become the parent of all descendants whose own parent ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def launch(argv: Sequence[str], env: Mapping[str, str], timeout: float) -> Launched:
    """Run a program to its end; one that takes longer is killed."""
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
        out, err = shell.communicate("go\n", timeout)
    except BaseException:  # a shell's background job ignores Ctrl-C
        shell.wait()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise

    _, status, usage = os.wait4(pid, 0)
    return Launched(out, err, os.waitstatus_to_exitcode(status), usage.ru_maxrss)
