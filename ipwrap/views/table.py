"""Tables for a terminal, and CSV. The only module that imports tabulate."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from ipwrap.jsonio import reader
from ipwrap.jsonio.escape import CONTROLS, escape_controls
from ipwrap.models import Json, dump, load
from ipwrap.models.address import Interface
from ipwrap.models.link import Link
from ipwrap.qdiscs.units import Rate
from ipwrap.views import bridge

if TYPE_CHECKING:
    from ipwrap.models.event import Event
    from ipwrap.recording import ProcessEvent, RecordingView, Step
    from ipwrap.state import State

__all__ = [
    "COLUMNS",
    "format_command_table",
    "format_csv",
    "format_event_table",
    "format_object_table",
    "format_state_table",
    "format_table",
    "iter_command_table",
    "iter_table",
]

COMMAND_HEADERS = ("n", "where", "line", "status", "ms", "asked at")
PIECE_ROWS = 500

# The status of a wait.
HOLDS, TIMED_OUT = "ok", "timeout"

ATTACH_POINTS = ("root", "ingress", "egress")


def format_table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table for a terminal, with aligned columns."""
    # Imported late: most commands of the command line print no table.
    from tabulate import tabulate

    cells = [_format_row(row) for row in rows]

    # With its own number parsing tabulate would print the name 007 as 7.
    return tabulate(cells, headers=headers, tablefmt="plain", disable_numparse=True)


def iter_table(
    headers: Sequence[str], read_rows: Callable[[], Iterable[Sequence[Any]]]
) -> Iterator[str]:
    """Yield a table in pieces of whole lines, as `format_table` returns it.

    ``read_rows`` is called twice: the first reading finds the widest cell of each column.
    """
    longest = widest = ["" for _ in headers]
    for row in read_rows():
        cells = _format_row(row)
        longest = [max(pair, key=len) for pair in zip(longest, cells, strict=True)]
        widest = [max(pair, key=_width) for pair in zip(widest, cells, strict=True)]

    rows = iter(read_rows())
    piece = list(islice(rows, PIECE_ROWS))
    is_first = True

    while piece or is_first:
        # The rows of the widest cells give every piece the same columns; tabulate counts the
        # columns of a terminal only where the package wcwidth is installed.
        table_lines = format_table(headers, [*piece, longest, widest]).split("\n")
        shown = table_lines[0 if is_first else 1 : -2]
        yield "".join(f"{line}\n" for line in shown)

        is_first = False
        piece = list(islice(rows, PIECE_ROWS))


def _width(cell: str) -> int:
    """Return the columns of a cell on a terminal."""
    if cell.isascii():
        return len(cell)
    return sum(2 if east_asian_width(character) in "FW" else 1 for character in cell)


def _format_row(row: Sequence[Any]) -> list[str]:
    """Return the values of a row as the texts of its cells."""
    return [_format_cell(value) for value in row]


def _format_cell(value: Any) -> str:
    """Return a value as the text of a cell, with escaped control characters."""
    if value is None or value == ():
        return ""

    if isinstance(value, (list, tuple)):
        elements = [str(element) for element in value]
        return escape_controls(",".join(elements))

    return escape_controls(str(value))


def _link_row(link: Any) -> Sequence[Any]:
    """Return the row of a link."""
    return (
        link.ifname,
        _kind_of(link),
        link.operstate,
        link.flags,
        link.mtu,
        link.master,
        _lower_link(link),
        link.address,
        link.ifalias,
    )


def _kind_of(link: Any) -> str | None:
    """Return the kind of a link; None for a physical link."""
    if link.linkinfo is None:
        return None

    kind: str | None = link.linkinfo.info_kind
    return kind


def _lower_link(link: Link) -> str | None:
    """Return the link below, or the peer, in the notation of `ip` after the @."""
    if link.link is not None or link.link_index is None:
        return link.link

    # A link in another namespace has only its index: print_linkinfo() in ip/ipaddress.c.
    index = f"if{link.link_index}"
    if link.link_netnsid is None:
        return index

    return f"{index} (netns {link.link_netnsid})"


