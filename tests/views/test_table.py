"""Tables: their columns, safe output on a terminal, and CSV without loss."""

import csv
import io
import json
import subprocess
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipwrap import Command, DryRun, Local, Recording, Result, Session, until
from ipwrap.errors import UnknownOption
from ipwrap.kinds import Bridge
from ipwrap.models import MONITORS, NOUNS, load
from ipwrap.models.link import Link
from ipwrap.models.rule import Rule
from ipwrap.recording import (
    CommandEvent,
    Event,
    Header,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from ipwrap.state import State
from ipwrap.views import table
from ipwrap.views.ip import problem_of
from ipwrap.views.table import (
    COLUMNS,
    format_command_table,
    format_csv,
    format_object_table,
    format_state_table,
    format_table,
    object_rows,
    object_table,
)
from tests.labs import build_pair, open_sandbox

Json = dict[str, Any]

# Objects of each object command, and their table.
TABLES: tuple[tuple[str, list[Json], str], ...] = (
    (
        "link",
        [
            {
                "ifname": "v0",
                "link": "v1",
                "flags": ["UP", "LOWER_UP"],
                "mtu": 1500,
                "master": "br0",
                "operstate": "UP",
                "address": "02:00:00:00:00:01",
                "ifalias": "a cable",
                "linkinfo": {"info_kind": "veth"},
            },
            {"ifname": "v2", "link_index": 4, "link_netnsid": 0, "flags": []},
            {"ifname": "v3", "link_index": 5},
            {"ifname": "tun0", "link": None},
        ],
        (
            "ifname kind operstate master link mtu address alias flags\n"
            "v0 veth UP br0 v1 1500 02:00:00:00:00:01 a cable UP,LOWER_UP\n"
            "v2 if4 (netns 0)\n"
            "v3 if5\n"
            "tun0 NONE"
        ),
    ),
    (
        "address",
        [
            {
                "ifname": "a",
                "operstate": "UP",
                "addr_info": [
                    {"local": "10.0.0.1", "prefixlen": 24},
                    {"local": "fd00::1", "prefixlen": 64},
                ],
            },
            {"ifname": "b"},
        ],
        "ifname operstate address\na UP 10.0.0.1/24\na UP fd00::1/64\nb",
    ),
    (
        "address",
        [
            {
                "ifname": "a",
                "addr_info": [
                    {
                        "local": "10.0.0.1",
                        "family": "inet",
                        "address": "10.0.0.2",
                        "prefixlen": 24,
                        "label": "a:1",
                        "valid_life_time": 0xFFFFFFFF,
                    },
                    {
                        "local": "fe80::1",
                        "prefixlen": 64,
                        "scope": "link",
                        "tentative": True,
                        "stable-privacy": True,
                        "valid_life_time": 60,
                        "preferred_life_time": 30,
                    },
                    {"anycast": "2001:db8::", "prefixlen": 64},
                ],
            },
        ],
        (
            "ifname address peer flags valid preferred scope label\n"
            "a 10.0.0.1/32 10.0.0.2/24 a:1\n"
            "a fe80::1/64 tentative,stable-privacy 60s 30s link\n"
            "a 2001:db8::/64"
        ),
    ),
    (
        "link",
        [
            {
                "ifname": "x",
                "linkinfo": {"info_kind": "vxlan", "info_data": {"id": 7, "remote": "10.0.0.2"}},
                "altnames": ["tunnel"],
                "stats64": {
                    "rx": {"packets": 3, "bytes": 300, "errors": 0, "dropped": 2},
                    "tx": {"packets": 1, "bytes": 100, "errors": 0, "dropped": 0},
                },
            },
            {"ifname": "y", "linkinfo": {"info_kind": "new", "info_data": {"id": 7}}},
        ],
        (
            "ifname kind rx tx options altnames\n"
            "x vxlan 3 packets, 300 bytes, 2 dropped 1 packets, 100 bytes id 7 remote 10.0.0.2 "
            "tunnel\n"
            "y new"
        ),
    ),
    (
        "route",
        [
            {
                "type": "unicast",
                "dst": "default",
                "gateway": "10.0.0.1",
                "dev": "a",
                "table": "main",
                "metric": 0,
            },
            {
                "dst": "10.1.0.0/16",
                "via": {"family": "inet6", "host": "fe80::1"},
                "dev": "a",
                "protocol": "static",
            },
            {
                "dst": "10.2.0.0/16",
                "nexthops": [{"gateway": "10.0.0.1", "dev": "a", "weight": 2}, {"dev": "b"}],
            },
            {"dst": "10.3.0.0/16", "dev": "a", "scope": "link", "prefsrc": "10.0.0.9"},
            {
                "dst": "10.4.0.0/16",
                "from": "10.0.0.0/8",
                "dev": "a",
                "encap": {"encap_type": "ip", "id": 7},
                "metrics": [{"mtu": 1400, "ecn": None}],
                "expires": 9,
                "flags": ["linkdown", "onlink"],
            },
            {"dst": "10.5.0.0/16", "encap": "mpls"},
        ],
        (
            "dst table via dev options metric protocol scope expires\n"
            "default main 10.0.0.1 a 0\n"
            "10.1.0.0/16 inet6 fe80::1 a static\n"
            "10.2.0.0/16 10.0.0.1 a weight 2\n"
            "b\n"
            "10.3.0.0/16 a src 10.0.0.9 link\n"
            "10.4.0.0/16 a from 10.0.0.0/8 linkdown onlink encap ip id 7 mtu 1400 ecn 9s\n"
            "10.5.0.0/16 encap mpls"
        ),
    ),
    (
        "neigh",
        [
            {
                "dst": "10.0.0.1",
                "dev": "a",
                "lladdr": "02:00:00:00:00:01",
                "state": ["PERMANENT"],
                "router": None,
            },
            {"dst": "10.0.0.2", "dev": "a", "proxy": None},
        ],
        (
            "dst dev lladdr state flags\n"
            "10.0.0.1 a 02:00:00:00:00:01 PERMANENT router\n"
            "10.0.0.2 a proxy"
        ),
    ),
    ("netns", [{"name": "red", "id": 0}, {"name": "blue"}], "name id\nred 0\nblue"),
    ("netns list-id", [{"nsid": 0, "name": "red"}, {"nsid": 1}], "nsid name\n0 red\n1"),
    (
        "bridge link",
        [
            {
                "ifname": "p",
                "master": "br0",
                "state": "forwarding",
                "priority": 32,
                "cost": 2,
                "flags": ["UP"],
            }
        ],
        "ifname master state priority cost flags\np br0 forwarding 32 2 UP",
    ),
    (
        "bridge fdb",
        [
            {
                "mac": "02:00:00:00:00:01",
                "ifname": "p",
                "vlan": 1,
                "master": "br0",
                "state": "permanent",
                "flags": [],
            },
            {
                "mac": "00:00:00:00:00:00",
                "ifname": "x",
                "dst": "10.0.0.1",
                "flags": ["self"],
                "state": "",
            },
        ],
        (
            "mac ifname dst vlan master state flags\n"
            "02:00:00:00:00:01 p 1 br0 permanent\n"
            "00:00:00:00:00:00 x 10.0.0.1 self"
        ),
    ),
    (
        "bridge vlan",
        [
            {
                "ifname": "p",
                "vlans": [
                    {"vlan": 1, "flags": ["PVID", "Egress Untagged"]},
                    {"vlan": 5, "vlanEnd": 7},
                ],
            }
        ],
        ("ifname vlan flags\np 1 PVID,Egress Untagged\np 5-7"),
    ),
    ("bridge vlan", [{"ifname": "p", "vlans": [{"vid": 9}]}], ("ifname vlan\np 9")),
    (
        "bridge vlan global",
        [
            {
                "ifname": "br0",
                "vlans": [
                    {"vlan": 1, "mcast_snooping": 1, "mcast_igmp_version": 2, "msti": 3},
                    {
                        "vlan": 5,
                        "vlanEnd": 7,
                        "mcast_snooping": 0,
                        "router_ports": [{"port": "p"}, {"port": "q"}],
                    },
                ],
            }
        ],
        "ifname vlan snooping igmp msti routers\nbr0 1 1 2 3\nbr0 5-7 0 p,q",
    ),
    (
        "bridge vlan tunnelshow",
        [
            {
                "ifname": "p",
                "tunnels": [
                    {"vlan": 1, "tunid": 7},
                    {"vlan": 5, "vlanEnd": 6, "tunid": 8, "tunidEnd": 9},
                ],
            }
        ],
        ("ifname vlan tunid\np 1 7\np 5-6 8-9"),
    ),
    ("bridge vlan tunnelshow", [{"ifname": "p", "vlans": []}], "ifname\np"),
    (
        "bridge mdb",
        [
            {
                "mdb": [
                    {
                        "dev": "br0",
                        "port": "p",
                        "grp": "239.1.1.1",
                        "vid": 3,
                        "state": "permanent",
                        "flags": [],
                    },
                    {
                        "dev": "vx",
                        "port": "vx",
                        "grp": "239.1.1.1",
                        "state": "permanent",
                        "dst": "10.0.0.1",
                    },
                ],
                "router": {},
            }
        ],
        (
            "dev port grp vid state dst\n"
            "br0 p 239.1.1.1 3 permanent\n"
            "vx vx 239.1.1.1 permanent 10.0.0.1"
        ),
    ),
    (
        "bridge mdb get",
        [{"dev": "br0", "port": "p", "grp": "ff02::9"}],
        "dev port grp\nbr0 p ff02::9",
    ),
    (
        "bridge mst",
        [
            {
                "ifname": "p",
                "mst": [{"msti": 0, "state": "forwarding"}, {"msti": 3, "state": "learning"}],
            }
        ],
        "ifname msti state\np 0 forwarding\np 3 learning",
    ),
    (
        "bridge vni",
        [
            {"ifname": "x", "vnis": [{"vni": 1, "vniEnd": 3}, {"vni": 5, "remote": "10.0.0.1"}]},
            {
                "ifname": "y",
                "vnis": [{"vni": 7, "group": "239.1.1.1", "stats": {"rx_pkts": 0, "tx_pkts": 4}}],
            },
        ],
        "ifname vni group remote rx_pkts tx_pkts\nx 1-3\nx 5 10.0.0.1\ny 7 239.1.1.1 0 4",
    ),
    (
        "macsec",
        [
            {
                "ifname": "m0",
                "cipher_suite": "GCM-AES-128",
                "encrypt": True,
                "sci": "0x1",
                "sa_list": [
                    {"an": 0, "active": True, "key": "0100"},
                    {"an": 1, "active": False, "key": "02"},
                ],
                "rx_sc": [
                    {
                        "sci": "0x2",
                        "active": True,
                        "sa_list": [{"an": 3, "active": True, "key": "03"}],
                    }
                ],
            }
        ],
        ("ifname cipher encrypt sci keys rx\nm0 GCM-AES-128 on 0x1 0:01,1:02 (off) 0x2 3:03"),
    ),
    (
        "maddress",
        [
            {
                "ifname": "a",
                "maddr": [
                    {"link": "01:00:5e:00:00:01"},
                    {"family": "inet", "address": "224.0.0.1"},
                ],
            }
        ],
        ("ifname family address\na link 01:00:5e:00:00:01\na inet 224.0.0.1"),
    ),
    (
        "stats",
        [
            {
                "ifname": "a",
                "group": "link",
                "stats64": {"rx": {"bytes": 7, "errors": 0}, "tx": {"bytes": 8}},
            },
            {
                "ifname": "a",
                "group": "offload",
                "subgroup": "l3_stats",
                "info": {"request": True, "used": False},
            },
            {
                "ifname": "b",
                "group": "xstats",
                "subgroup": "bridge",
                "suite": "vlan",
                "vlans": [{"vid": 5}],
            },
        ],
        (
            "ifname group subgroup suite counted\n"
            "a link rx.bytes 7,tx.bytes 8\n"
            "a offload l3_stats request on\n"
            "b xstats bridge vlan"
        ),
    ),
    (
        "tuntap",
        [
            {
                "ifname": "t0",
                "flags": ["tap", "persist"],
                "user": 0,
                "processes": [{"name": "qemu", "pid": 7}],
            }
        ],
        "ifname flags user processes\nt0 tap,persist 0 qemu (7)",
    ),
    (
        "mroute",
        [
            {
                "src": "10.0.0.2",
                "dst": "239.1.2.3",
                "iif": "a",
                "multipath": [{"oif": "b"}, {"oif": "c", "ttl": 7}],
            }
        ],
        "src dst iif oif\n10.0.0.2 239.1.2.3 a b,c",
    ),
    (
        "link afstats",
        [{"ifname": "a", "rx": {"bytes": 84, "packets": 1, "errors": 0}, "tx": {"bytes": 0}}],
        "ifname rx\na bytes 84,packets 1",
    ),
    (
        "link xstats",
        [
            {
                "ifname": "a",
                "multicast": {"igmp_queries": {"rx_v3": 2, "tx_v1": 0}, "igmp_parse_errors": 1},
            },
            {"ifname": "b", "stp": {"rx_bpdu": 0}, "802.3ad": {"marker_rx": 3}},
        ],
        "ifname multicast 802.3ad\na igmp_queries.rx_v3 2,igmp_parse_errors 1\nb marker_rx 3",
    ),
    (
        "nexthop",
        [
            {"id": 1, "gateway": "10.0.0.2", "dev": "a", "flags": []},
            {"id": 2, "blackhole": None},
            {"id": 3, "group": [{"id": 1, "weight": 7}, {"id": 2}], "type": "resilient"},
        ],
        "id via dev type\n1 10.0.0.2 a\n2 blackhole\n3 1x7,2x1 resilient",
    ),
    (
        "nexthop bucket",
        [{"id": 3, "bucket": {"index": 0, "idle_time": 0.5, "nhid": 1}, "flags": []}, {"id": 4}],
        ("id index nhid idle_time\n3 0 1 0.5s\n4"),
    ),
    (
        "rule",
        [
            {
                "priority": 1,
                "not": None,
                "src": "10.0.0.0",
                "srclen": 8,
                "fwmark": "0x1",
                "fwmask": "0xff",
                "table": "7",
            },
            {"priority": 2, "src": "all", "dst": "10.0.0.1", "iif": "a", "goto": 9},
            {"priority": 3, "src": "all", "l3mdev": None, "fwmark": "0x2", "oif": "b"},
            {"priority": 4, "src": "all", "nop": None, "protocol": "static"},
            {"priority": 5, "src": "all", "action": "blackhole"},
        ],
        (
            "priority match table action protocol\n"
            "1 not from 10.0.0.0/8 fwmark 0x1/0xff 7\n"
            "2 from all to 10.0.0.1 iif a goto 9\n"
            "3 from all oif b fwmark 0x2 l3mdev\n"
            "4 from all nop static\n"
            "5 from all blackhole"
        ),
    ),
    (
        "rule",
        [
            {
                "priority": 1,
                "src": "all",
                "ipproto": "tcp",
                "sport_start": 1000,
                "sport_end": 2000,
                "dport": 80,
                "dport_mask": "0xffff",
                "uid_start": 0,
                "uid_end": 99,
                "table": "600",
            },
            {"priority": 2, "src": "all", "table": "main", "suppress_prefixlen": 0},
            {
                "priority": 3,
                "src": "all",
                "iif": "a",
                "iif_detached": None,
                "sport": 8,
                "sport_mask": "0xf8",
                "tun_id": 5,
                "tos": "0x10",
                "goto": 9,
                "unresolved": None,
            },
            {
                "priority": 4,
                "src": "all",
                "nat_gateway": "10.0.0.9",
                "masquerade": None,
                "flow_from": "1",
                "flow_to": "2",
                "suppress_ifgroup": "default",
            },
            {"priority": 5, "src": "all", "table": "7", "flow_to": "2"},
        ],
        (
            "priority match table action\n"
            "1 from all ipproto tcp sport 1000-2000 dport 80 uidrange 0-99 600\n"
            "2 from all main suppress_prefixlength 0\n"
            "3 from all iif a (detached) tos 0x10 sport 8/0xf8 tun_id 5 goto 9 (unresolved)\n"
            "4 from all nat 10.0.0.9 suppress_ifgroup default masquerade realms 1/2\n"
            "5 from all 7 realms 2"
        ),
    ),
    (
        "tc class",
        [
            {
                "class": "htb",
                "handle": "1:1",
                "root": True,
                "rate": 1250000,
                "stats": {"packets": 3},
            },
            {"class": "drr", "handle": "2:1", "dev": "a", "parent": "2:", "prio": 0, "ceil": 125},
        ],
        (
            "class handle dev parent prio rate ceil packets\n"
            "htb 1:1 root 10mbit 3\n"
            "drr 2:1 a 2: 0 1kbit"
        ),
    ),
    (
        "tc filter",
        [
            {
                "kind": "u32",
                "dev": "a",
                "ingress": True,
                "protocol": "ip",
                "pref": 3,
                "options": {
                    "actions": [
                        {"kind": "gact", "control_action": {"type": "drop"}},
                        {"kind": "new"},
                    ]
                },
            },
            {"kind": "fw", "parent": "1:", "pref": 4, "chain": 0},
        ],
        ("kind dev parent protocol pref actions\nu32 a ingress ip 3 gact drop,new\nfw 1: 4"),
    ),
    (
        "tc filter",
        [
            {"kind": "u32", "protocol": "ip", "pref": 5},
            {
                "kind": "u32",
                "protocol": "ip",
                "pref": 5,
                "options": {"fh": "800:", "ht_divisor": 1},
            },
            {
                "kind": "u32",
                "protocol": "ip",
                "pref": 5,
                "options": {
                    "fh": "800::800",
                    "flowid": "1:10",
                    "match": [
                        {"value": "a000001", "mask": "ffffffff", "offmask": "", "off": 16},
                        {"value": "50", "mask": "ffff", "offmask": "nexthdr+", "off": 0},
                    ],
                },
            },
            {
                "kind": "flower",
                "pref": 7,
                "options": {
                    "handle": 1,
                    "keys": {"dst_ip": "10.0.0.0/8", "dst_port": {"start": 1, "end": 9}, "x": None},
                    "actions": [
                        {
                            "kind": "mirred",
                            "mirred_action": "redirect",
                            "direction": "egress",
                            "to_dev": "v0",
                        },
                        {"kind": "mirred", "mirred_action": "mirror", "to_blockid": 3},
                    ],
                },
            },
            {"kind": "fw", "options": {"fw": {"mark": "0x6", "mask": "0xff"}, "classid": "1:1"}},
        ],
        (
            "kind protocol pref match flowid actions handle\n"
            "u32 ip 5 dst 10.0.0.1/32, 50/ffff at nexthdr+0 1:10 800::800\n"
            "flower 7 dst_ip 10.0.0.0/8 dst_port 1-9 x mirred egress redirect v0,"
            "mirred mirror block 3 1\n"
            "fw mark 0x6/0xff 1:1"
        ),
    ),
    (
        "tc qdisc",
        [
            {"kind": "cake", "options": {"bandwidth": 625000, "nat": False}},
            {"kind": "tbf", "options": {"rate": "quick"}},
        ],
        "kind options\ncake bandwidth 5mbit nonat\ntbf rate quick",
    ),
    (
        "tc qdisc",
        [
            {
                "kind": "netem",
                "handle": "1:",
                "dev": "a",
                "root": True,
                "options": {"limit": 9, "gap": 0, "delay": {"delay": 0.1, "jitter": 0}},
                "packets": 2,
                "drops": 0,
            },
            {"kind": "pfifo", "handle": "0:", "parent": "1:20"},
        ],
        (
            "kind handle dev parent options packets drops\n"
            "netem 1: a root limit 9 delay 100ms 2 0\n"
            "pfifo 0: 1:20"
        ),
    ),
)


def squeeze(text: str) -> str:
    """Return a table with one blank between words, and no blanks at the end of a line."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("noun", "objects", "expected"),
    TABLES,
    ids=lambda argument: argument if isinstance(argument, str) else "",
)
def test_object_has_a_table(noun: str, objects: list[Json], expected: str) -> None:
    """The table has the important columns; a missing value is an empty cell."""
    models: list[Any] = load(NOUNS[noun], objects)

    assert expected == squeeze(format_object_table(noun, models))


def test_every_object_has_columns() -> None:
    """Every object with a model has a table, and so have the monitors."""
    assert sorted([*NOUNS, *MONITORS]) == sorted(COLUMNS)


RULES = [{"priority": 1, "src": "all", "dst": "10.0.0.1", "iif": "eth0", "protocol": "static"}]


def test_less_important_columns_are_left_out_of_a_narrow_table() -> None:
    """The last columns go first, and their names are told; a rule keeps all that it selects."""
    links = load(Link, [{"ifname": "a", "mtu": 1500, "operstate": "UP", "ifalias": "a cable"}])
    rules = load(Rule, RULES)

    wide, narrow, least = (object_table("link", links, width=width) for width in (None, 31, 1))

    assert ("ifname operstate mtu alias\na UP 1500 a cable", ()) == (
        squeeze(wide.text),
        wide.left_out,
    )
    assert ("alias",) == narrow.left_out
    assert max(map(len, narrow.text.splitlines())) <= 31
    assert ("ifname\na", ("operstate", "mtu", "alias")) == (squeeze(least.text), least.left_out)
    assert ("protocol",) == object_table("rule", rules, width=1).left_out


def test_columns_and_order_are_chosen() -> None:
    """Columns stand in the order of their names; rows are sorted by numbers, then by text."""
    links = load(
        Link,
        [{"ifname": name, "mtu": mtu} for name, mtu in (("b", 1500), ("a", 900), ("c", None))],
    )

    table = object_table("link", links, columns=("mtu", "alias", "ifname"), sort="mtu")

    assert "mtu alias ifname\n900 a\n1500 b\nc" == squeeze(table.text)
    assert "ifname mtu\na 900\nb 1500\nc" == squeeze(
        object_table("link", links, sort="ifname").text
    )
    with pytest.raises(UnknownOption, match="link has no column 'x'; there are: ifname, kind,"):
        object_table("link", links, columns=("x",))


def test_empty_columns_are_omitted() -> None:
    """The first column stays, even if empty."""
    links: list[Any] = load(NOUNS["link"], [{"ifname": "a", "mtu": 1500}])

    assert "ifname mtu\na 1500" == squeeze(format_object_table("link", links))
    assert "ifname" == squeeze(format_object_table("link", []))


def table_of(noun: str, *objects: Json, width: int | None = None) -> str:
    """Return the table of objects, with single blanks."""
    return squeeze(object_table(noun, load(NOUNS[noun], list(objects)), width=width).text)


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ({"flags": ["BROADCAST"]}, "admin down"),
        ({"flags": ["NO-CARRIER", "UP"]}, "no carrier"),
        ({"flags": ["UP"], "proto_down": True}, "protodown"),
        ({"flags": ["UP", "LOWER_UP"]}, None),
        ({"flags": []}, None),
    ],
)
def test_link_tells_why_it_is_down(link: Json, problem: str | None) -> None:
    """A link that is set up and has no carrier is told from one that nobody has set up."""
    (model,) = load(Link, [{"ifname": "a", **link}])

    assert problem == problem_of(model)
    assert (problem or "") in table_of("link", {"ifname": "a", **link})


def test_port_tells_its_state() -> None:
    """A port that blocks, or a bond's member without a link, is seen in the table of links."""
    ports = [
        {
            "ifname": name,
            "linkinfo": {"info_slave_kind": kind, "info_slave_data": data, "info_kind": "veth"},
        }
        for name, kind, data in (
            ("a", "bridge", {"state": "blocking", "priority": 32}),
            ("b", "bond", {"state": "BACKUP", "mii_status": "DOWN"}),
        )
    ]

    assert table_of("link", *ports).splitlines()[1:] == [
        "a veth bridge_slave state blocking",
        "b veth bond_slave state BACKUP mii_status DOWN",
    ]


def test_port_shows_what_a_new_one_does_not_have() -> None:
    """Options at their default are left out; off counts where on is the default."""
    port = {"ifname": "p", "learning": False, "flood": True, "isolated": True, "mcast_router": 1}

    assert "ifname options\np learning off isolated on" == table_of("bridge link", port)


def test_vlans_in_sequence_share_a_row() -> None:
    """Only VLANs that are alike in everything that is shown share a row."""
    vlans = [
        *({"vid": vid, "rx_packets": 0, "rx_bytes": 0} for vid in (1, 2, 3)),
        {"vid": 4, "rx_packets": 7, "rx_bytes": 700},
        {"vlan": 6, "vlanEnd": 9},
        {"vlan": 10, "state": "blocking"},
    ]

    assert table_of("bridge vlan", {"ifname": "p", "vlans": vlans}).splitlines() == [
        "ifname vlan state rx",
        "p 1-3 0 packets, 0 bytes",
        "p 4 7 packets, 700 bytes",
        "p 6-9",
        "p 10 blocking",
    ]


def test_key_of_macsec_keeps_its_zeros() -> None:
    """Only whole bytes of zero at the end pad a key's identifier; one of them stays."""
    keys = ("10" + "0" * 30, "0" * 32, "0102" + "0" * 28)
    associations = [{"an": an, "key": key, "active": True} for an, key in enumerate(keys)]

    assert "0:10,1:00,2:0102" in table_of("macsec", {"ifname": "m", "sa_list": associations})


def test_class_and_qdisc_show_what_they_lost() -> None:
    """With `-s` drops and the backlog are shown, and the qdisc of a class."""
    counters = {"packets": 9, "drops": 3, "overlimits": 2, "backlog": 1514, "qlen": 1}
    class_ = {"class": "htb", "handle": "1:2", "leaf": "0x8001", "stats": counters}
    qdisc = {"kind": "noqueue", "handle": "0:", "dev": "a", "root": True, **counters}

    assert "htb 1:2 0x8001 9 3 2 1514b 1p" == table_of("tc class", class_).splitlines()[1]
    assert "noqueue 0: a root 9 3 2 1514b 1p" == table_of("tc qdisc", qdisc).splitlines()[1]


def test_forwarding_entry_shows_its_tunnel_and_age() -> None:
    """The VNI, the port and the next hop of a vxlan's entry are shown, and its age in seconds."""
    entry = {"mac": "02:00:00:00:00:01", "ifname": "vx", "vni": 7, "nhid": 3, "used": 12}

    assert table_of("bridge fdb", entry) == (
        "mac ifname nhid vni used\n02:00:00:00:00:01 vx 3 7 12s"
    )


def test_group_shows_its_sources() -> None:
    """The sources of a group, with `-d`, share a cell; the timer has its unit."""
    sources = [{"address": "10.0.0.1", "timer": "1.00"}, {"address": "10.0.0.2"}]
    entry = {"dev": "br0", "port": "p", "grp": "239.1.1.1", "source_list": sources}

    assert table_of("bridge mdb get", {**entry, "timer": " 258.62"}) == (
        "dev port grp sources timer\nbr0 p 239.1.1.1 10.0.0.1,10.0.0.2 258.62s"
    )


def test_ports_with_a_router_are_groups_without_an_address() -> None:
    """`bridge -d mdb` lists the ports behind which a multicast router is."""
    routers = {"br0": [{"port": "p", "type": "temp", "timer": "  9.50"}]}
    mdb = {"mdb": [{"dev": "br0", "port": "q", "grp": "239.1.1.1"}], "router": routers}

    assert table_of("bridge mdb", mdb).splitlines() == [
        "dev port grp state timer flags",
        "br0 q 239.1.1.1",
        "br0 p temp 9.50s router",
    ]


def test_vni_shows_what_it_lost() -> None:
    """The drops and errors of a VNI have columns."""
    vni = {"vni": 7, "stats": {"rx_pkts": 3, "tx_pkts": 0, "rx_drops": 2}}

    assert table_of("bridge vni", {"ifname": "vx", "vnis": [vni]}) == (
        "ifname vni rx_pkts tx_pkts rx_drops\nvx 7 3 0 2"
    )


def test_neighbour_shows_its_probes_and_ages() -> None:
    """With `-s` a neighbour that does not answer has probes, and its times are in seconds."""
    neigh = {"dst": "10.0.0.2", "state": ["FAILED"], "probes": 6, "used": 10, "updated": 4}

    assert table_of("neigh", neigh) == ("dst state probes used updated\n10.0.0.2 FAILED 6 10s 4s")


def test_next_hop_shows_its_encapsulation_and_buckets() -> None:
    """Where a next hop sends its packets in, and how a resilient group balances."""
    hops = [
        {"id": 1, "dev": "a", "encap": {"encap_type": "mpls", "dst": "100"}},
        {"id": 2, "encap": "mpls"},
        {"id": 3, "type": "resilient", "resilient_args": {"buckets": 8}},
    ]

    assert table_of("nexthop", *hops).splitlines()[1:] == [
        "1 a mpls dst 100",
        "2 mpls",
        "3 resilient buckets 8",
    ]


def test_class_of_another_kind_shows_its_options() -> None:
    """Keys that belong to no class of htb are shown as they are."""
    class_ = {"class": "drr", "handle": "1:1", "quantum_": 1514, "defmap": 0}

    assert "drr 1:1 quantum_ 1514" == table_of("tc class", class_).splitlines()[1]


def test_realms_are_a_cell() -> None:
    """Both realms of a route, or the one that it leads to."""
    routes = [{"dst": "a", "flow": {"from": "1", "to": "2"}}, {"dst": "b", "flow": {"to": "3"}}]

    assert "dst realms\na 1/2\nb 3" == table_of("route", *routes)


@pytest.mark.parametrize(
    ("protocol", "value", "mask", "offset", "expected"),
    [
        ("ip", "a000000", "ff000000", 16, "dst 10.0.0.0/8"),
        ("ip", "a000001", "ffffffff", 12, "src 10.0.0.1/32"),
        ("ip", "0", "0", 12, "src 0.0.0.0/0"),
        ("ip", "a000001", "ff0000ff", 12, "src 10.0.0.1/255.0.0.255"),
        ("ip", "110000", "ff0000", 8, "protocol 17"),
        ("ip", "50", "ffff", 20, "dport 80"),
        ("ip", "160000", "ffff0000", 20, "sport 22"),
        ("ip", "100000", "ff0000", 0, "dsfield 16"),
        ("ip", "7", "7", 4, "7/7 at 4"),
        ("ipv6", "20010db8", "ffffffff", 24, "dst 2001:db8::/32"),
        ("ipv6", "1", "ffffffff", 20, "src ::1/::ffff:ffff"),
        ("ipv6", "600", "ff00", 4, "protocol 6"),
        ("ipv6", "50", "ffff", 40, "dport 80"),
        ("ipv6", "zz", "ffff", 40, "zz/ffff at 40"),
        (None, "a000000", "ff000000", 16, "a000000/ff000000 at 16"),
    ],
)
def test_bits_of_u32_have_names_in_the_header_of_ipv4(
    protocol: str | None, value: str, mask: str, offset: int, expected: str
) -> None:
    """Bits of another protocol, or of an unknown one, are shown by their place."""
    match = {"value": value, "mask": mask, "offmask": "", "off": offset}
    filter_ = {"kind": "u32", "pref": 5, "options": {"fh": "800::800", "match": match}}
    models: list[Any] = load(
        NOUNS["tc filter"], [filter_ | ({"protocol": protocol} if protocol else {})]
    )

    shown = object_table("tc filter", models, columns=["match"]).text

    assert expected == shown.splitlines()[1]


def test_words_of_an_ipv6_address_are_put_together() -> None:
    """u32 compares an address of IPv6 in words of 32 bits."""
    words = (("20010db8", 24), ("0", 28), ("0", 32), ("5", 36))
    matches = [{"value": value, "mask": "ffffffff", "off": offset} for value, offset in words]
    filter_ = {"kind": "u32", "protocol": "ipv6", "options": {"fh": "1", "match": matches}}

    assert "u32 ipv6 dst 2001:db8::5/128 1" == table_of("tc filter", filter_).splitlines()[1]


def test_filter_that_cannot_be_read_shows_what_there_is() -> None:
    """Options of another shape than the kind's are words, and no error."""
    filter_ = {"kind": "u32", "options": {"fh": [], "flowid": "1:1", "match": 7}}

    assert "kind match flowid\nu32 flowid 1:1,match 7 1:1" == table_of("tc filter", filter_)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"kind": "vlan", "vlan_action": "push", "id": 7, "priority": 0}, "vlan push id 7"),
        (
            {"kind": "tunnel_key", "mode": "set", "key_id": 5, "nofrag": False},
            "tunnel_key set key_id 5",
        ),
        ({"kind": "gact", "control_action": {"type": "goto", "chain": 7}}, "gact goto chain 7"),
        ({"kind": "gact", "control_action": {"type": "jump", "jump": 2}}, "gact jump 2"),
        ({"kind": "pedit", "keys": [{"htype": "ipv4", "offset": 8}]}, "pedit keys ipv4 8"),
        (
            {
                "kind": "gact",
                "control_action": {"type": "drop"},
                "prob": {"random_type": "determ", "control_action": {"type": "pass"}, "val": 5},
            },
            "gact drop random determ pass 5",
        ),
        ({"kind": "gact", "prob": {"random_type": "none"}}, "gact"),
        ({"kind": "gact", "prob": {"random_type": "netrand", "val": 2}}, "gact random netrand 2"),
    ],
)
def test_action_says_what_it_does(action: Json, expected: str) -> None:
    """The options and verdicts of an action are words, as on the command line."""
    filter_ = {"kind": "matchall", "options": {"handle": 1, "actions": [action]}}
    models: list[Any] = load(NOUNS["tc filter"], [filter_])

    (row,) = object_rows("tc filter", {"": models}, columns=["actions"]).rows

    assert (expected,) == row


