"""Which program captures packets in a place."""

import os

from ipwrap.errors import ExecutorError
from ipwrap.executors import Executor, Playback
from ipwrap.places import Place, Sandbox
from ipwrap.recording import ProcessEvent
from ipwrap.recording.captures import CAPTURE_PROGRAMS, CaptureProgram, RecordedCapture
from ipwrap.system.programs import find_program, install_advice

__all__ = ["capture_program"]

ONE_USER = (
    "tcpdump changes its user and cannot do so here, in a user namespace of a single user; install "
    f"dumpcap: {install_advice('wireshark-common')} (or the package uidmap, and give this user a "
    "range of ids in /etc/subuid and /etc/subgid: then tcpdump can)"
)


def capture_program(executor: Executor, place: Place) -> CaptureProgram:
    """Return the program that captures packets in a place: tcpdump where it can, else dumpcap.

    Raises `ExecutorError`, with the package to install, where neither can.
    """
    if isinstance(executor, Playback):
        return _recorded_program(executor)
    return CAPTURE_PROGRAMS[_find_program(place) if executor.live else "tcpdump"]


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
    """Return whether a program in a place may change its user: its namespace has several ones."""
    path = "/proc/self/uid_map"
    if isinstance(place, Sandbox):
        path = f"/proc/{place.pid}/uid_map"

    try:
        with open(path, encoding="ascii") as file:
            sizes = [int(line.split()[2]) for line in file]
    except OSError:
        return os.geteuid() == 0
    return sum(sizes) > 1
