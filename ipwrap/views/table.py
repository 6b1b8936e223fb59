"""Tables. The only file that imports tabulate."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ipwrap.jsonio import reader
from ipwrap.jsonio.escape import escape_controls
from ipwrap.models import Json, dump, load
from ipwrap.models.address import Interface
from ipwrap.models.event import Event
from ipwrap.models.link import Link
from ipwrap.qdiscs.units import Rate
from ipwrap.recording import CommandEvent, RecordingView
from ipwrap.state import State
from ipwrap.views import bridge

__all__ = ["COLUMNS", "as_csv", "commands", "event_table", "noun_table", "state", "text_table"]


def text_table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table for a terminal."""
    from tabulate import tabulate

    return tabulate(
        [[_cell(each) for each in row] for row in rows],
        headers=headers,
        tablefmt="plain",
        disable_numparse=True,
    )


def _cell(value: Any) -> str:
    """Return a value as a table shows it, control characters escaped so that no name can disturb the terminal."""
    if value is None or value == ():
        return ""
    text = ",".join(str(each) for each in value) if isinstance(value, (list, tuple)) else str(value)
    return escape_controls(text)


def _link(link: Any) -> Sequence[Any]:
    """Return a link's row."""
    kind = link.linkinfo.info_kind if link.linkinfo else None
    return (
        link.ifname,
        kind,
        link.operstate,
        link.flags,
        link.mtu,
        link.master,
        _lower(link),
        link.address,
        link.ifalias,
    )


def _lower(link: Link) -> str | None:
    """Return what is below a link, or its peer, as `ip` writes it after the @."""
    if link.link is None and link.link_index is not None:
        return f"if{link.link_index}" + (
            f" (netns {link.link_netnsid})" if link.link_netnsid is not None else ""
        )
    return link.link


def _address(interface: Interface) -> Sequence[Any]:
    """Return the row of a link with its addresses."""
    return (interface.ifname, interface.operstate, interface.prefixes)


def _route(route: Any) -> Sequence[Any]:
    """Return a route's row; the ways of one with several in one cell."""
    hops = tuple(f"{hop.gateway or ''}@{hop.dev}x{hop.weight or 1}" for hop in route.nexthops or ())
    via = route.gateway or (f"{route.via.family} {route.via.host}" if route.via else None) or hops
    return (
        route.type,
        route.dst,
        via,
        route.dev,
        route.table,
        route.protocol,
        route.scope,
        route.prefsrc,
        route.metric,
    )


def _rule(rule: Any) -> Sequence[Any]:
    """Return a rule's row: of what packets it is, and what becomes of them."""
    goto = None if rule.goto is None else f"goto {rule.goto}"
    return (
        rule.priority,
        rule.not_,
        _with_length(rule.src, rule.srclen),
        _with_length(rule.dst, rule.dstlen),
        rule.iif,
        rule.oif,
        rule.fwmark if rule.fwmask is None else f"{rule.fwmark}/{rule.fwmask}",
        "l3mdev" if rule.l3mdev else rule.table,
        goto or rule.action or ("nop" if rule.nop else None),
        rule.protocol,
    )


def _with_length(address: str | None, length: int | None) -> str | None:
    """Return an address with the length of its prefix, if it has one."""
    return address if length is None else f"{address}/{length}"


def _nexthop(nexthop: Any) -> Sequence[Any]:
    """Return the row of a next hop; the members of a group in one cell."""
    group = tuple(f"{each.id}x{each.weight or 1}" for each in nexthop.group or ())
    via = "blackhole" if nexthop.blackhole else nexthop.gateway or group
    return (
        nexthop.id,
        via,
        nexthop.dev,
        nexthop.type,
        nexthop.fdb,
        nexthop.scope,
        nexthop.protocol,
        nexthop.flags,
    )


def _bucket(found: Any) -> Sequence[Any]:
    """Return a bucket's row."""
    bucket = found.bucket
    return (
        found.id,
        *((bucket.index, bucket.nhid, bucket.idle_time) if bucket else (None, None, None)),
        found.flags,
    )


def _macsec(secy: Any) -> Sequence[Any]:
    """Return the row of a MACsec link; its keys in one cell, and the channels that it listens to in another."""
    keys = tuple(_sa(each) for each in secy.sa_list)
    channels = tuple(" ".join((each.sci or "", *map(_sa, each.sa_list))) for each in secy.rx_sc)
    return (
        secy.ifname,
        secy.cipher_suite,
        secy.encrypt,
        secy.validate,
        secy.sci,
        keys,
        channels,
        secy.offload,
    )


