"""End the processes of a recorded script when the recorder is told to end."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from attrs import define, field, frozen

from ipwrap.system.process_identity import ENDED_STATES, PARENT, START_TIME, STATE, stat_fields

__all__ = ["Terminator", "descendants"]

# A closed terminal, and what a CI system, systemd or `kill` send first.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name))

# Seconds that the script's processes have to end by themselves. A CI system sends SIGKILL to the
# recorder after 10 seconds or so, by which time the recording has to be complete.
GRACE = 3.0
STEP = 0.02

# Start times in clock ticks since boot, by the number of the process.
Processes = dict[int, int]


@frozen
class _Status:
    """The parent and the start time of a process."""

    parent: int
    start_ticks: int


@define
class Terminator:
    """Passes a signal on to the processes of a script, so that the recorder can finish.

    ``pid`` is the process of the script while it runs. ``received`` is the number of the signal.
    """

    pid: int | None = None
    received: int | None = field(default=None, init=False)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Handle SIGTERM and SIGHUP during the block. Only a main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        previous = {}
        for number in SIGNALS:
            # A signal that is ignored, as SIGHUP below nohup(1), stays so.
            if signal.getsignal(number) is signal.SIG_DFL:
                previous[number] = signal.signal(number, self._handle)

        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _handle(self, number: int, _: FrameType | None) -> None:
        """End the script. A second signal does not wait."""
        is_repeated = self.received is not None
        self.received = number

        if self.pid is not None:
            end_processes(self.pid, number, grace=0.0 if is_repeated else GRACE)

    def start(self, pid: int) -> None:
        """Take over the script's process; end it at once if the signal came before."""
        self.pid = pid
        if self.received is not None:
            end_processes(pid, self.received, grace=GRACE)


def end_processes(pid: int, number: int, *, grace: float) -> None:
    """Send a signal to the descendants of a process, and SIGKILL to those left after ``grace``.

    The process itself is a shell, or an nsenter(1), that waits for them and reports the status.
    """
    deadline = time.monotonic() + grace
    targets: Processes = {}

    while True:
        # A trap may start a process, and the script itself may be about to start.
        current = descendants(pid)
        new = {process: ticks for process, ticks in current.items() if process not in targets}
        _send(new, number)

        # A process whose parent has ended is a descendant no longer.
        targets = {**_still_running(targets), **current}
        has_ended = not targets and _read_status(pid) is None
        if has_ended or time.monotonic() >= deadline:
            break
        time.sleep(STEP)

    leader = _read_status(pid)
    if not targets and leader is not None:
        targets = {pid: leader.start_ticks}
    _send(targets, signal.SIGKILL)


def _send(processes: Processes, number: int) -> None:
    """Send a signal to processes that may have ended."""
    for pid in _still_running(processes):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _still_running(processes: Processes) -> Processes:
    """Return the processes that have not ended; a later process may have the same number."""
    running: Processes = {}

    for pid, start_ticks in processes.items():
        status = _read_status(pid)
        if status is not None and status.start_ticks == start_ticks:
            running[pid] = start_ticks

    return running


def descendants(pid: int) -> Processes:
    """Return the processes below a process that have not ended, parents first."""
    statuses: dict[int, _Status] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        status = _read_status(int(folder.name))
        if status is not None:
            statuses[int(folder.name)] = status

    children: dict[int, list[int]] = {}
    for process, status in statuses.items():
        children.setdefault(status.parent, []).append(process)

    below = list(children.get(pid, ()))
    for process in below:
        below += children.get(process, ())
    return {process: statuses[process].start_ticks for process in below}


def _read_status(pid: int) -> "_Status | None":
    """Return the status of a process; None if the process has ended."""
    fields = stat_fields(pid)
    if fields is None or fields[STATE] in ENDED_STATES:
        return None
    return _Status(parent=int(fields[PARENT]), start_ticks=int(fields[START_TIME]))
