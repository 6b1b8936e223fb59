"""Which program captures packets in a place."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ipwrap.command import Command
from ipwrap.errors import ExecutorError
from ipwrap.executors import Executor, Playback
from ipwrap.places import Place, Sandbox
from ipwrap.places.remote import RemotePlace, is_remote
from ipwrap.recording import ProcessEvent
from ipwrap.recording.captures import CAPTURE_PROGRAMS, CaptureProgram, RecordedCapture
from ipwrap.system.programs import find_program, install_advice
from ipwrap.system.shortage import raise_as

__all__ = ["capture_program", "fetch_after"]

ONE_USER = (
    "tcpdump changes its user and cannot do so here, in a user namespace of a single user; install "
    f"dumpcap: {install_advice('wireshark-common')} (or the package uidmap, and give this user a "
    "range of ids in /etc/subuid and /etc/subgid: then tcpdump can)"
)


def capture_program(executor: Executor, place: Place) -> CaptureProgram:
    """Return the program that captures packets in a place: tcpdump if possible, else dumpcap.

    Raises `ExecutorError`, with the package to install, if neither program works.
    """
    if isinstance(executor, Playback):
        return _recorded_program(executor)
    if not executor.live:
        return CAPTURE_PROGRAMS["tcpdump"]
    if is_remote(place):
        return CAPTURE_PROGRAMS[_find_remote_program(executor, place)]
    return CAPTURE_PROGRAMS[_find_program(place)]


def _find_remote_program(executor: Executor, place: RemotePlace) -> str:
    """Return the name of the program that captures on another machine. Raises `ExecutorError`."""
    for name in CAPTURE_PROGRAMS:
        argv = ("sh", "-c", 'command -v "$1"', "sh", name)
        if executor.run(Command(argv, changes=False), place).status == 0:
            return name
    raise ExecutorError(
        f"{place.name}: no program there captures packets; install tcpdump there: "
        f"{install_advice('tcpdump')}"
    )


def fetch_after(path: str, executor: Executor, *, place: Place) -> Callable[[], None] | None:
    """Return the function that copies a capture from another machine to the same path here.

    None for a place on this machine.
    """
    if not executor.live or not is_remote(place):
        return None
    return partial(_fetch, path, executor, place=place)


def _fetch(path: str, executor: Executor, *, place: RemotePlace) -> None:
    """Copy a file from another machine to the same path here. Raises `ExecutorError`."""
    reply = executor.run(Command(("cat", "--", path), changes=False), place)
    if reply.status:
        raise ExecutorError(f"{path}: cannot be copied from {place.name}: {reply.stderr.strip()}")
    with raise_as(ExecutorError, f"{path}: cannot be written"):
        Path(path).write_bytes(reply.stdout.encode("utf-8", "surrogateescape"))


def _find_program(place: Place) -> str:
    """Return the name of the program that captures in a place. Raises `ExecutorError`."""
    has_tcpdump = find_program("tcpdump") is not None
    if has_tcpdump and has_several_users(place):
        return "tcpdump"
    if find_program("dumpcap") is not None:
        return "dumpcap"
    if has_tcpdump:
        raise ExecutorError(ONE_USER)
    raise ExecutorError(
        f"no program here captures packets; install tcpdump: {install_advice('tcpdump')}"
    )


def _recorded_program(executor: Playback) -> CaptureProgram:
    """Return the program that captured in a recorded session."""
    for event in executor.recording.events:
        capture = RecordedCapture.of(event) if isinstance(event, ProcessEvent) else None
        if capture is not None:
            return capture.program
    return CAPTURE_PROGRAMS["tcpdump"]


def has_several_users(place: Place) -> bool:
    """Return whether a program in a place may change the user: the user namespace has several."""
    path = "/proc/self/uid_map"
    if isinstance(place, Sandbox):
        path = f"/proc/{place.pid}/uid_map"

    try:
        with open(path, encoding="ascii") as file:
            sizes = [int(line.split()[2]) for line in file]
    except OSError:
        return os.geteuid() == 0
    return sum(sizes) > 1
