"""`SnapshotIndex`: whether a snapshot contains a created object."""

from attrs import define, field

from ipwrap.command import CreatedObject
from ipwrap.objects import object_type
from ipwrap.objects.base import Identity, Json, Nouns, ObjectType
from ipwrap.recording import State

__all__ = ["SnapshotIndex"]


@define
class SnapshotIndex:
    """The objects of a state by identity. A noun of a namespace is indexed at the first lookup."""

    state: State
    _identities: dict[tuple[str, str], frozenset[Identity]] = field(factory=dict, repr=False)
    _altnames: dict[str, dict[str, str]] = field(factory=dict, repr=False)
    _objects: dict[tuple[str, str], dict[Identity, list[Json]]] = field(factory=dict, repr=False)

    def contains(self, created: CreatedObject) -> bool:
        """Return whether the snapshot contains an object.

        Objects that a snapshot does not list count as present.
        """
        kind = object_type(created.noun)
        if kind.is_namespace:
            return created.name in self.state

        netns = created.netns or ""
        # A namespace without an entry did not exist, and had no objects.
        nouns: Nouns = self.state.get(netns, {"link": []})
        if not kind.has_identities or not kind.is_covered_by(nouns):
            return True

        link_name = self._link_name(created, netns, nouns=nouns)
        identity = kind.identity_of(created, link_name)
        return identity in self._identities_of(netns, kind, nouns=nouns)

    def find_objects(self, created: CreatedObject) -> list[Json]:
        """Return the JSON of the objects that the deletion of an object may hit.

        For objects of `ObjectType.show_command`.
        """
        kind = object_type(created.noun)
        netns = created.netns or ""
        nouns: Nouns = {"link": [], **self.state.get(netns, {})}

        key = (netns, kind.noun)
        if key not in self._objects:
            self._objects[key] = _objects_by_identity(kind, nouns)

        identity = kind.identity_of(created, self._link_name(created, netns, nouns=nouns))
        matches = self._objects[key].get(identity, [])
        return [data for data in matches if kind.is_deleted_with(created, data)]

    def _identities_of(self, netns: str, kind: ObjectType, *, nouns: Nouns) -> frozenset[Identity]:
        """Return the identities of one kind of object in a namespace, computed once."""
        key = (netns, kind.noun)
        if key not in self._identities:
            self._identities[key] = frozenset(kind.identities_in(nouns))
        return self._identities[key]

    def has_same_link(self, other: "SnapshotIndex", netns: str | None, *, name: str) -> bool:
        """Return whether a name belongs to the same link in both snapshots, by index.

        The kernel counts indexes up: a new link never has the index of a link just deleted.
        """
        index = self._ifindex(netns, name)
        if index is None:
            return False

        other_index = other._ifindex(netns, name)
        return index == other_index

    def _ifindex(self, netns: str | None, name: str) -> int | None:
        """Return the index of a link; None for an unknown name."""
        for link in self.state.get(netns or "", {}).get("link", ()):
            if link.get("ifname") == name:
                index: int | None = link.get("ifindex")
                return index
        return None

    def _link_name(self, created: CreatedObject, netns: str, *, nouns: Nouns) -> str | None:
        """Return the name of an object's link, also for an alternative name."""
        if netns not in self._altnames:
            self._altnames[netns] = _link_names_by_altname(nouns)

        link_names = self._altnames[netns]
        dev = created.identity.get("dev")
        return link_names.get(dev or "", dev)


def _objects_by_identity(kind: ObjectType, nouns: Nouns) -> dict[Identity, list[Json]]:
    """Return the objects of one kind by each of their identities, in the order of the snapshot."""
    noun = kind.shown_as[0]
    objects: dict[Identity, list[Json]] = {}
    for data in nouns.get(noun, ()):
        single: Nouns = {"link": [], noun: [data]}
        for identity in dict.fromkeys(kind.identities_in(single)):
            objects.setdefault(identity, []).append(data)
    return objects


def _link_names_by_altname(nouns: Nouns) -> dict[str, str]:
    """Return the names of links by their alternative names."""
    names = {}
    for link in nouns["link"]:
        for altname in link.get("altnames", ()):
            names[altname] = str(link.get("ifname"))
    return names
