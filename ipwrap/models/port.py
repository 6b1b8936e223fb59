"""`Port`: an object of `bridge -j -d link show`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field

from ipwrap.models.base import added, nested, null_means
from ipwrap.models.declaration import model
from ipwrap.models.old_keys import renamer
from ipwrap.models.port_vlan import PortVlan

__all__ = ["Port"]


@model(kw_only=True)
class Port:
    """A port of a bridge. print_linkinfo() in iproute2's bridge/link.c.

    ``state`` is a name, or a number without a name in iproute2. The flags from ``hairpin`` on need
    `-d`; so do the ``vlans``, which 4.17 to 5.4 print.
    """

    repr_head: ClassVar[Mapping[str, str]] = {
        "ifname": "ifname",
        "master": "master",
        "state": "state",
        "priority": "priority",
        "cost": "cost",
    }
    # print_vlan_info() in bridge/vlan.c of 4.17 and 4.18
    in_json = staticmethod(renamer({"vlan": "vlans"}))

    ifindex: int | None = None
    # print_name_and_link() in lib/utils.c: null for ifindex 0, no key without IFLA_LINK
    link: str | None = null_means("NONE")
    link_index: int | None = None
    link_netnsid: int | None = None
    ifname: str = ""
    flags: tuple[str, ...] = ()
    mtu: int | None = None
    master: str | None = None
    # print_stp_state() in bridge/link.c
    state: str | int | None = None
    priority: int | None = None
    cost: int | None = None
    hwmode: str | None = None
    hairpin: bool | None = None
    guard: bool | None = None
    root_block: bool | None = None
    fastleave: bool | None = None
    learning: bool | None = None
    learning_sync: bool | None = None
    flood: bool | None = None
    mcast_flood: bool | None = None
    bcast_flood: bool | None = added("5.18", omitted=True)
    mcast_router: int | None = added("5.18", omitted=1)
    mcast_to_unicast: bool | None = None
    neigh_suppress: bool | None = None
    neigh_vlan_suppress: bool | None = added("6.4", omitted=False)
    neigh_forward_grat: bool | None = added("7.2", omitted=False)
    vlan_tunnel: bool | None = None
    isolated: bool | None = None
    locked: bool | None = added("5.18", omitted=False)
    mab: bool | None = added("6.2", omitted=False)
    backup_port: str | None = None
    backup_nhid: int | None = added("6.6")
    mcast_n_groups: int | None = added("6.3", omitted=0)
    mcast_max_groups: int | None = added("6.3", omitted=0)
    vlans: tuple[PortVlan, ...] | None = nested(PortVlan)
    extra: dict[str, Any] = field(factory=dict, hash=False)