def _sa(sa: Any) -> str:
    """Return a key by its number, its identifier without the zeros behind, and whether it is used."""
    return f"{sa.an}:{(sa.key or '').rstrip('0')}{'' if sa.active else ' (off)'}"


def _stats(stats: Any) -> Sequence[Any]:
    """Return the row of what a link counts of one thing, without zeros."""
    parts = (stats.info, stats.stats64, stats.multicast, stats.stp, stats.lacp, stats.mpls_stats)
    counted = tuple(each for part in parts if part for each in _format_counts(dump(part)))
    vlans = tuple(" ".join(_format_counts(dump(each))) for each in stats.vlans or ())
    return (stats.ifname, stats.group, stats.subgroup, stats.suite, (*counted, *vlans))


def _tuntap(link: Any) -> Sequence[Any]:
    """Return the row of a TUN or TAP link; the processes at its other end in one cell."""
    processes = tuple(f"{each.name} ({each.pid})" for each in link.processes or ())
    return (link.ifname, link.flags, link.user, link.group, processes)


def _maddress(link: Any) -> Sequence[Any]:
    """Return the row of a link with its multicast addresses."""
    return (link.ifname, tuple(each.link or each.address for each in link.maddr))


def _mroute(route: Any) -> Sequence[Any]:
    """Return the row of a multicast route; the links that it goes out of in one cell."""
    return (
        route.src,
        route.dst,
        route.iif,
        tuple(each.oif for each in route.multipath or ()),
        route.state,
        route.table,
    )


def _qdisc(qdisc: Any) -> Sequence[Any]:
    """Return a qdisc's row, with its options as iproute2 prints them, but for zeros."""
    where = "root" if qdisc.root else qdisc.parent
    options = tuple(_format_counts(qdisc.options or {}))
    return (
        qdisc.kind,
        qdisc.handle,
        qdisc.dev,
        where,
        options,
        qdisc.packets,
        qdisc.drops,
        qdisc.backlog,
    )


def _class(found: Any) -> Sequence[Any]:
    """Return the row of a class of a qdisc."""
    where = "root" if found.root else found.parent
    rates = (_rate(each) for each in (found.rate, found.ceil))
    return (
        found.class_,
        found.handle,
        found.dev,
        where,
        found.prio,
        *rates,
        found.stats and found.stats.packets,
    )


def _rate(bytes_: int | None) -> str | int | None:
    """Return bytes a second as bits a second, with their unit; what is no rate as it is."""
    return Rate().format("rate", bytes_ * 8) if bytes_ and 0 < bytes_ < 2**64 else bytes_ or None


def _filter(found: Any) -> Sequence[Any]:
    """Return a filter's row; its actions in one cell."""
    where = next(
        (word for word in ("root", "ingress", "egress") if getattr(found, word)), found.parent
    )
    actions = tuple(
        " ".join((each.kind, "/".join(verdict.type or "" for verdict in each.verdicts))).strip()
        for each in found.actions
    )
    return (found.kind, found.dev, where, found.protocol, found.pref, found.chain, actions)


def _fields(*names: str) -> tuple[tuple[str, ...], Callable[[Any], Sequence[Any]]]:
    """Return headers and a row of attributes by these names."""
    return names, lambda model: tuple(getattr(model, name) for name in names)


def _xstats(stats: Any) -> Sequence[Any]:
    """Return the row of what a kind of link counts besides, without zeros."""
    parts = (stats.multicast, stats.stp, stats.lacp)
    return (stats.ifname, *(tuple(_format_counts(dump(part))) if part else None for part in parts))


def _afstats(stats: Any) -> Sequence[Any]:
    """Return the row of what a link counts of MPLS, without zeros."""
    return (
        stats.ifname,
        *(tuple(_format_counts(dump(part))) if part else None for part in (stats.rx, stats.tx)),
    )


def _format_counts(counted: Json, within: str = "") -> Iterator[str]:
    """Yield what is counted, but for zeros."""
    for key, value in counted.items():
        if isinstance(value, dict):
            yield from _format_counts(value, f"{within}{key}.")
        elif value:
            yield f"{within}{key} {value}"


