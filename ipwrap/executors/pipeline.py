"""`Pipeline`: changes sent one behind the other, without waiting for what is said of each.

Order is kept: only commands for one and the same worker are under way at a time, and a command that renames, moves or
deletes something waits for all before it, and all behind it wait for it, so that no worker remembers a name too long.
"""

from collections.abc import Callable

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.base import Reply
from ipwrap.executors.batch import Batch, reply
from ipwrap.executors.batch_line import BatchLine
from ipwrap.executors.pool import WorkerKey, key_of
from ipwrap.executors.worker import Exchange, Worker, WorkerDied
from ipwrap.places import Place

__all__ = ["Pipeline"]

MAX_LINES = 64  # so many lines are given to the worker together


@define(eq=False)
class Pipeline:
    """Commands on their way through the workers of a `Batch`.

    ``sending`` is called before any of them reaches a worker, ``replied`` is told what came of each, in order.
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
        """Take a command on its way. What cannot be a line, or breaks names, is run by itself, in its turn."""
        line = None if command.deletes or command.renames else self._line(command)
        if line is None:
            self.drain()
            self.on_reply(command, self._run_alone(command))
            return
        self._pending.append(command)
        self._lines.append(line)
        if len(self._lines) >= MAX_LINES:
            self._send()

    def _line(self, command: Command) -> BatchLine | None:
        """Return a command as a line, if it can be one, and see that the worker it needs is the one spoken to."""
        try:
            line = self.batch.to_line(command)
            key = key_of(command, line)
            if key != self._key:
                self.drain()
                self._worker, self._key = self.batch.workers.acquire(key, line, self.place), key
        except NotBatchable:
            return None
        return line

    def _run_alone(self, command: Command) -> Reply | ExecutorError:
        """Run one command by itself."""
        self.before_send()
        try:
            return self.batch.run(command, self.place)
        except ExecutorError as error:
            return error

    def _send(self) -> None:
        """Give the worker the lines that have gathered; a new one, if this one may remember what is no longer so."""
        assert self._worker is not None
        assert self._key is not None
        if not self.batch.workers.is_trusted(self._key, self._worker, self.place):
            self._change_worker()
            return
        if self._exchange is None:
            self._exchange = Exchange(self._worker)
        lines, self._lines = self._lines, []
        for command, line in zip(self._pending[-len(lines) :], lines, strict=True):
            self.batch.workers.note_names(self._worker, command, line)
        self.before_send()
        try:
            self._exchange.send([line.text for line in lines])
        except WorkerDied as death:
            self._recover(death)

    def _change_worker(self) -> None:
        """Hear what is said of the lines that were sent; those that were not go to another worker."""
        doubted, unsent = self._worker, len(self._lines)
        sent = len(self._pending) - unsent
        self._pending, rest, self._lines = self._pending[:sent], self._pending[sent:], []
        self._receive()
        if self._worker is doubted:  # and has not died meanwhile
            self._release_worker()
        for command in rest:
            self.add(command)

    def drain(self) -> None:
        """Wait until every command on its way has been answered."""
        while self._pending:
            assert self._lines or self._exchange, "commands wait that nobody was told of"
            if self._lines:
                self._send()
            self._receive()
        self._release_worker()

    def _receive(self) -> None:
        """Hear what is said of all lines."""
        if self._exchange is None:
            return
        try:
            said = self._exchange.receive_all()
        except WorkerDied as death:
            self._recover(death)
            return
        self._exchange = None
        self._deliver([reply(self._key[0], each) for each in said] if self._key else [])

    def _deliver(self, replies: list[Reply]) -> None:
        """Tell of so many commands what came of them."""
        done, self._pending = self._pending[: len(replies)], self._pending[len(replies) :]
        for command, each in zip(done, replies, strict=True):
            if each.status == 0:
                self.batch.workers.prestart(command, self.place)
            self.on_reply(command, each)

    def _recover(self, death: WorkerDied) -> None:
        """Answer for a worker that has ended at one command; what was behind it goes to a new one."""
        assert self._worker is not None
        assert self._key is not None
        key, worker = self._key, self._worker
        self._deliver([reply(key[0], each) for each in death.said])
        self._release_worker()
        if not self._pending:
            return
        command, *rest = self._pending
        self._pending, self._lines = [], []
        try:
            outcome: Reply | ExecutorError = self.batch.reply_after_death(
                key, worker, death, command, self.place
            )
        except ExecutorError as error:
            outcome = error
        self.on_reply(command, outcome)
        for each in rest:
            self.add(each)

    def _release_worker(self) -> None:
        """Give the worker back."""
        worker, self._worker, self._key, self._exchange = self._worker, None, None, None
        if worker is not None:
            self.batch.workers.release(worker)

    def discard(self) -> None:
        """Give up, in the middle: what is said of what was sent would be taken for the answer to something else."""
        if self._key is not None and self._exchange is not None:
            self.batch.workers.drop(self._key)
        self._pending, self._lines = [], []
        self._release_worker()