def _address_row(interface: Interface) -> Sequence[Any]:
    """Return the row of a link with its addresses."""
    return (interface.ifname, interface.operstate, interface.prefixes)


def _route_row(route: Any) -> Sequence[Any]:
    """Return the row of a route, with the next hops of a multipath route in one cell."""
    return (
        route.type,
        route.dst,
        _format_via(route),
        route.dev,
        route.table,
        route.protocol,
        route.scope,
        route.prefsrc,
        route.metric,
    )


def _format_via(route: Any) -> str | tuple[str, ...]:
    """Return the gateway of a route, or its next hops as `GATEWAY@DEVxWEIGHT`."""
    if route.gateway:
        gateway: str = route.gateway
        return gateway

    if route.via:
        return f"{route.via.family} {route.via.host}"

    hops = []
    for hop in route.nexthops or ():
        gateway = hop.gateway or ""
        weight = hop.weight or 1
        hops.append(f"{gateway}@{hop.dev}x{weight}")

    return tuple(hops)


def _rule_row(rule: Any) -> Sequence[Any]:
    """Return the row of a rule: its selector, and its action."""
    return (
        rule.priority,
        rule.not_,
        _format_prefix(rule.src, rule.srclen),
        _format_prefix(rule.dst, rule.dstlen),
        rule.iif,
        rule.oif,
        rule.fwmark if rule.fwmask is None else f"{rule.fwmark}/{rule.fwmask}",
        "l3mdev" if rule.l3mdev else rule.table,
        _format_rule_action(rule),
        rule.protocol,
    )


def _format_rule_action(rule: Any) -> str | None:
    """Return the action of a rule; None for the lookup in its table."""
    if rule.goto is not None:
        return f"goto {rule.goto}"

    if rule.action:
        action: str = rule.action
        return action

    # `nop` has the value null in JSON: print_rule() in ip/iprule.c.
    return "nop" if rule.nop else None


def _format_prefix(address: str | None, length: int | None) -> str | None:
    """Return an address with the length of its prefix, or alone."""
    if length is None:
        return address

    return f"{address}/{length}"


def _nexthop_row(nexthop: Any) -> Sequence[Any]:
    """Return the row of a next hop, with the members of a group in one cell."""
    members = tuple(f"{member.id}x{member.weight or 1}" for member in nexthop.group or ())
    via = "blackhole" if nexthop.blackhole else nexthop.gateway or members
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


def _bucket_row(nexthop: Any) -> Sequence[Any]:
    """Return the row of a bucket of a resilient group."""
    index, member, idle_time = None, None, None
    bucket = nexthop.bucket
    if bucket:
        index, member, idle_time = bucket.index, bucket.nhid, bucket.idle_time

    return (nexthop.id, index, member, idle_time, nexthop.flags)


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
    # The kernel pads the identifier of a key with zeros to 16 bytes.
    key = (association.key or "").rstrip("0")
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
        counters += _format_group(group) or ()

    for vlan in stats.vlans or ():
        counters.append(" ".join(_format_counts(dump(vlan))))

    return (stats.ifname, stats.group, stats.subgroup, stats.suite, tuple(counters))


def _tuntap_row(link: Any) -> Sequence[Any]:
    """Return the row of a TUN or TAP link, with its processes in one cell."""
    processes = tuple(f"{process.name} ({process.pid})" for process in link.processes or ())
    return (link.ifname, link.flags, link.user, link.group, processes)


def _maddress_row(link: Any) -> Sequence[Any]:
    """Return the row of a link with its multicast addresses."""
    # print_maddr() in ip/ipmaddr.c prints a link-layer address with the key `link`.
    addresses = tuple(address.link or address.address for address in link.maddr)
    return (link.ifname, addresses)


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


