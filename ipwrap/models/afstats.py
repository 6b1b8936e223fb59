"""`AfStats`: the counters of a link for an address family, an object of `ip -j link afstats`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["AfCounts", "AfStats"]


@model(kw_only=True)
class AfCounts:
    """The counters of one direction; ``noroute`` is for received packets only."""

    bytes: int | None = None
    packets: int | None = None
    errors: int | None = None
    dropped: int | None = None
    noroute: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class AfStats:
    """The MPLS counters of a link: iproute2 supports no other family here.

    print_af_stats_attr() and print_mpls_link_stats() in iproute2's ip/iplink.c. The first function
    opens no objects within its list, so the output is not JSON: `ipwrap.jsonio.reader` repairs it.
    """

    ifindex: int | None = None
    ifname: str | None = None
    rx: AfCounts | None = nested(AfCounts)
    tx: AfCounts | None = nested(AfCounts)
    extra: dict[str, Any] = field(factory=dict, hash=False)
