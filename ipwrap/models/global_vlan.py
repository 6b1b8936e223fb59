"""`GlobalVlans`: the VLAN options of a bridge, an object of `bridge -j vlan global show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import added, nested
from ipwrap.models.declaration import model
from ipwrap.models.mdb import RouterPort

__all__ = ["GlobalVlan", "GlobalVlans", "Querier"]


@model(kw_only=True)
class Querier:
    """The active querier of a family: address, port number, and remaining seconds as text."""

    mcast_querier_ipv4_addr: str | None = None
    mcast_querier_ipv4_port: int | None = None
    mcast_querier_ipv4_other_timer: str | None = None
    mcast_querier_ipv6_addr: str | None = None
    mcast_querier_ipv6_port: int | None = None
    mcast_querier_ipv6_other_timer: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class GlobalVlan:
    """The options of a VLAN, or of a range up to ``vlanEnd``.

    print_vlan_global_opts() in iproute2's bridge/vlan.c. Every ``…_interval`` is in hundredths of a
    second (USER_HZ). ``router_ports`` are ports with a multicast router.
    """

    vlan: int | None = None
    vlanEnd: int | None = None  # noqa: N815 - the JSON key
    mcast_snooping: int | None = None
    mcast_querier: int | None = None
    mcast_querier_state_ipv4: Querier | None = nested(Querier)
    mcast_querier_state_ipv6: Querier | None = nested(Querier)
    mcast_igmp_version: int | None = None
    mcast_mld_version: int | None = None
    mcast_last_member_count: int | None = None
    mcast_last_member_interval: int | None = None
    mcast_startup_query_count: int | None = None
    mcast_startup_query_interval: int | None = None
    mcast_membership_interval: int | None = None
    mcast_querier_interval: int | None = None
    mcast_query_interval: int | None = None
    mcast_query_response_interval: int | None = None
    msti: int | None = added("6.11", omitted=0)
    router_ports: tuple[RouterPort, ...] | None = nested(RouterPort)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class GlobalVlans:
    """A bridge with the global options of its VLANs."""

    ifname: str = ""
    vlans: tuple[GlobalVlan, ...] = nested(GlobalVlan, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)
