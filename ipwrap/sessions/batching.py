"""`BatchBlock`: the inside of ``with session.batch():``. Changes are sent together, and what failed is raised at the end."""

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


@define(eq=False)
class BatchBlock:
    """Changes on their way, and what came of them; ``failures`` are raised when the block ends, or at the next read."""

    recording: Recording
    executor: Executor
    place: Place
    pending: deque[CommandEvent] = field(factory=deque)
    results: int = 0
    failures: list[IpwrapError] = field(factory=list)
    pipeline: Pipeline | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        batch = self.executor if isinstance(self.executor, Batch) else None
        self.pipeline = (
            Pipeline(batch, self.place, self._record_reply, self.recording.flush) if batch else None
        )

    def accepts(self, command: Command) -> bool:
        """Tell whether a command can wait: it is a change, and no secret goes into it or comes out of it."""
        return command.changes and not command.secrets and command.output_secret is None

    def add(self, asked: CommandEvent) -> Result:
        """Take a change. The result returned says nothing yet: it is ``queued``."""
        self.pending.append(asked)
        if self.pipeline is not None:
            self.pipeline.add(asked.command)
        else:
            self._record_reply(asked.command, self._run(asked.command))
        return Result(asked.command, call_site=asked.call_site, queued=True)

    def _run(self, command: Command) -> Reply | ExecutorError:
        """Run a change at once: this executor has no pipeline."""
        self.recording.flush()
        try:
            return self.executor.run(command, self.place)
        except ExecutorError as error:
            return error

    def _record_reply(self, command: Command, reply: Reply | ExecutorError) -> None:
        """Record what came of the oldest change that waits."""
        asked = self.pending.popleft()
        if isinstance(reply, ExecutorError):
            result = Result(command, 127, "", str(reply), call_site=asked.call_site)
            self.failures.append(reply)
        else:
            result = Result(
                command, reply.status, reply.stdout, reply.stderr, call_site=asked.call_site
            )
            self.results += result.ok
        self.recording.append(ResultEvent(asked.number, result), at_once=False)
        if not result.ok and not isinstance(reply, ExecutorError):
            self._record_failure(result)

    def _record_failure(self, result: Result) -> None:
        """Keep the error of a change that failed."""
        try:
            result.check()
        except CommandError as error:
            self.failures.append(error)

    def drain(self) -> None:
        """Wait for all changes, and raise the first failure, with a note of the others and of what was done."""
        if self.pipeline is not None:
            self.pipeline.drain()
        self.recording.flush()
        failures, self.failures = self.failures, []
        done, self.results = self.results, 0
        if not failures:
            return
        first, *others = failures
        first.add_note(
            f"in a batch: {done} changes were done, {len(failures)} failed, the others after it included:"
        )
        for other in others[:10]:
            first.add_note(f"  also failed: {str(other).splitlines()[0]}")
        raise first

    def discard(self) -> None:
        """Give up what has not been answered."""
        if self.pipeline is not None:
            self.pipeline.discard()


class OpenBatch(threading.local):
    """The block of a session that is open, if one is: each thread has its own."""

    current: BatchBlock | None = None

    @contextlib.contextmanager
    def begin(self, block: BatchBlock) -> Iterator[None]:
        """Have a block open; at its end wait for its changes, and raise what failed."""
        if self.current is not None:
            raise IpwrapError("a batch block is open already in this thread; end it first")
        self.current = block
        try:
            yield
            block.drain()
        except BaseException:
            with contextlib.suppress(IpwrapError):
                block.drain()
            block.discard()
            raise
        finally:
            self.current = None
