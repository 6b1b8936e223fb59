"""`ObjectMemory`: the objects of a namespace as last seen, and what an event changes in them.

Events are text, and states are JSON of `ip -j`: both are brought into one form. The objects that
count, and their fields, are those of a comparison (`ipwrap.objects`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import define, field

from ipwrap.models import NOUNS, dump_all, load
from ipwrap.objects import comparable_items
from ipwrap.objects.comparison import comparable_fields, without_keys
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.diff import Difference

__all__ = ["BRIDGE_OBJECTS", "ObjectMemory"]

Json = dict[str, Any]
Name = tuple[str, ...]

# The listings of a state that have the objects of an event.
LISTINGS = {"rule": ("rule", "rule inet6")}
# Those of `bridge monitor`: an event says that something has changed, and a listing says what.
BRIDGE_OBJECTS = {name: f"bridge {name}" for name in ("fdb", "vlan", "mdb", "vni")}
LIFETIMES = ("valid_life_time", "preferred_life_time", "tentative", "dadfailed", "optimistic")

# Keys that an object may lose: the text of an event does not have them then. Other keys that an
# event lacks are those that only JSON has.
LOSABLE_KEYS = frozenset({"master", "gateway", "alias", "altnames", "nhid", "prefsrc", "lladdr"})

# The keys that identify an object of an event, and what a missing one stands for.
IDENTITY_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "route": (("dst", ""), ("type", "unicast"), ("table", "main"), ("dev", ""), ("metric", "0")),
    "neigh": (("dst", ""), ("dev", "")),
    "nexthop": (("id", ""),),
    "rule": (
        *(("priority", ""), ("src", "all"), ("dst", ""), ("iif", ""), ("oif", "")),
        *(("fwmark", ""), ("table", "")),
    ),
}
# `lo`, and the rules of the kernel: each new namespace has them.
FRESH_LINK = "lo"

NAME_KEY = "ifname"  # of a link, which its index identifies


class PlaceWords(MentionedWords):
    """The words of a place in which every MAC address counts: it changes when somebody sets it."""

    def is_kernel_assigned(self, mac: str) -> bool:
        """Return False."""
        del mac
        return False


@define(eq=False)
class ObjectMemory:
    """The objects of a namespace by noun and identity.

    - ``nouns``: those that are watched
    - ``everything``: with the objects that the kernel makes by itself
    """

    nouns: frozenset[str]
    everything: bool = False
    _objects: dict[tuple[str, Name], Json] = field(factory=dict)
    _link_names: dict[int, str] = field(factory=dict)
    _words: MentionedWords = field(factory=PlaceWords)

    def replace(self, state: Mapping[str, list[Json]]) -> list[Difference]:
        """Remember the objects of a state, and return what differs from those before.

        Nothing is told of what each new namespace has.
        """
        old, self._objects = self._objects, {}
        self._remember_bridges(state)
        for noun in self.nouns - BRIDGE_OBJECTS.keys():
            for listing in LISTINGS.get(noun, (noun,)):
                for json_object in _in_model_shape(noun, state.get(listing, ())):
                    self._objects |= {
                        (noun, name): fields for name, fields in self._items(noun, json_object)
                    }

        return self._compare_with(old)

    def replace_bridges(self, state: Mapping[str, list[Json]]) -> list[Difference]:
        """Remember the objects of bridges in a state, and return what differs from before."""
        listings = BRIDGE_OBJECTS.values()
        old = self._objects
        self._objects = {key: old[key] for key in old if key[0] not in listings}
        self._remember_bridges(state)
        return self._compare_with(old)

    def _remember_bridges(self, state: Mapping[str, list[Json]]) -> None:
        """Add the objects of bridges in a state. Temporary groups count as permanent ones do."""
        for noun in self.nouns & BRIDGE_OBJECTS.keys():
            listing = BRIDGE_OBJECTS[noun]
            for data in state.get(listing, ()):
                self._words.words |= {str(entry.get("grp")) for entry in data.get("mdb") or ()}
                for name, fields in comparable_items(listing, [data], named=self._words):
                    self._objects[listing, name] = fields

    def _compare_with(self, old: dict[tuple[str, Name], Json]) -> list[Difference]:
        """Return what differs from the objects before; without any, nothing that is always new."""
        differences = []
        for key in sorted(old.keys() | self._objects.keys()):
            if old or not _is_fresh(key[0], self._objects[key]):
                differences += _differences(*key, old=old.get(key), new=self._objects.get(key))
        return differences

    def apply(self, noun: str, data: Json, *, deleted: bool) -> list[Difference]:
        """Return what an event changes, and remember it."""
        if noun == "link" and "group" not in data:
            # Of the port of a bridge, beside the event of the link: br_fill_ifinfo() in
            # net/bridge/br_netlink.c.
            return []

        if noun == "address":
            data = {"ifname": self._name_of(data), "addr_info": [data]}

        differences: list[Difference] = []
        for name, fields in self._items(noun, data):
            key = noun, name
            old = self._objects.pop(key, None)
            if not deleted:
                self._objects[key] = fields = _completed(old, fields)
                differences += _differences(noun, name, old=old, new=fields)
            elif old is not None:
                differences += _differences(noun, name, old=old, new=None)
        return differences

    def _name_of(self, address: Json) -> str:
        """Return the name of an address's link: `ip monitor` knows links by their first names."""
        index = address.get("index")
        known = self._link_names.get(index) if isinstance(index, int) else None
        return known or str(address.get("dev", "?"))

    def _items(self, noun: str, data: Json) -> Iterator[tuple[Name, Json]]:
        """Yield identity and fields of the objects in the JSON of one."""
        if noun == "link" and isinstance(data.get("ifindex"), int):
            self._link_names[data["ifindex"]] = str(data.get("ifname"))
        if noun == "neigh" and "dst" not in data:
            return  # a forwarding entry, which has no address of a network

        listed = self._all_items if self.everything else self._comparable_items
        for name, fields in listed(noun, data):
            if noun == "link":
                yield (str(data.get("ifindex")),), _link_fields(fields)
            else:
                yield _identity(noun, data) or name, fields

    def _comparable_items(self, noun: str, data: Json) -> Iterator[tuple[Name, Json]]:
        """Yield the objects that commands set."""
        yield from comparable_items(noun, [data], named=self._words)

    def _all_items(self, noun: str, data: Json) -> Iterator[tuple[Name, Json]]:
        """Yield all objects, also those that the kernel makes by itself."""
        if noun == "link":
            yield from self._comparable_items(noun, data)
        elif noun == "address":
            for address in data.get("addr_info", ()):
                prefix = f"{address.get('local')}/{address.get('prefixlen')}"
                yield (data["ifname"], prefix), comparable_fields(address, self._words, *LIFETIMES)
        else:
            yield (), comparable_fields(data, self._words)


