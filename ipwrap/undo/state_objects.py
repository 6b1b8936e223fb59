"""Split a snapshot into single objects: location, JSON, comparable values, and identity keys.

`ipwrap.objects` selects the compared values. Objects derived by the kernel are left out:
the local routing table, and the entries of a forwarding table for the addresses of local links.
"""

from collections.abc import Iterator

from attrs import field, frozen

from ipwrap.objects import comparable_items, creatable_types, shown_type
from ipwrap.objects.base import IdentityKeys, Nouns, ObjectType
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.link_data import Json, LinkLocation

__all__ = [
    "TRAFFIC",
    "IdentityKeys",
    "StateObject",
    "identity_keys",
    "known_addresses",
    "state_objects",
    "traffic_objects",
]

TRAFFIC = ("tc qdisc", "tc class", "tc filter")


@frozen
class StateObject:
    """An object of a snapshot. ``data`` is the JSON, ``compared`` the compared values."""

    noun: str
    netns: str
    name: tuple[str, ...]
    data: Json = field(eq=False, repr=False)
    compared: Json = field(eq=False, repr=False)

    @property
    def type(self) -> ObjectType:
        """The type of the object, by its noun."""
        return shown_type(self.noun)

    @property
    def links(self) -> list[LinkLocation]:
        """The links of the object."""
        names = identity_keys(self.noun, self.data)["dev"]
        return [(self.netns, name) for name in names]


def known_addresses(*states: State) -> set[str]:
    """Return the addresses of hosts in the states: words to distinguish objects.

    The comparison of states replaces an address by a placeholder unless the address is mentioned.
    """
    kinds = creatable_types().values()
    addresses: set[str] = set()

    for state in states:
        for nouns in state.values():
            for kind in kinds:
                addresses.update(kind.host_addresses(nouns))
    return addresses


def state_objects(state: State, mentioned: MentionedWords) -> Iterator[StateObject]:
    """Yield the objects of a state, for every noun with a creating verb."""
    for netns, nouns in state.items():
        for noun, kind in creatable_types().items():
            for data in kind.split(noun, nouns):
                printed = kind.as_printed(data)
                for name, compared in comparable_items(noun, [printed], named=mentioned):
                    yield StateObject(noun, netns, name, data, compared)


def traffic_objects(
    nouns: Nouns, mentioned: MentionedWords, *, netns: str
) -> Iterator[StateObject]:
    """Yield the qdiscs, classes and filters of a namespace."""
    traffic = {noun: nouns[noun] for noun in TRAFFIC if noun in nouns}
    yield from state_objects({netns: traffic}, mentioned)


def identity_keys(noun: str, data: Json) -> IdentityKeys:
    """Return the values for references to an object, such as links, destination and table."""
    kind = shown_type(noun)
    links = [data.get("ifname"), data.get("dev"), *kind.other_links_of(data)]

    # A multipath route belongs to the links of every next hop.
    hops = data.get("nexthops") or ()
    links += [hop.get("dev") for hop in hops]

    keys = kind.keys_of(noun, data)
    keys["dev"] = {str(name) for name in links if name is not None}
    return {key: frozenset(values) for key, values in keys.items()}
