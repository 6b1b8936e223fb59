"""`compare_strictly`: every difference between two states, of every value.

Indexes, timers and learned entries count as well. Only what identifies an object decides which two
objects are compared; what belongs to several of the same identity is compared in order.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ipwrap.objects.comparison import Json
from ipwrap.state.diff import Difference
from ipwrap.state.snapshot import State

__all__ = ["compare_strictly"]

# The keys that identify an object of each noun; of any other noun, the link does.
IDENTITY_KEYS = {
    "route": ("dst", "type", "table", "dev", "metric"),
    "neigh": ("dst", "dev"),
    "rule": ("priority", "src", "table"),
    "rule inet6": ("priority", "src", "table"),
    "nexthop": ("id",),
    "bridge fdb": ("mac", "ifname", "master", "vlan", "dst", "vni"),
    "tc qdisc": ("dev", "parent", "kind"),
    "tc class": ("dev", "class", "handle"),
    "tc filter": ("dev", "parent", "pref", "chain", "protocol"),
    "sysctl": ("key",),
    "iptables": ("table", "line"),
    "ip6tables": ("table", "line"),
}
LINK_KEYS = ("ifname", "dev")

Key = tuple[str, str, tuple[str, ...], int]


def compare_strictly(left: State, right: State) -> list[Difference]:
    """Return the differences between all values of two states."""
    left_objects, right_objects = dict(_objects(left)), dict(_objects(right))

    differences = []
    for key in sorted(left_objects.keys() | right_objects.keys()):
        sides = left_objects.get(key), right_objects.get(key)
        if sides[0] != sides[1]:
            netns, noun, name, _ = key
            differences.append(Difference(netns, noun, name, *sides))
    return differences


def _objects(state: State) -> Iterator[tuple[Key, Json]]:
    """Yield the objects of a state by key."""
    counts: dict[tuple[str, str, tuple[str, ...]], int] = defaultdict(int)

    for netns, nouns in state.items():
        for noun, listed in nouns.items():
            for name, fields in _items(noun, listed):
                number = counts[netns, noun, name]
                counts[netns, noun, name] += 1
                yield (netns, noun, name, number), fields


def _items(noun: str, listed: list[Json]) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yield the identity and the fields of the objects of a noun; the addresses of each link."""
    keys = IDENTITY_KEYS.get(noun, LINK_KEYS)
    for json_object in listed:
        if noun == "address":
            for address in json_object.get("addr_info", ()):
                prefix = f"{address.get('local')}/{address.get('prefixlen')}"
                yield (str(json_object.get("ifname")), prefix), address
        else:
            yield _identity(json_object, keys), json_object


def _identity(json_object: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of the identifying keys that an object has."""
    return tuple(str(json_object[key]) for key in keys if key in json_object)
