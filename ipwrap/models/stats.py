"""`Stats`: an object of `ip -j stats show`."""

from typing import Any

from attrs import field

from ipwrap.models.afstats import AfCounts
from ipwrap.models.base import nested
from ipwrap.models.counters import LinkStats
from ipwrap.models.declaration import model
from ipwrap.models.xstats import LacpStats, MulticastStats, StpStats

__all__ = ["HwInfo", "MplsStats", "Stats", "StatsInfo", "VlanStats"]


@model(kw_only=True)
class HwInfo:
    """Hardware counting, requested and in use. __ipstats_show_hw_s_info_one() in ip/ipstats.c."""

    request: bool | None = None
    used: bool | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class StatsInfo:
    """Hardware counting: of subgroup l3_stats directly, of subgroup hw_stats_info by suite."""

    request: bool | None = None
    used: bool | None = None
    l3_stats: HwInfo | None = nested(HwInfo)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class MplsStats:
    """The MPLS counters of a link. print_mpls_link_stats() in iproute2's ip/iplink.c."""

    rx: AfCounts | None = nested(AfCounts)
    tx: AfCounts | None = nested(AfCounts)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class VlanStats:
    """The VLAN counters of a bridge or port. bridge_print_stats_vlan() in ip/iplink_bridge.c."""

    vid: int | None = None
    flags: tuple[str, ...] | None = None
    rx_bytes: int | None = None
    rx_packets: int | None = None
    tx_bytes: int | None = None
    tx_packets: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Stats:
    """The counters of a link for a ``group``, ``subgroup`` and ``suite``.

    ipstats_process_ifsm() in ip/ipstats.c. Fields that the link or the group does not count are
    None.

    - ``stats64``: group link; subgroups cpu_hit and l3_stats of group offload
    - ``info``: subgroups l3_stats and hw_stats_info
    - ``multicast``, ``stp``, ``vlans``, ``lacp``: groups xstats and xstats_slave
    - ``mpls_stats``: group afstats
    """

    ifindex: int | None = None
    ifname: str = ""
    group: str | None = None
    subgroup: str | None = None
    suite: str | None = None
    stats64: LinkStats | None = nested(LinkStats)
    info: StatsInfo | None = nested(StatsInfo)
    multicast: MulticastStats | None = nested(MulticastStats)
    stp: StpStats | None = nested(StpStats)
    vlans: tuple[VlanStats, ...] | None = nested(VlanStats)
    # The key is not a Python name.
    lacp: LacpStats | None = nested(LacpStats, key="802.3ad")
    mpls_stats: MplsStats | None = nested(MplsStats)
    extra: dict[str, Any] = field(factory=dict, hash=False)
