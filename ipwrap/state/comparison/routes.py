"""The comparison of routes and next hops."""

from collections.abc import Iterator
from typing import Any

from ipwrap.options.canonical import parse_interface
from ipwrap.recording.mentioned import GENERATED, MentionedWords
from ipwrap.state.comparison.base import (
    Comparisons,
    Item,
    Json,
    comparable_fields,
    comparable_flags,
    identity_of,
)

__all__ = ["COMPARISONS"]

ROUTE_STATE = frozenset(
    {"linkdown", "dead", "offload", "trap", "rt_offload", "rt_trap", "unresolved", "notify"}
)
KERNEL_PROTOCOLS = ("kernel", "ra")
LOCAL_TYPES = ("local", "broadcast", "anycast", "multicast")


def _route(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a route, unless the kernel added the route for an address."""
    destination = data.get("dst", "?")
    if _is_automatic(data, named):
        return

    fields = comparable_fields(data, named, "expires")
    fields["flags"] = comparable_flags(data, ROUTE_STATE)
    if "nexthops" in fields:
        fields["nexthops"] = [
            {**nexthop, "flags": comparable_flags(nexthop, ROUTE_STATE)}
            for nexthop in fields["nexthops"]
        ]

    for key in ("gateway", "prefsrc"):
        _mask_link_local(fields, key, named=named)

    yield (destination, *identity_of(data, "type", "table", "dev", "metric")), fields


def _is_automatic(route: Json, named: MentionedWords) -> bool:
    """Return whether the kernel added a route for an address: local, or link-local."""
    destination = route.get("dst", "?")
    if route.get("protocol") not in KERNEL_PROTOCOLS or destination in named:
        return False

    # fib_add_ifaddr() in net/ipv4/fib_frontend.c, addrconf_add_mroute() in net/ipv6/addrconf.c.
    is_local = route.get("table") == "local" or route.get("type") in LOCAL_TYPES
    return is_local or _is_link_local(destination)


def _mask_link_local(fields: Json, key: str, *, named: MentionedWords) -> None:
    """Replace a link-local address, unless named by a command, with a placeholder."""
    address = fields.get(key)
    if _is_link_local(address) and address not in named:
        fields[key] = GENERATED


def _nexthop(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a next hop with the number, without packets and the time out of balance."""
    fields = comparable_fields(data, named, "group_stats")
    fields["flags"] = comparable_flags(data, ROUTE_STATE)

    if "resilient_args" in fields:
        resilient_args = dict(fields["resilient_args"])
        resilient_args.pop("unbalanced_time", None)
        fields["resilient_args"] = resilient_args

    _mask_link_local(fields, "gateway", named=named)
    yield (str(data.get("id", "?")),), fields


def _bucket(data: Json, _: MentionedWords) -> Iterator[Item]:
    """Compare a bucket by index only."""
    # The kernel assigns buckets to next hops: nh_res_table_upkeep() in net/ipv4/nexthop.c.
    bucket = data.get("bucket") or {}
    nexthop_id = data.get("id", "?")
    index = bucket.get("index", "?")
    yield (str(nexthop_id), str(index)), {}


def _mroute(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a multicast route without counters."""
    identity = tuple(str(data.get(key, "?")) for key in ("src", "dst", "iif"))
    yield (
        identity,
        comparable_fields(
            data,
            named,
            "packets",
            "bytes",
            "wrong_if",
            "expires",
        ),
    )


def _is_link_local(address: Any) -> bool:
    """Return whether an address or prefix is an IPv6 link-local or multicast address."""
    interface = parse_interface(address)
    if interface is None or interface.version == 4:
        return False

    network_address = interface.network.network_address
    return network_address.is_link_local or network_address.is_multicast


COMPARISONS: Comparisons = {
    "mroute": _mroute,
    "nexthop": _nexthop,
    "nexthop bucket": _bucket,
    "route": _route,
}
