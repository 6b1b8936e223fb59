"""`Snapshot`: the state of every namespace of a place as a value, with models."""

import datetime
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from attrs import evolve, field, frozen

from ipwrap.errors import InvalidArgument, RecordingError
from ipwrap.models import NOUNS, load
from ipwrap.models.nouns import find_noun
from ipwrap.state import snapshot_file
from ipwrap.state.machine import Machine
from ipwrap.state.process_namespaces import is_process_key
from ipwrap.state.snapshot import State
from ipwrap.state.snapshot_diff import SnapshotDiff, compare_snapshots
from ipwrap.state.snapshot_file import SnapshotData
from ipwrap.sysctl.defaults import changed_values
from ipwrap.system.counts import count_of

if TYPE_CHECKING:
    from ipwrap.models import (
        FdbEntry,
        Interface,
        Link,
        Neigh,
        Nexthop,
        Port,
        PortVlans,
        Route,
        Rule,
        TcQdisc,
    )
    from ipwrap.recording import Header, Recording, StreamedRecording
    from ipwrap.views.drawing.drawing import Drawing
    from ipwrap.views.drawing.svg import Theme

__all__ = ["NamespaceSnapshot", "Snapshot"]

FIRST_LABEL = "(host)"
SANDBOX = "sandbox"
SYSCTL = "sysctl"
# Further listings whose objects are those of a noun.
FURTHER_LISTINGS = {"rule": ("rule inet6",)}


@frozen(repr=False)
class NamespaceSnapshot:
    """The objects of a namespace: its part of a `Snapshot`.

    - ``name``: the name; empty for the place's own namespace, `pid:1234 (nginx)` for one that only
      processes have
    - ``objects``: the JSON of the objects by noun, as `ip -j -d` prints it

    ``links``, ``routes`` and the like are lists of models, as `show` returns them.
    """

    name: str
    objects: Mapping[str, list[dict[str, Any]]]

    def __repr__(self) -> str:
        counts = [f"{len(objects)} {noun}" for noun, objects in self.objects.items() if objects]
        return f"<NamespaceSnapshot {self.name or FIRST_LABEL}: {', '.join(counts) or 'empty'}>"

    def models(self, noun: str) -> list[Any]:
        """Return the objects of a noun as models, an empty list if there are none.

        ::

            snapshot["red"].models("bridge mdb")

        Rules of both families are one list. Raises `UnknownOption` for no noun, and `OutputError`
        for objects that do not suit the model.
        """
        noun = find_noun(noun)
        objects = [
            json_object
            for listing in (noun, *FURTHER_LISTINGS.get(noun, ()))
            for json_object in self.objects.get(listing, ())
        ]
        return load(NOUNS[noun], objects)

    @property
    def links(self) -> "list[Link]":
        """The links: `ip link show`."""
        return self.models("link")

    @property
    def interfaces(self) -> "list[Interface]":
        """The links with their addresses: `ip address show`."""
        return self.models("address")

    @property
    def routes(self) -> "list[Route]":
        """The routes of both families and of all tables: `ip route show table all`."""
        return self.models("route")

    @property
    def rules(self) -> "list[Rule]":
        """The rules of both families: `ip rule show`."""
        return self.models("rule")

    @property
    def neighs(self) -> "list[Neigh]":
        """The neighbours of all states, and the proxied ones: `ip neigh show`."""
        return self.models("neigh")

    @property
    def nexthops(self) -> "list[Nexthop]":
        """The next hops: `ip nexthop show`."""
        return self.models("nexthop")

    @property
    def ports(self) -> "list[Port]":
        """The ports of bridges: `bridge link show`."""
        return self.models("bridge link")

    @property
    def fdb(self) -> "list[FdbEntry]":
        """The forwarding entries: `bridge fdb show`."""
        return self.models("bridge fdb")

    @property
    def vlans(self) -> "list[PortVlans]":
        """The ports of bridges with their VLANs: `bridge vlan show`."""
        return self.models("bridge vlan")

    @property
    def qdiscs(self) -> "list[TcQdisc]":
        """The qdiscs that somebody set: `tc qdisc show`."""
        return self.models("tc qdisc")

    @property
    def sysctls(self) -> dict[str, str]:
        """The sysctls that decide whether packets flow, where they are not as by default."""
        return {data["key"]: data["value"] for data in self.objects.get("sysctl", ())}


