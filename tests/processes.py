"""The processes of this machine: which are there, and which are still alive."""

import os
from pathlib import Path

__all__ = ["alive", "running"]


def running(marker: str) -> list[str]:
    """Return the command lines of the processes of this machine that hold a marker."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if marker.encode() in words:
                found.append(b" ".join(words).decode(errors="replace"))
    return found


def alive(pid: int | str) -> bool:
    """Tell whether a process is there, and not only waits to be noticed as dead."""
    try:
        return "Z" != Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
