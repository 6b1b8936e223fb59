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
from ipwrap.executors.batch_line import Line
from ipwrap.executors.link_names import EVERYTHING, Deletions, Names
from ipwrap.executors.spawner import Answer, Gate, give
from ipwrap.executors.worker import Worker
from ipwrap.places import Place
from ipwrap.system.programs import need

__all__ = ["Key", "Pool", "key_of"]

MOST_HELD = 256  # descriptors left behind in a worker, of the 1024 that it may have
NETNS_DIR = os.path.realpath("/var/run") + "/netns"

Key = tuple[str, str | None, tuple[str, ...], bool, bool]


@define(eq=False)
class Namespace:
    """One namespace with workers: which one it is, and the names of its links."""

    opened: Answer
    identity: tuple[int, int] | None = None
    names: Names | None = None
    workers: set[Key] = field(factory=set)

    def ready(self) -> None:
        """Wait until the socket that hears of its links is there."""
        if self.names is None:
            device, inode = self.opened.get().split()
            self.identity = (int(device), int(inode))
            self.names = Names.listen(self.opened.fds.pop())

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

    most: int
    shut: bool = field(default=False, init=False)
    _gate: Gate | None = field(default=None, init=False, repr=False)
    _workers: "OrderedDict[Key, Worker]" = field(factory=OrderedDict, init=False, repr=False)
    _namespaces: dict[str | None, Namespace] = field(factory=dict, init=False, repr=False)
    _expected: set[str] = field(factory=set, init=False, repr=False)
    _deletions: Deletions | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def take(self, key: Key, line: Line, place: Place) -> Worker:
        """Return the worker for a command, locked, and started if there is none that can be trusted."""
        while True:
            with self._lock:
                self._hear_of_deletions()
                self._look_around(key[1], place)
                self._know(key[1], line)
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

    def give_back(self, worker: Worker) -> None:
        """Let others speak to a worker; one that has been dropped meanwhile is closed."""
        with self._lock:
            if worker.stale and worker not in self._workers.values():
                worker.close()
        worker.lock.release()

    def still_trusted(self, key: Key, worker: Worker, place: Place) -> bool:
        """Tell whether a worker that is spoken to remembers nothing that is no longer so."""
        with self._lock:
            self._hear_of_deletions()
            self._look_around(key[1], place)
            return self._workers.get(key) is worker and not worker.stale

    def drop(self, key: Key) -> None:
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

    def leave_dropped(self, command: Command) -> None:
        """Close the workers in a namespace that is about to be deleted: they would keep it, and its links, alive."""
        for noun, _, name in command.drops:
            if noun == "netns":
                self.leave(name)

    def leave(self, netns: str) -> None:
        """Close all workers of a namespace, and wait until they are gone."""
        with self._lock:
            namespace = self._namespaces.get(netns)
            keys = set(namespace.workers) if namespace else set()
            keys |= {key for key, worker in self._workers.items() if netns in worker.holds}
            leaving = [self._workers[key] for key in keys]
            for key in keys:
                self.drop(key)
            self._forget(netns)
        for worker in leaving:
            with worker.lock:
                worker.close()
            with contextlib.suppress(ExecutorError):  # one that never came up: its namespace had gone before
                worker.status()

    def follow(self, command: Command, place: Place) -> None:
        """Start the worker of a namespace that has been made."""
        for made in command.makes:
            if made.noun == "netns":
                self._start_ahead(made.name, place)

    def note_names(self, worker: Worker, command: Command, line: Line) -> None:
        """Note which names a worker may remember, before it is given a change.

        The link that `ip link set` or `ip link delete` is about is forgotten by iproute2 itself (iplink_modify()).
        """
        if command.makes:
            self._expected.update([made.name for made in command.makes if made.noun == "link"])
        if command.becomes:
            self._expected.add(command.becomes.name)
        if line.namespaces:
            worker.holds |= line.namespaces
            worker.stale = worker.stale or len(worker.holds) >= MOST_HELD
        if worker.names is None:
            return
        worker.names |= line.words
        namespace = self._namespaces.get(command.netns)
        if line.about and namespace and namespace.names and not namespace.names.has_altnames(line.about):
            worker.names.discard(line.about)

    def close(self) -> None:
        """Close all workers and the way into the place. Calling it again does nothing."""
        with self._lock:
            for netns in list(self._namespaces):
                self._forget(netns)
            gate, self._gate = self._gate, None
            deletions, self._deletions = self._deletions, None
        if deletions is not None:
            deletions.close()
        if gate is not None:
            gate.close()

    def _know(self, netns: str | None, line: Line) -> None:
        """Refuse a command about a link by another than its own name: of alternative ones the news may not come."""
        namespace = self._namespaces.get(netns)
        if namespace is None:
            return
        if namespace.names is not None:
            for name in line.devices:
                if not namespace.names.owned(name):
                    raise NotBatchable(f"{name!r} may be an alternative name, or no link's at all")
        if line.names_links:
            self._doubt(namespace, EVERYTHING)

    def _look_around(self, netns: str | None, place: Place) -> None:
        """Throw away the workers that may remember what is no longer so."""
        namespace = self._namespaces.get(netns)
        if namespace is None:
            return
        try:
            namespace.ready()
        except ExecutorError as error:
            self._forget(netns)
            raise NotBatchable(f"no worker in {netns}: {error}") from error
        if netns is not None and _identity(place, netns) != namespace.identity:
            self._forget(netns)
            return
        assert namespace.names is not None
        if broken := namespace.names.broken():
            self._doubt(namespace, broken)
        if namespace.names.new - self._expected:
            self._doubt(namespace, EVERYTHING)  # others' links: a worker may know the name for an alternative one
        namespace.names.new.clear()
        if broken is EVERYTHING:
            self._forget(netns)

    def _doubt(self, namespace: Namespace, broken: frozenset[str]) -> None:
        """Mark the workers that may remember a name that has been broken."""
        for key in namespace.workers:
            worker = self._workers.get(key)
            if worker is not None and (worker.names is None or broken is EVERYTHING or worker.names & broken):
                worker.stale = True

    def _start(self, key: Key, place: Place) -> Worker:
        """Start a worker, and listen to its namespace before it does anything."""
        netns = key[1]
        gate = self._through(place)
        if netns not in self._namespaces:
            self._make_room()
            self._enter(gate, netns)
            self._look_around(netns, place)  # where the namespace is not there, a process says so best
        else:
            self._make_room(spare=netns)
        return self._begin(key)

    def _begin(self, key: Key) -> Worker:
        """Start a worker in a namespace that is listened to."""
        assert self._gate is not None
        program, netns, flags, changes, _ = key
        inside = ("-n", netns) if netns and os.path.isdir(f"/etc/netns/{netns}") else ()
        argv = (need(program), "-force", *flags, *inside, "-batch", "-")
        worker = Worker.start(self._gate, None if inside else netns, argv, remembers_all=not changes)
        self._workers[key] = worker
        self._namespaces[netns].workers.add(key)
        return worker

    def _through(self, place: Place) -> Gate:
        """Return the way into the place; where there is none, processes have to do."""
        if self._gate is None:
            try:
                self._gate = Gate.open(place)
                probe = Namespace(self._gate.ask(b"O"))
                probe.opened.get()
                probe.close()
            except (ExecutorError, OSError) as error:
                self.shut = True
                raise NotBatchable(f"no workers here: {error}") from error
        return self._gate

    def _enter(self, gate: Gate, netns: str | None) -> None:
        """Begin to listen to a namespace, and, with the first named one, to the names that go."""
        self._namespaces[netns] = Namespace(gate.ask(b"O" + give(netns)))
        if netns is not None and self._deletions is None:
            answer = gate.ask(b"I")
            try:
                answer.get()
            except ExecutorError as error:  # no namespace has been named here yet
                self._namespaces.pop(netns).close()
                raise NotBatchable(f"no worker in {netns}: {error}") from error
            self._deletions = Deletions(answer.fds.pop())

    def _hear_of_deletions(self) -> None:
        """Let go of the namespaces whose names others have taken away: a worker inside would keep them alive."""
        for name in self._deletions.heard() if self._deletions else ():
            self.leave(name)

    def _make_room(self, spare: str | None = "") -> None:
        """Close the workers that were used least recently, so that there is room for one more."""
        for key, worker in list(self._workers.items()):
            if len(self._workers) < self.most:
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

    def _start_ahead(self, netns: str, place: Place) -> None:
        """Start the worker for changes of a new namespace, while the session goes on."""
        key: Key = ("ip", netns, (), True, False)
        with self._lock:
            self._forget(netns)
            self._make_room()
            self._enter(self._through(place), netns)
            self._begin(key)


def key_of(command: Command, line: Line) -> Key:
    """Return which worker a command is for.

    Reads of `ip link` have one of their own: an `ip` that has run one takes every `address show dev X` after it for a
    `link show` (do_link in ip/ipaddress.c is never taken back).
    """
    links = not command.changes and command.argv[1 + len(line.flags)] == "link"
    return (command.argv[0], command.netns, line.flags, command.changes, links)


def _identity(place: Place, netns: str) -> tuple[int, int] | None:
    """Return which namespace bears a name in the place now."""
    try:
        about = os.stat(place.seen(f"{NETNS_DIR}/{netns}"))
    except (OSError, PlaceError):
        return None
    return (about.st_dev, about.st_ino)
