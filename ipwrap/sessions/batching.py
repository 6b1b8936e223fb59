"""`BatchBlock`: queues the changes of ``with session.batch():`` and raises their failures."""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, IpwrapError
from ipwrap.executors import Batch, Executor, Pipeline, Reply
from ipwrap.places import Place
from ipwrap.recording import CommandEvent, Recording, ResultEvent
from ipwrap.result import Result

__all__ = ["BatchBlock", "OpenBatch"]

MAX_NOTED_FAILURES = 10


@define(eq=False)
class BatchBlock:
    """The pending changes of a block, the number of those done, and the failures.

    The failures are raised when the block ends, or at the next read.
    """

    recording: Recording
    executor: Executor
    place: Place
    pending: deque[CommandEvent] = field(factory=deque)
    results: int = 0
    failures: list[IpwrapError] = field(factory=list)
    pipeline: Pipeline | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.pipeline = None
        if isinstance(self.executor, Batch):
            self.pipeline = Pipeline(
                self.executor, self.place, self._record_reply, self.recording.flush
            )

    def accepts(self, command: Command) -> bool:
        """Return whether a command can be queued: a change without secrets."""
        return command.changes and not command.secrets and command.output_secret is None

    def add(self, asked: CommandEvent) -> Result:
        """Queue a change, and return a ``queued`` result without a status."""
        self.pending.append(asked)

        if self.pipeline is not None:
            self.pipeline.add(asked.command)
        else:
            reply = self._run(asked.command)
            self._record_reply(asked.command, reply)

        return Result(asked.command, call_site=asked.call_site, queued=True)

    def _run(self, command: Command) -> Reply | ExecutorError:
        """Run a change at once, by an executor that has no pipeline."""
        self.recording.flush()

        try:
            return self.executor.run(command, self.place)
        except ExecutorError as error:
            return error

    def _record_reply(self, command: Command, reply: Reply | ExecutorError) -> None:
        """Record the reply to the oldest pending change."""
        asked = self.pending.popleft()

        if isinstance(reply, ExecutorError):
            # 127 is the status of a shell whose program is missing.
            result = Result(
                command,
                status=127,
                stderr=str(reply),
                call_site=asked.call_site,
            )
            self.failures.append(reply)
        else:
            result = Result(
                command,
                reply.status,
                reply.stdout,
                reply.stderr,
                call_site=asked.call_site,
            )
            self.results += result.ok

        self.recording.append(ResultEvent(asked.number, result), at_once=False)
        if not result.ok and not isinstance(reply, ExecutorError):
            self._record_failure(result)

    def _record_failure(self, result: Result) -> None:
        """Keep the error of a failed change until the block ends."""
        try:
            result.check()
        except CommandError as error:
            error.place = self.place.name
            self.failures.append(error)

    def drain(self) -> None:
        """Wait for the pending changes. Raise the first failure, with a note of the next ones."""
        if self.pipeline is not None:
            self.pipeline.drain()
        self.recording.flush()

        failures, self.failures = self.failures, []
        done, self.results = self.results, 0
        if not failures:
            return

        first, *further = failures
        first.add_note(
            f"in a batch: {done} changes were done, {len(failures)} failed, "
            "the others after it included:"
        )
        for failure in further[:MAX_NOTED_FAILURES]:
            summary = str(failure).splitlines()[0]
            first.add_note(f"  also failed: {summary}")

        raise first

    def discard(self) -> None:
        """Discard the changes without a reply."""
        if self.pipeline is not None:
            self.pipeline.discard()


class OpenBatch(threading.local):
    """The open block of a session, or None: each thread has its own block."""

    current: BatchBlock | None = None

    @contextlib.contextmanager
    def begin(self, block: BatchBlock) -> Iterator[None]:
        """Open a block; at its end wait for its changes, and raise their failure."""
        if self.current is not None:
            raise IpwrapError("a batch block is open already in this thread; end it first")

        self.current = block
        try:
            yield
            block.drain()
        except BaseException:
            # The error of the block itself goes first; failures of its changes are recorded.
            with contextlib.suppress(IpwrapError):
                block.drain()
            block.discard()
            raise
        finally:
            self.current = None
