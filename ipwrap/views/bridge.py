"""The rows of what `bridge` shows."""

from collections.abc import Callable, Iterable, Sequence
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


def _vlan(port: PortVlans) -> Sequence[Any]:
    """Return the row of a port and its VLANs."""
    return (port.ifname, tuple(_vid(each) for each in port.vlans))


def _vid(vlan: Any) -> str:
    """Return a VLAN or a range as text, with its flags."""
    flags = f" ({', '.join(vlan.flags)})" if vlan.flags else ""
    return f"{_span(vlan, 'vlan') if vlan.vlan is not None else vlan.vid}{flags}"


def _tunnel(port: PortVlans) -> Sequence[Any]:
    """Return the row of a port and its VLANs that go through tunnels."""
    return (
        port.ifname,
        tuple(f"{_span(each, 'vlan')} (id {_span(each, 'tunid')})" for each in port.tunnels or ()),
    )


def _span(found: Any, name: str) -> str:
    """Return a number, or a range of numbers, as one types it."""
    first, last = getattr(found, name), getattr(found, f"{name}End")
    return f"{first}" if last is None else f"{first}-{last}"


def _global_vlan(found: Any) -> Sequence[Any]:
    """Return the row of a bridge's VLAN."""
    bridge, vlan = found
    routers = tuple(each.port for each in vlan.router_ports or ())
    versions = (vlan.mcast_igmp_version, vlan.mcast_mld_version)
    return (
        bridge,
        _span(vlan, "vlan"),
        vlan.mcast_snooping,
        vlan.mcast_querier,
        *versions,
        vlan.msti,
        routers,
    )


def _vni(found: Any) -> Sequence[Any]:
    """Return the row of a tunnel, or a range of them, that a vxlan lets in."""
    vxlan, vni = found
    counted = (vni.stats.rx_pkts, vni.stats.tx_pkts) if vni.stats else (None, None)
    return (vxlan, _span(vni, "vni"), vni.group, vni.remote, *counted)


def _mst(found: Any) -> Sequence[Any]:
    """Return the row of a port in one spanning tree."""
    port, mst = found
    return (port, mst.msti, mst.state)


def _within(field: str) -> Callable[[Any], Iterable[Any]]:
    """Return what takes a model apart into those in a field, each with the link that it is about."""
    return lambda model: ((model.ifname, each) for each in getattr(model, field))


COLUMNS: dict[str, tuple[tuple[str, ...], Callable[[Any], Sequence[Any]]]] = {
    "bridge fdb": (FDB, attrgetter(*FDB)),
    "bridge link": (LINK, attrgetter(*LINK)),
    "bridge mdb": (MDB, attrgetter(*MDB)),
    "bridge mdb get": (MDB, attrgetter(*MDB)),
    "bridge mst": (("ifname", "msti", "state"), _mst),
    "bridge vlan": (("ifname", "vlans"), _vlan),
    "bridge vlan global": (
        ("ifname", "vlan", "snooping", "querier", "igmp", "mld", "msti", "routers"),
        _global_vlan,
    ),
    "bridge vlan tunnelshow": (("ifname", "tunnels"), _tunnel),
    "bridge vni": (("ifname", "vni", "group", "remote", "rx_pkts", "tx_pkts"), _vni),
}

# What has a row for each thing within.
PARTS: dict[str, Callable[[Any], Iterable[Any]]] = {
    "bridge mdb": lambda found: found.mdb,
    "bridge mst": _within("mst"),
    "bridge vlan global": _within("vlans"),
    "bridge vni": _within("vnis"),
}
