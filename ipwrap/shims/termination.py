"""End the processes of a recorded script when the recorder is told to end."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from attrs import define, field, frozen

from ipwrap.system.process_identity import ENDED_STATES, PARENT, START_TIME, STATE, stat_fields
from ipwrap.system.termination import ends_process

__all__ = ["Processes", "Terminator", "descendants", "processes_with"]

# A closed terminal, and what a CI system, systemd or `kill` send first.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name))

# Seconds that the script's processes have to end by themselves. A CI system sends SIGKILL to the
# recorder after 10 seconds or so, by which time the recording has to be complete.
GRACE = 3.0
KILL_SECONDS = 2.0  # for the kernel to end them after SIGKILL
STEP = 0.02

# Start times in clock ticks since boot, by the number of the process.
Processes = dict[int, int]


@frozen
class _Status:
    """The parent and the start time of a process."""

    parent: int
    start_ticks: int


def _none_left() -> Processes:
    """Return no process."""
    return {}


@define
class Terminator:
    """Passes a signal on to the processes of a script, so that the recorder can finish.

    - ``find_left``: returns the script's processes, and perhaps others, whose parents have ended
    - ``pid``: the process of the script, from its start on
    - ``received``: the number of the signal
    - ``holds_calls``: the recording's file has every call of the script, which has ended
    """

    find_left: Callable[[], Processes] = _none_left
    pid: int | None = field(default=None, init=False)
    received: int | None = field(default=None, init=False)
    holds_calls: bool = field(default=False, init=False)
    _spared: Processes | None = field(default=None, init=False)
    _late_interrupts: int = field(default=0, init=False)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Handle SIGTERM, SIGHUP and SIGINT during the block. Only a main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        previous: dict[int, Any] = {}
        for number in SIGNALS:
            # A signal that is ignored, as SIGHUP below nohup(1), stays so.
            if ends_process(number):
                previous[number] = signal.signal(number, self._handle)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            previous[signal.SIGINT] = signal.signal(signal.SIGINT, self._handle_interrupt)

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
            self._end_script(self.pid, number, grace=0.0 if is_repeated else GRACE)

    def _handle_interrupt(self, _: int, __: FrameType | None) -> None:
        """Raise `KeyboardInterrupt` before the script's start, and at the second Ctrl-C at its end.

        Ctrl-C is meant for the script. Here it would cut off the recording of what has run.
        """
        if self.holds_calls:
            self._late_interrupts += 1
        if self.pid is None or self._late_interrupts > 1:
            raise KeyboardInterrupt

    def start(self, pid: int) -> None:
        """Take over the script's process; end it at once if the signal came before."""
        self.pid = pid
        if self.received is not None:
            self._end_script(pid, self.received, grace=GRACE)

    def _end_script(self, pid: int, number: int, *, grace: float) -> None:
        """End the processes of the script, but for those that its programs have left behind."""
        if self.holds_calls:
            return  # the number of the process may be another's by now

        if self._spared is None:
            left = self.find_left()
            below = descendants(pid)
            self._spared = {process: left[process] for process in left.keys() - below.keys()}

        end_processes(pid, number, grace=grace, find_left=self._find_orphans)

    def _find_orphans(self) -> Processes:
        """Return the processes of the script that a signal has made orphans."""
        spared = self._spared or {}
        left = self.find_left()
        return {process: ticks for process, ticks in left.items() if spared.get(process) != ticks}


def end_processes(
    pid: int, number: int, *, grace: float, find_left: Callable[[], Processes] = _none_left
) -> None:
    """Send a signal to the descendants of a process, and SIGKILL to those left after ``grace``.

    The process itself is a shell, or an nsenter(1), that waits for them and reports the status.
    """
    deadline = time.monotonic() + grace
    targets: Processes = {}

    while True:
        # In this order: a child that a process has forked before its end is found afterwards.
        targets = _still_running(targets)
        has_ended = _read_status(pid) is None

        # A trap may start a process, and the script itself may be about to start. A process that
        # was forked after the last look, and whose parent the signal has ended, is no descendant.
        current = {**find_left(), **descendants(pid)}
        new = {process: ticks for process, ticks in current.items() if process not in targets}
        _send(new, number)

        targets = {**targets, **current}
        if (has_ended and not targets) or time.monotonic() >= deadline:
            break
        time.sleep(STEP)

    # The leader reports the status of its children: it is killed only if it has none.
    leader = _read_status(pid)
    if not targets and leader is not None:
        targets = {pid: leader.start_ticks}

    deadline = time.monotonic() + KILL_SECONDS
    while targets and time.monotonic() < deadline:
        _send(targets, signal.SIGKILL)
        time.sleep(STEP)
        targets = {**_still_running(targets), **find_left(), **descendants(pid)}


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
    statuses = _read_statuses()

    children: dict[int, list[int]] = {}
    for process, status in statuses.items():
        children.setdefault(status.parent, []).append(process)

    below = list(children.get(pid, ()))
    for process in below:
        below += children.get(process, ())
    return {process: statuses[process].start_ticks for process in below}


def processes_with(entry: str) -> Processes:
    """Return the processes that were started with an entry in their PATH.

    A process of another user, whose environment cannot be read, is left out.
    """
    processes: Processes = {}

    for pid, status in _read_statuses().items():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue

        if b"PATH=" + os.fsencode(entry) + b":" in environment:
            processes[pid] = status.start_ticks

    processes.pop(os.getpid(), None)
    return processes


def _read_statuses() -> "dict[int, _Status]":
    """Return the statuses of the processes that have not ended."""
    statuses: dict[int, _Status] = {}

    for folder in Path("/proc").glob("[0-9]*"):
        status = _read_status(int(folder.name))
        if status is not None:
            statuses[int(folder.name)] = status
    return statuses


def _read_status(pid: int) -> "_Status | None":
    """Return the status of a process; None if the process has ended."""
    fields = stat_fields(pid)
    if fields is None or fields[STATE] in ENDED_STATES:
        return None
    return _Status(parent=int(fields[PARENT]), start_ticks=int(fields[START_TIME]))
