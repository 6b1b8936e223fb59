"""`RecordedReads`: reads of many namespaces, run at once, and recorded in sequence."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define, frozen

from ipwrap.command import Command
from ipwrap.executors import Batch
from ipwrap.recording import CommandEvent
from ipwrap.result import Result
from ipwrap.secrets.store import SecretStore
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.recorded_runner import RecordedRunner, Stopwatch

if TYPE_CHECKING:
    from ipwrap.executors.survey import TimedReply

__all__ = ["RecordedRead", "RecordedReads"]


@frozen
class RecordedRead:
    """A requested read, the result, and the recorded form of the result.

    ``redacted`` is the result without secrets, ``number`` the command's number in the recording.
    """

    command: Command
    result: Result
    redacted: Result
    number: int
    journal: Journal

    def checked(self) -> Result:
        """Return the result. Raises the `CommandError` of a failed command."""
        self.journal.check(self.number, self.redacted)
        return self.result


@define
class RecordedReads:
    """Runs reads at once, as far as the executor can, and records them.

    Reads are recorded with results, in the order of the commands, as if run in sequence: no read
    depends on another read. ``keeps_text`` adds the text that a read prints without `-j`.
    """

    runner: RecordedRunner
    secret_store: SecretStore
    keeps_text: bool

    @property
    def _journal(self) -> Journal:
        return self.runner.journal

    def run(self, commands: Sequence[Command], *, call_site: str | None) -> list[RecordedRead]:
        """Run and record reads, and return each, failed or not. Raises `ExecutorError`."""
        is_live = self._journal.unrecorded.executor.live
        resolved = [self.secret_store.resolve(command, live=is_live) for command in commands]
        stopwatch = Stopwatch.start(self._journal.clock)
        replies = self._read_together(resolved)

        reads = []
        for position, command in enumerate(resolved):
            event = self._journal.record_command(command, call_site, at_once=False)
            result = self._to_result(event, replies.get(position), stopwatch=stopwatch)
            redacted = self.secret_store.redact(result)
            self._journal.record_result(event.number, redacted, check=False)
            result = self.secret_store.hide_from_repr(result)
            reads.append(
                RecordedRead(commands[position], result, redacted, event.number, self._journal)
            )
        return reads

    def _read_together(self, commands: Sequence[Command]) -> "dict[int, TimedReply]":
        """Return the replies of an executor that can run reads at once, by position."""
        executor = self._journal.unrecorded.executor
        if not isinstance(executor, Batch):
            return {}
        return dict(executor.read_together(commands, self._journal.unrecorded.place))

    def _to_result(
        self, event: CommandEvent, timed: "TimedReply | None", *, stopwatch: Stopwatch
    ) -> Result:
        """Return the result of a read; one without a reply runs now."""
        if timed is None:
            result = self.runner.run(event)
        else:
            result = Result(
                event.command,
                timed.reply.status,
                timed.reply.stdout,
                timed.reply.stderr,
                started=stopwatch.to_clock(timed.began),
                seconds=timed.seconds,
                call_site=event.call_site,
            )

        if self.keeps_text and result.ok:
            return self._journal.unrecorded.with_text(result)
        return result
