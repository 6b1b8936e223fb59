"""Why a recorded background process did not start, or did not become ready."""

import re
from typing import Literal

from ipwrap.recording.events import ProcessEvent
from ipwrap.result import Result

__all__ = ["STOP_STATUSES", "StartFailure", "start_failure"]

# The names of the errors that `spawn` raises.
StartFailure = Literal["ExecutorError", "ProcessEnded", "WaitTimeout"]

STOP_STATUSES = (143, 137)  # of SIGTERM and SIGKILL on Linux: a recording is read elsewhere as well
MISSING_PROGRAM = 127  # a shell's status
COULD_NOT_RUN = re.compile(r"\A\S+: no such program|: cannot be run\b")


def start_failure(event: ProcessEvent, result: Result | None) -> StartFailure | None:
    """Return the error of a process whose start was not recorded.

    None where the session was cut, and for a process that nobody waited for to be ready. A process
    that is not ready in time is ended by the session: it has the status of a signal, or ran for as
    long as the limit.
    """
    if result is None:
        return None
    if result.status == MISSING_PROGRAM and COULD_NOT_RUN.search(result.stderr):
        return "ExecutorError"
    if event.ready is None:
        return None

    took_long = event.ready_timeout is not None and result.seconds >= event.ready_timeout
    was_stopped = took_long or result.status in STOP_STATUSES
    return "WaitTimeout" if was_stopped else "ProcessEnded"
