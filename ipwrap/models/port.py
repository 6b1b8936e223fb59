"""`Port`: one object of `bridge -j -d link show`."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import null

__all__ = ["Port"]


@frozen(kw_only=True, slots=False)
class Port:
    """A port of a bridge. print_linkinfo() in iproute2's bridge/link.c.

    ``state`` is a word, or a number that iproute2 has no word for. The truths from ``hairpin`` on need `-d`.
    """

    ifindex: int | None = None
    link: str | None = null("NONE")
    link_index: int | None = None
    link_netnsid: int | None = None
    ifname: str = ""
    flags: tuple[str, ...] = ()
    mtu: int | None = None
    master: str | None = None
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
    bcast_flood: bool | None = None
    mcast_router: int | None = None
    mcast_to_unicast: bool | None = None
    neigh_suppress: bool | None = None
    neigh_vlan_suppress: bool | None = None
    neigh_forward_grat: bool | None = None
    vlan_tunnel: bool | None = None
    isolated: bool | None = None
    locked: bool | None = None
    mab: bool | None = None
    backup_port: str | None = None
    backup_nhid: int | None = None
    mcast_n_groups: int | None = None
    mcast_max_groups: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
