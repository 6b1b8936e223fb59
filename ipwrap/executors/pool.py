"""`Pool`: the workers of a `Batch`, composed of a store, watched namespaces and a starter.

`ip` caches name-to-ifindex lookups for the life of the process (lib/ll_map.c). Before a worker gets
a command, the pool reads the link notifications of the worker's namespace, and discards the worker
if its cache may be stale. Workers of a namespace about to be deleted are closed first: a process
inside would keep the namespace and its links alive.

============================  ===================================================================
`worker_store.WorkerStore`    the open workers, least recently used first
`watched_namespaces`          identity, link notifications and deletions of namespaces
`invalidation`                the rules: which names are invalid, who may remember them
`worker_starter`              the way into the place; argv of a worker; start ahead
============================  ===================================================================
"""

import threading

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.batch_line import BatchLine
from ipwrap.executors.invalidation import expected_link_names, find_unknown_name, invalid_names
from ipwrap.executors.link_names import EVERYTHING
from ipwrap.executors.watched_namespaces import WatchedNamespaces, read_netns_identity
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey
from ipwrap.executors.worker_starter import WorkerStarter, prestart_key
from ipwrap.executors.worker_store import WorkerStore
from ipwrap.places import Place
from ipwrap.system.shortage import describe

__all__ = ["Pool"]


