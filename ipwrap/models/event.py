"""`Event`: a change that `ip monitor`, `bridge monitor` or `ip netns monitor` prints.

Monitors have no JSON.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import evolve, frozen

from ipwrap.models.address import Address
from ipwrap.models.base import Json, dump
from ipwrap.models.fdb import FdbEntry
from ipwrap.models.link import Link
from ipwrap.models.neigh import Neigh
from ipwrap.models.netns import Netns, NetnsId
from ipwrap.models.nexthop import Nexthop
from ipwrap.models.port import Port
from ipwrap.models.port_vlan import PortVlans
from ipwrap.models.route import Route
from ipwrap.models.rule import Rule
from ipwrap.models.text.grammar import TYPES, ParsedLine
from ipwrap.models.text.monitors import OF_BRIDGE, OF_IP

__all__ = [
    "BRIDGE",
    "IP",
    "IP_HEADED",
    "NETNS",
    "ChangedObject",
    "Event",
    "EventReader",
    "MonitorReader",
    "dump_event",
    "parse_events",
    "reader_for_object",
]

ChangedObject = (
    Link | Address | Route | Neigh | Rule | Nexthop | NetnsId | Netns | FdbEntry | Port | PortVlans
)


@frozen(kw_only=True)
class Event:
    """A change that a monitor reports. ``text`` is the monitor's output, complete and unchanged.

    - ``object``: the type of the changed object, as on the command line: "link", "address", "neigh"
      …; from `bridge monitor` "link", "fdb", "mdb", "vlan" or "vni"; from `ip netns monitor`
      "netns"; None if unknown
    - ``deleted``: whether the object was deleted
    - ``model``: the object as `show` would return it, limited to the unambiguous parts of the text:
      a `Link`, `Address`, `Route`, `Neigh`, `Rule`, `Nexthop`, `NetnsId`, `FdbEntry`, `Port`,
      `PortVlans` or `Netns`; None for objects without a parser
    - ``unread``: the words without a field in the model
    - ``when``: the timestamp, in the monitor's clock and time zone; None without one
    - ``nsid``: the number of the namespace with `all-nsid`; None for the monitor's own namespace
    """

    text: str
    object: str | None = None
    deleted: bool = False
    model: ChangedObject | None = None
    unread: tuple[str, ...] = ()
    when: datetime.datetime | None = None
    nsid: int | None = None


class MonitorReader(Protocol):
    """Parser of a monitor's output."""

    def split(self, text: str) -> list[str]:
        """Return the texts of single events; every text but the last is complete."""

    def read(self, text: str) -> Event:
        """Return the event of a text. Accepts any text."""


# print_headers() in ip/ipmonitor.c and bridge/monitor.c, print_timestamp() in lib/utils.c
LONG_TIME = re.compile(r"Timestamp: (?P<long>.*) usec\Z")
EVENT_START = re.compile(
    r"\[\d{4}-\d\d-\d\dT[\d:.]+\] |Timestamp: .* usec\Z|\[nsid (?:current|\d+)\]|\[[A-Z]+\]",
    re.ASCII,
)
HEADER = re.compile(
    r"(?:\[(?P<short>\d{4}-\d\d-\d\dT[\d:.]+)\] )?(?:Timestamp: (?P<long>[^\n]*) usec(?:\n|\Z))?"
    r"(?:\[nsid (?:current|(?P<nsid>\d+))\])?(?:\[(?P<label>[A-Z]+)\])?(?P<deleted>Deleted )?",
    re.ASCII,
)

# print_timestamp() uses asctime(), whose names of months do not depend on the locale.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@frozen
class EventReader:
    """Parser of `ip monitor` and `bridge monitor`.

    ``labels`` map the labels that differ from the name of the object. For a text without a label
    the object is ``only``, or the first of ``shapes`` that matches. ``headed``: every event begins
    with a time or a label, so a line without one continues the previous event.
    """

    labels: Mapping[str, str]
    models: Mapping[str, Callable[[str], ParsedLine]]
    shapes: tuple[tuple[str, "re.Pattern[str]"], ...]
    only: str | None = None
    headed: bool = False

    def split(self, text: str) -> list[str]:
        """Return the texts of single events: a line with its continuation lines."""
        first_line = text.partition("\n")[0]
        headed = self.headed or EVENT_START.match(first_line) is not None
        texts: list[str] = []

        for line in text.split("\n"):
            if texts and self._continues(texts[-1], line, headed=headed):
                texts[-1] += "\n" + line
            elif line:
                texts.append(line)

        return [event_text.rstrip("\n") for event_text in texts]

    def _continues(self, event_text: str, line: str, *, headed: bool) -> bool:
        """Return whether a line belongs to the event before."""
        # The long timestamp has a line of its own, before the event.
        if LONG_TIME.match(event_text):
            return True

        if headed:
            return EVENT_START.match(line) is None
        return line[:1].isspace()

    def read(self, text: str) -> Event:
        """Return the event of a text. Accepts any text."""
        header = _last_header(text)
        body = text[header.end() :]

        object_type = self._object_of(header["label"], body)
        parse_line = self.models.get(object_type or "")
        parsed = parse_line(body) if parse_line and body.strip() else ParsedLine()

        return Event(
            text=text,
            object=object_type,
            deleted=header["deleted"] is not None,
            model=parsed.model,
            unread=parsed.unread,
            when=_parse_time(header["short"], header["long"]),
            nsid=None if header["nsid"] is None else int(header["nsid"]),
        )

    def _object_of(self, label: str | None, body: str) -> str | None:
        """Return the object of an event by its label or by its text; None if unknown."""
        if label:
            return self.labels.get(label, label.lower())
        if self.only:
            return self.only

        for object_type, shape in self.shapes:
            if shape.match(body):
                return object_type
        return None