def test_columns_are_aligned() -> None:
    """A column begins below its header; numbers are aligned to the left, as text is."""
    header, first, second = format_table(("name", "n"), [("a", 1), ("longer", 22)]).splitlines()

    assert header.index("n", 1) == first.index("1") == second.index("22")


@pytest.mark.parametrize(
    "text", ["1e5", "007", "inf", "nan", "0x10", "1.50", "-0", "1_000", "True"]
)
def test_text_in_the_form_of_a_number_is_unchanged(text: str) -> None:
    """A link may have the name 007, or inf."""
    _, row = format_table(("name",), [(text,)]).splitlines()

    assert text == row


@given(text=st.text(st.characters(), min_size=1))
@example(text="a\x1b[2Jb")
@example(text="a\nb\rc\td")
@example(text="\u202eevil\u2066")
@example(text="\udcff")
@example(text="\x9b31m\x07\x00")
def test_arbitrary_name_is_one_printable_line(text: str) -> None:
    """The table has one line for an arbitrary name, without control characters."""
    lines = format_table(("name", "n"), [(text, 1)]).split("\n")

    assert 2 == len(lines)
    categories = {unicodedata.category(character)[0] for character in lines[1]}
    assert "C" not in categories


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ((), ""),
        ([], ""),
        (("a", "b"), "a,b"),
        ([1, 2], "1,2"),
        (0, "0"),
        (False, "off"),
        (True, "on"),
        ("é字", "é字"),
    ],
)
def test_value_is_formatted_as_a_cell(value: object, expected: str) -> None:
    """None is empty, zero and False are not; a list is its elements, a flag on or off."""
    _, row = format_table(("x", "y"), [(value, "end")]).splitlines()

    assert expected == row.removesuffix("end").strip()


