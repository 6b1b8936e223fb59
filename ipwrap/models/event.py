"""`Event`: what `ip monitor`, `bridge monitor` and `ip netns monitor` tell of one change. They have no JSON."""

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import evolve, frozen

from ipwrap.models.address import Address
from ipwrap.models.base import Json, dump
from ipwrap.models.fdb import FdbEntry
from ipwrap.models.link import Link
from ipwrap.models.monitor_text import OF_BRIDGE, OF_IP, ParsedLine
from ipwrap.models.monitor_text.grammar import TYPES
from ipwrap.models.neigh import Neigh
from ipwrap.models.netns import Netns, NetnsId
from ipwrap.models.nexthop import Nexthop
from ipwrap.models.port import Port
from ipwrap.models.port_vlan import PortVlans
from ipwrap.models.route import Route
from ipwrap.models.rule import Rule

__all__ = [
    "BRIDGE",
    "IP",
    "IP_HEADED",
    "NETNS",
    "Changed",
    "Event",
    "EventReader",
    "Reader",
    "dump_event",
    "events",
    "reader_for_object",
]

Changed = (
    Link | Address | Route | Neigh | Rule | Nexthop | NetnsId | Netns | FdbEntry | Port | PortVlans
)


@frozen(kw_only=True)
class Event:
    """One change. ``text`` is all that the monitor said of it, whatever else could be told from it.

    - ``object``: what has changed, as one types it: "link", "address", "neigh" …; of `bridge monitor` "link", "fdb",
      "mdb", "vlan" or "vni"; of `ip netns monitor` "netns"; None if the text does not tell
    - ``deleted``: whether it has gone
    - ``model``: the thing, as `show` would return it, with what the text says of it for sure: a `Link`, `Address`,
      `Route`, `Neigh`, `Rule`, `Nexthop`, `NetnsId`, `FdbEntry`, `Port`, `PortVlans` or `Netns`; None for other objects
    - ``unread``: the words that no field of the model holds
    - ``when``: when the monitor said so, by its clock and in its time zone; None if it did not say
    - ``nsid``: in which namespace, with `all-nsid`; None for the monitor's own
    """

    text: str
    object: str | None = None
    deleted: bool = False
    model: Changed | None = None
    unread: tuple[str, ...] = ()
    when: datetime.datetime | None = None
    nsid: int | None = None


class Reader(Protocol):
    """What makes events of a monitor's text."""

    def split(self, text: str) -> list[str]:
        """Return the texts of single events. All but the last one are whole."""

    def read(self, text: str) -> Event:
        """Return the event that a text tells of. Whatever the text, it is one."""


