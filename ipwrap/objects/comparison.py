"""The shared rules of every comparison: the keys and flags that the kernel assigns.

The rule: *names and values from commands are compared; kernel-assigned values are not*. Left out
are interface indexes, counters, timers, the read-only fields of the tables of kinds and qdiscs, and
the delayed effects of a carrier (operstate, link-local addresses, learned entries). A MAC address
that no command named becomes a placeholder, as do the addresses derived from the MAC address. A
value that another one replaces for a time is `PASSING`, which is equal to any value.
"""

from collections.abc import Container
from typing import Any

from ipwrap.options.canonical import parse_interface
from ipwrap.recording.mentioned import GENERATED, MentionedWords

__all__ = [
    "CARRIER",
    "COUNT_IF_NAMED",
    "KERNEL_ASSIGNED",
    "PASSING",
    "ROUTE_STATE",
    "Identity",
    "Item",
    "Json",
    "comparable_fields",
    "comparable_flags",
    "identity_of",
    "ifname_of",
    "is_link_local",
    "is_same",
    "mask_link_local",
    "without_keys",
    "without_passing",
]

Json = dict[str, Any]
Identity = tuple[str, ...]
Item = tuple[Identity, Json]

PASSING = "<passing>"  # a value in whose place the kernel uses another one for some time

# The kernel sets these flags when the carrier comes, some time after the command: link_watch.c in
# net/core defers the event.
CARRIER = frozenset({"LOWER_UP", "NO-CARRIER", "M-DOWN", "RUNNING"})

ROUTE_STATE = frozenset(
    {"linkdown", "dead", "offload", "trap", "rt_offload", "rt_trap", "unresolved", "notify"}
)
KERNEL_PROTOCOLS = ("kernel", "ra")
LOCAL_TYPES = ("local", "broadcast", "anycast", "multicast")

NUMBERS = (
    "ifindex",
    "link_index",
    "link_netnsid",
    "nsid",
    "current-nsid",
    "id",
    "viaIfIndex",
    "linkNetNsId",
)
LINK_STATE = (
    "operstate",
    "qdisc",
    "promiscuity",
    "allmulti",
    "permaddr",
    "event",
    "netns-immutable",
)
COUNTERS = (
    "stats",
    "stats64",
    "used",
    "updated",
    "confirmed",
    "probes",
    "refcnt",
    "uid",
    "cache",
    "mcast_n_groups",
)
DRIVER_LIMITS = ("min_mtu", "max_mtu", "tso_max_size", "tso_max_segs")
MULTICAST_STATE = ("mcast_querier_state_ipv4", "mcast_querier_state_ipv6")

# Keys of values that the kernel assigns or counts, and of properties of the driver.
KERNEL_ASSIGNED = frozenset(
    {
        *NUMBERS,
        *LINK_STATE,
        *COUNTERS,
        *DRIVER_LIMITS,
        *MULTICAST_STATE,
    }
)

# Keys whose default depends on the machine: compared if a command named the option.
COUNT_IF_NAMED = {
    "num_tx_queues": "numtxqueues",
    "num_rx_queues": "numrxqueues",
    "gso_max_size": "gso_max_size",
    "gso_max_segs": "gso_max_segs",
    "gro_max_size": "gro_max_size",
    "gso_ipv4_max_size": "gso_ipv4_max_size",
    "gro_ipv4_max_size": "gro_ipv4_max_size",
    "active_slave": "active_slave",
    # Of a port: the kernel changes the state with the carrier, br_port_carrier_check() in
    # net/bridge/br_if.c.
    "state": "state",
}


def comparable_fields(data: Json, named: MentionedWords, *excluded: str) -> Json:
    """Return an object without the excluded keys and without the kernel's choices."""
    fields = {}
    for key, value in data.items():
        if key in KERNEL_ASSIGNED or key in excluded or key.endswith("_timer"):
            continue
        if key in COUNT_IF_NAMED and COUNT_IF_NAMED[key] not in named:
            continue

        fields[key] = value

    return fields


def without_keys(data: Json, keys: Container[str]) -> Json:
    """Return an object without some keys."""
    return {key: value for key, value in data.items() if key not in keys}


def is_same(left: Json | None, right: Json | None) -> bool:
    """Return whether the comparable fields of two objects are equal, or passing."""
    return without_passing(left, right) == without_passing(right, left)


def without_passing(fields: Json | None, counterpart: Json | None) -> Json | None:
    """Return the fields of an object without those that are passing in it or in another one."""
    if fields is None or counterpart is None:
        return fields
    if PASSING not in (*fields.values(), *counterpart.values()):
        return fields

    return {
        key: value for key, value in fields.items() if PASSING not in (value, counterpart.get(key))
    }


def comparable_flags(data: Json, ignored: frozenset[str]) -> list[str]:
    """Return the flags of an object in order, without ignored flags."""
    flags = data.get("flags") or ()
    return sorted(flag for flag in flags if flag not in ignored)


def ifname_of(data: Json) -> str:
    """Return the name of an object's link."""
    ifname: str = data.get("ifname", "?")
    return ifname


def identity_of(data: Json, *keys: str) -> Identity:
    """Return an identity: the values of the present keys."""
    values = (data.get(key) for key in keys)
    return tuple(str(value) for value in values if value is not None)


def mask_link_local(fields: Json, key: str, *, named: MentionedWords) -> None:
    """Replace a link-local address, unless named by a command, with a placeholder."""
    address = fields.get(key)
    if is_link_local(address) and address not in named:
        fields[key] = GENERATED


def is_link_local(address: Any) -> bool:
    """Return whether an address or prefix is an IPv6 link-local or multicast address."""
    interface = parse_interface(address)
    if interface is None or interface.version == 4:
        return False

    network_address = interface.network.network_address
    return network_address.is_link_local or network_address.is_multicast
