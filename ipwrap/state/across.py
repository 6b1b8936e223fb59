"""The comparison of the states of two machines: only differences visible to both machines count.

- A missing key is equal to the default of the key: the declared one, or the value that the codec
  reads from an object without the key.
- Without a default, a missing key is a difference if the machine without the key is new enough to
  print the key, unless the value is empty (`EMPTY_VALUES`).
- A missing key without any declaration is ignored.
- Values of different spelling are equal if the option's codec reads the same from both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ipwrap.errors import OutputError
from ipwrap.models import NOUNS, dump_all, load
from ipwrap.models.base import Json
from ipwrap.state.declared import DeclaredKey, declared_keys
from ipwrap.state.machine import Machine
from ipwrap.state.snapshot import State

__all__ = [
    "MachinePair",
    "differing_fields",
    "in_model_shape",
    "is_unprintable_elsewhere",
    "listings_without_vlans",
    "without_vlans",
]

MachinePair = tuple[Machine, Machine]

# Values that one release prints where another leaves the key out. False stands for 0 as well.
EMPTY_VALUES: tuple[Any, ...] = (False, "", [], {})

# The kernel keeps these intervals in jiffies, so their precision depends on its CONFIG_HZ:
# jiffies_to_clock_t() in net/bridge/br_netlink.c. The same interval may differ by one unit.
INTERVAL_SUFFIXES = ("_intvl", "_interval")

# Through 5.14, `ip` prints no further option of an external tunnel: gre_print_opt() in
# ip/link_gre.c returns after "external".
EXTERNAL = "external"

# The release of iproute2 that first printed each object.
OBJECTS_SINCE = {
    "bridge mst": "6.11",
    "bridge vlan details": "5.13",
    "bridge vlan global": "5.16",
    "bridge vni": "5.19",
}


def in_model_shape(state: State) -> State:
    """Return a state in the shape of the models, which is the same for every release."""
    shaped: State = {}
    for netns, objects_by_name in state.items():
        shaped[netns] = {
            name: _objects_in_model_shape(name, objects)
            for name, objects in objects_by_name.items()
        }

    return shaped


def _objects_in_model_shape(noun: str, objects: Iterable[Json]) -> list[Json]:
    """Return objects in the shape of their model, or all unchanged if any is unreadable."""
    cls = NOUNS.get(noun.removesuffix(" inet6").removesuffix(" details"))
    if cls is None:  # what programs other than those of iproute2 print
        return list(objects)
    try:
        return dump_all(load(cls, list(objects)))
    except OutputError:
        return list(objects)


def without_vlans(states: Sequence[State | None]) -> list[State | None]:
    """Return states without VLANs of bridges if one kernel has no VLAN filtering.

    A kernel without CONFIG_BRIDGE_VLAN_FILTERING prints no default VLAN of a bridge:
    br_fill_info() in net/bridge/br_netlink.c. A kernel with VLAN filtering puts every port, and
    the addresses of the port, into the default VLAN automatically.
    """
    if not any(_lacks_vlan_filtering(state) for state in states):
        return list(states)

    return [None if state is None else _state_without_vlans(state) for state in states]


def listings_without_vlans(
    left: list[Json],
    right: list[Json],
    *,
    noun: str,
    machines: MachinePair,
) -> tuple[list[Json], list[Json]]:
    """Return two readings of an object, without VLANs of bridges if only one side has any."""
    if machines[0].kernel == machines[1].kernel:
        return left, right

    if noun == "bridge vlan" and not (left and right):
        return [], []

    if noun == "bridge fdb":
        both_have_vlans = _has_vlan_entry(left) and _has_vlan_entry(right)
        if not both_have_vlans:
            return _without_vlan_entries(left), _without_vlan_entries(right)

    return left, right


def _lacks_vlan_filtering(state: State | None) -> bool:
    """Return whether a state has bridges, but from a kernel without VLAN filtering."""
    bridges = list(_bridge_options(state or {}))
    return bool(bridges) and not any("vlan_default_pvid" in options for options in bridges)


def _bridge_options(state: State) -> Iterator[Json]:
    """Yield the options of each bridge in a state."""
    for objects_by_name in state.values():
        for link in objects_by_name.get("link", ()):
            info = link.get("linkinfo") or {}
            if info.get("info_kind") == "bridge":
                yield info.get("info_data", {})


def _state_without_vlans(state: State) -> State:
    """Return a state without VLANs of bridges, and without the forwarding entries of a VLAN."""
    kept: State = {}
    for netns, objects_by_name in state.items():
        kept[netns] = {
            name: _without_vlan_entries(objects)
            for name, objects in objects_by_name.items()
            if not name.startswith("bridge vlan")
        }

    return kept


def _has_vlan_entry(entries: Iterable[Json]) -> bool:
    """Return whether a forwarding entry belongs to a VLAN of a bridge."""
    return any("vlan" in entry for entry in entries)


def _without_vlan_entries(objects: Iterable[Json]) -> list[Json]:
    """Return the objects outside the VLANs of bridges."""
    return [json_object for json_object in objects if "vlan" not in json_object]


def is_unprintable_elsewhere(
    noun: str,
    fields: Mapping[str, Any] | None,
    *,
    machines: MachinePair,
) -> bool:
    """Return whether an object is on one side only because one machine cannot print the object.

    Old releases do not list a port without VLAN settings, and the set of counters depends on the
    release.
    """
    if noun == "stats":
        return True
    if noun == "bridge vlan details" and not fields:
        return True

    since = OBJECTS_SINCE.get(noun)
    return not all(machine.prints(since) for machine in machines)


def differing_fields(
    left: Json,
    right: Json,
    *,
    noun: str,
    machines: MachinePair,
) -> tuple[Json, Json]:
    """Return the differing fields of two objects in the form of `ipwrap.objects`."""
    declared = declared_keys(noun, left)
    if noun == "bridge vlan details":
        declared = _by_vlan_field(declared, left | right)

    if _is_any_abridged(left, right, declared=declared):
        left, right = (
            _without_unmatched_options(left, right, declared=declared),
            _without_unmatched_options(right, left, declared=declared),
        )

    keys = list(_differing_keys(left, right, declared=declared, machines=machines))
    return _pick(left, keys), _pick(right, keys)


def _by_vlan_field(
    declared: Mapping[str, DeclaredKey],
    fields: Iterable[str],
) -> Mapping[str, DeclaredKey]:
    """Return the declared keys by field of `bridge vlan details`: ``10 state`` for ``state``."""
    by_field = {}
    for field in fields:
        _, _, key = field.partition(" ")
        if key in declared:
            by_field[field] = declared[key]

    return by_field


def _is_any_abridged(
    left: Json,
    right: Json,
    *,
    declared: Mapping[str, DeclaredKey],
) -> bool:
    """Return whether two external tunnels were printed, but one without further options."""
    if EXTERNAL not in left or EXTERNAL not in right:
        return False

    left_options = {key for key in left if _is_kind_option(key, declared)}
    right_options = {key for key in right if _is_kind_option(key, declared)}
    return {EXTERNAL} in (left_options, right_options)


def _without_unmatched_options(
    fields: Json,
    counterpart: Json,
    *,
    declared: Mapping[str, DeclaredKey],
) -> Json:
    """Return an object without the options of the kind that the counterpart lacks."""
    return {
        key: value
        for key, value in fields.items()
        if key in counterpart or not _is_kind_option(key, declared)
    }


def _is_kind_option(key: str, declared: Mapping[str, DeclaredKey]) -> bool:
    """Return whether a key is an option of a link's kind."""
    return key in declared and bool(declared[key].options) and not key.startswith("port ")


