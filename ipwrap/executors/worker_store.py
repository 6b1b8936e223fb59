"""`WorkerStore`: a bounded number of workers, in the order of their last use."""

from collections import OrderedDict
from collections.abc import Iterable

from attrs import define, field

from ipwrap.executors.invalidation import may_remember
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey

__all__ = ["WorkerStore"]

NO_NETNS = ""  # spares no namespace: an empty string is never the name of a namespace


@define(eq=False)
class WorkerStore:
    """Open workers by key, least recently used first.

    The store takes no lock of its own: callers serialise the calls.
    """

    max_workers: int
    _by_key: "OrderedDict[WorkerKey, Worker]" = field(factory=OrderedDict)
    _keys_by_netns: dict[str | None, set[WorkerKey]] = field(factory=dict)

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: WorkerKey) -> Worker | None:
        """Return the worker with a key, None if the store has no such worker."""
        return self._by_key.get(key)

    def by_key(self) -> dict[WorkerKey, Worker]:
        """Return a copy of the contents, least recently used first."""
        return dict(self._by_key)

    def contains(self, worker: Worker) -> bool:
        """Return whether a worker is in the store, under whatever key."""
        return worker in self._by_key.values()

    def add(self, key: WorkerKey, worker: Worker) -> None:
        """Add a worker as the most recently used."""
        self._by_key[key] = worker
        self._keys_by_netns.setdefault(key.netns, set()).add(key)

    def mark_used(self, key: WorkerKey) -> None:
        """Move a worker to the most recently used end."""
        self._by_key.move_to_end(key)

    def discard(self, key: WorkerKey) -> None:
        """Remove a worker, mark it stale, and close it unless a command is running.

        The thread that uses a removed worker closes the worker at the end of the command.
        """
        worker = self.remove(key)
        if worker is not None and worker.user is None:
            worker.close()

    def remove(self, key: WorkerKey) -> Worker | None:
        """Remove a worker, mark it stale, and return it, still open; None without such a worker."""
        worker = self._by_key.pop(key, None)
        if worker is None:
            return None

        keys = self._keys_by_netns[key.netns]
        keys.discard(key)
        if not keys:
            del self._keys_by_netns[key.netns]

        worker.stale = True
        return worker

    def discard_all(self) -> None:
        """Mark all workers stale, and close those without a running command.

        For a discarded store, which an interruption may have left half changed.
        """
        for worker in list(self._by_key.values()):
            worker.stale = True
            if worker.user is None:
                worker.close()

    def keys_in(self, netns: str | None) -> list[WorkerKey]:
        """Return the keys of the workers inside a namespace."""
        return list(self._keys_by_netns.get(netns, ()))

    def keys_using(self, netns: str) -> list[WorkerKey]:
        """Return the keys of the workers inside a namespace or with a descriptor of it."""
        keys = set(self.keys_in(netns))
        for key, worker in self._by_key.items():
            if netns in worker.held_netns:
                keys.add(key)

        return list(keys)

    def has_workers_in(self, netns: str | None) -> bool:
        """Return whether a namespace has workers."""
        return netns in self._keys_by_netns

    def keys_to_evict(self, spared_netns: str | None = NO_NETNS) -> list[WorkerKey]:
        """Return the least recently used keys to discard before another worker can be added.

        Workers with a running command, and workers in ``spared_netns``, are left alone. Where only
        such workers remain, the store exceeds its bound for a while.
        """
        excess = len(self._by_key) - self.max_workers + 1
        keys: list[WorkerKey] = []

        for key, worker in self._by_key.items():
            if len(keys) >= excess:
                break
            if key.netns != spared_netns and worker.user is None:
                keys.append(key)

        return keys

    def mark_stale(self, netns: str | None, invalid: frozenset[str]) -> None:
        """Mark the workers of a namespace stale that may remember an invalid name."""
        for key in self._keys_by_netns.get(netns, ()):
            worker = self._by_key[key]
            if may_remember(worker.cached_names, invalid):
                worker.stale = True

    def workers(self, keys: Iterable[WorkerKey]) -> list[Worker]:
        """Return the workers with the given keys."""
        return [self._by_key[key] for key in keys]