@frozen
class NetnsEventReader:
    """Parser of `ip netns monitor`: `add NAME` and `delete NAME`.

    netns_monitor() in ip/ipnetns.c.
    """

    def split(self, text: str) -> list[str]:
        """Return the lines."""
        return [line for line in text.split("\n") if line]

    def read(self, text: str) -> Event:
        """Return the event of a line. Accepts any text."""
        verb, _, name = text.partition(" ")
        if verb not in ("add", "delete") or not name:
            return Event(text=text)

        return Event(
            text=text,
            object="netns",
            deleted=verb == "delete",
            model=Netns(name=name),
        )


def _last_header(text: str) -> "re.Match[str]":
    """Return the header of an event: its time, namespace and label.

    With `dev`, older releases print the headers of filtered events, too, without a line end: the
    last one counts.
    """
    header = HEADER.match(text)
    assert header is not None  # every part of the pattern is optional

    while True:
        following = HEADER.match(text, header.end())
        if following is None or not (following["label"] or following["short"]):
            return header
        header = following


def _parse_time(short: str | None, long: str | None) -> datetime.datetime | None:
    """Parse a timestamp: `2026-01-31T12:00:00.000123`, or `Sat Jan 31 12:00:00 2026 123`."""
    try:
        if short:
            return datetime.datetime.fromisoformat(short)
        return _parse_long_time(long) if long else None
    except (ValueError, OverflowError):  # OverflowError: a year beyond the range of C
        return None


def _parse_long_time(text: str) -> datetime.datetime:
    """Parse a timestamp such as `Sat Jan 31 12:00:00 2026 123`; raise ValueError if invalid."""
    _, month, day, clock, year, microseconds = text.split()
    hour, minute, second = map(int, clock.split(":"))

    return datetime.datetime(
        int(year),
        MONTHS.index(month) + 1,
        int(day),
        hour,
        minute,
        second,
        int(microseconds),
    )


def _compile_shapes(**patterns: str) -> tuple[tuple[str, "re.Pattern[str]"], ...]:
    """Compile the patterns of lines, by the type of their object."""
    shapes = []
    for object_type, pattern in patterns.items():
        shapes.append((object_type, re.compile(pattern, re.ASCII)))
    return tuple(shapes)


# Without a label, the first pattern that matches decides. The order matters: the pattern of routes
# is the most general.
IP = EventReader(
    # Other labels are the name of the object in capitals.
    {
        "ADDR": "address",
        "NEXTHOPBUCKET": "nexthop bucket",
    },
    OF_IP,
    _compile_shapes(
        link=r"\d+: \S+: <",
        address=r"\d+: \S+ {4}\S",
        rule=r"\d+:\t(?:not )?from ",
        nsid=r"nsid (?:\d+|unassigned) ",
        nexthop=r"id \d+ (?:group|via|dev|blackhole|encap|type)\b",
        neigh=(
            r"miss |(?:[\da-f.:]+ )?dev \S+ (?:lladdr \S+ )?(?:[a-z_]+ )*"
            r"(?:[A-Z]+ )+(?:proto \S+ )?\s*\Z"
        ),
        netconf=r"(?:inet6?|mpls) \S+ (?:forwarding|rp_filter|mc_forwarding|input|\s*\Z)",
        mroute=r"\(\S+,\S+\) +Iif: ",
        route=(
            rf"(?:(?:{'|'.join(sorted(TYPES))}) )?"
            r"(?:default|[\da-f.:]+(?:/\d+)?) +(?:\S+ |\\\t|\n\t)"
        ),
    ),
)

BRIDGE = EventReader(
    {"NEIGH": "fdb", "TUNNEL": "vni"},
    OF_BRIDGE,
    _compile_shapes(
        link=r"\d+: \S+: <",
        mdb=r"dev \S+ port \S+ grp |router ports? on |\d+: \S+ +\S+ +router",
        vlan=r"\S+ +\d+(?:-\d+)?(?: PVID| Egress Untagged)*(?:\s|\Z)",
        fdb=r"(?:[\da-f]{2}(?::[\da-f]{2})+ )?dev \S+ ",
    ),
)

IP_HEADED = evolve(IP, headed=True)

NETNS = NetnsEventReader()


def reader_for_object(reader: EventReader, object_type: str | None) -> EventReader:
    """Return a reader for times without labels; ``object_type`` is the only object, if known."""
    return evolve(reader, only=object_type, headed=True)


def parse_events(text: str, reader: MonitorReader = IP) -> list[Event]:
    """Return the events in the output of a monitor."""
    return [reader.read(event_text) for event_text in reader.split(text)]


def dump_event(event: Event, *, typed: bool = False) -> Json:
    """Return an event as a JSON object, without absent values; ``typed`` is as in `dump`."""
    data: Json = {
        "object": event.object,
        "deleted": event.deleted or None,
        "nsid": event.nsid,
        "when": event.when.isoformat() if event.when else None,
        "model": dump(event.model, typed=typed) if event.model else None,
        "unread": list(event.unread) or None,
        "text": event.text,
    }
    return {key: value for key, value in data.items() if value is not None}