def _in_model_shape(noun: str, objects: Iterable[Json]) -> list[Json]:
    """Return the JSON of `ip -j` as a model has it: the form of events."""
    return dump_all(load(NOUNS[noun], list(objects)))


def _link_fields(fields: Json) -> Json:
    """Return the fields of a link without those that say nothing, or not yet.

    The peer of a veth is left out: while the pair is made, only one of them is there. The kind of a
    port follows from its master.
    """
    hidden = {"info_slave_kind"}
    if fields.get("info_kind") == "veth":
        hidden.add("link")
    return without_keys(fields, hidden)


def _identity(noun: str, data: Json) -> Name:
    """Return the identity of an object of an event; an empty one where its name identifies it."""
    identity = []
    for key, default in IDENTITY_KEYS.get(noun, ()):
        value = data.get(key)
        identity.append(default if value is None else str(value))
    return tuple(identity)


def _completed(old: Json | None, fields: Json) -> Json:
    """Return the fields of an event, with those that only the state before had in its JSON."""
    if old is None:
        return fields
    kept = {key: value for key, value in old.items() if key not in LOSABLE_KEYS}
    return kept | fields


def _differences(noun: str, name: Name, *, old: Json | None, new: Json | None) -> list[Difference]:
    """Return the difference between two sides of an object, if there is one."""
    label = (str((new or old or {})[NAME_KEY]),) if noun == "link" else name
    if old is None or new is None:
        return [Difference("", noun, label, old, new)]

    changed = {key for key in old.keys() | new.keys() if _has_changed(key, old, new=new)}
    if not changed:
        return []

    # All fields of the new side, since some of them identify the object.
    left = without_keys(new, changed) | {key: old[key] for key in changed if key in old}
    return [Difference("", noun, label, left, new)]


def _has_changed(key: str, old: Json, *, new: Json) -> bool:
    """Return whether a field differs; that only one side has it may be the form of the text."""
    if (key in old) != (key in new):
        return key in LOSABLE_KEYS
    return bool(old.get(key) != new.get(key))


def _is_fresh(noun: str, fields: Json) -> bool:
    """Return whether each new namespace has an object: `lo`, and the rules of the kernel."""
    if noun in ("rule", "route"):
        return fields.get("protocol") == "kernel" and fields.get("dev") in (None, FRESH_LINK)
    if noun == "address":
        return fields.get("scope") == "host"
    return noun == "link" and fields[NAME_KEY] == FRESH_LINK
