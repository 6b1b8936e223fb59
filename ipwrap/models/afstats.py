"""`AfStats`: what a link counts of an address family, an object of `ip -j link afstats`."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import nested

__all__ = ["AfCounts", "AfStats"]


@frozen(kw_only=True, slots=False)
class AfCounts:
    """What was received or sent; ``noroute`` is counted of what was received only."""

    bytes: int | None = None
    packets: int | None = None
    errors: int | None = None
    dropped: int | None = None
    noroute: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class AfStats:
    """The counters of one link's MPLS, the one family that iproute2 knows here.

    print_af_stats_attr() and print_mpls_link_stats() in iproute2's ip/iplink.c. The former opens no object within its
    list, which is no JSON: `ipwrap.jsonio.reader` reads it all the same.
    """

    ifindex: int | None = None
    ifname: str | None = None
    rx: AfCounts | None = nested(AfCounts)
    tx: AfCounts | None = nested(AfCounts)
    extra: dict[str, Any] = field(factory=dict, hash=False)
