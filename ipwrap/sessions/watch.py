"""`Watch`: what changes in the namespaces of a place, as it happens, object by object.

A monitor of the kernel tells the whole object each time. A watch remembers the objects, and yields
what has changed: nothing for an event that repeats what was known. Namespaces that are made later
join by themselves; deleted ones leave.
"""

import datetime
import select
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import TracebackType
from typing import Any, Self

from attrs import define, evolve, field, frozen

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, InvalidArgument
from ipwrap.executors.stream import ProcessStream
from ipwrap.executors.stream_helper import StreamHelper
from ipwrap.models.base import dump
from ipwrap.models.event import ChangedObject, Event
from ipwrap.places import Place
from ipwrap.places.remote import is_remote
from ipwrap.result import Result
from ipwrap.sessions.namespace_monitors import Identity, MonitorOutput, NamespaceMonitors
from ipwrap.sessions.namespace_names import NamespaceNames
from ipwrap.sessions.watched_objects import (
    BRIDGE_OBJECTS,
    ObjectChange,
    ObjectMemory,
    listings_of,
)
from ipwrap.state.diff import Difference
from ipwrap.state.difference_words import describe
from ipwrap.state.implied import NETNS
from ipwrap.state.snapshot import State, natural_key, read_listing, read_namespaces
from ipwrap.verbs.runner import Runner

__all__ = ["ALL_OBJECTS", "WATCHED_OBJECTS", "Change", "Watch"]

WATCHED_OBJECTS = ("link", "address", "route", "rule", "neigh", "nexthop", NETNS)
# With those that need a second monitor in each namespace, and are watched on demand.
ALL_OBJECTS = (*WATCHED_OBJECTS, *BRIDGE_OBJECTS)
BRIDGE_MONITOR = ("bridge", "monitor")
MONITOR = ("ip", "-o", "-d", "-ts", "monitor", "label")

EXISTS: Mapping[str, Any] = {}  # a namespace has no fields


@frozen
class Change:
    """A change in a namespace: an object that came, went, or has other values.

    - ``netns``: the namespace, "" for the place's own
    - ``object``: "link", "address", "route", "rule", "neigh", "nexthop" or "netns"; of bridges
      "fdb", "vlan", "mdb" or "vni"
    - ``change``: "added", "deleted" or "changed"
    - ``name``: what identifies the object
    - ``before``, ``after``: its fields, None where it is not there
    - ``model``: the object as the event or the listing has it, as it was where it is deleted: a
      `Link`, `Address`, `Route`, `Rule`, `Neigh`, `Nexthop`, `FdbEntry`, `MdbEntry`, `PortVlans` of
      a single VLAN, or `VxlanVnis` of a single VNI; None for a namespace
    - ``when``: the time

    Its text is a line: ``~ red  link eth0: mtu 1500 -> 1400``.
    """

    difference: Difference
    when: datetime.datetime
    model: ChangedObject | None = None

    def __str__(self) -> str:
        return describe(self.difference)

    @property
    def netns(self) -> str:
        """The namespace."""
        return self.difference.netns

    @property
    def object(self) -> str:
        """The type of the object."""
        return self.difference.noun.removeprefix("bridge ")

    @property
    def name(self) -> tuple[str, ...]:
        """What identifies the object."""
        return self.difference.name

    @property
    def before(self) -> Mapping[str, Any] | None:
        """The fields before."""
        return self.difference.left

    @property
    def after(self) -> Mapping[str, Any] | None:
        """The fields after."""
        return self.difference.right

    @property
    def change(self) -> str:
        """Whether the object was added, deleted or changed."""
        if self.before is None:
            return "added"
        return "deleted" if self.after is None else "changed"


