"""Groups of processes: whether one still runs, and how to end one."""

import contextlib
import os
import signal
import subprocess

from ipwrap.system.process_identity import ENDED_STATES, STATE, stat_fields
from ipwrap.system.programs import command_environment

__all__ = ["group_is_running", "kill_group"]

GROUP = 2  # the position of the group among the fields of stat_fields()
SUDO_SECONDS = 10.0  # for `sudo -n kill`


def group_is_running(group: int) -> bool:
    """Return whether a process of a group runs. One that has ended, and is not reaped, does not."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # a process of another user

    try:
        names = os.listdir("/proc")
    except OSError:
        return True

    return any(_runs_in(name, group) for name in names if name.isdigit())


def _runs_in(pid: str, group: int) -> bool:
    """Return whether a process runs and is of a group."""
    fields = stat_fields(pid)
    return fields is not None and fields[GROUP] == str(group) and fields[STATE] not in ENDED_STATES


def kill_group(group: int) -> None:
    """Kill every process of a group; by `sudo -n kill` those that sudo has started."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
    except PermissionError:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                ("sudo", "-n", "kill", "-KILL", "--", f"-{group}"),
                env=command_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SUDO_SECONDS,
                check=False,
            )
