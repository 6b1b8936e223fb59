"""The comparison of bridge objects: ports, forwarding entries, VLANs, groups, trees and tunnels."""

from collections.abc import Iterator

from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison.base import (
    CARRIER,
    Comparisons,
    Item,
    Json,
    comparable_fields,
    comparable_flags,
    identity_of,
    ifname_of,
)

__all__ = ["COMPARISONS"]

COUNTER_SUFFIXES = ("_bytes", "_packets")
OFFLOADED = frozenset({"offload", "offload_failed"})

# The fields of a port's VLAN without settings. 1 is MDB_RTR_TYPE_TEMP_QUERY, the kernel's default
# (include/uapi/linux/if_bridge.h).
VLAN_DEFAULTS = {
    "state": "forwarding",
    "mcast_router": 1,
    "mcast_max_groups": 0,
    "neigh_suppress": False,
}


def _port(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a bridge's port with the port options.

    ``link`` is excluded: `bridge` looks the name up in the wrong namespace. Releases through 5.10
    list a bridge as a port of itself, which is skipped.
    """
    if data.get("master") == data.get("ifname"):
        return

    fields = comparable_fields(data, named, "link")
    fields["flags"] = comparable_flags(data, CARRIER)
    yield (ifname_of(data),), fields


def _fdb(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a forwarding entry, except learned entries and automatic multicast groups."""
    mac = data.get("mac", "?")
    # iproute2 through 5.4 prints a numeric state with its key: state_n2a() in bridge/fdb.c.
    state = str(data.get("state")).removeprefix("state=")
    if state in ("", "stale"):
        return

    # Devices list the multicast groups that they receive: ndo_dflt_fdb_dump() in
    # net/core/rtnetlink.c.
    if _is_group(mac) and mac not in named:
        return

    fields = comparable_fields(data, named)
    fields |= {"mac": named.mask_mac(mac), "state": state}
    place = identity_of(data, "ifname", "master", "vlan", "dst", "vni")
    yield (str(fields["mac"]), *place), fields


def _is_group(mac: str) -> bool:
    """Return whether a MAC address is a multicast address: the lowest bit of the first octet."""
    first_octet, colon, _ = mac.partition(":")
    return bool(colon) and bool(int(first_octet, 16) & 1)


def _vlan(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare every VLAN and every tunnel of a port."""
    vlans = data.get("vlans") or ()
    tunnels = data.get("tunnels") or ()

    for vlan in (*vlans, *tunnels):
        vid = vlan.get("vlan", vlan.get("vid"))
        counters = [key for key in vlan if key.endswith(COUNTER_SUFFIXES)]
        yield (ifname_of(data), str(vid)), comparable_fields(vlan, named, *counters)


def _vlan_details(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare the settings of a port's VLANs; `bridge vlan` compares the VLANs themselves."""
    settings: Json = {}

    for vlans in data.get("vlans") or ():
        fields = comparable_fields(
            vlans,
            named,
            "vlan",
            "vlanEnd",
            "flags",
        )
        for vid in _vids(vlans):
            for key, value in fields.items():
                if VLAN_DEFAULTS.get(key) != value:
                    settings[f"{vid} {key}"] = value

    yield (ifname_of(data),), settings


def _global_vlan(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare every VLAN of a bridge, with ranges expanded, without multicast routers."""
    for vlans in data.get("vlans") or ():
        for vid in _vids(vlans):
            fields = comparable_fields(vlans, named, "vlan", "vlanEnd", "router_ports")
            yield (ifname_of(data), str(vid)), fields


def _vids(vlans: Json) -> range:
    """Return the numbers of a VLAN or of a range of VLANs."""
    # The kernel joins neighbours with equal options into a range, so the end of a range depends on
    # the next VLAN: br_vlan_can_enter_range() in net/bridge/br_vlan.c.
    first: int = vlans.get("vlan", 0)
    last: int = vlans.get("vlanEnd", first)
    return range(first, last + 1)


def _mdb(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare the multicast groups of bridges, without multicast routers."""
    for entry in data.get("mdb") or ():
        yield from _group(entry, named)


def _group(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a multicast group if the entry is permanent or a command named the group.

    Temporary entries come and go with the hosts of the group.
    """
    if data.get("state") != "permanent" and data.get("grp") not in named:
        return

    fields = comparable_fields(data, named, "index", "timer")
    fields["state"] = data.get("state")
    fields["flags"] = comparable_flags(data, OFFLOADED)
    if "source_list" in fields:
        sources = fields["source_list"]
        fields["source_list"] = sorted(str(source.get("address")) for source in sources)

    yield identity_of(data, "dev", "port", "grp", "src", "vid", "dst", "src_vni"), fields


def _mst(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a port's state in each spanning tree."""
    for tree in data.get("mst") or ():
        msti = str(tree.get("msti"))
        yield (ifname_of(data), msti), comparable_fields(tree, named)


def _vni(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare every tunnel of a VNI filter, without counters."""
    for tunnel in data.get("vnis") or ():
        vni = str(tunnel.get("vni"))
        yield (ifname_of(data), vni), comparable_fields(tunnel, named)


COMPARISONS: Comparisons = {
    "bridge fdb": _fdb,
    "bridge link": _port,
    "bridge mdb": _mdb,
    "bridge mdb get": _group,
    "bridge mst": _mst,
    "bridge vlan": _vlan,
    "bridge vlan details": _vlan_details,
    "bridge vlan global": _global_vlan,
    "bridge vlan tunnelshow": _vlan,
    "bridge vni": _vni,
}
