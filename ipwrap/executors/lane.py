"""`Lane`: the changes of a batch block that one worker runs, in order."""

from collections import deque
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from attrs import define, field

from ipwrap.command import Command
from ipwrap.executors.batch_line import BatchLine
from ipwrap.executors.chunk_exchange import ChunkExchange
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey

__all__ = ["AnyChange", "Change", "Lane", "PendingLine"]


class Change(Protocol):
    """A queued change."""

    @property
    def command(self) -> Command:
        """The command that makes the change."""


AnyChange = TypeVar("AnyChange", bound=Change)


@define(eq=False)
class PendingLine(Generic[AnyChange]):
    """A change as a line of a worker, and the lines of other workers that the change waits for.

    ``touched`` are the namespaces in which the change runs or creates an object; ``new_netns`` is
    the namespace that the change creates.
    """

    change: AnyChange
    line: BatchLine
    key: WorkerKey
    touched: frozenset[str | None]
    new_netns: str | None = None
    waits_for: "Sequence[PendingLine[AnyChange]]" = ()
    is_done: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether the line waits for no other line any more."""
        return not self.waits_for or all(line.is_done for line in self.waits_for)


@define(eq=False)
class Lane(Generic[AnyChange]):
    """The pending lines of a worker: ``queue`` those to be sent, ``transit`` those in the worker.

    The worker is held while lines are in transit.
    """

    key: WorkerKey
    queue: deque[PendingLine[AnyChange]] = field(factory=deque)
    transit: deque[PendingLine[AnyChange]] = field(factory=deque)
    worker: Worker | None = None
    exchange: ChunkExchange | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no line is pending."""
        return not self.queue and not self.transit

    def take_ready(self, limit: int) -> list[PendingLine[AnyChange]]:
        """Remove and return the next lines that wait for no other line, at most ``limit``."""
        ready: list[PendingLine[AnyChange]] = []
        while self.queue and len(ready) < limit and self.queue[0].is_ready:
            ready.append(self.queue.popleft())

        return ready
