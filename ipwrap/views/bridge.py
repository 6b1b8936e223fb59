"""Table rows of the output of `bridge`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from ipwrap.models.mdb import Mdb, MdbEntry
from ipwrap.models.port_vlan import PortVlans
from ipwrap.options.table import options_of
from ipwrap.views.cells import Columns, format_option, format_seconds

__all__ = ["COLUMNS", "PARTS"]

FDB = (
    *("mac", "ifname", "dst", "vlan", "master", "state", "flags", "nhid", "vni", "src_vni", "port"),
    *("viaIf", "used", "updated"),
)
LINK = ("ifname", "master", "state", "options", "priority", "cost", "flags")
MDB = (
    *("dev", "port", "grp", "src", "vid", "state", "filter_mode", "sources", "protocol", "dst"),
    *("dst_port", "vni", "src_vni", "via", "timer", "flags"),
)
VLAN = ("ifname", "vlan", "flags", "state", "options", "rx", "tx")

# The options of a port, and of its VLANs.
PORT_OPTIONS = (
    *("hairpin", "guard", "root_block", "fastleave", "learning", "flood", "mcast_flood"),
    *("bcast_flood", "mcast_router", "mcast_to_unicast", "neigh_suppress", "neigh_vlan_suppress"),
    *("neigh_forward_grat", "vlan_tunnel", "isolated", "locked", "mab", "backup_port"),
    *("backup_nhid", "mcast_max_groups"),
)
VLAN_OPTIONS = ("mcast_router", "neigh_suppress", "neigh_forward_grat", "mcast_max_groups")
VNI_COUNTERS = ("rx_pkts", "tx_pkts", "rx_drops", "tx_drops", "rx_errors", "tx_errors")
USUAL_STATE = "forwarding"


def _fdb_row(entry: Any) -> Sequence[Any]:
    """Return the row of a forwarding entry, with its age in seconds."""
    ages = ("used", "updated")
    cells = {name: format_seconds(getattr(entry, name)) for name in ages}
    return [cells[name] if name in ages else getattr(entry, name) for name in FDB]


def _link_row(port: Any) -> Sequence[Any]:
    """Return the row of a port, with the options that a new port does not have."""
    options = _format_options(port, PORT_OPTIONS)
    return [options if name == "options" else getattr(port, name) for name in LINK]


def _format_options(model: Any, names: Iterable[str]) -> str:
    """Return the options that are not as the kernel has them: `learning off isolated on`."""
    defaults = _port_defaults()
    words = []
    for name in names:
        value = getattr(model, name)
        # None, False and 0 are alike where nothing else is the default.
        if value is not None and (value or None) != (defaults.get(name) or None):
            words.append(format_option(name, value))
    return " ".join(words)


@cache
def _port_defaults() -> dict[str, Any]:
    """Return the options of a new port, by their names."""
    # Imported late: the table of most objects needs none of it.
    from ipwrap.kinds import BridgeSlave

    return {option.name: option.default for option in options_of(BridgeSlave)}


def _mdb_parts(mdb: Mdb) -> Iterator[MdbEntry]:
    """Yield the groups, and the ports with a router as groups without an address."""
    yield from mdb.mdb
    for bridge, ports in mdb.router.items():
        for port in ports:
            yield MdbEntry(
                dev=bridge, port=port.port, state=port.type, timer=port.timer, flags=("router",)
            )


def _mdb_row(entry: Any) -> Sequence[Any]:
    """Return the row of a multicast group, with its sources in one cell."""
    cells = {
        "sources": tuple(source.address or "" for source in entry.source_list or ()),
        "timer": format_seconds(entry.timer and entry.timer.strip()),
    }
    return [cells[name] if name in cells else getattr(entry, name) for name in MDB]


def _vlan_parts(port: PortVlans) -> Iterator[Sequence[Any]]:
    """Yield the rows of the VLANs of a port: those in sequence that are alike share a row."""
    rows: list[tuple[int | None, int | None, tuple[Any, ...]]] = []

    for vlan in port.vlans:
        # With `-s` the key is `vid`: bridge_print_vlan_stats() in lib/bridge.c.
        first = vlan.vid if vlan.vlan is None else vlan.vlan
        last = first if vlan.vlanEnd is None else vlan.vlanEnd
        cells = _vlan_cells(vlan)

        if rows and first is not None and rows[-1][1:] == (first - 1, cells):
            first = rows.pop()[0]
        rows.append((first, last, cells))

    if not rows:
        yield (port.ifname, *[None] * (len(VLAN) - 1))
    for first, last, cells in rows:
        yield (port.ifname, f"{first}" if first == last else f"{first}-{last}", *cells)


def _vlan_cells(vlan: Any) -> tuple[Any, ...]:
    """Return the cells of a VLAN behind its number."""
    return (
        vlan.flags or (),
        None if vlan.state == USUAL_STATE else vlan.state,
        _format_options(vlan, VLAN_OPTIONS),
        _format_traffic(vlan.rx_packets, vlan.rx_bytes),
        _format_traffic(vlan.tx_packets, vlan.tx_bytes),
    )


def _format_traffic(packets: int | None, size: int | None) -> str | None:
    """Return the counters of a VLAN, with `-s`."""
    return None if packets is None else f"{packets} packets, {size} bytes"


def _tunnel_parts(port: PortVlans) -> Iterator[Sequence[Any]]:
    """Yield the rows of the VLANs of a port that have a tunnel."""
    if not port.tunnels:
        yield (port.ifname, None, None)
    for tunnel in port.tunnels or ():
        yield (port.ifname, _format_range(tunnel, "vlan"), _format_range(tunnel, "tunid"))


def _same(row: Sequence[Any]) -> Sequence[Any]:
    """Return a row that is ready."""
    return row


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
    counters = [getattr(vni.stats, name, None) for name in VNI_COUNTERS]
    return (
        vxlan,
        _format_range(vni, "vni"),
        vni.group,
        vni.remote,
        *counters,
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


COLUMNS: dict[str, Columns] = {
    "bridge fdb": (FDB, _fdb_row),
    "bridge link": (LINK, _link_row),
    "bridge mdb": (MDB, _mdb_row),
    "bridge mdb get": (MDB, _mdb_row),
    "bridge mst": (("ifname", "msti", "state"), _mst_row),
    "bridge vlan": (VLAN, _same),
    "bridge vlan global": (
        ("ifname", "vlan", "snooping", "querier", "igmp", "mld", "msti", "routers"),
        _global_vlan_row,
    ),
    "bridge vlan tunnelshow": (("ifname", "vlan", "tunid"), _same),
    "bridge vni": (("ifname", "vni", "group", "remote", *VNI_COUNTERS), _vni_row),
}

# The models with a row for each of their parts, instead of one row for the model.
PARTS: dict[str, Callable[[Any], Iterable[Any]]] = {
    "bridge mdb": _mdb_parts,
    "bridge mst": _parts_in("mst"),
    "bridge vlan": _vlan_parts,
    "bridge vlan global": _parts_in("vlans"),
    "bridge vlan tunnelshow": _tunnel_parts,
    "bridge vni": _parts_in("vnis"),
}
