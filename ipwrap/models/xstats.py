"""`Xstats`: the counters of bridges and bonds, an object of `ip -j link xstats`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["LacpStats", "Leaves", "MulticastStats", "StpStats", "Versions", "Xstats"]


@model(kw_only=True)
class Versions:
    """Messages by protocol version: IGMP has three versions, MLD two."""

    rx_v1: int | None = None
    rx_v2: int | None = None
    rx_v3: int | None = None
    tx_v1: int | None = None
    tx_v2: int | None = None
    tx_v3: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Leaves:
    """Messages of hosts leaving a group."""

    rx: int | None = None
    tx: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class MulticastStats:
    """IGMP and MLD messages of a bridge or port.

    bridge_print_stats_mcast() in ip/iplink_bridge.c.
    """

    igmp_queries: Versions | None = nested(Versions)
    igmp_reports: Versions | None = nested(Versions)
    igmp_leaves: Leaves | None = nested(Leaves)
    igmp_parse_errors: int | None = None
    mld_queries: Versions | None = nested(Versions)
    mld_reports: Versions | None = nested(Versions)
    mld_leaves: Leaves | None = nested(Leaves)
    mld_parse_errors: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class StpStats:
    """Spanning tree messages of a port.

    bridge_print_stats_stp() in iproute2's ip/iplink_bridge.c.
    """

    rx_bpdu: int | None = None
    tx_bpdu: int | None = None
    rx_tcn: int | None = None
    tx_tcn: int | None = None
    transition_blk: int | None = None
    transition_fwd: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class LacpStats:
    """LACP messages of a bond or port. bond_print_3ad_stats() in iproute2's ip/iplink_bond.c."""

    lacpdu_rx: int | None = None
    lacpdu_tx: int | None = None
    lacpdu_unknown_rx: int | None = None
    lacpdu_illegal_rx: int | None = None
    marker_rx: int | None = None
    marker_tx: int | None = None
    marker_response_rx: int | None = None
    marker_response_tx: int | None = None
    marker_unknown_rx: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Xstats:
    """The counters of a link: ``multicast`` and ``stp`` of a bridge, ``lacp`` of a bond.

    iplink_ifla_xstats() in iproute2's ip/iplink_xstats.c; bridge_print_stats_attr() in
    ip/iplink_bridge.c.
    """

    ifname: str | None = None
    multicast: MulticastStats | None = nested(MulticastStats)
    stp: StpStats | None = nested(StpStats)
    # The key is not a Python name.
    lacp: LacpStats | None = nested(LacpStats, key="802.3ad")
    extra: dict[str, Any] = field(factory=dict, hash=False)
