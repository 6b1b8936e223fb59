"""`Pool`: the workers of a `Batch`, in which namespaces they are, and which of them may still be trusted with a name.

A worker remembers every name that it has looked up; `ipwrap.executors.link_names` tells when one of them has been
broken. Here such a worker is thrown away, and so is one in a namespace that is about to go, which it would keep alive.
"""

import contextlib
import os
import threading
from collections import OrderedDict

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, NotBatchable, PlaceError
from ipwrap.executors.batch_line import BatchLine
from ipwrap.executors.link_names import EVERYTHING, LinkNameCache, NetnsDeletionWatch
from ipwrap.executors.spawner import PendingReply, Spawner, encode_netns
from ipwrap.executors.worker import Worker
from ipwrap.places import Place
from ipwrap.system.programs import need

__all__ = ["Pool", "WorkerKey", "key_of"]

MAX_HELD_NETNS = 256  # descriptors left behind in a worker, of the 1024 that it may have
NETNS_DIR = os.path.realpath("/var/run") + "/netns"

WorkerKey = tuple[str, str | None, tuple[str, ...], bool, bool]


@define(eq=False)
class WatchedNamespace:
    """One namespace with workers: which one it is, and the names of its links."""

    opened: PendingReply
    identity: tuple[int, int] | None = None
    names: LinkNameCache | None = None
    workers: set[WorkerKey] = field(factory=set)

    def ready(self) -> None:
        """Wait until the socket that hears of its links is there."""
        if self.names is None:
            device, inode = self.opened.get().split()
            self.identity = (int(device), int(inode))
            self.names = LinkNameCache.listen(self.opened.fds.pop())

    def close(self) -> None:
        """Stop listening; a socket that nobody has asked for yet is closed too."""
        if self.names is not None:
            self.names.close()
            return
        with contextlib.suppress(ExecutorError):
            self.opened.get()
        while self.opened.fds:
            os.close(self.opened.fds.pop())