@frozen(eq=False, repr=False)
class Snapshot(Mapping[str, NamespaceSnapshot]):
    """The state of every namespace of a place, at a time: ``session.snapshot()``.

    ::

        before = session.snapshot()
        session.ip.link.set("eth0", mtu=1400)
        print(before.diff(session.snapshot()))      # ~ link eth0: mtu 1500 -> 1400
        before.save("before.json")                  # ipwrap diff before.json live

    A mapping of namespaces by name, ``""`` is the place's own: ``snapshot["red"].links``. Two
    snapshots are equal if there is no difference between them: see `diff`.

    - ``state``: the JSON of `ip -j -d` and its like, by namespace and noun
    - ``machine``: the releases of iproute2 and of the kernel
    - ``taken``: the time
    - ``place``: the kind of place: "local", "sudo", "sandbox"
    - ``origin``: identifies the place's own network namespace, and the boot; None if unknown
    """

    state: State
    machine: Machine = field(factory=Machine)
    taken: datetime.datetime = field(
        factory=lambda: datetime.datetime.now(tz=datetime.UTC), kw_only=True
    )
    place: str = field(default="local", kw_only=True)
    origin: str | None = field(default=None, kw_only=True)

    def __getitem__(self, name: str) -> NamespaceSnapshot:
        try:
            return NamespaceSnapshot(name, self.state[name])
        except KeyError:
            names = ", ".join(repr(known) for known in self.state)
            raise KeyError(f"no namespace {name!r} in the snapshot; there are: {names}") from None

    def __contains__(self, name: object) -> bool:
        return name in self.state

    def __iter__(self) -> Iterator[str]:
        return iter(self.state)

    def __len__(self) -> int:
        return len(self.state)

    def __repr__(self) -> str:
        link_count = sum(len(nouns.get("link", ())) for nouns in self.state.values())
        taken = self.taken.strftime("%Y-%m-%d %H:%M:%S")
        counts = f"{count_of(len(self), 'namespace')}, {count_of(link_count, 'link')}"
        return f"<Snapshot: {self.place}, {counts}, {taken}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Snapshot):
            return NotImplemented
        return not self.diff(other)

    __hash__ = None  # type: ignore[assignment]  # equality is a comparison of contents

    def diff(self, other: "Snapshot", *, strict: bool = False) -> SnapshotDiff:
        """Return the differences from this snapshot to a later one: `ipwrap diff A B`.

        ::

            for difference in before.diff(after):
                print(difference)

        What the kernel assigns or counts (indexes, timers, learned neighbours, …) is no difference,
        nor what follows from another one, as the route of a new address does; with ``strict``,
        every value is compared. MAC addresses of links count within a place only.
        """
        if not isinstance(other, Snapshot):
            raise InvalidArgument(f"diff: {other!r} is no snapshot; take one by session.snapshot()")
        return compare_snapshots(self._data, other._data, strict=strict)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file of `save` or `ipwrap snapshot`. Raises `RecordingError` for another file."""
        return cls._of(snapshot_file.read(path))

    @classmethod
    def of_recording(
        cls, recording: "Recording | StreamedRecording", *, initial: bool = False
    ) -> Self:
        """Return the final state of a recording, or with ``initial`` that before its first change.

        Namespaces that only processes have are not in it, and sysctls and packet filters only where
        a program may have changed them. Raises `RecordingError` for a recording without the state.
        """
        header = recording.header
        state = _recorded_state(recording, initial=initial)
        if state is None:
            moment = "before a first change" if initial else "at its end"
            raise RecordingError(
                f"holds no state {moment}: the session changed nothing, or was cut short",
                None if recording.path is None else os.fspath(recording.path),
            )

        return cls(
            _with_changed_sysctls(state),
            Machine.of(header),
            taken=datetime.datetime.fromtimestamp(header.started, tz=datetime.UTC),
            place=header.place or "local",
            origin=_origin_of(header),
        )

    def without_processes(self) -> Self:
        """Return the snapshot without the namespaces that only processes have."""
        state = {netns: nouns for netns, nouns in self.state.items() if not is_process_key(netns)}
        return evolve(self, state=state)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file: indented JSON in a stable order, which git can compare.

        Raises `RecordingError` for a file that cannot be written.
        """
        snapshot_file.write(self._data, path)

    def to_json(self) -> str:
        """Return the text that `save` writes."""
        return snapshot_file.encode(self._data)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the snapshot of such a text. Raises `RecordingError`."""
        return cls._of(snapshot_file.decode(text))

    def tree(self, *, full: bool = False, width: int | None = None) -> str:
        """Return namespaces, links and addresses as a tree: see `Session.tree`."""
        # Imported late: most snapshots are compared only.
        from ipwrap.views.topology.tree import first_label, format_tree

        return format_tree(self.state, first=first_label(self.place), full=full, width=width)

    def draw(
        self,
        format: str = "mermaid",  # noqa: A002 - the user's word
        *,
        full: bool = False,
        theme: "Theme" = "auto",
    ) -> "Drawing":
        """Return a drawing of the network: see `Session.draw`."""
        from ipwrap.views.drawing.drawing import draw
        from ipwrap.views.topology.tree import first_label

        return draw(self.state, format, first=first_label(self.place), full=full, theme=theme)

    def table(self, *, width: int | None = None) -> str:
        """Return the links of all namespaces as a table; ``width`` is that of the terminal."""
        from ipwrap.views.table import format_state_table

        return format_state_table(self.state, width=width)

    @property
    def _data(self) -> SnapshotData:
        """The contents of its file."""
        return SnapshotData(self.state, self.machine, self.taken, self.place, self.origin)

    @classmethod
    def _of(cls, data: SnapshotData) -> Self:
        """Return the snapshot of the contents of a file."""
        return cls(data.state, data.machine, taken=data.taken, place=data.place, origin=data.origin)


def _recorded_state(recording: "Recording | StreamedRecording", *, initial: bool) -> State | None:
    """Return a state of a recording, None where the recording has none."""
    if initial:
        return recording.initial_state
    return None if recording.end is None else recording.end.state


def _origin_of(header: "Header") -> str | None:
    """Return the boot and the first namespace of a session on a host; None where none is known."""
    owner = header.owner
    if header.place == SANDBOX or owner is None or owner.namespaces is None:
        return None
    return f"{owner.boot} {owner.namespaces.net}"


def _with_changed_sysctls(state: State) -> State:
    """Return a recorded state with the sysctls of a snapshot: those that are not as by default."""
    changed: State = {}
    for netns, nouns in state.items():
        changed[netns] = nouns
        if SYSCTL in nouns:
            values = {data["key"]: data["value"] for data in nouns[SYSCTL]}
            listed = changed_values(values).items()
            changed[netns] = {
                **nouns,
                SYSCTL: [{"key": key, "value": value} for key, value in listed],
            }
    return changed