def _pick(fields: Json, keys: Iterable[str]) -> Json:
    """Return the present keys of an object."""
    return {key: fields[key] for key in keys if key in fields}


def _differing_keys(
    left: Json,
    right: Json,
    *,
    declared: Mapping[str, DeclaredKey],
    machines: MachinePair,
) -> Iterator[str]:
    """Yield the differing keys of two objects."""
    for key in left | right:
        declared_key = declared.get(key)

        if key in left and key in right:
            is_different = left[key] != right[key] and not _reads_equal(
                left[key],
                right[key],
                declared_key=declared_key,
                machines=machines,
            )
        elif declared_key is None:
            is_different = False
        elif key in left:
            is_different = _differs_if_missing(declared_key, left[key], machine=machines[1])
        else:
            is_different = _differs_if_missing(declared_key, right[key], machine=machines[0])

        if is_different:
            yield key


def _reads_equal(
    left: Any,
    right: Any,
    *,
    declared_key: DeclaredKey | None,
    machines: MachinePair,
) -> bool:
    """Return whether two values of different spelling read the same."""
    if declared_key is not None and declared_key.inner is None:
        is_interval = declared_key.key.endswith(INTERVAL_SUFFIXES)
        if is_interval and type(left) is int and type(right) is int:
            return abs(left - right) <= 1

        if declared_key.options and _options_read_equal(left, right, declared_key=declared_key):
            return True

    inner_keys: Mapping[str, DeclaredKey] = {}
    if declared_key is not None and declared_key.inner is not None:
        inner_keys = declared_key.inner

    return _is_equal_within(left, right, declared=inner_keys, machines=machines)


def _options_read_equal(left: Any, right: Any, *, declared_key: DeclaredKey) -> bool:
    """Return whether the options of a key read the same from two values."""
    left_values = [reading[0] for reading in declared_key.readings(left)]
    right_values = [reading[0] for reading in declared_key.readings(right)]

    # If no option can read a value, the values count as equal.
    return left_values == right_values or not left_values or not right_values


def _is_equal_within(
    left: Any,
    right: Any,
    *,
    declared: Mapping[str, DeclaredKey],
    machines: MachinePair,
) -> bool:
    """Return whether objects, or lists of objects, are equal in the output of both machines.

    A number is equal to the same number as text: a sample point of 0.875.
    """
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return False

        for left_item, right_item in zip(left, right, strict=True):
            is_equal = _is_equal_within(
                left_item,
                right_item,
                declared=declared,
                machines=machines,
            )
            if not is_equal:
                return False

        return True

    if isinstance(left, dict) and isinstance(right, dict):
        keys = _differing_keys(left, right, declared=declared, machines=machines)
        return not list(keys)

    if isinstance(left, float) or isinstance(right, float):
        return str(left) == str(right)

    return bool(left == right)


def _differs_if_missing(declared_key: DeclaredKey, value: Any, *, machine: Machine) -> bool:
    """Return whether a key that this machine leaves out means another value than the given one."""
    for read_value, default, since in declared_key.readings(value):
        if default is not None:
            if read_value != default:
                return True
            continue

        if read_value not in EMPTY_VALUES and machine.prints(since):
            return True

    return False
