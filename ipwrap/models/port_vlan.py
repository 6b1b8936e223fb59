"""`PortVlans`: the VLANs of a port, an object of `bridge -j vlan show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import added, nested
from ipwrap.models.declaration import model

__all__ = ["PortVlan", "PortVlans"]


@model(kw_only=True)
class PortVlan:
    """A VLAN, or a range up to ``vlanEnd``.

    print_vlan_flags(), print_vlan_opts() in bridge/vlan.c.
    """

    vlan: int | None = None
    vlanEnd: int | None = None  # noqa: N815 - the JSON key
    vid: int | None = None
    flags: tuple[str, ...] | None = None
    state: str | int | None = added("5.13", omitted="forwarding")
    mcast_router: int | None = added("5.16", omitted=1)
    mcast_n_groups: int | None = added("6.3", omitted=0)
    mcast_max_groups: int | None = added("6.3", omitted=0)
    neigh_suppress: bool | None = added("6.4", omitted=False)
    neigh_forward_grat: bool | None = added("7.2", omitted=False)
    tunid: int | None = None
    tunidEnd: int | None = None  # noqa: N815 - the JSON key
    rx_bytes: int | None = None
    rx_packets: int | None = None
    tx_bytes: int | None = None
    tx_packets: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class PortVlans:
    """A port or a bridge with its VLANs. Ports without VLANs are omitted.

    print_vlan() in bridge/vlan.c.
    """

    ifname: str = ""
    vlans: tuple[PortVlan, ...] = nested(PortVlan, ())
    tunnels: tuple[PortVlan, ...] | None = nested(PortVlan)
    extra: dict[str, Any] = field(factory=dict, hash=False)
