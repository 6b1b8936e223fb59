"""`ObjectMemory`: the objects of a namespace as last seen, and what an event changes in them.

Events are text, and states are JSON of `ip -j`: both are brought into one form. The objects that
count, and their fields, are those of a comparison (`ipwrap.objects`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import define, field, frozen

from ipwrap.models import NOUNS, Address, MdbEntry, dump_all, load
from ipwrap.models.event import ChangedObject
from ipwrap.objects import comparable_items, shown_type
from ipwrap.objects.comparison import comparable_fields, without_keys
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.diff import Difference

__all__ = ["BRIDGE_OBJECTS", "ObjectChange", "ObjectMemory", "listings_of"]

Json = dict[str, Any]
Name = tuple[str, ...]
Key = tuple[str, Name]  # the noun of an object, as in a difference, and its identity

# Those of `bridge monitor`: an event says that something has changed, and a listing says what.
BRIDGE_OBJECTS = {name: f"bridge {name}" for name in ("fdb", "vlan", "mdb", "vni")}
# The keys of the objects that come and go by themselves in a listed object.
PARTS = {"address": "addr_info", "bridge mdb": "mdb", "bridge vlan": "vlans"}
# The models of parts of a listed object; others have the model of their listing.
PART_MODELS: dict[str, type] = {"address": Address, "bridge mdb": MdbEntry}
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


@frozen
class KnownObject:
    """An object as last seen: the fields that count, and all that is known of it."""

    fields: Json
    data: Json


@frozen
class ObjectChange:
    """A change of an object, with the object as its model has it: where deleted, as it was."""

    difference: Difference
    data: Json

    @property
    def model(self) -> ChangedObject:
        """The object."""
        noun = self.difference.noun
        model: ChangedObject = load(PART_MODELS.get(noun) or NOUNS[noun], [self.data])[0]
        return model


@define(eq=False)
class ObjectMemory:
    """The objects of a namespace by listing and identity.

    - ``nouns``: those that are watched
    - ``everything``: with the objects that the kernel makes by itself
    """

    nouns: frozenset[str]
    everything: bool = False
    _objects: dict[Key, KnownObject] = field(factory=dict)
    _link_names: dict[int, str] = field(factory=dict)
    _words: MentionedWords = field(factory=PlaceWords)

    @property
    def bridge_nouns(self) -> frozenset[str]:
        """The objects of bridges that are watched."""
        return self.nouns & BRIDGE_OBJECTS.keys()

    def replace(self, state: Mapping[str, list[Json]]) -> list[ObjectChange]:
        """Remember the objects of a state, and return what differs from those before.

        Nothing is told of what each new namespace has.
        """
        old, self._objects = self._objects, {}
        for noun in self.nouns:
            for listing in listings_of(noun):
                self._objects |= self._listed(noun, state.get(listing, ()))
        return self._changes_since(old)

    def replace_listing(self, noun: str, objects: Iterable[Json]) -> list[ObjectChange]:
        """Remember the objects of bridges in a listing, and return what differs from before."""
        listing = BRIDGE_OBJECTS[noun]
        old = self._objects
        self._objects = {key: old[key] for key in old if key[0] != listing}
        self._objects |= self._listed(noun, objects)
        return self._changes_since(old)

    def apply(self, noun: str, data: Json, *, deleted: bool) -> list[ObjectChange]:
        """Return what an event changes, and remember it."""
        if noun == "link" and "group" not in data:
            # Of the port of a bridge, beside the event of the link: br_fill_ifinfo() in
            # net/bridge/br_netlink.c.
            return []

        if noun == "address":
            data = {"ifname": self._name_of(data), "addr_info": [data]}

        changes: list[ObjectChange] = []
        for name, fields in self._items(noun, data):
            key = noun, name
            old = self._objects.pop(key, None)
            new = None
            if not deleted:
                fields = _completed(old, fields)
                new = self._objects[key] = KnownObject(fields, _model_data(noun, data))
            changes += _changes(key, old, new=new)
        return changes

    def _listed(self, noun: str, objects: Iterable[Json]) -> dict[Key, KnownObject]:
        """Return the objects of a listing. Temporary groups count as permanent ones do."""
        listing = BRIDGE_OBJECTS.get(noun, noun)
        if noun not in BRIDGE_OBJECTS:
            objects = _in_model_shape(noun, objects)

        known = {}
        for part in _parts(listing, objects):
            if noun == "mdb":
                self._words.words |= {str(entry.get("grp")) for entry in part["mdb"]}
            for name, fields in self._items(listing, part):
                known[listing, name] = KnownObject(fields, _model_data(listing, part))
        return known

    def _changes_since(self, old: Mapping[Key, KnownObject]) -> list[ObjectChange]:
        """Return what differs from the objects before; without any, nothing that is always new."""
        changes = []
        for key in sorted(old.keys() | self._objects.keys()):
            if old or not _is_fresh(key[0], self._objects[key].fields):
                changes += _changes(key, old.get(key), new=self._objects.get(key))
        return changes

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
        if noun == "link" or noun in BRIDGE_OBJECTS.values():
            yield from self._comparable_items(noun, data)
        elif noun == "address":
            for address in data.get("addr_info", ()):
                prefix = f"{address.get('local')}/{address.get('prefixlen')}"
                yield (data["ifname"], prefix), comparable_fields(address, self._words, *LIFETIMES)
        else:
            yield (), comparable_fields(data, self._words)


def listings_of(noun: str) -> tuple[str, ...]:
    """Return the listings of a state that have the objects of an event."""
    if noun in BRIDGE_OBJECTS:
        return (BRIDGE_OBJECTS[noun],)
    return ("rule", "rule inet6") if noun == "rule" else (noun,)


def _parts(listing: str, objects: Iterable[Json]) -> Iterator[Json]:
    """Yield the objects of a listing, split into those that come and go by themselves."""
    if listing == "bridge vni":  # which has ranges
        kind = shown_type(listing)
        yield from map(kind.as_printed, kind.split(listing, {listing: list(objects)}))
        return

    key = PARTS.get(listing)
    for listed in objects:
        if key is None:
            yield listed
        else:
            yield from ({**listed, key: [part]} for part in listed.get(key) or ())


def _model_data(noun: str, data: Json) -> Json:
    """Return the JSON of an object's model: that of an address is a part of its link."""
    if noun == "address":
        address: Json = data["addr_info"][0]
        return {**address, "dev": data["ifname"]}
    if noun == "bridge mdb":
        group: Json = data["mdb"][0]
        return group
    return data


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


