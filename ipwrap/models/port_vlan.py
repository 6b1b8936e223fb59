"""`PortVlans`: the VLANs of a port, an object of `bridge -j vlan show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import Json, added, nested
from ipwrap.models.declaration import model
from ipwrap.models.old_keys import renamer

__all__ = ["PortVlan", "PortVlans"]

# print_vlan_flags() in bridge/vlan.c of 4.17 to 4.19 prints null under these keys.
FLAGS = {"pvid": "PVID", "untagged": "Egress Untagged"}
# print_vlan_stats_attr() in bridge/vlan.c of 4.17 to 4.19, and print_vlan_info()
OLD_KEYS = {"dev": "ifname", "vlan": "vlans", "xstats": "vlans"}


def _collect_flags(data: Json) -> Json:
    """Return a VLAN with its flags as a list."""
    if FLAGS.keys().isdisjoint(data):
        return data

    others = {key: value for key, value in data.items() if key not in FLAGS}
    return {**others, "flags": [name for key, name in FLAGS.items() if key in data]}


def _list_ports(document: Any) -> Any:
    """Return the ports as a list: in 4.7 to 4.16 their names are keys. print_vlan_port()."""
    if not isinstance(document, dict) or "ifname" in document:
        return document
    if not all(isinstance(vlans, list) for vlans in document.values()):
        return document

    return [{"ifname": name, "vlans": vlans} for name, vlans in document.items()]


@model(kw_only=True)
class PortVlan:
    """A VLAN, or a range up to ``vlanEnd``.

    print_vlan_flags(), print_vlan_opts() in bridge/vlan.c.
    """

    in_json = staticmethod(_collect_flags)

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

    in_document = staticmethod(_list_ports)
    in_json = staticmethod(renamer(OLD_KEYS))

    ifname: str = ""
    vlans: tuple[PortVlan, ...] = nested(PortVlan, ())
    tunnels: tuple[PortVlan, ...] | None = nested(PortVlan)
    extra: dict[str, Any] = field(factory=dict, hash=False)
