"""What counts of routes, and of the next hops that they go by."""

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
)

__all__ = ["COMPARISONS"]

ROUTE_STATE = frozenset(
    {"linkdown", "dead", "offload", "trap", "rt_offload", "rt_trap", "unresolved", "notify"}
)


def _route(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A route counts, but for those that follow from addresses (the local table) and from link-local ones."""
    dst = data.get("dst", "?")
    by_kernel = data.get("protocol") in ("kernel", "ra")
    follows = data.get("table") == "local" or data.get("type") in (
        "local",
        "broadcast",
        "anycast",
        "multicast",
    )
    if by_kernel and dst not in named and (follows or _link_local(dst)):
        return
    out = comparable_fields(data, named, "expires")
    out["flags"] = comparable_flags(data, ROUTE_STATE)
    if "nexthops" in out:
        out["nexthops"] = [
            {**hop, "flags": comparable_flags(hop, ROUTE_STATE)} for hop in out["nexthops"]
        ]
    for key in ("gateway", "prefsrc"):
        if _link_local(out.get(key)) and out[key] not in named:
            out[key] = GENERATED
    words = (data.get(key) for key in ("type", "table", "dev", "metric"))
    yield (dst, *(str(word) for word in words if word is not None)), out


def _nexthop(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A next hop counts with its number, which a person has chosen; packets and the time out of balance do not."""
    out = comparable_fields(data, named, "group_stats")
    out["flags"] = comparable_flags(data, ROUTE_STATE)
    if "resilient_args" in out:
        out["resilient_args"] = {
            key: each for key, each in out["resilient_args"].items() if key != "unbalanced_time"
        }
    if _link_local(out.get("gateway")) and out["gateway"] not in named:
        out["gateway"] = GENERATED
    yield (str(data.get("id", "?")),), out


def _bucket(data: Json, _: MentionedWords) -> Iterator[Item]:
    """A bucket counts with its place; where it sends to is the kernel's choice."""
    yield (str(data.get("id", "?")), str((data.get("bucket") or {}).get("index", "?"))), {}


def _mroute(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A multicast route counts, without what went there."""
    words = (str(data.get(word, "?")) for word in ("src", "dst", "iif"))
    yield tuple(words), comparable_fields(data, named, "packets", "bytes", "wrong_if", "expires")


def _link_local(text: Any) -> bool:
    """Tell whether an address or prefix is of a link only, or of groups on it."""
    interface = parse_interface(text)
    if interface is None or interface.version == 4:
        return False

    address = interface.network.network_address
    return address.is_link_local or address.is_multicast


COMPARISONS: Comparisons = {
    "mroute": _mroute,
    "nexthop": _nexthop,
    "nexthop bucket": _bucket,
    "route": _route,
}
