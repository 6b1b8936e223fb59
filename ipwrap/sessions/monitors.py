"""`OpenMonitors`: the running monitors of a session."""

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap.command import Command
from ipwrap.executors import Reply
from ipwrap.monitor import ConditionWaiter, Monitor
from ipwrap.result import Result
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.recorded_runner import RecordedRunner, Stopwatch, to_result

if TYPE_CHECKING:
    from ipwrap.models.event import MonitorReader

__all__ = ["OpenMonitors"]


@define(eq=False)
class OpenMonitors:
    """Starts and ends the monitors of a session, and records the output of ended monitors."""

    journal: Journal
    redact: Callable[[Result], Result]
    _monitors: list[Monitor] = field(factory=list, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def start(
        self,
        command: Command,
        reader: "MonitorReader",
        *,
        wait_for_condition: ConditionWaiter,
        site: str | None,
    ) -> Monitor:
        """Start a monitor, and record the command. The output is recorded at the monitor's end.

        ``wait_for_condition`` serves `Monitor.wait`. Raises the `CommandError` of a command that
        ends at once.
        """
        event = self.journal.record_command(command, site, at_once=True)
        stopwatch = Stopwatch.start(self.journal.clock)
        stream = RecordedRunner(self.journal).start(event, stopwatch)
        starter = os.getpid()

        def record_end(monitor: Monitor, reply: Reply) -> None:
            # In a forked child the monitor is still that of the parent, which records it.
            if os.getpid() != starter:
                return
            self._forget(monitor)
            result = self.redact(to_result(event, reply, stopwatch=stopwatch))
            self.journal.record_result(event.number, result, check=False)

        monitor = Monitor(command, stream, reader, record_end, wait_for_condition)
        with self._lock:
            self._monitors.append(monitor)

        # A program that refused its arguments has ended already.
        if stream.reply.status != 0:
            monitor.close()
            failed = to_result(event, stream.reply, stopwatch=stopwatch)
            self.journal.check(event.number, failed)
        return monitor

    def _forget(self, monitor: Monitor) -> None:
        """Remove a monitor that has ended."""
        with self._lock:
            self._monitors = [running for running in self._monitors if running is not monitor]

    def close_deleted(self, command: Command) -> None:
        """Close the monitors in the namespaces that a command deletes.

        A process inside would keep the namespace and its links alive.
        """
        for monitor in list(self._monitors):
            if command.deletes_namespace(monitor.command.netns):
                monitor.close()

    def close(self) -> None:
        """Close all monitors."""
        for monitor in list(self._monitors):
            monitor.close()
