"""`Pipeline`: changes sent to a worker in a row, without waiting for single replies.

The order is kept: commands of a single worker are in transit at a time. A command that renames,
moves or deletes an object waits for the commands before, and holds back the commands behind: no
worker may keep an invalid name.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.base import Reply
from ipwrap.executors.batch import Batch, to_reply
from ipwrap.executors.batch_line import BatchLine
from ipwrap.executors.worker import Exchange, Worker, WorkerDied, WorkerTimeout
from ipwrap.executors.worker_key import WorkerKey, key_of
from ipwrap.places import Place

__all__ = ["ABORT_SECONDS", "MAX_LINES", "Change", "Pipeline"]

MAX_LINES = 64  # lines collected before they are sent to the worker

# For the replies to changes already sent, where an exception leaves the block.
ABORT_SECONDS = 10.0


class Change(Protocol):
    """A queued change."""

    @property
    def command(self) -> Command:
        """The command that makes the change."""


AnyChange = TypeVar("AnyChange", bound=Change)


@define(eq=False)
class Transit(Generic[AnyChange]):
    """Changes sent to a worker, in order, and the number of those whose reply was delivered."""

    exchange: Exchange
    changes: list[AnyChange] = field(factory=list)
    delivered_count: int = 0


@define(eq=False)
class Pipeline(Generic[AnyChange]):
    """Changes in transit through the workers of a `Batch`.

    ``before_send`` is called with changes before they reach a worker, ``on_reply`` with the outcome
    of each change, in order. ``_unsent`` are the changes collected for the present worker.
    """

    batch: Batch
    place: Place
    on_reply: Callable[[AnyChange, Reply | ExecutorError], None]
    before_send: Callable[[Sequence[AnyChange]], None]
    _key: WorkerKey | None = None
    _worker: Worker | None = None
    _transit: Transit[AnyChange] | None = None
    _unsent: list[tuple[AnyChange, BatchLine]] = field(factory=list)

    def add(self, change: AnyChange) -> None:
        """Add a change. A change that cannot be a line, or invalidates names, runs separately."""
        line = None
        if not change.command.deletes and not change.command.renames:
            line = self._to_line(change.command)

        if line is None:
            self.drain()
            self.before_send([change])
            self.on_reply(change, self._run_separately(change.command))
            return

        self._unsent.append((change, line))
        if len(self._unsent) >= MAX_LINES:
            self._send()

    def _to_line(self, command: Command) -> BatchLine | None:
        """Return a command as a line, and acquire its worker; None if a process has to run it."""
        try:
            line = self.batch.to_line(command)
        except NotBatchable:
            return None

        key = key_of(command, line)
        if key == self._key:
            return line

        self.drain()
        try:
            self._worker = self.batch.workers.acquire(key, line, place=self.place)
        except (NotBatchable, ExecutorError):  # Batch.run() finds another way, or a better error
            return None

        self._key = key
        return line

    def _run_separately(self, command: Command) -> Reply | ExecutorError:
        """Run a command while no other command is in transit."""
        try:
            return self.batch.run(command, self.place)
        except ExecutorError as error:
            return error

    def _send(self) -> None:
        """Send the collected lines, to a new worker if the present one may be stale."""
        assert self._worker is not None
        assert self._key is not None
        workers = self.batch.workers

        # What runs here may rename links: the worker is looked at afterwards.
        self.before_send([change for change, _ in self._unsent])
        if not workers.is_trusted(self._key, self._worker, place=self.place):
            self._change_worker()
            return

        if self._transit is None:
            self._transit = Transit(Exchange(self._worker))
        # Before the lines are sent: a notification may come while the worker runs them.
        unsent, self._unsent = self._unsent, []
        for change, line in unsent:
            workers.note_names(self._worker, change.command, line=line)

        self._transit.changes += [change for change, _ in unsent]
        death = None
        try:
            self._transit.exchange.send([line.text for _, line in unsent])
        except WorkerDied as error:
            death = error
        if death is not None:
            self._recover(death)

    def _change_worker(self) -> None:
        """Receive the replies to the sent lines, then add the unsent changes once more."""
        stale_worker = self._worker
        unsent, self._unsent = self._unsent, []

        self._receive()
        if self._worker is stale_worker:  # a worker that has died was released already
            self._release_worker()
        for change, _ in unsent:
            self.add(change)

    def drain(self) -> None:
        """Wait for the replies to all changes in transit."""
        while self._transit is not None or self._unsent:
            if self._unsent:
                self._send()
            self._receive()
        self._release_worker()

    def abort(self) -> None:
        """Send nothing more; deliver the replies to the changes that were sent.

        Replies are waited for `ABORT_SECONDS`. After an interruption of the exchange with the
        worker, only those that have come already are delivered.
        """
        self._unsent = []
        transit = self._transit

        try:
            if transit is not None and transit.exchange.is_intact:
                with contextlib.suppress(WorkerDied, WorkerTimeout, ExecutorError):
                    transit.exchange.receive_all(ABORT_SECONDS)
            if transit is not None:
                self._deliver(transit)
        finally:
            self._leave_worker()

    def _receive(self) -> None:
        """Receive and deliver the replies to all sent lines."""
        transit = self._transit
        if transit is None:
            return

        death, failure = None, None
        try:
            transit.exchange.receive_all()
        except WorkerDied as error:
            death = error
        except ExecutorError as error:  # the worker did not start
            failure = error

        if death is not None:
            self._recover(death)
            return

        self._deliver(transit)
        self._transit = None
        if failure is not None:
            self._leave_worker()
            for change in transit.changes[transit.delivered_count :]:
                self.on_reply(change, failure)

    def _deliver(self, transit: Transit[AnyChange]) -> None:
        """Report the replies that have come, in order."""
        assert self._key is not None
        replies = transit.exchange.replies

        while transit.delivered_count < len(replies):
            number = transit.delivered_count
            transit.delivered_count += 1

            change = transit.changes[number]
            reply = to_reply(self._key.program, replies[number])
            if reply.status == 0:
                self.batch.workers.prestart(change.command, place=self.place)
            self.on_reply(change, reply)

    def _recover(self, death: WorkerDied) -> None:
        """Report the outcome of the change at which a worker ended; add the rest once more."""
        assert self._worker is not None
        assert self._key is not None
        assert self._transit is not None
        key, worker, transit = self._key, self._worker, self._transit

        self._deliver(transit)
        remaining = transit.changes[transit.delivered_count :]
        remaining += [change for change, _ in self._unsent]
        self._transit = None
        self._unsent = []
        self._release_worker()
        if not remaining:
            return

        change, *further = remaining
        self.on_reply(
            change, self._reply_after_death(death, change.command, key=key, worker=worker)
        )

        for further_change in further:
            self.add(further_change)

    def _reply_after_death(
        self, death: WorkerDied, command: Command, *, key: WorkerKey, worker: Worker
    ) -> Reply | ExecutorError:
        """Return the reply to the command at which a worker ended, or the error."""
        try:
            reply = self.batch.reply_after_death(
                death, command, key=key, worker=worker, place=self.place
            )
        except ExecutorError as error:
            return error

        return self._run_separately(command) if reply is None else reply

    def _release_worker(self) -> None:
        """Release the worker, if one is held."""
        worker = self._worker
        self._worker = None
        self._key = None

        if worker is not None:
            self.batch.workers.release(worker)

    def _leave_worker(self) -> None:
        """Release the worker. With commands in transit it is discarded.

        Late replies would be taken for replies to later commands, and the beginning of a line for
        a command.
        """
        transit, worker = self._transit, self._worker
        self._transit = None

        if transit is not None and worker is not None and self._key is not None:
            exchange = transit.exchange
            if not exchange.is_intact or len(exchange.replies) < exchange.sent_count:
                self.batch.workers.discard_worker(self._key, worker)
            if exchange.may_hold_part:
                worker.kill()
        self._release_worker()
