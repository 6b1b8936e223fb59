"""`Pipeline`: changes sent to a worker in a row, without waiting for single replies.

The order is kept: commands of a single worker are in transit at a time. A command that renames,
moves or deletes an object waits for the commands before, and holds back the commands behind: no
worker may keep an invalid name.
"""

from collections.abc import Callable, Sequence

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.base import Reply
from ipwrap.executors.batch import Batch, to_reply
from ipwrap.executors.batch_line import BatchLine
from ipwrap.executors.worker import Exchange, Worker, WorkerDied, WorkerReply
from ipwrap.executors.worker_key import WorkerKey, key_of
from ipwrap.places import Place

__all__ = ["Pipeline"]

MAX_LINES = 64  # lines collected before they are sent to the worker


@define(eq=False)
class Pipeline:
    """Commands in transit through the workers of a `Batch`.

    ``before_send`` is called before commands reach a worker, ``on_reply`` with the outcome of each
    command, in order. ``_lines`` are the lines not sent yet, of the last of the ``_pending``
    commands.
    """

    batch: Batch
    place: Place
    on_reply: Callable[[Command, Reply | ExecutorError], None]
    before_send: Callable[[], None]
    _key: WorkerKey | None = None
    _worker: Worker | None = None
    _exchange: Exchange | None = None
    _pending: list[Command] = field(factory=list)
    _lines: list[BatchLine] = field(factory=list)

    def add(self, command: Command) -> None:
        """Add a command. A command that cannot be a line, or invalidates names, runs separately."""
        line = None
        if not command.deletes and not command.renames:
            line = self._to_line(command)

        if line is None:
            self.drain()
            self.on_reply(command, self._run_separately(command))
            return

        self._pending.append(command)
        self._lines.append(line)
        if len(self._lines) >= MAX_LINES:
            self._send()

    def _to_line(self, command: Command) -> BatchLine | None:
        """Return a command as a line, and acquire its worker; None if a process has to run it."""
        try:
            line = self.batch.to_line(command)
            key = key_of(command, line)
            if key != self._key:
                self.drain()
                self._worker = self.batch.workers.acquire(key, line, place=self.place)
                self._key = key
        except NotBatchable:
            return None

        return line

    def _run_separately(self, command: Command) -> Reply | ExecutorError:
        """Run a command while no other command is in transit."""
        self.before_send()
        try:
            return self.batch.run(command, self.place)
        except ExecutorError as error:
            return error

    def _send(self) -> None:
        """Send the collected lines, to a new worker if the present one may be stale."""
        assert self._worker is not None
        assert self._key is not None
        workers = self.batch.workers

        if not workers.is_trusted(self._key, self._worker, place=self.place):
            self._change_worker()
            return

        # It may fail, as on a full disk: the lines are still unsent then.
        self.before_send()
        if self._exchange is None:
            self._exchange = Exchange(self._worker)
        # Before the lines are sent: a notification may come while the worker runs them.
        lines, self._lines = self._lines, []
        unsent = self._pending[-len(lines) :]
        for command, line in zip(unsent, lines, strict=True):
            workers.note_names(self._worker, command, line=line)

        try:
            self._exchange.send([line.text for line in lines])
        except WorkerDied as death:
            self._recover(death)

    def _change_worker(self) -> None:
        """Receive the replies to the sent lines, then add the unsent commands once more."""
        stale_worker = self._worker
        sent_count = len(self._pending) - len(self._lines)
        unsent = self._pending[sent_count:]
        self._pending = self._pending[:sent_count]
        self._lines = []

        self._receive()
        if self._worker is stale_worker:  # a worker that has died was released already
            self._release_worker()
        for command in unsent:
            self.add(command)

    def drain(self) -> None:
        """Wait for the replies to all commands in transit."""
        while self._pending:
            assert self._lines or self._exchange, "pending commands that were never sent"
            if self._lines:
                self._send()
            self._receive()
        self._release_worker()

    def _receive(self) -> None:
        """Receive and deliver the replies to all sent lines."""
        if self._exchange is None:
            return

        try:
            worker_replies = self._exchange.receive_all()
        except WorkerDied as death:
            self._recover(death)
            return

        self._exchange = None
        if self._key is not None:
            self._deliver(self._key.program, worker_replies)

    def _deliver(self, program: str, worker_replies: Sequence[WorkerReply]) -> None:
        """Report replies to the oldest pending commands, in order."""
        count = len(worker_replies)
        finished = self._pending[:count]
        self._pending = self._pending[count:]

        for command, worker_reply in zip(finished, worker_replies, strict=True):
            reply = to_reply(program, worker_reply)
            if reply.status == 0:
                self.batch.workers.prestart(command, place=self.place)
            self.on_reply(command, reply)

    def _recover(self, death: WorkerDied) -> None:
        """Report the outcome of the command at which a worker ended; add the rest once more."""
        assert self._worker is not None
        assert self._key is not None
        key = self._key
        worker = self._worker

        self._deliver(key.program, death.replies)
        self._release_worker()
        if not self._pending:
            return

        command, *remaining = self._pending
        self._pending = []
        self._lines = []
        self.on_reply(command, self._reply_after_death(death, command, key=key, worker=worker))

        for remaining_command in remaining:
            self.add(remaining_command)

    def _reply_after_death(
        self, death: WorkerDied, command: Command, *, key: WorkerKey, worker: Worker
    ) -> Reply | ExecutorError:
        """Return the reply to the command at which a worker ended, or the error."""
        try:
            return self.batch.reply_after_death(
                death, command, key=key, worker=worker, place=self.place
            )
        except ExecutorError as error:
            return error

    def _release_worker(self) -> None:
        """Release the worker, if one is held."""
        worker = self._worker
        self._worker = None
        self._key = None
        self._exchange = None

        if worker is not None:
            self.batch.workers.release(worker)

    def discard(self) -> None:
        """Give up all commands in transit, for example after Ctrl-C.

        The worker is dropped: late replies would be taken for replies to later commands.
        """
        if self._key is not None and self._exchange is not None:
            self.batch.workers.discard_worker(self._key)

        self._pending = []
        self._lines = []
        self._release_worker()
