"""Two states shown by different machines: what only one of them can print does not count.

A key that only one side has stands for its default on the other, where a table knows the default.
Where none does, it differs if the other machine would print it, too: one whose iproute2 or kernel
is older than the key says nothing of it, and neither does a key that no table knows. Values that
are written otherwise and read the same are the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ipwrap.errors import OutputError
from ipwrap.models import NOUNS, dump_all, load
from ipwrap.models.base import Json
from ipwrap.state.declared import Declared, declared
from ipwrap.state.machine import Machine
from ipwrap.state.snapshot import State

__all__ = ["Machines", "differing", "in_models", "readings", "unread", "without_vlans"]

Machines = tuple[Machine, Machine]

NOTHING: tuple[Any, ...] = (
    False,
    "",
    [],
    {},
)  # what one release prints where another leaves the key out
INTERVALS = ("_intvl", "_interval")
ALONE = "external"  # through 5.10 all that is printed of a tunnel whose packets say where they go
NOUNS_SINCE = {
    "bridge mst": "6.11",
    "bridge vlan details": "5.13",
    "bridge vlan global": "5.16",
    "bridge vni": "5.19",
}


def in_models(state: State) -> State:
    """Return a state in the shape of the models, whichever release has printed it."""
    return {
        netns: {noun: _in_models(noun, objects) for noun, objects in nouns.items()}
        for netns, nouns in state.items()
    }


def _in_models(noun: str, objects: Iterable[Json]) -> list[Json]:
    """Return the objects of a noun as their model has them.

    As they are, where it cannot read them.
    """
    cls = NOUNS[noun.removesuffix(" inet6").removesuffix(" details")]
    try:
        return dump_all(load(cls, list(objects)))
    except OutputError:
        return list(objects)


def without_vlans(states: Sequence[State | None]) -> list[State | None]:
    """Return states without VLANs of bridges if one of them is of a kernel that has no VLAN
    filtering.

    Such a kernel prints no default VLAN of a bridge: br_fill_info() in net/bridge/br_netlink.c.
    Another one puts every port, and its addresses, into that VLAN without being asked.
    """
    if not any(
        _has_bridges(state) and not _has_bridges(state, "vlan_default_pvid") for state in states
    ):
        return list(states)
    return [None if state is None else _without_vlans(state) for state in states]


def readings(
    noun: str, left: list[Json], right: list[Json], machines: Machines
) -> tuple[list[Json], list[Json]]:
    """Return two readings of a noun, without VLANs of bridges if one of two kernels shows none at
    all.
    """
    if machines[0].kernel == machines[1].kernel:
        return left, right
    if noun == "bridge vlan" and not (left and right):
        return [], []
    if noun == "bridge fdb" and not all(
        any("vlan" in each for each in side) for side in (left, right)
    ):
        return _outside_vlans(left), _outside_vlans(right)
    return left, right


def _has_bridges(state: State | None, *options: str) -> bool:
    """Return whether a state has a bridge, with some options printed."""
    links = (
        link.get("linkinfo") or {}
        for nouns in (state or {}).values()
        for link in nouns.get("link", ())
    )
    return any(
        info.get("info_kind") == "bridge" and {*options} <= info.get("info_data", {}).keys()
        for info in links
    )


def _without_vlans(state: State) -> State:
    """Return a state without VLANs of bridges, and without what their forwarding tables hold for a
    VLAN.
    """
    return {
        netns: {
            noun: _outside_vlans(objects)
            for noun, objects in nouns.items()
            if not noun.startswith("bridge vlan")
        }
        for netns, nouns in state.items()
    }


def _outside_vlans(objects: Iterable[Json]) -> list[Json]:
    """Return the objects that are not of one VLAN of a bridge."""
    return [each for each in objects if "vlan" not in each]


def unread(noun: str, values: Mapping[str, Any] | None, machines: Machines) -> bool:
    """Return whether an object that only one side has says nothing: the other machine cannot show
    any such object.

    A port of which no VLAN was set up is not listed by all releases, and which counters there are
    depends on them.
    """
    if noun == "stats" or (noun == "bridge vlan details" and not values):
        return True
    return not all(machine.prints(NOUNS_SINCE.get(noun)) for machine in machines)


def differing(noun: str, left: Json, right: Json, machines: Machines) -> tuple[Json, Json]:
    """Return of two objects, as `ipwrap.state.comparison` gives them, the keys by which they
    differ.
    """
    keys = declared(noun, left)
    if noun == "bridge vlan details":  # which has a number before each key
        keys = {name: keys[key] for name in left | right if (key := name.partition(" ")[2]) in keys}
    if _shows_only(left, right, keys):
        left, right = _without(left, right, keys), _without(right, left, keys)
    names = list(_differing(left, right, keys, machines))
    return _pick(left, names), _pick(right, names)


def _shows_only(left: Json, right: Json, keys: Mapping[str, Declared]) -> bool:
    """Return whether both are external tunnels, and of one of them nothing else is printed."""
    options = [{key for key in values if _is_option(key, keys)} for values in (left, right)]
    return all(ALONE in each for each in options) and {ALONE} in options


def _without(values: Json, other: Json, keys: Mapping[str, Declared]) -> Json:
    """Return an object without the options of its kind that the other one does not print."""
    return {
        key: value for key, value in values.items() if key in other or not _is_option(key, keys)
    }


def _is_option(key: str, keys: Mapping[str, Declared]) -> bool:
    """Return whether a key is an option of a link's kind."""
    return key in keys and bool(keys[key].rows) and not key.startswith("port ")


def _pick(values: Json, names: Iterable[str]) -> Json:
    """Return some keys of an object, those that it has."""
    return {name: values[name] for name in names if name in values}


def _differing(
    left: Json, right: Json, keys: Mapping[str, Declared], machines: Machines
) -> Iterator[str]:
    """Yield the keys by which two objects differ."""
    for key in left | right:
        known = keys.get(key)
        if key in left and key in right:
            differs = left[key] != right[key] and not _same(left[key], right[key], known, machines)
        else:
            present, other = (left[key], machines[1]) if key in left else (right[key], machines[0])
            differs = known is not None and _counts(known, present, other)
        if differs:
            yield key


def _same(left: Any, right: Any, known: Declared | None, machines: Machines) -> bool:
    """Return whether two values that are not written alike read the same."""
    if known is not None and known.inner is not None:
        return _same_within(left, right, known.inner, machines)
    if known is not None and known.key.endswith(INTERVALS) and {type(left), type(right)} == {int}:
        return bool(abs(left - right) <= 1)  # a kernel rounds them to its own ticks
    if known is not None and known.rows:
        one, other = (
            [row_value for row_value, *_ in known.values(value)] for value in (left, right)
        )
        return one == other or [] in (one, other) or _same_within(left, right, {}, machines)
    return _same_within(left, right, {}, machines)


def _same_within(left: Any, right: Any, keys: Mapping[str, Declared], machines: Machines) -> bool:
    """Return whether objects, or lists of them, differ only by what one machine cannot print.

    A number is the same where another release prints it as text: a sample point of 0.875.
    """
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(
            _same_within(*pair, keys, machines) for pair in pairs
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return not list(_differing(left, right, keys, machines))
    if isinstance(left, float) or isinstance(right, float):
        return str(left) == str(right)
    return bool(left == right)


def _counts(known: Declared, present: Any, other: Machine) -> bool:
    """Return whether a value that the other machine does not print says that the two differ."""
    for value, omitted, since in known.values(present):
        if omitted is not None and value != omitted:
            return True
        if omitted is None and value not in NOTHING and other.prints(since):
            return True

    return False