COLUMNS: dict[str, tuple[tuple[str, ...], Callable[[Any], Sequence[Any]]]] = {
    **bridge.COLUMNS,
    "address": (("ifname", "operstate", "addresses"), _address),
    "link": (
        ("ifname", "kind", "operstate", "flags", "mtu", "master", "link", "address", "alias"),
        _link,
    ),
    "link afstats": (("ifname", "rx", "tx"), _afstats),
    "link xstats": (("ifname", "multicast", "stp", "802.3ad"), _xstats),
    "macsec": (
        ("ifname", "cipher", "encrypt", "validate", "sci", "keys", "rx", "offload"),
        _macsec,
    ),
    "maddress": (("ifname", "addresses"), _maddress),
    "mroute": (("src", "dst", "iif", "oif", "state", "table"), _mroute),
    "neigh": _fields("dst", "dev", "lladdr", "state", "proxy", "router"),
    "netns": _fields("name", "id"),
    "netns list-id": _fields("nsid", "name"),
    "nexthop": (("id", "via", "dev", "type", "fdb", "scope", "protocol", "flags"), _nexthop),
    "nexthop bucket": (("id", "index", "nhid", "idle_time", "flags"), _bucket),
    "route": (
        ("type", "dst", "via", "dev", "table", "protocol", "scope", "prefsrc", "metric"),
        _route,
    ),
    "rule": (
        ("priority", "not", "src", "dst", "iif", "oif", "fwmark", "table", "action", "protocol"),
        _rule,
    ),
    "stats": (("ifname", "group", "subgroup", "suite", "counted"), _stats),
    "tc class": (("class", "handle", "dev", "parent", "prio", "rate", "ceil", "packets"), _class),
    "tc filter": (("kind", "dev", "parent", "protocol", "pref", "chain", "actions"), _filter),
    "tc qdisc": (
        ("kind", "handle", "dev", "parent", "options", "packets", "drops", "backlog"),
        _qdisc,
    ),
    "token": _fields("ifname", "token"),
    "tuntap": (("ifname", "flags", "user", "group", "processes"), _tuntap),
    "vrf": _fields("name", "table"),
}


def noun_table(noun: str, models: Iterable[Any]) -> str:
    """Return the models of a noun as a table; columns that are empty throughout are left out."""
    headers, row = COLUMNS[noun]
    parts = bridge.PARTS.get(noun)
    things = models if parts is None else (each for model in models for each in parts(model))
    rows = [[_cell(each) for each in row(thing)] for thing in things]
    kept = [n for n, header in enumerate(headers) if n == 0 or any(each[n] for each in rows)]
    return text_table([headers[n] for n in kept], [[each[n] for n in kept] for each in rows])


def as_csv(models: Iterable[Any], one: Callable[[Any], Json] = dump) -> str:
    """Return models as CSV: a column a JSON key, in order of appearance; lists and objects as JSON."""
    objects = [one(model) for model in models]
    headers = list(dict.fromkeys(key for each in objects for key in each))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows([_plain(each, header) for header in headers] for each in objects)
    return out.getvalue()


def _plain(data: Json, key: str) -> Any:
    """Return a value as a cell of CSV."""
    value = data.get(key, "")
    return (
        reader.encode(value)
        if isinstance(value, (list, tuple, Mapping, bool)) or value is None
        else value
    )


def event_table(events: Iterable[Event]) -> str:
    """Return events as a table: when, where, of what, whether it has gone, and what the monitor said."""
    rows = [
        (each.when, each.nsid, each.object, "deleted" if each.deleted else "", each.text)
        for each in events
    ]
    return text_table(("when", "nsid", "object", "", "text"), rows)


def state(state: State) -> str:
    """Return the links of every namespace as a table, with their addresses."""
    rows = []
    for netns, nouns in state.items():
        addresses = {
            each.ifname: each.prefixes for each in load(Interface, nouns.get("address", []))
        }
        for link in load(Link, nouns.get("link", [])):
            kind = link.linkinfo.info_kind if link.linkinfo else None
            up = "up" if link.up else "down"
            rows.append(
                (
                    netns,
                    link.ifname,
                    kind,
                    up,
                    link.master,
                    link.address,
                    addresses.get(link.ifname),
                )
            )
    return text_table(("where", "link", "kind", "", "master", "address", "addresses"), rows)


def commands(recording: RecordingView) -> str:
    """Return a recording's commands as a table: number, where, line, status, milliseconds, who asked."""
    rows = []
    for event, result in recording.pairs():
        if isinstance(event, CommandEvent):
            ended = ("", "") if result is None else (result.status, f"{result.seconds * 1000:.1f}")
            rows.append(
                (event.number, event.command.netns, event.command.line, *ended, event.call_site)
            )
    return text_table(("n", "where", "line", "status", "ms", "asked at"), rows)
