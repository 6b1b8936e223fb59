"""`RecordedRunner`: run commands whose events are recorded, and record a failure to run one."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from attrs import define, evolve
from msgspec import Struct

from ipwrap.errors import ConnectionLost, ExecutorError, IpwrapError
from ipwrap.executors import Reply
from ipwrap.recording import CommandEvent
from ipwrap.result import Result
from ipwrap.sessions.journal import Journal
from ipwrap.system.lazy import report_shortage

if TYPE_CHECKING:
    from ipwrap.executors import Stream

__all__ = ["RecordedRunner", "Stopwatch", "to_result"]


class Stopwatch(Struct, frozen=True):
    """The time since the start of a command.

    - ``started``: seconds since the epoch, by the clock of the session
    """

    started: float
    _begin: float

    @classmethod
    def start(cls, clock: Callable[[], float]) -> Self:
        """Begin to measure."""
        return cls(clock(), time.perf_counter())

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return time.perf_counter() - self._begin

    def to_clock(self, moment: float) -> float:
        """Return a moment of `time.perf_counter` as a time by the clock of the session."""
        return self.started + moment - self._begin


@define
class RecordedRunner:
    """Runs the commands of a journal by its executor. The results are recorded by the caller."""

    journal: Journal

    def run(self, event: CommandEvent, *, limit: float | None = None) -> Result:
        """Run a command, and return the result. Raises `ExecutorError`, which is recorded.

        ``limit``: a timeout in seconds, in place of the command's.
        """
        unrecorded = self.journal.unrecorded
        command = event.command
        # A playback compares the timeout as well.
        if limit is not None and unrecorded.executor.live:
            command = evolve(command, timeout=limit)

        stopwatch = Stopwatch.start(self.journal.clock)
        try:
            reply = unrecorded.executor.run(command, unrecorded.place)
        except IpwrapError as error:
            self._record_failure(event, error, stopwatch=stopwatch)
            raise

        return to_result(event, reply, stopwatch=stopwatch)

    def start(self, event: CommandEvent, stopwatch: Stopwatch) -> "Stream":
        """Start a command that runs until stopped. Raises `ExecutorError`, which is recorded."""
        # Imported late: many sessions have no such command.
        with report_shortage():
            from ipwrap.executors import MonitorExecutor

        unrecorded = self.journal.unrecorded
        executor = unrecorded.executor
        try:
            if not isinstance(executor, MonitorExecutor):
                kind = type(executor).__name__
                raise ExecutorError(f"{event.command.line}: a {kind} runs only commands that end")
            return executor.listen(event.command, unrecorded.place)
        except IpwrapError as error:
            self._record_failure(event, error, stopwatch=stopwatch)
            raise

    def _record_failure(
        self, event: CommandEvent, error: IpwrapError, *, stopwatch: Stopwatch
    ) -> None:
        """Record a command that could not be run.

        After a lost connection the command has no result, as after a crash: it may have run.
        """
        if isinstance(error, ConnectionLost):
            self.journal.note_failure(event.number, error)
            return
        self.journal.record_failure(
            event, error, started=stopwatch.started, seconds=stopwatch.seconds
        )


def to_result(event: CommandEvent, reply: Reply, *, stopwatch: Stopwatch) -> Result:
    """Return the result of a command from an executor's reply."""
    return Result(
        event.command,
        reply.status,
        reply.stdout,
        reply.stderr,
        started=stopwatch.started,
        seconds=stopwatch.seconds,
        call_site=event.call_site,
        timed_out=reply.timed_out,
        left_running=reply.left_running,
    )
