"""The processes of this machine."""

import os
from pathlib import Path

__all__ = ["alive", "running"]


def running(marker: str) -> list[str]:
    """Return the command lines of processes with a marker as an argument."""
    command_lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue

            if marker.encode() in arguments:
                command_lines.append(b" ".join(arguments).decode(errors="replace"))

    return command_lines


def alive(pid: int | str) -> bool:
    """Return whether a process exists and is not a zombie."""
    try:
        return "Z" != Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
