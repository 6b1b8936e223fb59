"""`RecordedWaits`: the waits and pauses of a session."""

import threading
import time

from attrs import define, field

from ipwrap.command import Command
from ipwrap.conditions import Condition, Observation, Prober
from ipwrap.errors import ExecutorError
from ipwrap.executors import MonitorExecutor, StepExecutor, Stream
from ipwrap.recording import Sleep, WaitEvent
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.waiting import (
    Waited,
    refuse_secret_values,
    timeout_error,
    wait_until,
)

__all__ = ["RecordedWaits"]


@define(eq=False)
class RecordedWaits:
    """Waits for conditions, pauses, and records both.

    - ``prober``: looks whether a condition holds
    """

    journal: Journal
    prober: Prober
    # The monitors of waits, with their namespaces.
    _streams: list[tuple[str | None, Stream]] = field(factory=list, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def wait_for(
        self,
        condition: Condition,
        netns: str | None,
        *,
        timeout: float,
        limit: float | None,
        site: str | None,
    ) -> None:
        """Wait until a condition holds, and record the wait. Raises `WaitTimeout`.

        A ``limit`` takes the place of the timeout, which is recorded in any case. Raises
        `InvalidArgument` for a condition that names the value of a secret.
        """
        refuse_secret_values(condition, self.prober)
        allowed = timeout if limit is None else limit
        waited = self._recorded_wait(condition, netns, timeout=timeout)
        if waited is None:
            waited = wait_until(
                condition, self.prober, netns=netns, timeout=allowed, listen=self._listen
            )

        seen = waited.observation.seen
        event = WaitEvent(
            condition, netns, timeout, waited.seconds, waited.satisfied, seen, call_site=site
        )
        self.journal.add(event)
        if not waited.satisfied:
            place = self.journal.unrecorded.place.name
            raise timeout_error(
                condition, netns, timeout=allowed, seen=seen, place=place, call_site=site
            )

    def _recorded_wait(
        self, condition: Condition, netns: str | None, *, timeout: float
    ) -> Waited | None:
        """Return the outcome of a wait where nothing runs, as in a playback; else None."""
        executor = self.journal.unrecorded.executor
        if isinstance(executor, StepExecutor):
            observation = executor.wait_for(condition, netns, timeout=timeout)
            if observation is not None:
                return Waited(observation, 0.0)

        return None if executor.live else Waited(Observation(True), 0.0)

    def _listen(self, command: Command) -> Stream:
        """Start the monitor of a wait, which has no entry in the recording."""
        executor = self.journal.unrecorded.executor
        if not isinstance(executor, MonitorExecutor):
            raise ExecutorError(f"{command.line}: this executor runs only commands that end")

        stream = executor.listen(command, self.journal.unrecorded.place)
        with self._lock:
            running = [entry for entry in self._streams if not entry[1].ended]
            self._streams = [*running, (command.netns, stream)]
        return stream

    def end_deleted(self, command: Command) -> None:
        """End the monitors in namespaces to be deleted, which monitors would keep alive."""
        for netns, stream in list(self._streams):
            if command.deletes_namespace(netns):
                stream.end()  # the thread that waits closes it

    def sleep(self, seconds: float, *, site: str | None) -> None:
        """Pause, and record the pause."""
        executor = self.journal.unrecorded.executor
        if isinstance(executor, StepExecutor):
            executor.sleep(seconds)
        else:
            time.sleep(min(seconds, threading.TIMEOUT_MAX))
        self.journal.add(Sleep(seconds, site))
