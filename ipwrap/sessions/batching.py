"""`BatchBlock`: queues the changes of ``with session.batch():`` and raises their failures."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, IpwrapError
from ipwrap.executors import Batch, Executor, Pipeline, Reply
from ipwrap.places import Place
from ipwrap.places.remote import is_remote
from ipwrap.recording import Note, ResultEvent
from ipwrap.result import Result
from ipwrap.sessions.device_query import may_need_devices
from ipwrap.sessions.failures import MAX_NOTED_FAILURES, raise_first, summarise
from ipwrap.sessions.identities import changes_identities, with_identities
from ipwrap.sessions.journal import Journal

if TYPE_CHECKING:
    from ipwrap.executors.remote_pipeline import RemotePipeline

__all__ = ["BatchBlock"]

SILENT_SUCCESS = Reply()
MAX_QUEUED = 64  # changes collected for an executor that has no pipeline


@define(eq=False)
class QueuedChange:
    """A change of a block. ``number`` is the number in the recording, None before sending.

    ``outcome`` is the reply or the error, until recorded.
    """

    command: Command
    call_site: str | None
    number: int | None = None
    outcome: Reply | ExecutorError | None = None
    notes: tuple[Note, ...] = ()


@define(eq=False)
class BatchBlock:
    """The pending changes of a block, and the failures.

    The failures are raised at the end of the block, or at the next read. A change is recorded when
    sent: a change that an exception keeps from being sent is not recorded. ``redact`` replaces the
    secrets of the session in a result.

    On a host, a result gets the links of the change. A worker cannot answer queries for links while
    changes are in transit: ``_unidentified`` are the results whose links are still missing.
    """

    journal: Journal
    executor: Executor
    place: Place
    redact: Callable[[Result], Result]
    pid: int = field(factory=os.getpid)
    failures: list[IpwrapError] = field(factory=list)
    pipeline: "Pipeline[QueuedChange] | RemotePipeline[QueuedChange] | None" = field(init=False)
    _pending: deque[QueuedChange] = field(factory=deque)
    _uncollected: list[QueuedChange] = field(factory=list)
    _unidentified: list[ResultEvent] = field(factory=list)
    _total_count: int = 0
    _success_count: int = 0
    _failure_count: int = 0
    _undrained_count: int = 0

    def __attrs_post_init__(self) -> None:
        self.pipeline = None
        if isinstance(self.executor, Batch):
            self.pipeline = self._make_pipeline(self.executor)

    def _make_pipeline(
        self, executor: Batch
    ) -> "Pipeline[QueuedChange] | RemotePipeline[QueuedChange]":
        """Return the pipeline that sends the changes."""
        if not is_remote(self.place):
            return Pipeline(executor, self.place, self._keep_reply, self._record_changes)

        # Imported late: few sessions run on another machine.
        from ipwrap.executors.remote_pipeline import RemotePipeline

        return RemotePipeline(executor, self.place, self._keep_reply, self._record_changes)

    @property
    def is_own(self) -> bool:
        """Whether this process opened the block, not the parent of a forked child."""
        return self.pid == os.getpid()

    def accepts(self, command: Command) -> bool:
        """Return whether a command can be queued: a change without secrets."""
        return command.changes and not command.secrets and command.output_secret is None

    def add(self, command: Command, call_site: str | None) -> Result:
        """Queue a change, and return a ``queued`` result without a status."""
        # A rename needs an empty pipeline: the links before it are found by their first names.
        if self.journal.records_links and (command.deletes or command.renames):
            self._drain_pipeline()

        change = QueuedChange(command, call_site)
        self._total_count += 1
        self._pending.append(change)

        if self.pipeline is not None:
            self.pipeline.add(change)
        else:
            self._uncollected.append(change)
            if len(self._uncollected) >= MAX_QUEUED:
                self._run_collected()

        return Result(command, call_site=call_site, queued=True)

    def add_note(self, note: Note) -> None:
        """Record a note behind the changes queued so far."""
        if self._pending and self._pending[-1].number is None:
            self._pending[-1].notes += (note,)
        else:
            self.journal.add(note)

    def _run_collected(self) -> None:
        """Run the collected changes one by one, for an executor without a pipeline."""
        while self._uncollected:
            change = self._uncollected.pop(0)
            self._record_changes([change])
            try:
                reply: Reply | ExecutorError = self.executor.run(change.command, self.place)
            except ExecutorError as error:
                reply = error
            except IpwrapError as error:
                error.add_note(f"asked at {change.call_site}")
                raise

            self._keep_reply(change, reply)

    def _record_changes(self, changes: Sequence[QueuedChange]) -> None:
        """Record changes before sending. A change that is sent again is not recorded again.

        Lines are written before a change runs, so that a crash loses no line.
        """
        for change in changes:
            if change.number is None:
                event = self.journal.record_command(change.command, change.call_site, at_once=False)
                change.number = event.number
                if change.notes:
                    self._record_notes(change)

        self.journal.recording.flush()

    def _record_notes(self, change: QueuedChange) -> None:
        """Record the notes behind a change."""
        notes, change.notes = change.notes, ()
        for note in notes:
            self.journal.add(note)

    def _keep_reply(self, change: QueuedChange, reply: Reply | ExecutorError) -> None:
        """Record a reply as soon as the replies to all earlier changes are recorded."""
        change.outcome = reply
        pending = self._pending

        while pending and pending[0].outcome is not None:
            oldest = pending.popleft()
            assert oldest.outcome is not None
            self._record_reply(oldest, oldest.outcome)

    def _record_reply(self, change: QueuedChange, reply: Reply | ExecutorError) -> None:
        """Record the reply to a change."""
        assert change.number is not None
        if reply == SILENT_SUCCESS:  # nearly every reply
            result = Result(change.command, 0, call_site=change.call_site)
            self._record_result(ResultEvent(change.number, result))
            self._success_count += 1
            self._undrained_count += 1
            return

        if isinstance(reply, ExecutorError):
            # 127 is the status of a shell whose program is missing.
            result = Result(
                change.command,
                status=127,
                stderr=str(reply),
                call_site=change.call_site,
            )
        else:
            result = Result(
                change.command,
                reply.status,
                reply.stdout,
                reply.stderr,
                call_site=change.call_site,
            )

        if result.stdout or result.stderr:
            result = self.redact(result)
        self._record_result(ResultEvent(change.number, result))
        if isinstance(reply, ExecutorError):
            self._note_failure(reply)
        elif result.ok:
            self._success_count += 1
            self._undrained_count += 1
        else:
            self._note_failed_result(result)

    def _record_result(self, event: ResultEvent) -> None:
        """Record a result, at once or as soon as its links can be asked for."""
        result = event.result
        if self.journal.records_links and result.ok and changes_identities(result.command):
            self._unidentified.append(event)
        else:
            self.journal.recording.append(event, at_once=False)

    def _note_failed_result(self, result: Result) -> None:
        """Keep the error of a failed change until the block ends."""
        try:
            result.check()
        except CommandError as error:
            error.place = self.place.name
            self._note_failure(error)

    def _note_failure(self, error: IpwrapError) -> None:
        """Keep an error until the block ends."""
        self._failure_count += 1
        self.failures.append(error)

    def drain(self) -> None:
        """Wait for the pending changes. Raise the first failure, with a note of the next ones."""
        self._drain_pipeline()
        self.journal.recording.flush()

        failures, self.failures = self.failures, []
        done, self._undrained_count = self._undrained_count, 0
        raise_first(failures, done_count=done, where="in a batch")

    def _drain_pipeline(self) -> None:
        """Wait for the changes in transit, and record the results that wait for their links."""
        try:
            if self.pipeline is not None:
                self.pipeline.drain()
            self._run_collected()
        finally:
            self._record_unidentified()

    def _record_unidentified(self) -> None:
        """Record the results that wait for their links."""
        events, self._unidentified = self._unidentified, []
        route_count = sum(may_need_devices(event.result.command) for event in events)
        devices = self.journal.device_query(route_count)
        if is_remote(self.place):
            # Imported late, as above.
            from ipwrap.sessions.prefetch import prefetch

            devices = prefetch(devices, [event.result.command for event in events])

        for event in events:
            result = with_identities(event.result, devices)
            self.journal.recording.append(ResultEvent(event.number, result), at_once=False)

    def abort(self, error: BaseException) -> None:
        """Stop sending, because of an exception in the block; add a note on the sent changes."""
        has_pending = bool(self._pending)
        self._uncollected = []

        try:
            if self.pipeline is not None:
                self.pipeline.abort()
        finally:
            unsent = [change for change in self._pending if change.number is None]
            for change in unsent:
                self._record_notes(change)
            self._record_overtaking_replies()
            self._record_unidentified()
            self.journal.recording.flush()

            if has_pending or self.failures:
                self._describe_outcome(error, unsent_count=len(unsent))

    def _record_overtaking_replies(self) -> None:
        """Record the replies that have come before the reply to an earlier change."""
        changes, self._pending = self._pending, deque()
        for change in changes:
            if change.outcome is not None:
                self._record_reply(change, change.outcome)

    def _describe_outcome(self, error: BaseException, *, unsent_count: int) -> None:
        """Add a note on the sent changes, and on the failures not raised yet."""
        ran_count = self._success_count + self._failure_count
        unknown_count = self._total_count - ran_count - unsent_count

        parts = [f"{ran_count} of {self._total_count} queued commands had run"]
        if self._failure_count:
            parts.append(f"{self._failure_count} of them failed")
        if unknown_count:
            parts.append(f"{unknown_count} may or may not have run")
        if unsent_count:
            parts.append(f"{unsent_count} were not sent")
        error.add_note(f"in a batch: {', '.join(parts)}")

        for failure in self.failures[:MAX_NOTED_FAILURES]:
            error.add_note(f"  failed: {summarise(failure)}")