def _qdisc_row(qdisc: Any) -> Sequence[Any]:
    """Return the row of a qdisc, with the options of iproute2's JSON, without zeros."""
    parent = "root" if qdisc.root else qdisc.parent
    options = tuple(_format_counts(qdisc.options or {}))
    return (
        qdisc.kind,
        qdisc.handle,
        qdisc.dev,
        parent,
        options,
        qdisc.packets,
        qdisc.drops,
        qdisc.backlog,
    )


def _class_row(class_: Any) -> Sequence[Any]:
    """Return the row of a class of a qdisc."""
    parent = "root" if class_.root else class_.parent
    packets = class_.stats.packets if class_.stats else None
    return (
        class_.class_,
        class_.handle,
        class_.dev,
        parent,
        class_.prio,
        _format_rate(class_.rate),
        _format_rate(class_.ceil),
        packets,
    )


def _format_rate(bytes_per_second: int | None) -> str | int | None:
    """Return a rate in bits a second, with its unit. None for 0; unchanged outside of 64 bits."""
    if not bytes_per_second:
        return None

    # A malformed reply is shown, not refused: the table must not fail for it.
    if not 0 < bytes_per_second < 2**64:
        return bytes_per_second

    return Rate().format("rate", bytes_per_second * 8)


def _filter_row(filter_: Any) -> Sequence[Any]:
    """Return the row of a filter, with its actions in one cell."""
    actions = tuple(_format_action(action) for action in filter_.actions)
    return (
        filter_.kind,
        filter_.dev,
        _attach_point(filter_),
        filter_.protocol,
        filter_.pref,
        filter_.chain,
        actions,
    )


def _attach_point(filter_: Any) -> str | None:
    """Return the attach point of a filter: a name, or the number of a qdisc or class."""
    # print_filter() in tc/tc_filter.c prints a named attach point as a key with the value true.
    for name in ATTACH_POINTS:
        if getattr(filter_, name):
            return name

    parent: str | None = filter_.parent
    return parent


def _format_action(action: Any) -> str:
    """Return the kind of an action, and its verdicts."""
    verdicts = "/".join(verdict.type or "" for verdict in action.verdicts)
    return f"{action.kind} {verdicts}".strip()


def _columns_of(*names: str) -> tuple[tuple[str, ...], Callable[[Any], Sequence[Any]]]:
    """Return headers, and a function for the row of the attributes with the same names."""

    def read_row(model: Any) -> tuple[Any, ...]:
        return tuple(getattr(model, name) for name in names)

    return names, read_row


def _xstats_row(stats: Any) -> Sequence[Any]:
    """Return the row of the extra counters of a kind of link, without zeros."""
    return (
        stats.ifname,
        _format_group(stats.multicast),
        _format_group(stats.stp),
        _format_group(stats.lacp),
    )


def _afstats_row(stats: Any) -> Sequence[Any]:
    """Return the row of the MPLS counters of a link, without zeros."""
    return (stats.ifname, _format_group(stats.rx), _format_group(stats.tx))


def _format_group(group: Any) -> tuple[str, ...] | None:
    """Return the counters of a model, without zeros; None for a missing model."""
    if not group:
        return None

    return tuple(_format_counts(dump(group)))


def _format_counts(counters: Json, prefix: str = "") -> Iterator[str]:
    """Yield the names and values of counters, without zeros; nested names have a dot."""
    for key, value in counters.items():
        if isinstance(value, dict):
            yield from _format_counts(value, f"{prefix}{key}.")
        elif value:
            yield f"{prefix}{key} {value}"


