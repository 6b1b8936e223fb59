"""Tables: the columns that a person looks for, nothing that disturbs a terminal, and CSV that loses nothing."""

import csv
import io
import json
import subprocess
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipwrap import Command, DryRun, Local, Recording, Session
from ipwrap.kinds import Bridge
from ipwrap.models import NOUNS, load
from ipwrap.recording import CommandEvent, Header
from ipwrap.views.table import COLUMNS, as_csv, commands, noun_table, state, text_table
from tests.labs import opened, pair

Json = dict[str, Any]

# Objects of each noun, and the table that they make.
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
            "ifname kind operstate flags mtu master link address alias\n"
            "v0 veth UP UP,LOWER_UP 1500 br0 v1 02:00:00:00:00:01 a cable\n"
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
        "ifname operstate addresses\na UP 10.0.0.1/24,fd00::1/64\nb",
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
        ],
        (
            "type dst via dev table protocol scope prefsrc metric\n"
            "unicast default 10.0.0.1 a main 0\n"
            "10.1.0.0/16 inet6 fe80::1 a static\n"
            "10.2.0.0/16 10.0.0.1@ax2,@bx1\n"
            "10.3.0.0/16 a link 10.0.0.9"
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
        "dst dev lladdr state proxy router\n10.0.0.1 a 02:00:00:00:00:01 PERMANENT True\n10.0.0.2 a True",
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
        "ifname vlans\np 1 (PVID, Egress Untagged),5-7",
    ),
    ("bridge vlan", [{"ifname": "p", "vlans": [{"vid": 9}]}], "ifname vlans\np 9"),
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
        "ifname tunnels\np 1 (id 7),5-6 (id 8-9)",
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
        "dev port grp vid state dst\nbr0 p 239.1.1.1 3 permanent\nvx vx 239.1.1.1 permanent 10.0.0.1",
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
        "ifname cipher encrypt sci keys rx\nm0 GCM-AES-128 True 0x1 0:01,1:02 (off) 0x2 3:03",
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
        "ifname addresses\na 01:00:5e:00:00:01,224.0.0.1",
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
            "a offload l3_stats request True\n"
            "b xstats bridge vlan vid 5"
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
        "id index nhid idle_time\n3 0 1 0.5\n4",
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
            "priority not src dst iif oif fwmark table action protocol\n"
            "1 True 10.0.0.0/8 0x1/0xff 7\n"
            "2 all 10.0.0.1 a goto 9\n"
            "3 all b 0x2 l3mdev\n"
            "4 all nop static\n"
            "5 all blackhole"
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
        "class handle dev parent prio rate ceil packets\nhtb 1:1 root 10mbit 3\ndrr 2:1 a 2: 0 1kbit",
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
        "kind dev parent protocol pref chain actions\nu32 a ingress ip 3 gact drop,new\nfw 1: 4 0",
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
        "kind handle dev parent options packets drops\nnetem 1: a root limit 9,delay.delay 0.1 2 0\npfifo 0: 1:20",
    ),
)