OBJECTS: list[Json] = [
    {
        "ifname": 'say "hi", twice\nplease',
        "flags": ["UP"],
        "mtu": 1500,
        "linkinfo": {"info_kind": "veth"},
        "new": [1],
    },
    {"ifname": "b", "flags": [], "ifalias": "", "new": True, "other": None, "link": None},
]


def parse_csv(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV text, by the names of the columns."""
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_every_key() -> None:
    """Each key has a column in order of appearance, unknown keys too; a nested value is JSON."""
    rows = parse_csv(format_csv(load(NOUNS["link"], OBJECTS)))

    assert [
        {
            "ifname": 'say "hi", twice\nplease',
            "flags": '["UP"]',
            "mtu": "1500",
            "linkinfo": '{"info_kind":"veth"}',
            "new": "[1]",
            "link": "",
            "ifalias": "",
            "other": "",
        },
        {
            "ifname": "b",
            "flags": "[]",
            "mtu": "",
            "linkinfo": "",
            "new": "true",
            "link": "NONE",
            "ifalias": "",
            "other": "null",
        },
    ] == rows


def test_csv_has_a_row_for_each_address() -> None:
    """The keys of the link are repeated, and its MAC address is no address of IP."""
    link = {"ifindex": 2, "ifname": "a", "mtu": 7, "address": "02:00:00:00:00:01"}
    addresses = [
        {"local": "10.0.0.1", "broadcast": "10.0.0.255", "dynamic": True},
        {"local": "10.0.0.2", "address": "10.0.0.3"},
    ]
    interfaces: list[Any] = load(
        NOUNS["address"], [{**link, "addr_info": addresses}, {"ifname": "b", "addr_info": []}]
    )

    rows = parse_csv(format_csv(interfaces, noun="address"))

    assert [("2", "a"), ("2", "a"), ("", "b")] == [(row["ifindex"], row["ifname"]) for row in rows]
    assert ["10.0.0.1", "10.0.0.2", ""] == [row["local"] for row in rows]
    assert ["true", "", ""] == [row["dynamic"] for row in rows]
    assert ["", "10.0.0.3", ""] == [row["address"] for row in rows]
    assert ["02:00:00:00:00:01"] * 2 == [row["link_address"] for row in rows[:2]]
    assert "addr_info" not in rows[0]


@pytest.mark.parametrize(
    ("noun", "key"),
    [
        ("neigh", "proxy"),
        ("neigh", "router"),
        ("rule", "not"),
        ("rule", "l3mdev"),
        ("rule", "nop"),
        ("fou", "gue"),
    ],
)
def test_csv_has_true_for_a_flag(noun: str, key: str) -> None:
    """iproute2 prints null for a flag that is set."""
    (row,) = parse_csv(format_csv(load(NOUNS[noun], [{"dst": "10.0.0.1", key: None}])))

    assert "true" == row[key]


def test_csv_without_objects_is_one_line() -> None:
    """Without objects the header has no columns."""
    assert "\n" == format_csv([])


def in_csv(value: Any) -> str:
    """Return a JSON value in the notation of a CSV cell."""
    if isinstance(value, (list, dict, bool)):
        return json.dumps(value, separators=(",", ":"))

    return str(value)


@pytest.mark.live
def test_csv_of_real_links_has_every_value(session: Session) -> None:
    """The CSV of real output has every value unchanged."""
    build_pair(session)
    argv = session.place.wrap(("ip", "-j", "-d", "link", "show"))
    output = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    links = json.loads(output)

    rows = parse_csv(format_csv(load(NOUNS["link"], links)))

    assert len(links) == len(rows)
    for link, row in zip(links, rows, strict=True):
        printed = {key: in_csv(value) for key, value in link.items() if value != ""}
        cells = {key: cell for key, cell in row.items() if cell != ""}
        assert printed == cells


def test_commands_of_a_recording() -> None:
    """Each command has its number, namespace, line, status, time and call site."""
    with Session(Local(), DryRun()) as session:
        session.note("No command.")
        session.ip.link.add("br0", Bridge())
        session.netns("red").exec("true")
        header, first, second = format_command_table(session.recording).splitlines()

    assert "n where line status ms asked at" == squeeze(header)
    assert squeeze(first).startswith("1 ip link add name br0 type bridge 0 ")
    assert squeeze(second).startswith("2 red ip netns exec red true 0 ")
    assert "test_table.py:" in first


def test_command_without_a_result_has_no_status() -> None:
    """The last command of an interrupted session has neither status nor time."""
    event = CommandEvent(7, Command(("true",)), "x.py:3")
    recording = Recording(Header(), [event])

    _, row = format_command_table(recording).splitlines()

    assert "7 true x.py:3" == squeeze(row)


def test_processes_waits_and_pauses_have_rows() -> None:
    """Their rows have a status and a time where these are known; control characters are escaped."""
    httpd = Command(("httpd", "\x1b[2J"), "red")
    ready = until.listening(80)
    events: list[Event] = [
        ProcessEvent(1, httpd, "web", ready, 10.0, call_site="x.py:1"),
        ProcessStarted(1, 20, seconds=0.25),
        WaitEvent(until.link("v0"), "red", 2.0, seconds=0.5, call_site="x.py:2"),
        WaitEvent(until.link("v1"), None, 2.0, seconds=2.0, satisfied=False),
        Sleep(0.5, "x.py:4"),
        ProcessAction(1, "signal", "HUP"),
        ProcessAction(1, "wait", seconds=1.0, timed_out=True),
        ProcessAction(1, "stop", seconds=3.0, call_site="x.py:5"),
        ResultEvent(1, Result(httpd, 143, seconds=1.5)),
        ProcessEvent(2, Command(("sleep", "5")), "sleep"),
        ProcessStarted(2, 21),
    ]
    _, *rows = format_command_table(Recording(Header(), events)).splitlines()

    assert [
        r"1 red ip netns exec red httpd '\x1b[2J' & web=$! 143 1500.0 x.py:1",
        f"red wait until {ready} ok 250.0 x.py:1",
        "red wait until link v0 exists ok 500.0 x.py:2",
        "wait until link v1 exists timeout 2000.0",
        "sleep 0.5 500.0 x.py:4",
        'red kill -HUP "$web"',
        'red wait "$web" timeout',
        'red kill "$web" x.py:5',
        "2 sleep 5 & sleep=$!",
    ] == [squeeze(row) for row in rows]


@pytest.mark.live
def test_links_of_a_state() -> None:
    """Every link of every namespace has a line, with its addresses."""
    with open_sandbox() as session:
        build_pair(session)
        rows = [line.split() for line in format_state_table(session.state()).splitlines()]

    header, _, bridge = rows[:3]
    assert ["where", "link", "kind", "master", "address", "addresses"] == header
    assert ["br0", "bridge", "up"] == bridge[:3]

    (eth0,) = [row for row in rows if row[:2] == ["red", "eth0"]]
    assert ["veth", "up"] == eth0[2:4]
    assert "10.0.0.2/24" == eth0[5].partition(",")[0]


def test_state_fits_the_terminal() -> None:
    """The addresses of a link go on in further lines; a link without a carrier is told."""
    addresses = [{"local": f"10.0.{number}.1", "prefixlen": 24} for number in range(4)]
    link = {"ifname": "eth0", "flags": ["NO-CARRIER", "UP"]}
    state: State = {"red": {"link": [link], "address": [{**link, "addr_info": addresses}]}}

    assert format_state_table(state, width=52).splitlines() == [
        "where  link  kind           master  address  addresses",
        "red    eth0        no                        10.0.0.1/24,",
        "                   carrier                   10.0.1.1/24,",
        "                                             10.0.2.1/24,",
        "                                             10.0.3.1/24",
    ]


@pytest.mark.parametrize("count", [0, 1, table.PIECE_ROWS, 2 * table.PIECE_ROWS + 1])
def test_a_table_in_pieces_is_the_whole_table(count: int) -> None:
    """Every piece has the columns of the widest cells, wherever these are."""
    headers = ("n", "a long header", "")
    rows = [(number, "x" * (number % 40), None if number % 3 else "a b") for number in range(count)]

    pieces = list(table.iter_table(headers, lambda: rows))

    assert f"{table.format_table(headers, rows)}\n" == "".join(pieces)
    assert max(1, -(-count // table.PIECE_ROWS)) == len(pieces)


def test_wide_characters_widen_the_columns_of_all_pieces() -> None:
    """Every piece is aligned, whether or not tabulate counts a character of two columns twice."""
    wide, long, plain = ("網" * 20, "x"), ("y" * 30, "x"), ("a", "x")
    rows = [wide, *[plain] * table.PIECE_ROWS, long]

    text = "".join(table.iter_table(("n", "m"), lambda: rows))

    assert f"{table.format_table(('n', 'm'), rows)}\n" == text