# The headers of each object, and the function for a row.
COLUMNS: dict[str, tuple[tuple[str, ...], Callable[[Any], Sequence[Any]]]] = {
    **bridge.COLUMNS,
    "address": (("ifname", "operstate", "addresses"), _address_row),
    "link": (
        ("ifname", "kind", "operstate", "flags", "mtu", "master", "link", "address", "alias"),
        _link_row,
    ),
    "link afstats": (("ifname", "rx", "tx"), _afstats_row),
    "link xstats": (("ifname", "multicast", "stp", "802.3ad"), _xstats_row),
    "macsec": (
        ("ifname", "cipher", "encrypt", "validate", "sci", "keys", "rx", "offload"),
        _macsec_row,
    ),
    "maddress": (("ifname", "addresses"), _maddress_row),
    "mroute": (("src", "dst", "iif", "oif", "state", "table"), _mroute_row),
    "neigh": _columns_of("dst", "dev", "lladdr", "state", "proxy", "router"),
    "netns": _columns_of("name", "id"),
    "netns list-id": _columns_of("nsid", "name"),
    "nexthop": (("id", "via", "dev", "type", "fdb", "scope", "protocol", "flags"), _nexthop_row),
    "nexthop bucket": (("id", "index", "nhid", "idle_time", "flags"), _bucket_row),
    "route": (
        ("type", "dst", "via", "dev", "table", "protocol", "scope", "prefsrc", "metric"),
        _route_row,
    ),
    "rule": (
        ("priority", "not", "src", "dst", "iif", "oif", "fwmark", "table", "action", "protocol"),
        _rule_row,
    ),
    "stats": (("ifname", "group", "subgroup", "suite", "counted"), _stats_row),
    "tc class": (
        ("class", "handle", "dev", "parent", "prio", "rate", "ceil", "packets"),
        _class_row,
    ),
    "tc filter": (("kind", "dev", "parent", "protocol", "pref", "chain", "actions"), _filter_row),
    "tc qdisc": (
        ("kind", "handle", "dev", "parent", "options", "packets", "drops", "backlog"),
        _qdisc_row,
    ),
    "token": _columns_of("ifname", "token"),
    "tuntap": (("ifname", "flags", "user", "group", "processes"), _tuntap_row),
    "vrf": _columns_of("name", "table"),
}


def format_object_table(noun: str, models: Iterable[Any]) -> str:
    """Return the models of an object of iproute2 as a table, without empty columns.

    The first column stays, even if empty.
    """
    headers, row_of = COLUMNS[noun]

    rows = [_format_row(row_of(part)) for part in _split_models(noun, models)]

    columns = []
    # Most objects use few of their columns, and a narrow table is easier to read.
    for position in range(len(headers)):
        is_empty = not any(row[position] for row in rows)
        if position == 0 or not is_empty:
            columns.append(position)

    return format_table(_choose(headers, columns), [_choose(row, columns) for row in rows])


def _split_models(noun: str, models: Iterable[Any]) -> Iterator[Any]:
    """Yield the parts that have a row; for most objects the models."""
    parts_of = bridge.PARTS.get(noun)
    if parts_of is None:
        yield from models
        return

    for model in models:
        yield from parts_of(model)


def _choose(values: Sequence[str], positions: Sequence[int]) -> list[str]:
    """Return the values at some positions."""
    return [values[position] for position in positions]


def format_csv(models: Iterable[Any], to_json: Callable[[Any], Json] = dump) -> str:
    """Return models as CSV: a column for each JSON key, in order of appearance.

    Lists and objects are JSON in their cell. ``to_json`` converts a model to its JSON object.
    Characters that a terminal would obey are escaped, since CSV has no escapes of its own; JSON
    keeps them.
    """
    objects = [to_json(model) for model in models]

    # A dict keeps the order of the first appearance, unlike a set.
    headers: dict[str, None] = {}
    for data in objects:
        headers.update(dict.fromkeys(data))

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(headers)
    for data in objects:
        writer.writerow([_format_csv_cell(data, header) for header in headers])

    # Undecodable bytes stay as they are.
    return CONTROLS.sub(lambda match: escape_controls(match[0]), stream.getvalue())


