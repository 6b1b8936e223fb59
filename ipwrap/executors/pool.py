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

import contextlib
import os
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, IpwrapError, NotBatchable, PlaceError
from ipwrap.executors.batch_line import BatchLine
from ipwrap.executors.invalidation import expected_link_names, find_unknown_name, invalid_names
from ipwrap.executors.link_names import EVERYTHING, LinkNameCache
from ipwrap.executors.watched_namespaces import WatchedNamespaces
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey
from ipwrap.executors.worker_starter import WorkerStarter, prestart_key
from ipwrap.executors.worker_store import WorkerStore
from ipwrap.places import Place
from ipwrap.system.forks import describe_foreign_process
from ipwrap.system.shortage import describe

__all__ = ["Pool", "WorkerBusy"]

# Between two looks whether a worker is free again, beside the notice of its thread: an interrupted
# thread gives no notice.
BUSY_SECONDS = 1.0


# A session needs the same memory after a million commands: a worker that may remember more names is
# taken to remember all names, and of the names of our links those may be forgotten whose
# notification came long ago. At worst a worker is discarded needlessly.
MAX_CACHED_NAMES = 4096
MAX_OWN_NAMES = 65536
# `ip` of iproute2 6.1 keeps 5 KiB of each line of a batch (those of 5.9 and 6.15 keep nothing).
MAX_LINES = 10_000


class WorkerBusy(Exception):
    """Another thread uses the worker."""


@define(eq=False)
class Section:
    """A block of code that leaves the pool's data whole, unless an exception interrupts the block.

    ``is_open`` stays true after Ctrl-C, or after another exception from outside ipwrap: the data
    may be half changed.
    """

    is_open: bool = False

    def __enter__(self) -> None:
        self.is_open = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None or issubclass(kind, IpwrapError):
            self.is_open = False


def _is_worn_out(worker: Worker) -> bool:
    """Return whether an unused worker has run so many lines that a new worker is better."""
    return worker.user is None and worker.lines > MAX_LINES