@define(eq=False)
class Watch:
    """Yields the changes in the namespaces of a place: see `Session.watch`.

    ``problems`` has why a namespace cannot be watched, by name.
    """

    _place: Place
    _runner: Runner
    _names: NamespaceNames
    _objects: frozenset[str]
    _everything: bool
    _helper: StreamHelper  # runs the monitors of all namespaces
    problems: dict[str, str] = field(factory=dict, init=False)
    _namespaces: dict[str, NamespaceMonitors] = field(factory=dict, init=False)
    _failed: dict[str, Identity | None] = field(factory=dict, init=False)

    @classmethod
    def start(
        cls,
        place: Place,
        runner: Runner,
        *,
        names: str | Iterable[str] | None,
        objects: Iterable[str] | None,
        everything: bool,
    ) -> Self:
        """Start to watch; no change after the return is missed.

        Raises `InvalidArgument`, and `ExecutorError` for another machine.
        """
        if is_remote(place):
            raise ExecutorError(
                f"watch: no events are followed on another machine ({place.name}); "
                "run `ipwrap watch` there"
            )
        patterns = [names] if isinstance(names, str) else names
        chosen = frozenset(WATCHED_OBJECTS if objects is None else objects)
        unknown = sorted(chosen - {*ALL_OBJECTS})
        if unknown or not chosen:
            raise InvalidArgument(
                f"objects: {', '.join(unknown) or 'none'} cannot be watched; there are: "
                f"{', '.join(ALL_OBJECTS)}"
            )

        helper = StreamHelper.open(place)
        followed = NamespaceNames(place, helper, None if patterns is None else [*patterns])
        watch = cls(place, runner, followed, chosen, everything, helper)
        try:
            watch._join(followed.begin())
            watch._read_states([*watch._namespaces])
        except BaseException:
            watch.close()
            raise
        return watch

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Change]:
        return self.changes()

    @property
    def namespaces(self) -> list[str]:
        """The namespaces that are watched, "" for the place's own."""
        return sorted(self._namespaces, key=natural_key)

    def changes(self, timeout: float | None = None) -> Iterator[Change]:
        """Yield the changes of the next seconds; without ``timeout`` until the loop is left.

        Raises `ExecutorError` where the monitors were ended from outside.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while deadline is None or time.monotonic() < deadline:
            self._helper.require_running()
            yield from [*self._poll_names(), *self._read_events(deadline)]

    def close(self) -> None:
        """End all monitors. A second call has no effect."""
        while self._namespaces:
            _, namespace = self._namespaces.popitem()
            namespace.close()
        self._names.close()
        self._helper.close()

    def _read_events(self, deadline: float | None) -> Iterator[Change]:
        """Wait for events until the next poll of the names, and yield their changes."""
        next_poll = self._names.next_poll
        until = next_poll if deadline is None else min(next_poll, deadline)
        milliseconds = max(0.0, until - time.monotonic()) * 1000

        poll = select.poll()
        owners: dict[int, str | None] = {}  # None for the names
        for name, namespace in self._namespaces.items():
            for output in namespace.outputs:
                if not output.stream.ended:
                    owners[output.stream.fileno()] = name
        if self._names.descriptor is not None:
            owners[self._names.descriptor] = None
        for descriptor in owners:
            poll.register(descriptor, select.POLLIN)

        ready = [owners[descriptor] for descriptor, _ in poll.poll(milliseconds + 1)]
        for owner in dict.fromkeys(ready):
            if owner is None:
                self._names.hasten()
            else:
                yield from self._changes_of(owner)

    def _changes_of(self, name: str) -> Iterator[Change]:
        """Yield the changes of a namespace that its monitors have told."""
        namespace = self._namespaces[name]
        for event in namespace.take_events():
            yield from self._apply(name, event)
        for noun in sorted(namespace.take_changed_bridge_objects()):
            yield from self._read_listing(name, noun)

        if namespace.ip.has_lost_events:
            for state in self._read([name]).values():
                yield from self._to_changes(name, namespace.memory.replace(state))
        if namespace.ip.stream.ended:
            self._leave(name)
            self._failed[name] = namespace.identity

    def _apply(self, name: str, event: Event) -> Iterator[Change]:
        """Yield the changes of an event in a namespace."""
        if event.object not in self._objects or event.model is None:
            return

        memory = self._namespaces[name].memory
        changes = memory.apply(event.object, dump(event.model), deleted=event.deleted)
        yield from self._to_changes(name, changes, when=event.when)

    def _read_listing(self, name: str, noun: str) -> Iterator[Change]:
        """Yield what differs in a listing of bridges from what is known of a namespace."""
        listing = BRIDGE_OBJECTS[noun]
        objects = read_listing(self._runner, listing, netns=name or None)
        if objects is not None:
            changes = self._namespaces[name].memory.replace_listing(noun, objects)
            yield from self._to_changes(name, changes)

    def _to_changes(
        self,
        name: str,
        changes: Iterable[ObjectChange],
        *,
        when: datetime.datetime | None = None,
    ) -> Iterator[Change]:
        """Yield the changes of objects in a namespace; without a time they are found now."""
        time_of_changes = (when or datetime.datetime.now()).astimezone()
        for change in changes:
            difference = evolve(change.difference, netns=name)
            yield Change(difference, time_of_changes, change.model)

    def _poll_names(self) -> Iterator[Change]:
        """Yield what has become of namespaces, if a poll is due."""
        names = self._names
        if time.monotonic() < names.next_poll:
            return

        short_lived = names.take_short_lived()
        present = names.poll()
        gone = self._leave_missing(present)
        joined = self._join(present)
        names.note_found(joined)
        names.schedule(has_changed=bool(short_lived or gone or joined))

        for name in gone:
            yield from self._netns_change(name, is_new=False)
        for name in short_lived:
            yield from self._netns_change(name, is_new=True)
            yield from self._netns_change(name, is_new=False)
        for name, nouns in self._read(joined).items():
            yield from self._netns_change(name, is_new=True)
            yield from self._to_changes(name, self._namespaces[name].memory.replace(nouns))

    def _leave_missing(self, present: Mapping[str, Identity | None]) -> list[str]:
        """Leave the namespaces that are gone, also where another one has their name."""
        gone = [
            name
            for name, namespace in self._namespaces.items()
            if name not in present or present[name] != namespace.identity
        ]
        for name in gone:
            self._leave(name)
        for name in self._failed.keys() - present.keys():
            del self._failed[name]
            self.problems.pop(name, None)
        return gone

    def _netns_change(self, name: str, *, is_new: bool) -> Iterator[Change]:
        """Yield the change that a namespace came or went."""
        if NETNS in self._objects:
            before, after = (None, EXISTS) if is_new else (EXISTS, None)
            difference = Difference("", NETNS, (name,), before, after)
            yield Change(difference, datetime.datetime.now().astimezone())

    def _join(self, present: Mapping[str, Identity | None]) -> list[str]:
        """Start the monitors of new namespaces, and return their names.

        One whose monitor ends at once is tried again once it is another one: `ip netns add` makes
        the file before it is a namespace.
        """
        joined = []
        for name, identity in present.items():
            if name in self._namespaces or self._failed.get(name, ()) == identity:
                continue

            monitors = self._start_monitors(name, identity)
            if monitors is None:
                self._failed[name] = identity
            else:
                self._namespaces[name] = monitors
                joined.append(name)

        return joined

    def _start_monitors(self, name: str, identity: Identity | None) -> NamespaceMonitors | None:
        """Return the running monitors of a namespace; None where it cannot be watched.

        Raises `CommandError` for the place's own namespace.
        """
        command = Command((*MONITOR, *self._monitored()), name or None, changes=False)
        stream = ProcessStream.open(command, self._place, helper=self._helper)
        if stream.ended:
            stream.close()
            if not name:
                reply = stream.reply
                Result(command, reply.status, reply.stdout, reply.stderr).check()
            self._note_problem(name, stream)
            return None

        self.problems.pop(name, None)
        memory = ObjectMemory(self._objects, everything=self._everything)
        return NamespaceMonitors(
            identity, memory, MonitorOutput(stream), self._start_bridge_monitor(name)
        )

    def _start_bridge_monitor(self, name: str) -> MonitorOutput | None:
        """Start the monitor of bridges in a namespace, if their objects are watched."""
        words = [word for word in BRIDGE_OBJECTS if word in self._objects]
        if not words:
            return None

        command = Command((*BRIDGE_MONITOR, *words), name or None, changes=False)
        stream = ProcessStream.open(command, self._place, helper=self._helper)
        if stream.ended:
            self._note_problem(name, stream)
        return MonitorOutput(stream)

    def _note_problem(self, name: str, stream: ProcessStream) -> None:
        """Note why a monitor of a namespace has ended."""
        self.problems[name] = stream.reply.stderr.strip() or "its monitor has ended"

    def _monitored(self) -> list[str]:
        """Return the objects as words of `ip monitor`; a namespace has at least its links."""
        words = [name for name in WATCHED_OBJECTS if name in self._objects and name != NETNS]
        return words or ["link"]

    def _leave(self, name: str) -> None:
        """End the monitor of a namespace, which would keep it alive."""
        self._namespaces.pop(name).close()

    def _read_states(self, names: Sequence[str]) -> None:
        """Remember the objects of namespaces that are watched from the start."""
        for name, nouns in self._read(names).items():
            self._namespaces[name].memory.replace(nouns)

    def _read(self, names: Sequence[str]) -> State:
        """Return the state of namespaces. Their monitors listen already: no change is missed."""
        nouns = {"link", *chain.from_iterable(map(listings_of, self._objects))}
        netns_names = [name or None for name in names]
        return read_namespaces(self._runner, netns_names, nouns=nouns) if names else {}