def _format_csv_cell(data: Json, key: str) -> Any:
    """Return a value as a cell of CSV; an empty text for a missing key."""
    value = data.get(key, "")
    if value is None or isinstance(value, (list, tuple, Mapping, bool)):
        return reader.encode(value)

    return value


def format_event_table(events: "Iterable[Event]") -> str:
    """Return events as a table: time, namespace, object, `deleted`, and the monitor's text."""
    rows = []
    for event in events:
        deleted = "deleted" if event.deleted else ""
        rows.append((event.when, event.nsid, event.object, deleted, event.text))

    return format_table(("when", "nsid", "object", "", "text"), rows)


def format_state_table(state: "State") -> str:
    """Return the links of every namespace as a table, with their addresses."""
    rows = []

    for netns, objects in state.items():
        prefixes = {}
        for interface in load(Interface, objects.get("address", [])):
            prefixes[interface.ifname] = interface.prefixes

        for link in load(Link, objects.get("link", [])):
            row = (
                netns,
                link.ifname,
                _kind_of(link),
                "up" if link.up else "down",
                link.master,
                link.address,
                prefixes.get(link.ifname),
            )
            rows.append(row)

    return format_table(("where", "link", "kind", "", "master", "address", "addresses"), rows)


def format_command_table(recording: "RecordingView") -> str:
    """Return the commands of a recording as a table, with its processes, waits and pauses.

    The columns are the number, the namespace, the command line, the exit status, the milliseconds,
    and the call site. A wait has the status "ok", or "timeout" where the time was up.
    """
    return "".join(iter_command_table(recording)).removesuffix("\n")


def iter_command_table(recording: "RecordingView") -> Iterator[str]:
    """Yield `format_command_table` in pieces of whole lines, in little memory."""
    return iter_table(COMMAND_HEADERS, lambda: _command_rows(recording))


def _command_rows(recording: "RecordingView") -> Iterator[Sequence[Any]]:
    """Yield a row for each command, process, wait and pause of a recording."""
    from ipwrap.recording import CommandEvent, ProcessEvent

    processes: dict[int, ProcessEvent] = {}

    for event, result in recording.pairs():
        if not isinstance(event, (CommandEvent, ProcessEvent)):
            yield from _step_rows(event, processes)
            continue

        line = event.command.line
        if isinstance(event, ProcessEvent):
            processes[event.number] = event
            line = f"{line} & {event.name}=$!"

        # The last command of an interrupted session has no result.
        status = "" if result is None else result.status
        milliseconds = "" if result is None else _milliseconds(result.seconds)
        yield (event.number, event.command.netns, line, status, milliseconds, event.call_site)


def _step_rows(event: "Step", processes: "Mapping[int, ProcessEvent]") -> Iterator[Sequence[Any]]:
    """Yield the row of a wait, a pause, or of what was done to one of the processes; if any."""
    from attrs import evolve

    from ipwrap.export.typed_lines import action_line
    from ipwrap.recording import ProcessAction, ProcessStarted, Sleep, WaitEvent

    match event:
        case ProcessStarted():
            process = processes[event.number]
            if process.ready is not None:
                line = f"wait until {process.ready}"
                milliseconds = _milliseconds(event.seconds)
                yield ("", process.command.netns, line, HOLDS, milliseconds, process.call_site)
        case ProcessAction():
            process = processes[event.number]
            status = TIMED_OUT if event.timed_out else ""
            line = action_line(evolve(event, timed_out=False), process.name)
            yield ("", process.command.netns, line, status, "", event.call_site)
        case WaitEvent():
            status = HOLDS if event.satisfied else TIMED_OUT
            line = f"wait until {event.condition}"
            yield ("", event.netns, line, status, _milliseconds(event.seconds), event.call_site)
        case Sleep():
            line = f"sleep {event.seconds:g}"
            yield ("", None, line, "", _milliseconds(event.seconds), event.call_site)


def _milliseconds(seconds: float) -> str:
    """Return a duration for a table."""
    return f"{seconds * 1000:.1f}"
