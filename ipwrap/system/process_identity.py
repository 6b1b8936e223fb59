"""`ProcessIdentity`: the process that writes a recording.

A recording without a living writer was left behind by a crash.
"""

import os
from pathlib import Path
from typing import Self

from attrs import frozen

from ipwrap.errors import RecordingError

__all__ = ["ProcessIdentity", "crash_folder"]

# random(4): a new UUID at every boot
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@frozen
class ProcessIdentity:
    """A process: its pid, its start time in clock ticks since boot, and the id of the boot.

    The kernel reuses pids, but not with the same start time: ``starttime`` of proc(5), `stat`.
    """

    pid: int
    start_ticks: int
    boot: str

    @classmethod
    def current(cls) -> Self:
        """Return the identity of the current process."""
        return cls(os.getpid(), _start_ticks(os.getpid()) or 0, _boot_id())

    @property
    def is_from_this_boot(self) -> bool:
        """Whether the machine was not restarted since."""
        return self.boot == _boot_id()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs; a process of another pid namespace counts as dead."""
        return self.is_from_this_boot and _start_ticks(self.pid) == self.start_ticks


def _start_ticks(pid: int) -> int | None:
    """Return the start time of a process; None for a missing process or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None

    # proc(5): the fields follow the name in brackets, which may contain blanks and brackets.
    state, *fields = text.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])


def _boot_id() -> str:
    """Return the id of the current boot, empty if unknown."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def crash_folder() -> Path:
    """Return the folder for recordings without a path: `ipwrap` in the user's state directory.

    Raises `RecordingError` for a user without a home directory.
    """
    base = os.environ.get("XDG_STATE_HOME")
    if base:
        return Path(base) / "ipwrap"

    # Without HOME and without an entry in /etc/passwd, as in many containers, `~` stays as is.
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        advice = "set HOME or XDG_STATE_HOME"
        raise RecordingError(f"this user has no home directory; {advice}", "~/.local/state/ipwrap")

    return Path(home) / ".local" / "state" / "ipwrap"
