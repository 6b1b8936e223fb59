"""Table rows of the output of `bridge`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from ipwrap.models.port_vlan import PortVlans

__all__ = ["COLUMNS", "PARTS"]

FDB = ("mac", "ifname", "dst", "vlan", "master", "state", "flags")
LINK = ("ifname", "master", "state", "priority", "cost", "flags")
MDB = (
    "dev",
    "port",
    "grp",
    "src",
    "vid",
    "state",
    "filter_mode",
    "protocol",
    "dst",
    "src_vni",
    "flags",
)


def _vlan_row(port: PortVlans) -> Sequence[Any]:
    """Return the row of a port and its VLANs."""
    vlans = tuple(_format_vlan(vlan) for vlan in port.vlans)
    return (port.ifname, vlans)


def _format_vlan(vlan: Any) -> str:
    """Return a VLAN or a range of VLANs as text, with its flags."""
    # With `-s` the key is `vid`: bridge_print_vlan_stats() in lib/bridge.c.
    vid = vlan.vid if vlan.vlan is None else _format_range(vlan, "vlan")
    if not vlan.flags:
        return f"{vid}"

    return f"{vid} ({', '.join(vlan.flags)})"


def _tunnel_row(port: PortVlans) -> Sequence[Any]:
    """Return the row of a port and its VLANs with a tunnel."""
    tunnels = []
    for tunnel in port.tunnels or ():
        vlans = _format_range(tunnel, "vlan")
        tunnel_ids = _format_range(tunnel, "tunid")
        tunnels.append(f"{vlans} (id {tunnel_ids})")

    return (port.ifname, tuple(tunnels))


def _format_range(model: Any, name: str) -> str:
    """Return the number in an attribute, or the range up to the attribute with `End`: `5-9`."""
    first = getattr(model, name)
    last = getattr(model, f"{name}End")
    if last is None:
        return f"{first}"

    return f"{first}-{last}"


def _global_vlan_row(part: Any) -> Sequence[Any]:
    """Return the row of a bridge's VLAN."""
    bridge, vlan = part
    routers = tuple(router.port for router in vlan.router_ports or ())
    return (
        bridge,
        _format_range(vlan, "vlan"),
        vlan.mcast_snooping,
        vlan.mcast_querier,
        vlan.mcast_igmp_version,
        vlan.mcast_mld_version,
        vlan.msti,
        routers,
    )


def _vni_row(part: Any) -> Sequence[Any]:
    """Return the row of a VNI, or a range of VNIs, that a vxlan accepts."""
    vxlan, vni = part
    received, sent = None, None
    if vni.stats:
        received, sent = vni.stats.rx_pkts, vni.stats.tx_pkts

    return (
        vxlan,
        _format_range(vni, "vni"),
        vni.group,
        vni.remote,
        received,
        sent,
    )


def _mst_row(part: Any) -> Sequence[Any]:
    """Return the row of a port in one spanning tree."""
    port, mst = part
    return (port, mst.msti, mst.state)


def _parts_in(field: str) -> Callable[[Any], Iterable[Any]]:
    """Return a function that yields the parts in a field of a model, each with the model's link."""

    def split(model: Any) -> Iterator[tuple[str, Any]]:
        for part in getattr(model, field):
            yield model.ifname, part

    return split


COLUMNS: dict[str, tuple[tuple[str, ...], Callable[[Any], Sequence[Any]]]] = {
    "bridge fdb": (FDB, attrgetter(*FDB)),
    "bridge link": (LINK, attrgetter(*LINK)),
    "bridge mdb": (MDB, attrgetter(*MDB)),
    "bridge mdb get": (MDB, attrgetter(*MDB)),
    "bridge mst": (("ifname", "msti", "state"), _mst_row),
    "bridge vlan": (("ifname", "vlans"), _vlan_row),
    "bridge vlan global": (
        ("ifname", "vlan", "snooping", "querier", "igmp", "mld", "msti", "routers"),
        _global_vlan_row,
    ),
    "bridge vlan tunnelshow": (("ifname", "tunnels"), _tunnel_row),
    "bridge vni": (("ifname", "vni", "group", "remote", "rx_pkts", "tx_pkts"), _vni_row),
}

# The models with a row for each of their parts, instead of one row for the model.
PARTS: dict[str, Callable[[Any], Iterable[Any]]] = {
    "bridge mdb": attrgetter("mdb"),
    "bridge mst": _parts_in("mst"),
    "bridge vlan global": _parts_in("vlans"),
    "bridge vni": _parts_in("vnis"),
}
