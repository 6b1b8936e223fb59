"""The processes of this machine."""

import os
from pathlib import Path

__all__ = ["alive", "pids_with_mark", "running"]


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


def pids_with_mark(mark: str) -> list[int]:
    """Return the processes that have a text in their environment."""
    pids = []

    # A glob of `[0-9]*/environ` would look at each file itself, and raise for a process that has
    # just ended.
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue  # the process ended, or belongs to another user

        if mark.encode() in environment:
            pids.append(int(process.name))

    return pids
