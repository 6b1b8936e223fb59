"""End a process together with its descendants, by pids."""

import contextlib
import ctypes
import os
import signal
from pathlib import Path

__all__ = ["adopt_orphans", "kill_descendants", "kill_tree"]

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose parents have ended.

    Such processes remain descendants for `kill_tree`: PR_SET_CHILD_SUBREAPER(2const).
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_tree(pid: int) -> None:
    """Kill a child of this process that has not been waited for, and its descendants."""
    _kill_all([pid])


def kill_descendants() -> None:
    """Kill everything below this process."""
    _kill_all(_children(os.getpid()))


def _kill_all(pids: list[int]) -> None:
    """Kill processes and their descendants.

    A stopped process starts no process. Therefore the processes are stopped before the first is
    killed: no descendant is missed, and no pid is reused by then.
    """
    for pid in pids:  # the list grows during the loop
        _signal(pid, signal.SIGSTOP)
        pids += _children(pid)

    for pid in pids:
        _signal(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    """Return the children of all threads of a process; no children after its end."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (task / "children").read_text(encoding="ascii").split())
    return children


def _signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process, unless it has ended or is another user's.

    A process of another user, which a sandbox has, ends with that sandbox.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