# print_headers() in ip/ipmonitor.c and bridge/monitor.c, print_timestamp() in lib/utils.c
TIME = re.compile(r"Timestamp: (?P<long>.*) usec\Z")
BEGINS = re.compile(
    r"\[\d{4}-\d\d-\d\dT[\d:.]+\] |Timestamp: .* usec\Z|\[nsid (?:current|\d+)\]|\[[A-Z]+\]",
    re.ASCII,
)
HEAD = re.compile(
    r"(?:\[(?P<short>\d{4}-\d\d-\d\dT[\d:.]+)\] )?(?:Timestamp: (?P<long>[^\n]*) usec(?:\n|\Z))?"
    r"(?:\[nsid (?:current|(?P<nsid>\d+))\])?(?:\[(?P<label>[A-Z]+)\])?(?P<deleted>Deleted )?",
    re.ASCII,
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@frozen
class EventReader:
    """Reads what `ip monitor` or `bridge monitor` prints.

    ``labels`` say which object a label stands for. Where there is none, it is ``only``, or what one of ``shapes``
    matches. ``headed`` says that every event begins with a time or a label, so that any other line belongs to it.
    """

    labels: Mapping[str, str]
    models: Mapping[str, Callable[[str], ParsedLine]]
    shapes: tuple[tuple[str, "re.Pattern[str]"], ...]
    only: str | None = None
    headed: bool = False

    def split(self, text: str) -> list[str]:
        """Return the texts of single events: a line, and those behind it that begin no other."""
        headed = self.headed or BEGINS.match(text.partition("\n")[0]) is not None
        found: list[str] = []
        for line in text.split("\n"):
            if found and (TIME.match(found[-1]) or not self._begins(line, headed=headed)):
                found[-1] += "\n" + line
            elif line:
                found.append(line)
        return [each.rstrip("\n") for each in found]

    def _begins(self, line: str, *, headed: bool) -> bool:
        """Tell whether a line begins an event: without times and labels, one that does not begin with blanks."""
        return BEGINS.match(line) is not None if headed else not line[:1].isspace()

    def read(self, text: str) -> Event:
        """Return the event that a text tells of."""
        head = _head(text)
        rest = text[head.end() :]
        label = head["label"]
        kind = self.labels.get(label, label.lower()) if label else self.only or self._shape(rest)
        read = self.models.get(kind or "")
        said = read(rest) if read and rest.strip() else ParsedLine()
        return Event(
            text=text,
            object=kind,
            deleted=head["deleted"] is not None,
            model=said.model,
            unread=said.unread,
            when=_when(head["short"], head["long"]),
            nsid=None if head["nsid"] is None else int(head["nsid"]),
        )

    def _shape(self, rest: str) -> str | None:
        """Return the object that a text without a label is about, where it tells."""
        return next((kind for kind, shape in self.shapes if shape.match(rest)), None)


@frozen
class NetnsEventReader:
    """Reads what `ip netns monitor` prints: `add NAME` and `delete NAME`. netns_monitor() in ip/ipnetns.c."""

    def split(self, text: str) -> list[str]:
        """Return the lines."""
        return [line for line in text.split("\n") if line]

    def read(self, text: str) -> Event:
        """Return the event that a line tells of."""
        verb, _, name = text.partition(" ")
        if verb not in ("add", "delete") or not name:
            return Event(text=text)
        return Event(text=text, object="netns", deleted=verb == "delete", model=Netns(name=name))


def _head(text: str) -> "re.Match[str]":
    """Return what stands before what an event says.

    It is the last of several: with `dev`, older releases print that of each event which they then leave out.
    """
    head = HEAD.match(text)
    assert head is not None  # all of it may be missing
    while (behind := HEAD.match(text, head.end())) and (behind["label"] or behind["short"]):
        head = behind
    return head


def _when(short: str | None, long: str | None) -> datetime.datetime | None:
    """Return the time that a monitor says: `2026-01-31T12:00:00.000123`, or `Sat Jan 31 12:00:00 2026 123`."""
    try:
        if short:
            return datetime.datetime.fromisoformat(short)
        if not long:
            return None
        _, month, day, clock, year, microseconds = long.split()
        hour, minute, second = map(int, clock.split(":"))
        date = (int(year), MONTHS.index(month) + 1, int(day))
        return datetime.datetime(*date, hour, minute, second, int(microseconds))
    except ValueError:
        return None


def _shapes(**patterns: str) -> tuple[tuple[str, "re.Pattern[str]"], ...]:
    """Return patterns, compiled, by the objects whose lines they match."""
    return tuple((kind, re.compile(pattern, re.ASCII)) for kind, pattern in patterns.items())


IP = EventReader(
    {
        "ADDR": "address",
        "NEXTHOPBUCKET": "nexthop bucket",
    },
    OF_IP,
    _shapes(
        link=r"\d+: \S+: <",
        address=r"\d+: \S+ {4}\S",
        rule=r"\d+:\t(?:not )?from ",
        nsid=r"nsid (?:\d+|unassigned) ",
        nexthop=r"id \d+ (?:group|via|dev|blackhole|encap|type)\b",
        neigh=r"miss |(?:[\da-f.:]+ )?dev \S+ (?:lladdr \S+ )?(?:[a-z_]+ )*(?:[A-Z]+ )+(?:proto \S+ )?\s*\Z",
        netconf=r"(?:inet6?|mpls) \S+ (?:forwarding|rp_filter|mc_forwarding|input|\s*\Z)",
        mroute=r"\(\S+,\S+\) +Iif: ",
        route=rf"(?:(?:{'|'.join(sorted(TYPES))}) )?(?:default|[\da-f.:]+(?:/\d+)?) (?:\S+ |\\\t|\n\t)",
    ),
)

BRIDGE = EventReader(
    {"NEIGH": "fdb", "TUNNEL": "vni"},
    OF_BRIDGE,
    _shapes(
        link=r"\d+: \S+: <",
        mdb=r"dev \S+ port \S+ grp |router ports? on |\d+: \S+ +\S+ +router",
        vlan=r"\S+ +\d+(?:-\d+)?(?: PVID| Egress Untagged)*(?:\s|\Z)",
        fdb=r"(?:[\da-f]{2}(?::[\da-f]{2})+ )?dev \S+ ",
    ),
)

IP_HEADED = evolve(IP, headed=True)

NETNS = NetnsEventReader()


def reader_for_object(reader: EventReader, kind: str | None) -> EventReader:
    """Return the reader of a monitor that prints times, and no labels: of one object, if it is of one only."""
    return evolve(reader, only=kind, headed=True)


def events(text: str, reader: Reader = IP) -> list[Event]:
    """Return the events that a monitor has printed."""
    return [reader.read(each) for each in reader.split(text)]


def dump_event(event: Event) -> Json:
    """Return an event as a JSON object; what is not said is left out."""
    data: Json = {"object": event.object, "deleted": event.deleted or None, "nsid": event.nsid}
    data["when"] = None if event.when is None else event.when.isoformat()
    data["model"] = None if event.model is None else dump(event.model)
    data |= {"unread": list(event.unread) or None, "text": event.text}
    return {key: value for key, value in data.items() if value is not None}
