"""Whose a recording is: the process that writes it, so that one left behind by a crash can be told from one in use."""

import os
from pathlib import Path
from typing import Self

from attrs import frozen

from ipwrap.errors import RecordingError

__all__ = ["ProcessIdentity", "crash_folder"]

BOOT = Path("/proc/sys/kernel/random/boot_id")


@frozen
class ProcessIdentity:
    """A process: its number, when it started (clock ticks since the boot; proc(5), `stat`), and which boot that was."""

    pid: int
    start_ticks: int
    boot: str

    @classmethod
    def current(cls) -> Self:
        """Return this process."""
        return cls(os.getpid(), _start_ticks(os.getpid()) or 0, _boot_id())

    @property
    def is_this_boot(self) -> bool:
        """Whether the machine has not been started anew since."""
        return self.boot == _boot_id()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs. One of another process namespace is not seen, and counts as dead."""
        return self.is_this_boot and _start_ticks(self.pid) == self.start_ticks


def _start_ticks(pid: int) -> int | None:
    """Return when a process started; None where there is none, or only what is left of one."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = text.rpartition(")")[2].split()  # behind the name, which may hold anything
    return None if state in "ZX" else int(fields[18])


def _boot_id() -> str:
    """Return what names this boot of the machine."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def crash_folder() -> Path:
    """Return the folder for recordings of sessions on this host that were given no path: the user's state directory.

    Raises `RecordingError` for a user without one.
    """
    base = os.environ.get("XDG_STATE_HOME")
    if base:
        return Path(base) / "ipwrap"

    home = os.path.expanduser("~")
    if not os.path.isabs(
        home
    ):  # HOME is not set, and /etc/passwd does not know this user, as in many containers
        advice = "set HOME or XDG_STATE_HOME"
        raise RecordingError(f"this user has no home directory; {advice}", "~/.local/state/ipwrap")
    return Path(home) / ".local" / "state" / "ipwrap"