@define(eq=False)
class Pool:
    """Up to ``max_workers`` workers; the least recently used worker is closed first.

    Every call has to pass the same place. Threads may share a pool. A worker has one user at a
    time: the thread between `acquire` and `release`.

    Ctrl-C may come between two lines of code. The next call (`Section`) discards half changed data,
    and makes new data. A worker is discarded if its thread asks for the worker again without a
    release, or if the thread has ended: such a worker still has an interrupted command, whose reply
    must not be taken for the reply to the next command.
    """

    max_workers: int
    starter: WorkerStarter = field(factory=WorkerStarter, init=False)
    store: WorkerStore = field(init=False, repr=False)
    _namespaces: WatchedNamespaces = field(factory=WatchedNamespaces, init=False, repr=False)
    _names_from_own_commands: set[str] = field(factory=set, init=False, repr=False)
    _released: threading.Condition = field(init=False, repr=False)
    _waiter_count: int = field(default=0, init=False, repr=False)
    _section: Section = field(factory=Section, init=False, repr=False)
    _owner_pid: int | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.store = WorkerStore(self.max_workers)
        self._released = threading.Condition(self._lock)

    def require_own_process(self) -> None:
        """Raise `ExecutorError` in a forked child: the workers are the parent's."""
        if self._owner_pid is not None and self._owner_pid != os.getpid():
            raise ExecutorError(
                f"the workers of this executor were {describe_foreign_process(self._owner_pid)}; "
                "make a session of its own in the child: Session(place=session.place)"
            )

    def acquire(
        self, key: WorkerKey, line: BatchLine, *, place: Place, waits: bool = True
    ) -> Worker:
        """Return the locked worker for a command, started if the pool has no trusted worker.

        Raises `NotBatchable` where a process has to run the command. Unless it ``waits`` for a
        worker that another thread uses, raises `WorkerBusy`.
        """
        me = threading.get_ident()
        while True:
            with self._lock:
                self._recover()
                try:
                    with self._section:
                        self._read_notifications(key.netns, place)
                        self._check_link_names(key.netns, line)
                        worker = self._get_or_start(key, place)
                        if worker.user is None:
                            worker.user = me
                            return worker
                        if worker.user == me or worker.user not in sys._current_frames():
                            self._discard(key)
                            continue
                except OSError as error:
                    self.shrink()
                    raise NotBatchable(f"no worker: {describe(error)}") from None

                if not waits:
                    raise WorkerBusy
                # Another thread may use the worker for long, and is able to release it meanwhile.
                self._wait_for_release()

    def _wait_for_release(self) -> None:
        """Wait until a worker may be free."""
        self._waiter_count += 1
        try:
            self._released.wait(BUSY_SECONDS)
        finally:
            self._waiter_count -= 1

    def release(self, worker: Worker) -> None:
        """Let other threads use a worker; close a worker discarded during the command."""
        with self._lock:
            if worker.stale and not self.store.contains(worker):
                worker.close()
            worker.user = None
            if self._waiter_count:
                self._released.notify_all()

    def is_trusted(self, key: WorkerKey, worker: Worker, *, place: Place) -> bool:
        """Read pending notifications; return whether a worker in use may get another command."""
        with self._lock:
            self._recover()
            with self._section:
                self._read_notifications(key.netns, place)
                return self._is_usable(key, worker)

    def is_watched(self, netns: str | None) -> bool:
        """Return whether the links of a namespace are known."""
        with self._lock:
            self._recover()
            return netns in self._namespaces

    def is_self_contained(self, netns: str | None, *, place: Place) -> bool:
        """Return whether no link of a namespace is on top of a link of another namespace.

        False if unknown, as for a namespace that is not watched.
        """
        with self._lock:
            links = self._read_links(netns, place)
            return links is not None and not links.dependent_links

    def describe_link(self, netns: str | None, name: str, *, place: Place) -> dict[str, Any] | None:
        """Return the identity of a link, with the keys of `ip -j -d link show`.

        None if unknown, as for a namespace that is not watched.
        """
        with self._lock:
            links = self._read_links(netns, place)
            return None if links is None else links.describe(name)

    def _read_links(self, netns: str | None, place: Place) -> LinkNameCache | None:
        """Return the present links of a namespace; None for a namespace that is not watched."""
        self._recover()
        with self._section:
            try:
                self._read_link_changes(netns, place)
            except NotBatchable:
                return None

            namespace = self._namespaces.get(netns)
            return None if namespace is None else namespace.names

    def note_names(self, worker: Worker, command: Command, *, line: BatchLine) -> None:
        """Note the names and namespace descriptors that a worker may keep, before the command is
        sent.
        """
        if command.creates or command.renames:
            if len(self._names_from_own_commands) > MAX_OWN_NAMES:
                self._names_from_own_commands.clear()
            self._names_from_own_commands.update(expected_link_names(command))
        if line.namespaces:
            worker.note_held_netns(line.namespaces)
        if worker.cached_names is None:
            return

        worker.cached_names |= line.arguments
        if line.lists_links or len(worker.cached_names) > MAX_CACHED_NAMES:
            worker.cached_names = None

    def forget_target(self, worker: Worker, command: Command, *, line: BatchLine) -> None:
        """Forget the link that a successful command has removed from the cache of its worker.

        `ip link set` and `ip link delete` remove the target from iproute2's cache, unless the
        kernel refuses the change (iplink_modify() in ip/iplink.c). Only the own name is removed:
        alternative names stay cached.
        """
        if worker.cached_names is None or not line.target_link:
            return

        namespace = self._namespaces.get(command.netns)
        if namespace is None or namespace.names is None:
            return
        if not namespace.names.has_altnames(line.target_link):
            worker.cached_names.discard(line.target_link)

    def start_ahead(self, place: Place) -> None:
        """Start the helper program that starts workers, without waiting for it.

        A failure here is repeated at the first command, with a better error.
        """
        if self._owner_pid not in (None, os.getpid()):
            return

        with self._lock, contextlib.suppress(ExecutorError, PlaceError, OSError):
            self._owner_pid = os.getpid()
            self.starter.start_ahead(place)

    def open_starter(self, place: Place) -> WorkerStarter:
        """Return the starter for processes that are no workers of the pool.

        Raises `NotBatchable` where the place cannot run a spawner.
        """
        with self._lock:
            self._recover()
            if self.starter.unavailable:
                raise NotBatchable("no helper program runs in this place")
            with self._section:
                self._owner_pid = os.getpid()
                self.starter.open(place)
                return self.starter

    def retire_change_workers(
        self, namespaces: Iterable[str | None], *, place: Place
    ) -> dict[str | None, Worker]:
        """Give away the workers of `ip` for changes in some namespaces, by namespace.

        The workers run reads as last lines. Therefore workers with a possibly invalid name, and
        workers in use by another thread, are not among them.
        """
        retired: dict[str | None, Worker] = {}
        with self._lock:
            self._recover()
            with self._section:
                for netns in namespaces:
                    with contextlib.suppress(NotBatchable):  # a namespace that is gone
                        self._read_notifications(netns, place)
                    worker = self._retire(prestart_key(netns))
                    if worker is not None:
                        retired[netns] = worker

        return retired

    def _retire(self, key: WorkerKey) -> Worker | None:
        """Remove and return a worker that is free and remembers nothing invalid."""
        worker = self.store.get(key)
        if worker is None or worker.stale or worker.user is not None or worker.has_printed:
            return None

        self.store.remove(key)
        if not self.store.has_workers_in(key.netns):
            self._namespaces.unwatch(key.netns)
        return worker

    def discard_worker(self, key: WorkerKey, worker: Worker | None = None) -> None:
        """Discard the worker with a key, or one worker; stop watching an empty namespace."""
        with self._lock:
            self._recover()
            if worker is not None and self.store.get(key) is not worker:
                worker.stale = True
                return
            with self._section:
                self._discard(key)

    def _discard(self, key: WorkerKey) -> None:
        """Discard a worker, and stop watching a namespace without workers."""
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
        with self._lock:
            self._recover()
            with self._section:
                workers = self._discard_namespace(netns)

        for worker in workers:
            self._wait_until_free(worker)
            worker.close_and_wait()

    def _wait_until_free(self, worker: Worker) -> None:
        """Wait for another thread's command in a worker, which closes the worker."""
        with self._lock:
            me = threading.get_ident()
            while worker.user not in (None, me) and worker.user in sys._current_frames():
                self._wait_for_release()

    def prestart(self, command: Command, *, place: Place) -> None:
        """Start a worker ahead in every namespace that a command has created.

        A start that fails is no failure of the command: the next command tries again.
        """
        for created in command.creates:
            if created.noun == "netns":
                try:
                    with contextlib.suppress(ExecutorError, NotBatchable):
                        self._prestart_in(created.name, place)
                except OSError:
                    self.shrink()

    def shrink(self) -> None:
        """Close all workers, which hold too many descriptors, and keep half as many from now on."""
        with self._lock:
            self.max_workers = max(1, len(self.store) // 2)
            self.close()

    def close(self) -> None:
        """Close all workers and the spawners. A second call has no effect."""
        if self._owner_pid not in (None, os.getpid()):
            return

        with self._lock:
            store, namespaces = self._replace_data()
            store.discard_all()
            # Before the namespaces: nobody waits for a reply of a closed spawner.
            self.starter.close()
            namespaces.close()

    def _recover(self) -> None:
        """Make everything anew if an exception interrupted an earlier call."""
        if self._section.is_open:
            self._reset()

    def _reset(self) -> None:
        """Forget all workers and namespaces, and close them.

        A worker in use is closed by its thread.
        """
        store, namespaces = self._replace_data()
        store.discard_all()
        namespaces.close()

    def _replace_data(self) -> tuple[WorkerStore, WatchedNamespaces]:
        """Begin with empty data, and return the present ones."""
        store, namespaces = self.store, self._namespaces
        self.store = WorkerStore(self.max_workers)
        self._namespaces = WatchedNamespaces()
        self._names_from_own_commands = set()
        self._section.is_open = False

        return store, namespaces

    def _is_usable(self, key: WorkerKey, worker: Worker) -> bool:
        """Return whether a worker is in the store and not stale."""
        return self.store.get(key) is worker and not worker.stale

    def _read_notifications(self, netns: str | None, place: Place) -> None:
        """Process the deletions of namespaces, and the link notifications of a namespace."""
        for name in self._namespaces.read_deleted_names():
            for worker in self._discard_namespace(name):
                # A worker with a running command is closed in release(), which needs the pool's
                # lock: to wait for it here would be a deadlock.
                if worker.user is None:
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

        if not self._namespaces.is_current(netns, place):
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
        net/core/dev.c skips links that are down). Before `ip link property`, which changes
        alternative names, the open workers of the namespace become stale.
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
        if worker is not None and (worker.stale or _is_worn_out(worker)):
            self._discard(key)
            worker = None
        if worker is None:
            worker = self._start(key, place)
        self.store.mark_used(key)

        return worker

    def _start(self, key: WorkerKey, place: Place) -> Worker:
        """Start a worker in a namespace that is watched before the worker looks up a name."""
        self._owner_pid = os.getpid()
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
            self._recover()
            with self._section:
                self._discard_and_unwatch(netns)
                self._evict(self.store.keys_to_evict())
                self._namespaces.watch(self.starter.open(place), netns)
                self._add_worker(prestart_key(netns))

    def _evict(self, keys: list[WorkerKey]) -> None:
        """Drop workers to make room."""
        for key in keys:
            self._discard(key)

    def _discard_namespace(self, netns: str) -> list[Worker]:
        """Discard and return the workers inside a namespace or with a descriptor of it."""
        keys = self.store.keys_using(netns)
        workers = self.store.workers(keys)
        for key in keys:
            self._discard(key)
        self._discard_and_unwatch(netns)

        return workers

    def _discard_and_unwatch(self, netns: str | None) -> None:
        """Discard all workers of a namespace, and stop watching it."""
        for key in self.store.keys_in(netns):
            self.store.discard(key)
        self._namespaces.unwatch(netns)
