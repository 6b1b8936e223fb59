"""Why a recorded background process did not start, or did not become ready."""

import re
from collections.abc import Sequence
from typing import Literal

from ipwrap.recording.events import ProcessEvent
from ipwrap.result import Result

__all__ = [
    "MISSING_PROGRAM",
    "STOP_STATUSES",
    "StartFailure",
    "could_not_run",
    "missing_program",
    "shell_status",
    "start_failure",
]

# The names of the errors that `spawn` raises.
StartFailure = Literal["ExecutorError", "ProcessEnded", "WaitTimeout"]

STOP_STATUSES = (143, 137)  # of SIGTERM and SIGKILL on Linux: a recording is read elsewhere as well
MISSING_PROGRAM = 127  # a shell's status
COULD_NOT_RUN = re.compile(r"\A\S+: no such program|: cannot be run\b")

# The words of iproute2's `ip netns exec` and `ip vrf exec`: cmd_exec() in lib/exec.c. It exits with
# status 1 or 255, as for other failures.
EXEC_FAILED = re.compile(r'^exec of "(.*)" failed: ', re.MULTILINE)


def missing_program(argv: Sequence[str], stderr: str) -> str | None:
    """Return the program that iproute2 could not run for a command, by stderr; else None."""
    match = EXEC_FAILED.search(stderr)
    return match[1] if match is not None and match[1] in argv else None


def shell_status(result: Result) -> int:
    """Return the status of a result; for a program missing in a namespace, a shell's status.

    `ip netns exec` has the status 1 or 255 for a missing program, depending on the release.
    """
    if result.status and missing_program(result.command.argv, result.stderr) is not None:
        return MISSING_PROGRAM
    return result.status


def start_failure(event: ProcessEvent, result: Result | None) -> StartFailure | None:
    """Return the error of a process whose start was not recorded.

    None if the session was cut short, and for a process whose readiness the script did not wait
    for. The session ends a process that is not ready in time: such a process has the status of a
    signal, or ran for as long as the limit.
    """
    if result is None:
        return None
    if could_not_run(result):
        return "ExecutorError"
    if event.ready is None:
        return None

    took_long = event.ready_timeout is not None and result.seconds >= event.ready_timeout
    was_stopped = took_long or result.status in STOP_STATUSES
    return "WaitTimeout" if was_stopped else "ProcessEnded"


def could_not_run(result: Result) -> bool:
    """Return whether the program of a command was missing, or could not be run."""
    if shell_status(result) != MISSING_PROGRAM:
        return False
    is_told_by_ip = missing_program(result.command.argv, result.stderr) is not None
    return is_told_by_ip or COULD_NOT_RUN.search(result.stderr) is not None
