"""Table rows of the output of `ip`, but for routes and rules."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ipwrap.models import Json, dump
from ipwrap.models.address import Address, Interface
from ipwrap.models.link import Link
from ipwrap.views.cells import (
    Columns,
    columns_of,
    format_counts,
    format_encap,
    format_group,
    format_option,
    format_seconds,
)

__all__ = ["COLUMNS", "CSV_ROWS", "KEPT", "PARTS", "kind_of", "problem_of"]

LINK = (
    *("ifname", "kind", "operstate", "problem", "master", "link", "rx", "tx", "options", "mtu"),
    *("address", "alias", "altnames", "flags"),
)
# What tells one link of a kind from another one.
FACTS = {
    "bond": ("mode", "active_slave"),
    "bridge": ("stp_state", "vlan_filtering"),
    "geneve": ("id", "remote", "remote6", "port"),
    "gre": ("local", "remote", "ikey", "okey"),
    "gretap": ("local", "remote", "ikey", "okey"),
    "ip6gre": ("local", "remote", "ikey", "okey"),
    "ip6tnl": ("proto", "local", "remote"),
    "ipip": ("local", "remote"),
    "ipvlan": ("mode", "flags"),
    "macsec": ("sci", "encrypt"),
    "macvlan": ("mode",),
    "macvtap": ("mode",),
    "sit": ("local", "remote"),
    "tun": ("type",),
    "vlan": ("protocol", "id"),
    "vrf": ("table",),
    "vti": ("local", "remote", "ikey", "okey"),
    "vxlan": ("id", "group", "group6", "remote", "remote6", "local", "link", "port"),
    "xfrm": ("if_id", "link"),
}
# What tells how a port does, by the kind of its master.
PORT_FACTS = {"bond": ("state", "mii_status"), "bridge": ("state",)}
LOSSES = ("errors", "dropped")
KEY_PADDING = re.compile(r"(?<=[0-9a-f]{2})(00)+$")

ADDRESS_KEPT = ("ifname", "operstate", "address", "peer", "flags")
ADDRESS = (*ADDRESS_KEPT, "valid", "preferred", "scope", "label", "broadcast", "metric", "proto")
# By their names in iproute2's JSON: ifa_flag_names in ip/ipaddress.c.
ADDRESS_FLAGS = {
    name.replace("_", "-") if name == "stable_privacy" else name: name
    for name in (
        *("secondary", "temporary", "nodad", "optimistic", "dadfailed", "home", "deprecated"),
        *("tentative", "dynamic", "mngtmpaddr", "noprefixroute", "autojoin", "stable_privacy"),
    )
}
NEXTHOP = ("id", "via", "dev", "type", "encap", "options", "fdb", "scope", "protocol", "flags")
FOREVER = 0xFFFFFFFF  # seconds

NEIGH_AGES = ("used", "confirmed", "updated")
NEIGH = ("dst", "dev", "lladdr", "state", "flags", "protocol", "probes", *NEIGH_AGES)
NEIGH_FLAGS = ("router", "proxy", "managed", "extern_learn", "extern_valid", "offload")


def _link_row(link: Any) -> Sequence[Any]:
    """Return the row of a link."""
    return (
        link.ifname,
        kind_of(link),
        link.operstate,
        problem_of(link),
        link.master,
        _lower_link(link),
        _format_counters(link, "rx"),
        _format_counters(link, "tx"),
        _format_facts(link),
        link.mtu,
        link.address,
        link.ifalias,
        link.altnames,
        link.flags,
    )


def kind_of(link: Any) -> str | None:
    """Return the kind of a link; None for a physical link."""
    if link.linkinfo is None:
        return None

    kind: str | None = link.linkinfo.info_kind
    return kind


def problem_of(link: Link) -> str | None:
    """Return why a link is down: `admin down`, `no carrier`, `protodown`; None for no reason."""
    if link.flags and not link.up:
        return "admin down"
    if link.proto_down:
        return "protodown"
    return "no carrier" if "NO-CARRIER" in link.flags else None


def _lower_link(link: Link) -> str | None:
    """Return the link below, or the peer, in the notation of `ip` after the @."""
    if link.link is not None or link.link_index is None:
        return link.link

    # A link in another namespace has only its index: print_linkinfo() in ip/ipaddress.c.
    index = f"if{link.link_index}"
    if link.link_netnsid is None:
        return index

    return f"{index} (netns {link.link_netnsid})"


def _format_facts(link: Link) -> str | None:
    """Return the main options of a link's kind, and the state of a port. They need `-d`.

    `id 7 remote 10.0.0.2`, `bridge_slave state blocking`.
    """
    info = link.linkinfo
    if info is None:
        return None

    words = _facts(FACTS.get(info.info_kind or "", ()), info.info_data)
    port_words = _facts(PORT_FACTS.get(info.info_slave_kind or "", ()), info.info_slave_data)
    if port_words:
        words += [f"{info.info_slave_kind}_slave", *port_words]
    return " ".join(words) or None


def _facts(names: Iterable[str], data: Mapping[str, Any] | None) -> list[str]:
    """Return the options of these names that have a value, as words."""
    return [format_option(name, data[name]) for name in names if data and data.get(name)]


def _format_counters(link: Link, direction: str) -> str | None:
    """Return the counters of one direction, with `-s`: packets, and what was lost, if any."""
    stats = link.stats64 or link.stats
    counters = None if stats is None else getattr(stats, direction)
    if counters is None:
        return None

    lost = [f"{getattr(counters, name)} {name}" for name in LOSSES if getattr(counters, name)]
    return ", ".join((f"{counters.packets} packets", f"{counters.bytes} bytes", *lost))


def _address_parts(interface: Interface) -> Iterator[tuple[Interface, Address | None]]:
    """Yield a link with each of its addresses, or with None: a row each."""
    for address in interface.addr_info or (None,):
        yield interface, address


def _address_row(part: tuple[Interface, Address | None]) -> Sequence[Any]:
    """Return the row of an address, with its link."""
    interface, address = part
    if address is None:
        return (interface.ifname, interface.operstate, *[None] * (len(ADDRESS) - 2))

    has_own_label = address.label not in (None, interface.ifname)
    return (
        interface.ifname,
        interface.operstate,
        address.prefix,
        address.peer,
        tuple(name for name, field in ADDRESS_FLAGS.items() if getattr(address, field)),
        _format_lifetime(address.valid_life_time),
        _format_lifetime(address.preferred_life_time),
        address.scope,
        address.label if has_own_label else None,
        address.broadcast,
        address.metric,
        address.protocol,
    )


def _address_csv_rows(interface: Json) -> Iterator[Json]:
    """Yield the addresses of a link with the keys of the link, whose MAC has another name then."""
    addresses = interface.get("addr_info") or [{}]
    taken = {"address", "broadcast"}.union(*addresses)
    first = {key: value for key, value in interface.items() if key in ("ifindex", "ifname")}
    link = {
        f"link_{key}" if key in taken else key: value
        for key, value in interface.items()
        if key != "addr_info" and key not in first
    }

    for address in addresses:
        yield {**first, **address, **link}


def _format_lifetime(seconds: int | None) -> str | None:
    """Return a lifetime with its unit; None for one without end."""
    return None if seconds == FOREVER else format_seconds(seconds)


def _neigh_row(neigh: Any) -> Sequence[Any]:
    """Return the row of a neighbour, with its flags in one cell."""
    flags = tuple(name for name in NEIGH_FLAGS if getattr(neigh, name))
    ages = [format_seconds(getattr(neigh, name)) for name in NEIGH_AGES]
    row = (neigh.dst, neigh.dev, neigh.lladdr, neigh.state, flags, neigh.protocol)
    return (*row, neigh.probes, *ages)


def _nexthop_row(nexthop: Any) -> Sequence[Any]:
    """Return the row of a next hop, with the members of a group in one cell."""
    members = tuple(f"{member.id}x{member.weight or 1}" for member in nexthop.group or ())
    via = "blackhole" if nexthop.blackhole else nexthop.gateway or members
    resilient = format_group(nexthop.resilient_args)
    return (
        nexthop.id,
        via,
        nexthop.dev,
        nexthop.type,
        format_encap(nexthop.encap),
        None if resilient is None else " ".join(resilient),
        nexthop.fdb,
        nexthop.scope,
        nexthop.protocol,
        nexthop.flags,
    )


def _bucket_row(nexthop: Any) -> Sequence[Any]:
    """Return the row of a bucket of a resilient group."""
    index, member, idle_time = None, None, None
    bucket = nexthop.bucket
    if bucket:
        index, member, idle_time = bucket.index, bucket.nhid, bucket.idle_time

    return (nexthop.id, index, member, format_seconds(idle_time), nexthop.flags)


def _macsec_row(secy: Any) -> Sequence[Any]:
    """Return the row of a MACsec link, with its keys in one cell, and its receive channels."""
    keys = tuple(_format_association(association) for association in secy.sa_list)

    channels = []
    for channel in secy.rx_sc:
        channel_keys = map(_format_association, channel.sa_list)
        channels.append(" ".join((channel.sci or "", *channel_keys)))

    return (
        secy.ifname,
        secy.cipher_suite,
        secy.encrypt,
        secy.validate,
        secy.sci,
        keys,
        tuple(channels),
        secy.offload,
    )


def _format_association(association: Any) -> str:
    """Return a secure association: its number, its key identifier, and `(off)` if inactive."""
    # The kernel pads the identifier of a key with bytes of zero to 16; one byte stays of all zeros.
    key = KEY_PADDING.sub("", association.key or "")
    suffix = "" if association.active else " (off)"
    return f"{association.an}:{key}{suffix}"


def _stats_row(stats: Any) -> Sequence[Any]:
    """Return the row of the counters of a link, without zeros."""
    groups = (
        stats.info,
        stats.stats64,
        stats.multicast,
        stats.stp,
        stats.lacp,
        stats.mpls_stats,
    )

    counters: list[str] = []
    for group in groups:
        counters += format_group(group) or ()

    for vlan in stats.vlans or ():
        counters += _vlan_counters(vlan)

    return (stats.ifname, stats.group, stats.subgroup, stats.suite, tuple(counters))


def _vlan_counters(vlan: Any) -> Iterator[str]:
    """Yield the counters of a VLAN with its number, if it has counted anything."""
    data = dump(vlan)
    number = data.pop("vid", None)
    data.pop("flags", None)

    counts = " ".join(format_counts(data))
    if counts:
        yield f"vid {number} {counts}"


def _tuntap_row(link: Any) -> Sequence[Any]:
    """Return the row of a TUN or TAP link, with its processes in one cell."""
    processes = tuple(f"{process.name} ({process.pid})" for process in link.processes or ())
    return (link.ifname, link.flags, link.user, link.group, processes)


def _maddress_parts(link: Any) -> Iterator[tuple[str, Any]]:
    """Yield a link's name with each of its multicast addresses, or with None: a row each."""
    for address in link.maddr or (None,):
        yield link.ifname, address


