"""`Event`: the lines of monitors. The texts are captured from iproute2 6.1 and 6.15."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import parse
from ipwrap.models import (
    MONITORS,
    Address,
    FdbEntry,
    Link,
    Metrics,
    Neigh,
    Netns,
    NetnsId,
    Nexthop,
    Port,
    PortVlan,
    PortVlans,
    Route,
    RouteNextHop,
    Rule,
    Via,
)
from ipwrap.models.encap import Encap
from ipwrap.models.event import BRIDGE, Event, dump_event, parse_events, reader_for_object
from ipwrap.models.nexthop import Member, Resilient

LINK = "2: v0@v1: <BROADCAST,UP> mtu 1500 qdisc noqueue master br0 state UP group default "
ETHER = "\\    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff"
DEVICE: dict[str, Any] = {
    "ifindex": 2,
    "ifname": "v0",
    "flags": ("BROADCAST", "UP"),
    "mtu": 1500,
}
HARDWARE: dict[str, Any] = {
    "link_type": "ether",
    "address": "02:00:00:00:00:01",
    "broadcast": "ff:ff:ff:ff:ff:ff",
}
FOREVER: dict[str, Any] = {"valid_life_time": 4294967295, "preferred_life_time": 4294967295}
LIFE = "\\       valid_lft forever preferred_lft forever"

# label, text, model, unread words
IP_LINES: list[tuple[str, str, Any, tuple[str, ...]]] = [
    (
        "LINK",
        LINK + ETHER,
        Link(
            **DEVICE,
            **HARDWARE,
            link="v1",
            qdisc="noqueue",
            master="br0",
            operstate="UP",
            group="default",
        ),
        (),
    ),
    (
        "LINK",
        "2: v0@if7: <BROADCAST,UP> mtu 1500 qdisc noop state DOWN group default "
        + ETHER
        + " link-netns red",
        Link(
            **DEVICE,
            **HARDWARE,
            link_index=7,
            qdisc="noop",
            operstate="DOWN",
            group="default",
            extra={"link_netns": "red"},
        ),
        (),
    ),
    (
        "LINK",
        "2: v0@if7: <BROADCAST,UP> mtu 1500 "
        + ETHER
        + " link-netnsid 0 new-netns blue new-ifindex 3 protodown on ",
        Link(
            **DEVICE,
            **HARDWARE,
            link_index=7,
            link_netnsid=0,
            new_ifindex=3,
            proto_down=True,
            extra={"new_netns": "blue"},
        ),
        (),
    ),
    ("LINK", "2: v0@if7: <BROADCAST,UP> mtu 1500 ", Link(**DEVICE, link="if7"), ()),
    ("LINK", "2: v0@NONE: <BROADCAST,UP> mtu 1500 ", Link(**DEVICE, link="NONE"), ()),
    (
        "LINK",
        (
            "2: v0: <BROADCAST,UP> mtu 1500 group default event FEATURE CHANGE "
            "\\    link/none \\    altname a\\    altname b"
        ),
        Link(
            **DEVICE, group="default", event="FEATURE CHANGE", link_type="none", altnames=("a", "b")
        ),
        (),
    ),
    (
        "LINK",
        "2: v0: <BROADCAST,UP> mtu 1500 event NONE \\    link/ipip 10.0.0.1 peer 10.0.0.2",
        Link(
            **DEVICE,
            event="NONE",
            link_type="ipip",
            address="10.0.0.1",
            broadcast="10.0.0.2",
            link_pointtopoint=True,
        ),
        (),
    ),
    (
        "LINK",
        "2: mtu: <> mtu 9 qdisc mtu master mtu ",
        Link(ifindex=2, ifname="mtu", mtu=9, qdisc="mtu", master="mtu"),
        (),
    ),
    (
        "LINK",
        "2: v0: <> mtu some new-word 7",
        Link(ifindex=2, ifname="v0"),
        ("mtu", "some", "new-word", "7"),
    ),
    ("LINK", "no link at all", Link(), ("no", "link", "at", "all")),
    (
        "ADDR",
        (
            "2: v1    inet 10.0.0.1 peer 10.0.0.2/24 metric 5 brd 10.0.0.255 "
            f"scope global secondary v1:lab{LIFE}"
        ),
        Address(
            index=2,
            dev="v1",
            family="inet",
            local="10.0.0.1",
            address="10.0.0.2",
            prefixlen=24,
            metric=5,
            broadcast="10.0.0.255",
            scope="global",
            secondary=True,
            label="v1:lab",
            **FOREVER,
        ),
        (),
    ),
    (
        "ADDR",
        (
            "2: v1    inet6 fd00::1/64 scope global dynamic stable-privacy proto kernel_ra "
            "\\       valid_lft 300sec preferred_lft 0sec"
        ),
        Address(
            index=2,
            dev="v1",
            family="inet6",
            local="fd00::1",
            prefixlen=64,
            scope="global",
            dynamic=True,
            stable_privacy=True,
            protocol="kernel_ra",
            valid_life_time=300,
            preferred_life_time=0,
        ),
        (),
    ),
    (
        "ADDR",
        "2: v1    inet6 mcast ff02::1 scope global ",
        Address(index=2, dev="v1", family="inet6", multicast="ff02::1", scope="global"),
        (),
    ),
    (
        "ADDR",
        "2: v1    family 77 scope global ",
        Address(index=2, dev="v1", family_index=77, scope="global"),
        (),
    ),
    ("ADDR", "whatever", Address(), ("whatever",)),
    (
        "ROUTE",
        "local 10.0.0.1 dev v1 table local proto kernel scope host src 10.0.0.1 ",
        Route(
            type="local",
            dst="10.0.0.1",
            dev="v1",
            table="local",
            protocol="kernel",
            scope="host",
            prefsrc="10.0.0.1",
        ),
        (),
    ),
    (
        "ROUTE",
        (
            "10.8.0.0/16 \\\tnexthop via 10.0.0.2 dev nexthop weight 2 "
            "\\\tnexthop via inet6 fd00::2 dev v1 weight 1 onlink linkdown "
        ),
        Route(
            dst="10.8.0.0/16",
            nexthops=(
                RouteNextHop(gateway="10.0.0.2", dev="nexthop", weight=2),
                RouteNextHop(
                    via=Via(family="inet6", host="fd00::2"),
                    dev="v1",
                    weight=1,
                    flags=("onlink", "linkdown"),
                ),
            ),
        ),
        (),
    ),
    (
        "ROUTE",
        (
            "10.12.0.0/16 dev d0 metric 5 mtu lock 1400 rtt 300ms rto_min 1.5s congctl cubic "
            "expires 9sec pref medium"
        ),
        Route(
            dst="10.12.0.0/16",
            dev="d0",
            metric=5,
            expires=9,
            pref="medium",
            metrics=(Metrics(mtu=1400, rtt=300, rto_min=1500.0, congestion="cubic"),),
        ),
        (),
    ),
    (
        "ROUTE",
        (
            "10.13.0.0/16  encap ip id 5 src 10.0.0.1 dst 10.0.0.9 ttl 0 tos 0 "
            "dev d0 scope link realms 3/4 "
        ),
        Route(
            dst="10.13.0.0/16",
            dev="d0",
            scope="link",
            flow={"from": "3", "to": "4"},
            encap=Encap(encap_type="ip", id=5, src="10.0.0.1", dst="10.0.0.9", ttl=0, tos=0),
        ),
        (),
    ),
    (
        "ROUTE",
        "default via 10.0.0.9 realm 4 mark 0x10 ",
        Route(dst="default", gateway="10.0.0.9", flow={"to": "4"}, mark="0x10"),
        (),
    ),
    ("ROUTE", "", None, ()),
    ("ROUTE", "blackhole", Route(type="blackhole"), ()),
    (
        "NEIGH",
        "10.0.0.7 dev v1 lladdr 02::07 router STALE proto zebra ",
        Neigh(
            dst="10.0.0.7",
            dev="v1",
            lladdr="02::07",
            router=True,
            state=("STALE",),
            protocol="zebra",
        ),
        (),
    ),
    ("NEIGH", "miss 10.0.0.7 dev v1 ", Neigh(miss=True, dst="10.0.0.7", dev="v1"), ()),
    (
        "NEIGH",
        "dev br0 lladdr 02::07 PERMANENT ",
        Neigh(dev="br0", lladdr="02::07", state=("PERMANENT",)),
        (),
    ),
    (
        "RULE",
        (
            "10:\tnot from 10.1.0.0/16 to 10.2.0.0/24 tos 0x10 fwmark 0x10/0xff "
            "iif d0 [detached] oif d1 lookup 100 suppress_prefixlength 0 realms 1/2 proto static"
        ),
        Rule(
            priority=10,
            not_=True,
            src="10.1.0.0",
            srclen=16,
            dst="10.2.0.0",
            dstlen=24,
            tos="0x10",
            fwmark="0x10",
            fwmask="0xff",
            iif="d0",
            iif_detached=True,
            oif="d1",
            table="100",
            suppress_prefixlen=0,
            flow_from="1",
            flow_to="2",
            protocol="static",
        ),
        (),
    ),
    (
        "RULE",
        (
            "11:\tfrom all uidrange 1-5 ipproto tcp sport 10-20 "
            "dport 0x50/0xf0 tun_id 7 lookup [l3mdev-table] realms 2 dscp 0x1/0x3f flowlabel 0x5"
        ),
        Rule(
            priority=11,
            src="all",
            uid_start=1,
            uid_end=5,
            ipproto="tcp",
            sport_start=10,
            sport_end=20,
            dport=80,
            dport_mask="0xf0",
            tun_id=7,
            l3mdev=True,
            flow_to="2",
            dscp="0x1",
            dscp_mask="0x3f",
            flowlabel="0x5",
        ),
        (),
    ),
    (
        "RULE",
        "12:\tfrom all to 10.0.0.1 goto 9 [unresolved]",
        Rule(priority=12, src="all", dst="10.0.0.1", goto=9, unresolved=True),
        (),
    ),
    ("RULE", "12:\tfrom all goto none", Rule(priority=12, src="all", goto="none"), ()),
    ("RULE", "12:\tfrom all blackhole", Rule(priority=12, src="all", action="blackhole"), ()),
    ("RULE", "12:\tfrom all uidrange x", Rule(priority=12, src="all"), ("uidrange", "x")),
    ("RULE", "x", Rule(), ("x",)),
    (
        "NEXTHOP",
        (
            "id 5 group 1/2,7 type resilient buckets 8 idle_timer 0.5 unbalanced_timer 0 "
            "unbalanced_time 0 proto static "
        ),
        Nexthop(
            id=5,
            group=(Member(id=1), Member(id=2, weight=7)),
            type="resilient",
            resilient_args=Resilient(
                buckets=8, idle_timer=0.5, unbalanced_timer=0, unbalanced_time=0
            ),
            protocol="static",
        ),
        (),
    ),
    (
        "NEXTHOP",
        "id 2 via 10.0.0.6 dev d0 scope link onlink ",
        Nexthop(id=2, gateway="10.0.0.6", dev="d0", scope="link", flags=("onlink",)),
        (),
    ),
    ("NEXTHOP", "id 2 buckets 1e999", Nexthop(id=2), ("buckets", "1e999")),
    ("NEXTHOP", "id 2 via inet6 fd00::6 fdb", Nexthop(id=2, fdb=True), ("via", "inet6", "fd00::6")),
    ("NSID", "nsid 0 (iproute2 netns name: red)", NetnsId(nsid=0, name="red"), ()),
    ("NSID", "nsid 1 current-nsid 2 ", NetnsId(nsid=1, current_nsid=2), ()),
    ("NSID", "nsid unassigned ", NetnsId(), ()),
    ("NSID", "nsid ?", NetnsId(), ("nsid", "?")),
    ("NETCONF", "inet v1 forwarding off ", None, ()),
    ("NEW", "of a later release", None, ()),
]

MAC = "02:00:00:00:00:09"
BRIDGE_LINES: list[tuple[str, str, Any, tuple[str, ...]]] = [
    (
        "LINK",
        "2: v0: <BROADCAST,UP> mtu 1500 master br0 state forwarding priority 32 cost 2 ",
        Port(**DEVICE, master="br0", state="forwarding", priority=32, cost=2),
        (),
    ),
    (
        "NEIGH",
        f"{MAC} dev v0 vlan 10 master br0 static",
        FdbEntry(mac=MAC, ifname="v0", vlan=10, master="br0", state="static"),
        (),
    ),
    (
        "NEIGH",
        f"{MAC} dev static extern_learn master br0 ",
        FdbEntry(mac=MAC, ifname="static", flags=("extern_learn",), master="br0", state=""),
        (),
    ),
    (
        "NEIGH",
        (
            f"{MAC} dev vx0 dst 10.0.0.9 port 77 vni 7 src_vni 8 via ifindex 3 "
            "link-netnsid 0 self permanent"
        ),
        FdbEntry(
            mac=MAC,
            ifname="vx0",
            dst="10.0.0.9",
            port=77,
            vni=7,
            src_vni=8,
            viaIfIndex=3,
            linkNetNsId=0,
            flags=("self",),
            state="permanent",
        ),
        (),
    ),
    (
        "NEIGH",
        f"{MAC} dev vx0 via v1 nhid 4 self master permanent",
        FdbEntry(
            mac=MAC, ifname="vx0", viaIf="v1", nhid=4, flags=("self", "master"), state="permanent"
        ),
        (),
    ),
    ("NEIGH", f"{MAC} dev vx0 state=0x8", FdbEntry(mac=MAC, ifname="vx0"), ("state=0x8",)),
    (
        "VLAN",
        (
            "d0            10 PVID Egress Untagged\n"
            "              state blocking mcast_router 1 neigh_suppress off"
        ),
        PortVlans(
            ifname="d0",
            vlans=(
                PortVlan(
                    vlan=10,
                    flags=("PVID", "Egress Untagged"),
                    state="blocking",
                    mcast_router=1,
                    neigh_suppress=False,
                ),
            ),
        ),
        (),
    ),
    (
        "VLAN",
        "d0                20-23",
        PortVlans(ifname="d0", vlans=(PortVlan(vlan=20, vlanEnd=23),)),
        (),
    ),
    (
        "VLAN",
        "br0               5\n                    mcast_snooping 0 ",
        PortVlans(ifname="br0", vlans=(PortVlan(vlan=5),)),
        ("mcast_snooping", "0"),
    ),
    ("VLAN", "?", PortVlans(), ("?",)),
    ("MDB", "dev br0 port d0 grp 239.1.1.1 permanent vid 10", None, ()),
]

OBJECTS = {
    "ADDR": "address",
    "LINK": "link",
    "MDB": "mdb",
    "NEIGH": "neigh",
    "NETCONF": "netconf",
    "NEW": "new",
    "NEXTHOP": "nexthop",
    "NSID": "nsid",
    "ROUTE": "route",
    "RULE": "rule",
    "VLAN": "vlan",
}


@pytest.mark.parametrize(("label", "text", "model", "unread"), IP_LINES)
def test_line_of_ip_monitor(label: str, text: str, model: Any, unread: tuple[str, ...]) -> None:
    """Unambiguous words fill the model, and the rest is in ``unread``."""
    line = f"[{label}]{text}"

    assert [Event(text=line, object=OBJECTS[label], model=model, unread=unread)] == parse_events(
        line
    )


@pytest.mark.parametrize(("label", "text", "model", "unread"), BRIDGE_LINES)
def test_line_of_bridge_monitor(label: str, text: str, model: Any, unread: tuple[str, ...]) -> None:
    """Lines of `bridge monitor` fill the model; a neighbour is an entry of a forwarding table."""
    line = f"[{label}]Deleted {text}"
    object_type = "fdb" if label == "NEIGH" else OBJECTS[label]
    event = Event(text=line, object=object_type, deleted=True, model=model, unread=unread)

    assert [event] == parse_events(line, BRIDGE)


UNAMBIGUOUS_LINES = [
    (OBJECTS[label], text)
    for label, text, model, unread in IP_LINES
    if model and not unread and " " in text and "family" not in text
]


@pytest.mark.parametrize(
    ("object_type", "text"),
    [
        *UNAMBIGUOUS_LINES,
        ("netconf", "inet6 all forwarding on "),
        ("mroute", "(10.0.0.2,239.1.2.3)             Iif: v0         Oifs: v1  State: resolved"),
        (None, "something else"),
    ],
)
def test_ip_object_without_a_label(object_type: str | None, text: str) -> None:
    """Without `label` and `all` the shape of a line determines its object."""
    assert [object_type] == [event.object for event in parse_events(text)]


@pytest.mark.parametrize(
    ("object_type", "text"),
    [
        ("fdb" if label == "NEIGH" else OBJECTS[label], text)
        for label, text, *_ in BRIDGE_LINES
        if text != "?"
    ],
)
def test_bridge_object_without_a_label(object_type: str, text: str) -> None:
    """The shape of a line determines its object for `bridge monitor` as well."""
    assert [object_type] == [event.object for event in parse_events(text, BRIDGE)]


def test_time_and_namespace() -> None:
    """An event has the short time, and the namespace number of `all-nsid`."""
    monitor_events = parse_events(
        "[2026-11-24T23:58:38.000123] [nsid 4][ROUTE]Deleted default dev v1 \n"
        "[2026-11-24T23:58:39.000123] [nsid current][ROUTE]default dev v2 \n"
    )

    first = datetime.datetime(2026, 11, 24, 23, 58, 38, 123)
    assert [(first, 4, True), (first + datetime.timedelta(seconds=1), None, False)] == [
        (event.when, event.nsid, event.deleted) for event in monitor_events
    ]


def test_long_time_has_a_line_of_its_own() -> None:
    """The line of the time belongs to the following event, an indented line to the previous."""
    time = "Timestamp: Wed Nov  4 00:03:37 2026 569897 usec"
    vlan = "[VLAN]d0                10\n                    state blocking "
    text = f"{time}\n{vlan}\n{time}\n[NEIGH]{MAC} dev v0 static\n"

    assert [
        ("vlan", datetime.datetime(2026, 11, 4, 0, 3, 37, 569897)),
        ("fdb", datetime.datetime(2026, 11, 4, 0, 3, 37, 569897)),
    ] == [(event.object, event.when) for event in parse_events(text, BRIDGE)]


@pytest.mark.parametrize(
    "time",
    [
        "[2026-13-24T23:58:38] ",
        "Timestamp: Wed Foo 4 00:03:37 2026 1 usec\n",
        "Timestamp: x usec\n",
        "Timestamp: Wed Nov 4 00:03:37 99999999999 1 usec\n",
    ],
)
def test_invalid_time(time: str) -> None:
    """An event with an invalid time has its model, and no time."""
    (event,) = parse_events(f"{time}[ROUTE]default dev v1 ")

    assert (None, Route(dst="default", dev="v1")) == (event.when, event.model)


def test_headers_of_filtered_events() -> None:
    """With `dev`, 6.1 prints time and label of filtered events, without a line end."""
    header = "[2026-11-24T23:58:38.000123] [LINK]"
    (event,) = parse_events(
        f"{header}{header}[2026-11-24T23:58:39.000123] [LINK]Deleted 2: v0: <> mtu 9 "
    )
    (empty_event,) = parse_events(header)

    assert (True, Link(ifindex=2, ifname="v0", mtu=9)) == (event.deleted, event.model)
    assert datetime.datetime(2026, 11, 24, 23, 58, 39, 123) == event.when
    assert ("link", None, header) == (empty_event.object, empty_event.model, empty_event.text)


def test_continuation_lines() -> None:
    """Without -o, labels and times, an indented line belongs to the event before."""
    link = "2: v0: <UP> mtu 1500 \n    link/ether 02::01 brd ff::ff\n"
    text = f"{link}10.8.0.0/16 \n\tnexthop via 10.0.0.2 dev v1 weight 2 \n"

    assert [
        Link(
            ifindex=2,
            ifname="v0",
            flags=("UP",),
            mtu=1500,
            link_type="ether",
            address="02::01",
            broadcast="ff::ff",
        ),
        Route(dst="10.8.0.0/16", nexthops=(RouteNextHop(gateway="10.0.0.2", dev="v1", weight=2),)),
    ] == [event.model for event in parse_events(text)]


def test_reader_for_a_single_object() -> None:
    """The events of a monitor for a single object have its type, whatever their text."""
    (event,) = parse_events(
        "Timestamp: Wed Nov 25 00:03:37 2026 1 usec\nanything", reader_for_object(BRIDGE, "vni")
    )

    assert "vni" == event.object


def test_events_of_netns_monitor() -> None:
    """`ip netns monitor` prints `add` and `delete`; another line is an event without a model."""
    monitor_events = parse("netns monitor", "add red\ndelete a b\nunknown\n")

    assert [
        Event(text="add red", object="netns", model=Netns(name="red")),
        Event(text="delete a b", object="netns", deleted=True, model=Netns(name="a b")),
        Event(text="unknown"),
    ] == monitor_events


def test_event_as_json() -> None:
    """The JSON of an event has no absent values."""
    (event,) = parse(
        "monitor", "[2026-11-24T23:58:38.000123] [nsid 4][NEIGH]Deleted 10.0.0.7 dev v1 odd "
    )

    assert {
        "object": "neigh",
        "deleted": True,
        "nsid": 4,
        "when": "2026-11-24T23:58:38.000123",
        "model": {"dst": "10.0.0.7", "dev": "v1"},
        "unread": ["odd"],
        "text": event.text,
    } == dump_event(event)
    assert {"text": "unknown"} == dump_event(Event(text="unknown"))


WORDS = st.sampled_from(
    [
        *sorted({word for _, text, *_ in (*IP_LINES, *BRIDGE_LINES) for word in text.split(" ")}),
        "[LINK]",
        "[ADDR]",
        "[ROUTE]",
        "[RULE]",
        "[NEIGH]",
        "[NEXTHOP]",
        "[NSID]",
        "[VLAN]",
        "Deleted",
        "\n",
        "\t",
        "\\",
        "9" * 20,
        "²",
        "",
    ]
)


@given(
    text=st.one_of(
        st.text(),
        st.lists(WORDS, max_size=30).map(" ".join),
        st.lists(WORDS, max_size=9).map("".join),
    )
)
@pytest.mark.parametrize("monitor", sorted(MONITORS))
def test_any_text_is_read(monitor: str, text: str) -> None:
    """Reading a monitor's output raises no exception, and loses no line."""
    monitor_events = parse(monitor, text)

    event_lines = [line for event in monitor_events for line in event.text.split("\n")]
    assert [line for line in text.split("\n") if line] == [line for line in event_lines if line]
    for event in monitor_events:
        dump_event(event)
