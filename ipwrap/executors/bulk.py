"""`BulkRun`: thousands of like commands as lines of a worker, without an object a command.

The commands differ in some arguments only. The commands run one at a time until the first command
that leaves its worker running: an option unknown to an older iproute2 ends the worker. The
following commands are not expected to end the worker. If a command or a signal does, the lines of
the packet may or may not have run.
"""

import select
from collections.abc import Sequence

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors import helper_process
from ipwrap.executors.base import Reply
from ipwrap.executors.batch import Batch, to_reply
from ipwrap.executors.batch_line import BatchLine
from ipwrap.executors.chunk_exchange import SILENT_SUCCESS, ChunkExchange
from ipwrap.executors.worker import Worker, WorkerDied
from ipwrap.executors.worker_key import WorkerKey, key_of
from ipwrap.places import Place

__all__ = ["BulkRun"]

MAX_LINES = 64  # of a chunk
MAX_IN_TRANSIT = 16 * MAX_LINES  # lines without a reply, before further ones are sent


@define(eq=False)
class BulkRun:
    """Runs commands of a single worker, given by the first command and the lines of all commands.

    ``failures`` are, by position, the replies to failed commands, and the errors of commands that
    may or may not have run. ``done_count`` is the number of commands with an outcome.
    """

    batch: Batch
    place: Place
    first: Command
    lines: Sequence[bytes]
    failures: dict[int, Reply | ExecutorError] = field(factory=dict)
    done_count: int = 0
    _line: BatchLine = field(init=False)
    _key: WorkerKey = field(init=False)
    _sent_count: int = 0
    _is_accepted: bool = False

    def __attrs_post_init__(self) -> None:
        """Raises `NotBatchable` where the commands cannot be lines of a worker."""
        self._line = self.batch.to_line(self.first)
        self._key = key_of(self.first, self._line)

    def start_worker(self) -> None:
        """Start the worker, and look at its names. Raises `NotBatchable` and `ExecutorError`."""
        workers = self.batch.workers
        workers.require_own_process()

        # With the start the pool begins to know the names of the namespace.
        for _ in ("start", "look"):
            workers.release(workers.acquire(self._key, self._line, place=self.place))

    def run(self) -> None:
        """Run the commands.

        Raises `ExecutorError`, with the rest not run, where the namespace is gone meanwhile.
        """
        try:
            while self.done_count < len(self.lines):
                self._run_in_worker()
        except NotBatchable as error:
            raise ExecutorError(
                f"{self.first.line}: the worker cannot go on: {error}; {self.done_count} of "
                f"{len(self.lines)} like commands had run"
            ) from error

    def _run_in_worker(self) -> None:
        """Run commands in a worker, as many as it may get."""
        workers = self.batch.workers
        worker = workers.acquire(self._key, self._line, place=self.place)
        exchange = None
        death = None
        try:
            workers.note_names(worker, self.first, line=self._line)
            exchange = ChunkExchange(worker)
            self._exchange(worker, exchange)
            exchange.end()
        except WorkerDied as error:
            death = error
        finally:
            if exchange is None or not exchange.is_intact or not exchange.is_finished:
                workers.discard_worker(self._key, worker)
            workers.release(worker)

        if death is not None and exchange is not None:
            self._take_replies(exchange)
            self._note_death(death, exchange, worker=worker)
        self._sent_count = self.done_count

    def _exchange(self, worker: Worker, exchange: ChunkExchange) -> None:
        """Send chunks and receive their replies, until all are done or the worker is stale."""
        is_trusted = True

        while is_trusted and self._sent_count < len(self.lines):
            size = MAX_LINES if self._is_accepted else 1
            chunk = self.lines[self._sent_count : self._sent_count + size]
            self._sent_count += len(chunk)
            exchange.send(chunk, shares_packets=True)

            limit = MAX_IN_TRANSIT if size > 1 else 0
            while self._sent_count - self.done_count > limit:
                self._receive(worker, exchange)
            self._is_accepted = True
            is_trusted = self.batch.workers.is_trusted(self._key, worker, place=self.place)

        while not exchange.is_finished:
            self._receive(worker, exchange)

    def _receive(self, worker: Worker, exchange: ChunkExchange) -> None:
        """Wait until a pipe is ready, and let the exchange go on."""
        poll = select.poll()
        exchange.watch(poll)

        has_started = worker.started.packet is not None
        events = poll.poll(None if has_started else helper_process.HELPER_SECONDS * 1000)
        if not events:
            worker.started.get()

        exchange.read()
        exchange.write()
        self._take_replies(exchange)

    def _take_replies(self, exchange: ChunkExchange) -> None:
        """Count the completed commands, and keep the replies to the failed commands."""
        for worker_reply in exchange.replies:
            if worker_reply is not SILENT_SUCCESS:
                reply = to_reply(self.first.argv[0], worker_reply)
                self.failures[self.done_count] = reply
            self.done_count += 1

        exchange.replies.clear()

    def _note_death(self, death: WorkerDied, exchange: ChunkExchange, *, worker: Worker) -> None:
        """Note the outcome of the commands one of which has ended the worker."""
        count = min(exchange.uncertain_count, len(self.lines) - self.done_count)
        outcome: Reply | ExecutorError | None
        try:
            outcome = self.batch.reply_after_death(
                death, self.first, key=self._key, worker=worker, place=self.place
            )
        except ExecutorError as error:
            outcome = error

        if outcome is None:  # the worker had got nothing
            return
        if count > 1:
            outcome = ExecutorError(
                f"{self.first.line}: one of {count} like commands ended their worker; each of them "
                "may or may not have run: check the state"
            )
        for _ in range(count):
            self.failures[self.done_count] = outcome
            self.done_count += 1
