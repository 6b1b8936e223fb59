"""The processes inside a namespace, which do not end with the deletion of the namespace's name.

The processes keep the namespace alive, with its links, but nobody can enter it by name any more.
"""

import os
import select
import signal
from pathlib import Path

from attrs import frozen

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError
from ipwrap.jsonio.escape import escape_controls
from ipwrap.places import Place, Sandbox
from ipwrap.places.remote import is_remote
from ipwrap.system.process_identity import (
    PARENT,
    pids_here,
    proc_is_of_this_pid_namespace,
    start_ticks,
    stat_fields,
)
from ipwrap.verbs.runner import Runner

__all__ = ["ForeignProcess", "end_processes", "processes_in"]

SPAWNER = b"/ipwrap/executors/spawner_main.py"
GRACE_SECONDS = 3.0  # between SIGTERM and SIGKILL
KILL_SECONDS = 10.0  # for the kernel to end a killed process
MAX_COMMAND_LENGTH = 80


@frozen
class ForeignProcess:
    """A process: the pid, the start time in clock ticks, and the command line.

    The start is 0 for a process that this process cannot address, such as on another machine.
    """

    pid: int
    start_ticks: int
    command: str

    def __str__(self) -> str:
        return f"{self.pid} {self.command}"


def processes_in(runner: Runner, netns: str) -> list[ForeignProcess]:
    """Return the processes in a named namespace, except for the workers of sessions.

    ::

        ip netns pids NAME

    ip-netns(8).
    """
    try:
        result = runner.run(Command(("ip", "netns", "pids", netns), changes=False), check=False)
    except (CommandError, ExecutorError):
        return []

    # What is no number is not of the list that iproute2 prints.
    pids = [int(word) for word in result.stdout.split() if word.isdecimal()]
    translated = _translated_pids(runner)

    processes = []
    for pid in pids:
        pid_here = pid if translated is None else translated.get(pid)
        if pid_here is None:
            processes.append(ForeignProcess(pid, 0, _command_line_there(runner, pid)))
            continue
        ticks = start_ticks(pid_here)
        if ticks is not None and not _is_worker(pid_here):
            processes.append(ForeignProcess(pid_here, ticks, _command_line(pid_here)))
    return processes


def _translated_pids(runner: Runner) -> dict[int, int] | None:
    """Return the pids here by the pids in the place of a runner; None where both are the same.

    A sandbox numbers processes by itself: its 27 is another process here. Empty for another
    machine.
    """
    place: Place | None = getattr(runner, "place", None)
    if place is not None and is_remote(place):
        return {}
    if isinstance(place, Sandbox) and place.address.has_own_proc:
        return pids_here(place.address.init)
    return None


def _command_line_there(runner: Runner, pid: int) -> str:
    """Return the command line of a process by the /proc of its place, "" if unknown."""
    argv = ("cat", f"/proc/{pid}/cmdline")
    try:
        result = runner.run(Command(argv, changes=False), check=False)
    except ExecutorError:
        return ""
    return _shorten(result.stdout.rstrip("\0").replace("\0", " "))


def _is_worker(pid: int) -> bool:
    """Return whether a process is a session's worker, which leaves a deleted namespace."""
    try:
        arguments = Path(f"/proc/{_parent(pid)}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(argument.endswith(SPAWNER) for argument in arguments)


def _parent(pid: int) -> int:
    """Return the parent of a process; 0 for a process that has ended."""
    fields = stat_fields(pid)
    return 0 if fields is None else int(fields[PARENT])


def _command_line(pid: int) -> str:
    """Return the command line of a process on one line; else the name in brackets."""
    folder = Path(f"/proc/{pid}")
    try:
        arguments = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        line = b" ".join(arguments) or b"[" + (folder / "comm").read_bytes().strip() + b"]"
    except OSError:
        line = b"[ended]"

    return _shorten(line.decode(errors="replace"))


def _shorten(line: str) -> str:
    """Return a command line as a text of limited length, without control characters."""
    text = escape_controls(line)
    if len(text) > MAX_COMMAND_LENGTH:
        text = f"{text[: MAX_COMMAND_LENGTH - 1]}…"
    return text


def end_processes(
    runner: Runner, netns: str, *, processes: list[ForeignProcess]
) -> list[ForeignProcess]:
    """End the processes of a namespace: SIGTERM, then SIGKILL. Return the survivors.

    Processes on another machine survive: from here, a process cannot be distinguished from a
    successor with the same pid.
    """
    unaddressed = [process for process in processes if not process.start_ticks]
    remaining = [
        process
        for process in processes
        if process.start_ticks and not _end(runner, netns, process=process)
    ]
    return unaddressed + [
        process for process in remaining if start_ticks(process.pid) == process.start_ticks
    ]


def _end(runner: Runner, netns: str, *, process: ForeignProcess) -> bool:
    """End a process; return whether it has ended.

    The pidfd refers to a single process: a later process with the same pid gets no signal.
    """
    # Below `unshare --pid` without a /proc of its own, the pids are those of other processes.
    if not proc_is_of_this_pid_namespace():
        return False

    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return True
    except OSError:  # a kernel before 5.3
        return False

    try:
        is_same = start_ticks(process.pid) == process.start_ticks
        if not is_same or process.pid not in _pids(runner, netns):
            return True

        for number, seconds in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
            if not _send(runner, process.pid, descriptor=descriptor, number=number):
                return False
            if _has_ended(descriptor, seconds):
                return True
        return False
    finally:
        os.close(descriptor)


def _pids(runner: Runner, netns: str) -> set[int]:
    """Return the pids in a namespace."""
    return {process.pid for process in processes_in(runner, netns)}


def _send(runner: Runner, pid: int, *, descriptor: int, number: signal.Signals) -> bool:
    """Send a signal; return whether this user may. Another user's process needs sudo."""
    try:
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return True
    except PermissionError:
        if _translated_pids(runner) is not None:  # the place has other pids
            return False
        argv = ("kill", "-s", number.name.removeprefix("SIG"), str(pid))
        try:
            return runner.run(Command(argv), check=False).ok
        except (CommandError, ExecutorError):
            return False
    return True


def _has_ended(descriptor: int, seconds: float) -> bool:
    """Wait for the end of a process, which makes its pidfd readable: pidfd_open(2)."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
