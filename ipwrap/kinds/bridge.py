"""`type bridge`."""

from typing import Any, ClassVar, Literal

from attrs import field, frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice, Flag, Hex, Mac, Number, ReadOnly, ZeroOne
from ipwrap.options.converters import to_centiseconds
from ipwrap.options.table import option, option_metadata, read_only_field

__all__ = ["Bridge"]

# Hundredths of a second (USER_HZ). The spanning tree uses 32 bits, multicast 64
# (bridge_parse_opt() in ip/iplink_bridge.c).
TICKS = Number(0, 2**32 - 1)
LONG_TICKS = Number(0, 2**64 - 1)


@frozen(kw_only=True)
class Bridge(LinkKind):
    """A switch in the kernel. ip-link(8) "BRIDGE Type Support"; ip/iplink_bridge.c.

    ``forward_delay``, ``hello_time``, ``max_age``, ``ageing_time`` and every ``…_interval`` are in
    hundredths of a second (USER_HZ), as in iproute2, or a `timedelta`; the ``…_timer`` fields are
    in seconds.
    """

    kind: ClassVar[str] = "bridge"

    # Spanning tree.
    forward_delay: int | None = field(
        default=None, converter=to_centiseconds, metadata=option_metadata(TICKS, default=1500)
    )
    hello_time: int | None = field(
        default=None, converter=to_centiseconds, metadata=option_metadata(TICKS, default=200)
    )
    max_age: int | None = field(
        default=None, converter=to_centiseconds, metadata=option_metadata(TICKS, default=2000)
    )
    ageing_time: int | None = field(
        default=None, converter=to_centiseconds, metadata=option_metadata(TICKS, default=30000)
    )
    stp_state: int | None = option(Number(0, 2), default=0)
    stp_mode: Literal["auto", "user", "kernel"] | None = option(
        Choice(), since="7.2", default="auto"
    )
    mst_enabled: bool | None = option(ZeroOne(), since="6.11", default=False)
    priority: int | None = option(Number(0, 65535), default=32768)
    group_fwd_mask: int | None = option(Hex(0, 65535), default=0)
    # An explicit address, even the default, keeps the kernel from another address for 802.1ad
    # (net/bridge/br_vlan.c).
    group_address: str | None = option(Mac(), json_key="group_addr", default="01:80:c2:00:00:00")
    # VLANs.
    vlan_filtering: bool | None = option(ZeroOne(), default=False)
    vlan_protocol: Literal["802.1Q", "802.1ad"] | None = option(Choice(), default="802.1Q")
    vlan_default_pvid: int | None = option(Number(0, 4094), default=1)
    vlan_stats_enabled: bool | None = option(ZeroOne(), since="4.11", default=False)
    vlan_stats_per_port: bool | None = option(ZeroOne(), since="5.2", default=False)
    # Forwarding database.
    fdb_max_learned: int | None = option(Number(), since="6.7", default=0)
    fdb_flush: bool | None = option(Flag(), json_key="", since="4.11")
    fdb_local_vlan_0: bool | None = option(ZeroOne(), since="6.18", default=False)
    no_linklocal_learn: bool | None = option(ZeroOne(), since="6.1", default=False)
    # Multicast.
    mcast_router: int | None = option(Number(0, 2), default=1)
    mcast_snooping: bool | None = option(ZeroOne(), default=True)
    mcast_vlan_snooping: bool | None = option(ZeroOne(), since="5.16", default=False)
    mcast_query_use_ifaddr: bool | None = option(ZeroOne(), default=False)
    mcast_querier: bool | None = option(ZeroOne(), default=False)
    mcast_hash_elasticity: int | None = option(Number())
    mcast_hash_max: int | None = option(Number(), default=4096)
    mcast_last_member_count: int | None = option(
        Number(), json_key="mcast_last_member_cnt", default=2
    )
    mcast_startup_query_count: int | None = option(
        Number(), json_key="mcast_startup_query_cnt", default=2
    )
    mcast_last_member_interval: int | None = field(
        default=None,
        converter=to_centiseconds,
        metadata=option_metadata(LONG_TICKS, json_key="mcast_last_member_intvl", default=100),
    )
    mcast_membership_interval: int | None = field(
        default=None,
        converter=to_centiseconds,
        metadata=option_metadata(LONG_TICKS, json_key="mcast_membership_intvl", default=26000),
    )
    mcast_querier_interval: int | None = field(
        default=None,
        converter=to_centiseconds,
        metadata=option_metadata(LONG_TICKS, json_key="mcast_querier_intvl", default=25500),
    )
    mcast_query_interval: int | None = field(
        default=None,
        converter=to_centiseconds,
        metadata=option_metadata(LONG_TICKS, json_key="mcast_query_intvl", default=12500),
    )
    mcast_query_response_interval: int | None = field(
        default=None,
        converter=to_centiseconds,
        metadata=option_metadata(LONG_TICKS, json_key="mcast_query_response_intvl", default=1000),
    )
    mcast_startup_query_interval: int | None = field(
        default=None,
        converter=to_centiseconds,
        metadata=option_metadata(LONG_TICKS, json_key="mcast_startup_query_intvl"),
    )
    mcast_stats_enabled: bool | None = option(ZeroOne(), since="4.11", default=False)
    mcast_igmp_version: int | None = option(Number(2, 3), since="4.11", default=2)
    mcast_mld_version: int | None = option(Number(1, 2), since="4.11", default=1)
    # Netfilter.
    nf_call_iptables: bool | None = option(ZeroOne(), default=False)
    nf_call_ip6tables: bool | None = option(ZeroOne(), default=False)
    nf_call_arptables: bool | None = option(ZeroOne(), default=False)
    mdb_offload_fail_notification: bool | None = option(ZeroOne(), since="6.17", default=False)

    # Read-only: bridge_print_opt() in ip/iplink_bridge.c.
    bridge_id: str | None = read_only_field()
    root_id: str | None = read_only_field()
    root_port: int | None = read_only_field()
    root_path_cost: int | None = read_only_field()
    topology_change: bool | None = read_only_field(ZeroOne())
    topology_change_detected: bool | None = read_only_field(ZeroOne())
    hello_timer: float | None = read_only_field()
    tcn_timer: float | None = read_only_field()
    topology_change_timer: float | None = read_only_field()
    gc_timer: float | None = read_only_field()
    fdb_n_learned: int | None = read_only_field(since="6.7")
    mcast_querier_state_ipv4: dict[str, Any] | None = read_only_field(ReadOnly(), since="6.17")
    mcast_querier_state_ipv6: dict[str, Any] | None = read_only_field(ReadOnly(), since="6.17")