def _maddress_row(part: tuple[str, Any]) -> Sequence[Any]:
    """Return the row of a multicast address of a link."""
    ifname, address = part
    if address is None:
        return (ifname, None, None, None, None)

    # print_maddr() in ip/ipmaddr.c prints a link-layer address with the key `link`.
    place = "link" if address.link else address.family
    return (ifname, place, address.link or address.address, address.users, address.features)


def _mroute_row(route: Any) -> Sequence[Any]:
    """Return the row of a multicast route, with its outgoing links in one cell."""
    outgoing = tuple(hop.oif for hop in route.multipath or ())
    return (
        route.src,
        route.dst,
        route.iif,
        outgoing,
        route.state,
        route.table,
    )


def _xstats_row(stats: Any) -> Sequence[Any]:
    """Return the row of the extra counters of a kind of link, without zeros."""
    return (
        stats.ifname,
        format_group(stats.multicast),
        format_group(stats.stp),
        format_group(stats.lacp),
    )


def _afstats_row(stats: Any) -> Sequence[Any]:
    """Return the row of the MPLS counters of a link, without zeros."""
    return (stats.ifname, format_group(stats.rx), format_group(stats.tx))


COLUMNS: dict[str, Columns] = {
    "address": (ADDRESS, _address_row),
    "link": (LINK, _link_row),
    "link afstats": (("ifname", "rx", "tx"), _afstats_row),
    "link xstats": (("ifname", "multicast", "stp", "802.3ad"), _xstats_row),
    "macsec": (
        ("ifname", "cipher", "encrypt", "validate", "sci", "keys", "rx", "offload"),
        _macsec_row,
    ),
    "maddress": (("ifname", "family", "address", "users", "features"), _maddress_row),
    "mroute": (("src", "dst", "iif", "oif", "state", "table"), _mroute_row),
    "neigh": (NEIGH, _neigh_row),
    "netns": columns_of("name", "id"),
    "netns list-id": columns_of("nsid", "name"),
    "nexthop": (NEXTHOP, _nexthop_row),
    "nexthop bucket": (("id", "index", "nhid", "idle_time", "flags"), _bucket_row),
    "stats": (("ifname", "group", "subgroup", "suite", "counted"), _stats_row),
    "token": columns_of("ifname", "token"),
    "tuntap": (("ifname", "flags", "user", "group", "processes"), _tuntap_row),
    "vrf": columns_of("name", "table"),
}

PARTS = {"address": _address_parts, "maddress": _maddress_parts}

KEPT = {"address": len(ADDRESS_KEPT)}

# The objects with a row of CSV for each of their parts.
CSV_ROWS: dict[str, Callable[[Json], Iterable[Json]]] = {"address": _address_csv_rows}