def _completed(old: KnownObject | None, fields: Json) -> Json:
    """Return the fields of an event, with those that only the state before had in its JSON."""
    if old is None:
        return fields
    kept = {key: value for key, value in old.fields.items() if key not in LOSABLE_KEYS}
    return kept | fields


def _changes(key: Key, old: KnownObject | None, *, new: KnownObject | None) -> list[ObjectChange]:
    """Return the change between two sides of an object, if there is one."""
    known = new or old
    if known is None:
        return []

    noun, name = key
    label = (str(known.fields[NAME_KEY]),) if noun == "link" else name
    if old is None or new is None:
        left = None if old is None else old.fields
        right = None if new is None else new.fields
        return [ObjectChange(Difference("", noun, label, left, right), known.data)]

    changed = _changed_keys(noun, old.fields, new=new.fields)
    if not changed:
        return []

    # All fields of the new side, since some of them identify the object.
    kept = without_keys(new.fields, changed)
    left = kept | {key: old.fields[key] for key in changed if key in old.fields}
    return [ObjectChange(Difference("", noun, label, left, new.fields), new.data)]


def _changed_keys(noun: str, old: Json, *, new: Json) -> set[str]:
    """Return the keys of the fields that differ.

    A key that only one side has may be due to the form of an event's text.
    """
    of_one_side = old.keys() ^ new.keys()
    if noun not in BRIDGE_OBJECTS.values():  # whose both sides are listings
        of_one_side &= LOSABLE_KEYS
    return of_one_side | {key for key in old.keys() & new.keys() if old[key] != new[key]}


def _is_fresh(noun: str, fields: Json) -> bool:
    """Return whether each new namespace has an object: `lo`, and the rules of the kernel."""
    if noun in ("rule", "route"):
        return fields.get("protocol") == "kernel" and fields.get("dev") in (None, FRESH_LINK)
    if noun == "address":
        return fields.get("scope") == "host"
    return noun == "link" and fields[NAME_KEY] == FRESH_LINK