@define(eq=False)
class Pool:
    """At most so many workers; the one that was used least recently is closed first.

    It is ``shut`` where there is no way into the place, so that processes have to do.
    """

    max_workers: int
    unavailable: bool = field(default=False, init=False)
    _spawner: Spawner | None = field(default=None, init=False, repr=False)
    _workers: "OrderedDict[WorkerKey, Worker]" = field(factory=OrderedDict, init=False, repr=False)
    _namespaces: dict[str | None, WatchedNamespace] = field(factory=dict, init=False, repr=False)
    _expected: set[str] = field(factory=set, init=False, repr=False)
    _deletions: NetnsDeletionWatch | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def acquire(self, key: WorkerKey, line: BatchLine, place: Place) -> Worker:
        """Return the worker for a command, locked, and started if there is none that can be trusted."""
        while True:
            with self._lock:
                self._close_deleted_namespaces()
                self._refresh(key[1], place)
                self._check_link_names(key[1], line)
                worker = self._workers.get(key)
                if worker is not None and worker.stale:
                    self.drop(key)
                    worker = None
                if worker is None:
                    worker = self._start(key, place)
                self._workers.move_to_end(key)
            worker.lock.acquire()
            if self._workers.get(key) is worker and not worker.stale:
                return worker
            worker.lock.release()

    def release(self, worker: Worker) -> None:
        """Let others speak to a worker; one that has been dropped meanwhile is closed."""
        with self._lock:
            if worker.stale and worker not in self._workers.values():
                worker.close()
        worker.lock.release()

    def is_trusted(self, key: WorkerKey, worker: Worker, place: Place) -> bool:
        """Tell whether a worker that is spoken to remembers nothing that is no longer so."""
        with self._lock:
            self._close_deleted_namespaces()
            self._refresh(key[1], place)
            return self._workers.get(key) is worker and not worker.stale

    def drop(self, key: WorkerKey) -> None:
        """Close one worker, and stop listening to a namespace that has none left."""
        with self._lock:
            worker = self._workers.pop(key, None)
            if worker is not None:
                worker.stale = True
                if worker.lock.acquire(blocking=False):
                    worker.close()
                    worker.lock.release()
            namespace = self._namespaces.get(key[1])
            if namespace is not None:
                namespace.workers.discard(key)
                if not namespace.workers:
                    self._namespaces.pop(key[1]).close()

    def close_deleted(self, command: Command) -> None:
        """Close the workers in a namespace that is about to be deleted: they would keep it, and its links, alive."""
        for noun, _, name in command.deletes:
            if noun == "netns":
                self.close_namespace(name)

    def close_namespace(self, netns: str) -> None:
        """Close all workers of a namespace, and wait until they are gone."""
        with self._lock:
            namespace = self._namespaces.get(netns)
            keys = set(namespace.workers) if namespace else set()
            keys |= {key for key, worker in self._workers.items() if netns in worker.held_netns}
            leaving = [self._workers[key] for key in keys]
            for key in keys:
                self.drop(key)
            self._forget(netns)
        for worker in leaving:
            with worker.lock:
                worker.close()
            with contextlib.suppress(
                ExecutorError
            ):  # one that never came up: its namespace had gone before
                worker.status()

    def prestart(self, command: Command, place: Place) -> None:
        """Start the worker of a namespace that has been made."""
        for made in command.creates:
            if made.noun == "netns":
                self._prestart_netns(made.name, place)

    def note_names(self, worker: Worker, command: Command, line: BatchLine) -> None:
        """Note which names a worker may remember, before it is given a change.

        The link that `ip link set` or `ip link delete` is about is forgotten by iproute2 itself (iplink_modify()).
        """
        if command.creates:
            self._expected.update([made.name for made in command.creates if made.noun == "link"])
        if command.renames:
            self._expected.add(command.renames.name)
        if line.namespaces:
            worker.held_netns |= line.namespaces
            worker.stale = worker.stale or len(worker.held_netns) >= MAX_HELD_NETNS
        if worker.cached_names is None:
            return
        worker.cached_names |= line.words
        namespace = self._namespaces.get(command.netns)
        if (
            line.target_link
            and namespace
            and namespace.names
            and not namespace.names.has_altnames(line.target_link)
        ):
            worker.cached_names.discard(line.target_link)

    def close(self) -> None:
        """Close all workers and the way into the place. Calling it again does nothing."""
        with self._lock:
            for netns in list(self._namespaces):
                self._forget(netns)
            gate, self._spawner = self._spawner, None
            deletions, self._deletions = self._deletions, None
        if deletions is not None:
            deletions.close()
        if gate is not None:
            gate.close()

    def _check_link_names(self, netns: str | None, line: BatchLine) -> None:
        """Refuse a command about a link by another than its own name: of alternative ones the news may not come."""
        namespace = self._namespaces.get(netns)
        if namespace is None:
            return
        if namespace.names is not None:
            for name in line.devices:
                if not namespace.names.is_current(name):
                    raise NotBatchable(f"{name!r} may be an alternative name, or no link's at all")
        if line.names_links:
            self._invalidate(namespace, EVERYTHING)

    def _refresh(self, netns: str | None, place: Place) -> None:
        """Throw away the workers that may remember what is no longer so."""
        namespace = self._namespaces.get(netns)
        if namespace is None:
            return
        try:
            namespace.ready()
        except ExecutorError as error:
            self._forget(netns)
            raise NotBatchable(f"no worker in {netns}: {error}") from error
        if netns is not None and _netns_identity(place, netns) != namespace.identity:
            self._forget(netns)
            return
        assert namespace.names is not None
        if broken := namespace.names.invalidated():
            self._invalidate(namespace, broken)
        if namespace.names.new - self._expected:
            self._invalidate(
                namespace, EVERYTHING
            )  # others' links: a worker may know the name for an alternative one
        namespace.names.new.clear()
        if broken is EVERYTHING:
            self._forget(netns)

    def _invalidate(self, namespace: WatchedNamespace, broken: frozenset[str]) -> None:
        """Mark the workers that may remember a name that has been broken."""
        for key in namespace.workers:
            worker = self._workers.get(key)
            if worker is not None and (
                worker.cached_names is None or broken is EVERYTHING or worker.cached_names & broken
            ):
                worker.stale = True

    def _start(self, key: WorkerKey, place: Place) -> Worker:
        """Start a worker, and listen to its namespace before it does anything."""
        netns = key[1]
        gate = self._open_spawner(place)
        if netns not in self._namespaces:
            self._evict()
            self._watch_namespace(gate, netns)
            self._refresh(netns, place)  # where the namespace is not there, a process says so best
        else:
            self._evict(spare=netns)
        return self._spawn_worker(key)

    def _spawn_worker(self, key: WorkerKey) -> Worker:
        """Start a worker in a namespace that is listened to."""
        assert self._spawner is not None
        program, netns, flags, changes, _ = key
        inside = ("-n", netns) if netns and os.path.isdir(f"/etc/netns/{netns}") else ()
        argv = (need(program), "-force", *flags, *inside, "-batch", "-")
        worker = Worker.start(
            self._spawner, None if inside else netns, argv, remembers_all=not changes
        )
        self._workers[key] = worker
        self._namespaces[netns].workers.add(key)
        return worker

    def _open_spawner(self, place: Place) -> Spawner:
        """Return the way into the place; where there is none, processes have to do."""
        if self._spawner is None:
            try:
                self._spawner = Spawner.open(place)
                probe = WatchedNamespace(self._spawner.request(b"O"))
                probe.opened.get()
                probe.close()
            except (ExecutorError, OSError) as error:
                self.unavailable = True
                raise NotBatchable(f"no workers here: {error}") from error
        return self._spawner

    def _watch_namespace(self, gate: Spawner, netns: str | None) -> None:
        """Begin to listen to a namespace, and, with the first named one, to the names that go."""
        self._namespaces[netns] = WatchedNamespace(gate.request(b"O" + encode_netns(netns)))
        if netns is not None and self._deletions is None:
            answer = gate.request(b"I")
            try:
                answer.get()
            except ExecutorError as error:  # no namespace has been named here yet
                self._namespaces.pop(netns).close()
                raise NotBatchable(f"no worker in {netns}: {error}") from error
            self._deletions = NetnsDeletionWatch(answer.fds.pop())

    def _close_deleted_namespaces(self) -> None:
        """Let go of the namespaces whose names others have taken away: a worker inside would keep them alive."""
        for name in self._deletions.deleted_names() if self._deletions else ():
            self.close_namespace(name)

    def _evict(self, spare: str | None = "") -> None:
        """Close the workers that were used least recently, so that there is room for one more."""
        for key, worker in list(self._workers.items()):
            if len(self._workers) < self.max_workers:
                return
            if key[1] != spare and worker.lock.acquire(blocking=False):
                worker.lock.release()
                self.drop(key)

    def _forget(self, netns: str | None) -> None:
        """Close all workers of a namespace."""
        with self._lock:
            namespace = self._namespaces.get(netns)
            for key in list(namespace.workers) if namespace else ():
                self.drop(key)
            if (namespace := self._namespaces.pop(netns, None)) is not None:
                namespace.close()

    def _prestart_netns(self, netns: str, place: Place) -> None:
        """Start the worker for changes of a new namespace, while the session goes on."""
        key: WorkerKey = ("ip", netns, (), True, False)
        with self._lock:
            self._forget(netns)
            self._evict()
            self._watch_namespace(self._open_spawner(place), netns)
            self._spawn_worker(key)


def key_of(command: Command, line: BatchLine) -> WorkerKey:
    """Return which worker a command is for.

    Reads of `ip link` have one of their own: an `ip` that has run one takes every `address show dev X` after it for a
    `link show` (do_link in ip/ipaddress.c is never taken back).
    """
    links = not command.changes and command.argv[1 + len(line.flags)] == "link"
    return (command.argv[0], command.netns, line.flags, command.changes, links)


def _netns_identity(place: Place, netns: str) -> tuple[int, int] | None:
    """Return which namespace bears a name in the place now."""
    try:
        about = os.stat(place.host_path(f"{NETNS_DIR}/{netns}"))
    except (OSError, PlaceError):
        return None
    return (about.st_dev, about.st_ino)