@define(eq=False)
class Pool:
    """Up to ``max_workers`` workers; the least recently used worker is closed first.

    Every call has to pass the same place. Threads may share a pool. Order of locks: a thread that
    holds the lock of a worker may wait for the pool's lock, but never the other way round. The one
    exception is a discarded worker that is closed in `_read_notifications`: a thread that waits
    for its lock only checks it, and unlocks it again.
    """

    max_workers: int
    starter: WorkerStarter = field(factory=WorkerStarter, init=False)
    store: WorkerStore = field(init=False, repr=False)
    _namespaces: WatchedNamespaces = field(factory=WatchedNamespaces, init=False, repr=False)
    _names_from_own_commands: set[str] = field(factory=set, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.store = WorkerStore(self.max_workers)

    def acquire(self, key: WorkerKey, line: BatchLine, *, place: Place) -> Worker:
        """Return the locked worker for a command, started if the pool has no trusted worker.

        Raises `NotBatchable` where a process has to run the command.
        """
        while True:
            with self._lock:
                try:
                    self._read_notifications(key.netns, place)
                    self._check_link_names(key.netns, line)
                    worker = self._get_or_start(key, place)
                except OSError as error:
                    self.shrink()
                    raise NotBatchable(f"no worker: {describe(error)}") from error

            # Another thread may use the worker for long: the pool stays unlocked meanwhile. By the
            # time the lock is free, the worker may have been discarded.
            worker.lock.acquire()
            if self._is_usable(key, worker):
                return worker
            worker.lock.release()

    def release(self, worker: Worker) -> None:
        """Unlock a worker; close a worker discarded during the command."""
        with self._lock:
            if worker.stale and not self.store.contains(worker):
                worker.close()
        worker.lock.release()

    def is_trusted(self, key: WorkerKey, worker: Worker, *, place: Place) -> bool:
        """Read pending notifications; return whether a locked worker may get another command."""
        with self._lock:
            self._read_notifications(key.netns, place)
            return self._is_usable(key, worker)

    def note_names(self, worker: Worker, command: Command, *, line: BatchLine) -> None:
        """Note the names and namespace descriptors that a worker may keep, before the command is
        sent.

        `ip link set` and `ip link delete` remove their target from iproute2's cache
        (iplink_modify() in ip/iplink.c), but only its own name: alternative names stay cached.
        """
        if command.creates or command.renames:
            self._names_from_own_commands.update(expected_link_names(command))
        if line.namespaces:
            worker.note_held_netns(line.namespaces)
        if worker.cached_names is None:
            return

        worker.cached_names |= line.arguments

        namespace = self._namespaces.get(command.netns)
        if not line.target_link or namespace is None or namespace.names is None:
            return
        if not namespace.names.has_altnames(line.target_link):
            worker.cached_names.discard(line.target_link)

    def discard_worker(self, key: WorkerKey) -> None:
        """Discard a worker, and stop watching a namespace without workers."""
        with self._lock:
            self.store.discard(key)
            if not self.store.has_workers_in(key.netns):
                self._namespaces.unwatch(key.netns)

    def close_deleted(self, command: Command) -> None:
        """Close the workers in the namespaces that a command deletes."""
        for noun, _, name in command.deletes:
            if noun == "netns":
                self.close_namespace(name)

    def close_namespace(self, netns: str) -> None:
        """Close all workers inside a namespace or with a descriptor of it, and wait for the end."""
        for worker in self._discard_namespace(netns):
            worker.close_and_wait()

    def prestart(self, command: Command, *, place: Place) -> None:
        """Start a worker ahead in every namespace that a command has created."""
        for created in command.creates:
            if created.noun == "netns":
                try:
                    self._prestart_in(created.name, place)
                except (OSError, NotBatchable):  # the command itself has succeeded
                    self.shrink()

    def shrink(self) -> None:
        """Close all workers, which hold too many descriptors, and keep half as many from now on."""
        with self._lock:
            self.store.max_workers = max(1, len(self.store) // 2)
            self.close()

    def close(self) -> None:
        """Close all workers and the spawner. A second call has no effect."""
        with self._lock:
            for netns in self._namespaces.netns_names():
                self._discard_and_unwatch(netns)
            self._namespaces.close()
            spawner = self.starter.detach()

        if spawner is not None:
            spawner.close()

    def _is_usable(self, key: WorkerKey, worker: Worker) -> bool:
        """Return whether a worker is in the store and not stale."""
        return self.store.get(key) is worker and not worker.stale

    def _read_notifications(self, netns: str | None, place: Place) -> None:
        """Process the deletions of namespaces, and the link notifications of a namespace."""
        for name in self._namespaces.read_deleted_names():
            for worker in self._discard_namespace(name):
                # A worker with a running command is closed in release(), which needs the pool's
                # lock: to wait for it here would be a deadlock.
                if not worker.lock.locked():
                    worker.close_and_wait()
        self._read_link_changes(netns, place)

    def _read_link_changes(self, netns: str | None, place: Place) -> None:
        """Read the link notifications of a watched namespace, and mark stale workers.

        After a replacement of the namespace, or lost notifications (ENOBUFS), the name is no longer
        watched, and the workers are discarded. Raises `NotBatchable` for a missing namespace.
        """
        namespace = self._namespaces.get(netns)
        if namespace is None:
            return

        try:
            names = namespace.finish_opening()
        except ExecutorError as error:
            self._discard_and_unwatch(netns)
            raise NotBatchable(f"no worker in {netns}: {error}") from error

        if netns is not None and read_netns_identity(place, netns) != namespace.identity:
            self._discard_and_unwatch(netns)
            return

        # rtnetlink(7) queues a notification before the command that caused it returns: nothing that
        # happened before this line can be missed.
        lost_names = names.invalidated()
        if not lost_names and not names.new_names:
            return

        invalid = invalid_names(lost_names, names.new_names, expected=self._names_from_own_commands)
        names.new_names.clear()
        self.store.mark_stale(netns, invalid)
        if lost_names is EVERYTHING:
            self._discard_and_unwatch(netns)

    def _check_link_names(self, netns: str | None, line: BatchLine) -> None:
        """Refuse a device that is not the own name of a link.

        The kernel does not notify of every change of alternative names (netdev_state_change() in
        net/core/dev.c skips links that are down). `ip link property` changes such names: before
        it, all open workers of the namespace become stale.
        """
        namespace = self._namespaces.get(netns)
        if namespace is None:
            return

        if namespace.names is not None:
            unknown_name = find_unknown_name(namespace.names, line.devices)
            if unknown_name is not None:
                raise NotBatchable(f"{unknown_name!r} may be an alternative name, or no link's")
        if line.changes_altnames:
            self.store.mark_stale(netns, EVERYTHING)

    def _get_or_start(self, key: WorkerKey, place: Place) -> Worker:
        """Return a worker that is not stale, as the most recently used."""
        worker = self.store.get(key)
        if worker is not None and worker.stale:
            self.discard_worker(key)
            worker = None
        if worker is None:
            worker = self._start(key, place)
        self.store.mark_used(key)

        return worker

    def _start(self, key: WorkerKey, place: Place) -> Worker:
        """Start a worker in a namespace that is watched before the worker looks up a name."""
        spawner = self.starter.open(place)

        if key.netns in self._namespaces:
            # To evict the last worker here would stop the watch.
            self._evict(self.store.keys_to_evict(spared_netns=key.netns))
        else:
            self._evict(self.store.keys_to_evict())
            self._namespaces.watch(spawner, key.netns)
            # Raises NotBatchable for a missing namespace: the command then runs as a process,
            # whose error message is better.
            self._read_link_changes(key.netns, place)
            if key.netns not in self._namespaces:
                raise NotBatchable(
                    f"no worker in {key.netns}: it was replaced, or its notifications overflowed"
                )

        return self._add_worker(key)

    def _add_worker(self, key: WorkerKey) -> Worker:
        """Start a worker in a watched namespace and store it."""
        worker = self.starter.start(key)
        self.store.add(key, worker)

        return worker

    def _prestart_in(self, netns: str, place: Place) -> None:
        """Start the `ip` worker for changes of a new namespace, without waiting for it."""
        with self._lock:
            self._discard_and_unwatch(netns)
            self._evict(self.store.keys_to_evict())
            self._namespaces.watch(self.starter.open(place), netns)
            self._add_worker(prestart_key(netns))

    def _evict(self, keys: list[WorkerKey]) -> None:
        """Drop workers to make room."""
        for key in keys:
            self.discard_worker(key)

    def _discard_namespace(self, netns: str) -> list[Worker]:
        """Discard and return the workers inside a namespace or with a descriptor of it."""
        with self._lock:
            keys = self.store.keys_using(netns)
            workers = self.store.workers(keys)
            for key in keys:
                self.discard_worker(key)
            self._discard_and_unwatch(netns)

        return workers

    def _discard_and_unwatch(self, netns: str | None) -> None:
        """Discard all workers of a namespace, and stop watching it."""
        for key in self.store.keys_in(netns):
            self.store.discard(key)
        self._namespaces.unwatch(netns)