def squeezed(text: str) -> str:
    """Return a table with one blank between words and none at the ends of lines."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


@pytest.mark.parametrize(
    ("noun", "objects", "expected"), TABLES, ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_noun_has_its_table(noun: str, objects: list[Json], expected: str) -> None:
    """The columns are those that one looks for; what is missing is empty."""
    assert expected == squeezed(noun_table(noun, load(NOUNS[noun], objects)))


def test_every_noun_has_columns() -> None:
    """What can be parsed can be shown."""
    assert sorted(NOUNS) == sorted(COLUMNS)


def test_columns_that_are_empty_throughout_are_left_out() -> None:
    """The first column stays, whatever it holds."""
    assert "ifname mtu\na 1500" == squeezed(
        noun_table("link", load(NOUNS["link"], [{"ifname": "a", "mtu": 1500}]))
    )
    assert "ifname" == squeezed(noun_table("link", []))


def test_columns_are_aligned() -> None:
    """Each column begins where its header does, and numbers stand to the left as words do."""
    lines = text_table(("name", "n"), [("a", 1), ("longer", 22)]).splitlines()

    assert {lines[0].index("n", 1)} == {lines[1].index("1"), lines[2].index("22")}


@pytest.mark.parametrize(
    "text", ["1e5", "007", "inf", "nan", "0x10", "1.50", "-0", "1_000", "True"]
)
def test_words_that_look_like_numbers_stay_as_they_are(text: str) -> None:
    """A link may be called 007, or inf."""
    assert text == text_table(("name",), [(text,)]).splitlines()[1]


@given(text=st.text(st.characters(), min_size=1))
@example(text="a\x1b[2Jb")
@example(text="a\nb\rc\td")
@example(text="\u202eevil\u2066")
@example(text="\udcff")
@example(text="\x9b31m\x07\x00")
def test_no_name_disturbs_the_terminal(text: str) -> None:
    """Whatever a name holds, the table has one line for it, and on it only what can be printed."""
    lines = text_table(("name", "n"), [(text, 1)]).split("\n")

    assert 2 == len(lines)
    assert [] == [each for each in lines[1] if unicodedata.category(each)[0] == "C"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ((), ""),
        ([], ""),
        (("a", "b"), "a,b"),
        ([1, 2], "1,2"),
        (0, "0"),
        (False, "False"),
        ("é字", "é字"),
    ],
)
def test_how_a_value_is_shown(value: object, expected: str) -> None:
    """Nothing is nothing; zero and False are something; a list is its members."""
    assert (
        expected
        == text_table(("x", "y"), [(value, "end")]).splitlines()[1].removesuffix("end").strip()
    )


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


def test_csv_loses_nothing() -> None:
    """A column for each key in order of appearance, also for those that no model names; what is nested is JSON."""
    rows = list(csv.DictReader(io.StringIO(as_csv(load(NOUNS["link"], OBJECTS)))))

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
            "link": "null",
            "ifalias": "",
            "other": "null",
        },
    ] == rows


def test_csv_of_nothing_is_a_line() -> None:
    """Without objects there are no columns."""
    assert "\n" == as_csv([])


@pytest.mark.live
def test_csv_of_real_links_is_what_ip_printed(session: Session) -> None:
    """Every value of real output is in the CSV, as it was."""
    pair(session)
    argv = session.place.wrap(("ip", "-j", "-d", "link", "show"))
    objects = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)

    rows = list(csv.DictReader(io.StringIO(as_csv(load(NOUNS["link"], objects)))))

    told = [{key: value for key, value in row.items() if value != ""} for row in rows]
    assert told == [
        {
            key: json.dumps(value, separators=(",", ":"))
            if isinstance(value, (list, dict, bool))
            else str(value)
            for key, value in each.items()
            if value != ""
        }
        for each in objects
    ]


def test_commands_of_a_recording() -> None:
    """Each command has its number, its namespace, its line, how it ended, and who asked."""
    with Session(Local(), DryRun()) as session:
        session.note("No command.")
        session.ip.link.add("br0", Bridge())
        session.netns("red").exec("true")
        lines = commands(session.recording).splitlines()

    assert ["n", "where", "line", "status", "ms", "asked", "at"] == lines[0].split()
    assert ["1", "ip", "link", "add", "name", "br0", "type", "bridge", "0"] == lines[1].split()[:9]
    assert ["2", "red", "ip", "netns", "exec", "red", "true", "0"] == lines[2].split()[:8]
    assert "test_table.py:" in lines[1]


def test_a_command_that_never_ended_has_no_status() -> None:
    """Of a session that was cut short, the last command has neither status nor time."""
    recording = Recording(Header(), [CommandEvent(7, Command(("true",)), "x.py:3")])

    assert ["7", "true", "x.py:3"] == commands(recording).splitlines()[1].split()


@pytest.mark.live
def test_the_links_of_a_state() -> None:
    """Every link of every namespace has a line, with its addresses."""
    with opened() as session:
        pair(session)
        lines = [line.split() for line in state(session.state()).splitlines()]

    assert ["where", "link", "kind", "master", "address", "addresses"] == lines[0]
    assert ["br0", "bridge", "up"] == lines[2][:3]
    (eth0,) = [line for line in lines if line[:2] == ["red", "eth0"]]
    assert (["veth", "up"], "10.0.0.2/24") == (eth0[2:4], eth0[5].partition(",")[0])
