"""How a helper program is started inside a place, limits of time, and how one is ended."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping

from ipwrap.places import Place
from ipwrap.system.programs import command_environment

__all__ = ["HELPER_SECONDS", "STOP_SECONDS", "end_process", "start_helper"]

NO_VARIABLES: Mapping[str, str] = {}

# For a helper program to reply. Only a helper that was stopped (SIGSTOP), or one that waits for a
# hanging kernel or disk, takes so long, even on the busiest machine.
HELPER_SECONDS = 60.0

# For a process to end after the end of its input, before it gets SIGTERM; then before SIGKILL.
STOP_SECONDS = 5.0
TERMINATE_SECONDS = 1.0
KILL_SECONDS = 5.0


def start_helper(
    program: str,
    place: Place,
    *,
    requests: socket.socket,
    variables: Mapping[str, str] = NO_VARIABLES,
) -> "subprocess.Popen[bytes]":
    """Start a helper program inside a place, with its end of a socket as stdin. Raises `OSError`.

    ``variables`` are added to its environment.
    """
    return subprocess.Popen(
        place.wrap((sys.executable, "-I", "-S", program)),
        stdin=requests.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**command_environment(), **variables},
        start_new_session=True,  # a terminal's Ctrl-C does not reach what the helper runs
    )


def end_process(process: "subprocess.Popen[bytes]", *, seconds: float = STOP_SECONDS) -> bool:
    """Wait for a process whose input has ended; end a lasting process by SIGTERM, then by SIGKILL.

    The process must lead a process group: nsenter(1) and sudo(8) have the program as a child.
    Return whether the process has ended. A process of another user stays, and a process in an
    uninterruptible system call.
    """
    if _has_ended(process, seconds):
        return True

    for number, limit in ((signal.SIGTERM, TERMINATE_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        if _has_ended(process, limit):
            return True

    return False


def _has_ended(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Return whether a process ends within some seconds."""
    if _wait_for_pidfd(process, seconds):
        seconds = 0.0

    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False

    return True


def _wait_for_pidfd(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Wait until a process ends, at most some seconds; return whether that was possible.

    Popen.wait() looks again and again, with pauses of up to 50 ms. See pidfd_open(2).
    """
    if process.poll() is not None:
        return True

    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # another system, an older kernel, or no descriptor left
        return False

    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll(seconds * 1000)
    finally:
        os.close(descriptor)
    return True
