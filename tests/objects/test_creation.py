"""Objects of a snapshot are converted into creating commands."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.objects import shown_type

INFINITE = 2**32 - 1
INFINITE_LIFETIMES = {"valid_life_time": INFINITE, "preferred_life_time": INFINITE}

CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        "address",
        {
            "ifname": "e",
            "local": "10.0.0.1",
            "prefixlen": 24,
            "scope": "global",
            "label": "e",
            **INFINITE_LIFETIMES,
        },
        "ip address add local 10.0.0.1/24 dev e",
    ),
    (
        "address",
        {
            "ifname": "e",
            "local": "10.0.0.1",
            "prefixlen": 8,
            "valid_life_time": 60,
            "preferred_life_time": 0,
        },
        "ip address add local 10.0.0.1/8 dev e valid_lft 60 preferred_lft 0",
    ),
    (
        "address",
        {
            "ifname": "lo",
            "local": "10.0.0.1",
            "address": "10.0.0.2",
            "prefixlen": 32,
            "scope": "host",
            **INFINITE_LIFETIMES,
        },
        "ip address add local 10.0.0.1 dev lo peer 10.0.0.2/32 scope host",
    ),
    (
        "route",
        {
            "type": "unicast",
            "dst": "10.0.0.0/8",
            "gateway": "192.0.2.1",
            "dev": "e",
            "flags": ["onlink"],
        },
        "ip route add to 10.0.0.0/8 via 192.0.2.1 dev e onlink",
    ),
    (
        "route",
        {
            "dst": "default",
            "via": {"family": "inet6", "host": "fe80::1"},
            "dev": "e",
            "flow": {"from": "a", "to": "b"},
        },
        "ip route add to default via inet6 fe80::1 dev e realms a/b",
    ),
    (
        "route",
        {
            "dst": "default",
            "gateway": "fe80::1",
            "dev": "e",
            "metric": 1024,
            "pref": "high",
            "expires": 30,
        },
        "ip route add to ::/0 via fe80::1 dev e pref high expires 30",
    ),
    (
        "route",
        {
            "dst": "10.0.0.0/8",
            "dev": "e",
            "metrics": [{"rtt": 20, "congestion": "reno", "hoplimit": 9}],
        },
        "ip route add to 10.0.0.0/8 dev e rtt 20ms hoplimit 9 congctl reno",
    ),
    (
        "rule",
        {
            "priority": 5,
            "not": None,
            "src": "0",
            "srclen": 1,
            "ipproto": "tcp",
            "sport_start": 1,
            "sport_end": 9,
        },
        "ip rule add not from 0.0.0.0/1 ipproto tcp sport 1-9 priority 5",
    ),
    (
        "rule",
        {
            "priority": 5,
            "src": "all",
            "dport": 80,
            "dport_mask": "0xfff0",
            "uid_start": 0,
            "uid_end": 7,
            "goto": 9,
        },
        "ip rule add uidrange 0-7 dport 0x50/0xfff0 priority 5 goto 9",
    ),
    (
        "rule inet6",
        {
            "priority": 5,
            "src": "all",
            "iif": "e",
            "flow_from": "1",
            "flow_to": "2",
            "action": "prohibit",
        },
        "ip -6 rule add iif e priority 5 realms 1/2 type prohibit",
    ),
    (
        "nexthop",
        {
            "id": 9,
            "group": [{"id": 1, "weight": 2}, {"id": 3}],
            "type": "resilient",
            "resilient_args": {"buckets": 4},
        },
        "ip nexthop add id 9 group 1,2/3 type resilient buckets 4",
    ),
    (
        "nexthop",
        {"id": 9, "blackhole": None, "protocol": "unspec"},
        "ip nexthop add id 9 blackhole",
    ),
    (
        "bridge fdb",
        {
            "mac": "00:00:00:00:00:00",
            "ifname": "v",
            "dst": "10.0.0.1",
            "flags": ["self"],
            "state": "permanent",
        },
        "bridge fdb add to 00:00:00:00:00:00 dev v dst 10.0.0.1 self permanent",
    ),
    (
        "bridge vlan",
        {"ifname": "p", "vlan": 2, "vlanEnd": 5, "flags": ["Egress Untagged"], "bridge": True},
        "bridge vlan add vid 2-5 dev p untagged self",
    ),
    (
        "bridge vlan",
        {"ifname": "p", "vlan": 2, "flags": ["PVID"]},
        "bridge vlan add vid 2 dev p pvid",
    ),
    (
        "bridge vlan tunnelshow",
        {"ifname": "p", "vlan": 2, "tunid": 200},
        "bridge vlan add vid 2 dev p tunnel_info id 200",
    ),
    (
        "tc qdisc",
        {"kind": "pfifo", "dev": "e", "root": True, "handle": "8001:"},
        "tc qdisc add dev e root pfifo",
    ),
    (
        "tc qdisc",
        {"kind": "htb", "dev": "e", "root": True, "handle": "8001:", "is_upper": True},
        "tc qdisc add dev e root handle 8001: htb",
    ),
    (
        "tc qdisc",
        {"kind": "clsact", "dev": "e", "parent": "ffff:fff1", "ingress_block": 7},
        "tc qdisc add dev e ingress_block 7 clsact",
    ),
    (
        "tc class",
        {
            "dev": "e",
            "class": "htb",
            "handle": "1:a",
            "root": True,
            "linklayer": "ethernet",
            "rate": 125_000,
            "ceil": 250_000,
            "mpu_rate": 0,
            "overhead": 0,
            "leaf": "0x10",
        },
        "tc class add dev e parent 1: classid 1:a htb rate 1mbit ceil 2mbit",
    ),
    (
        "tc filter",
        {
            "dev": "e",
            "parent": "1:",
            "protocol": "ip",
            "pref": 5,
            "kind": "matchall",
            "chain": 3,
            "options": {"handle": 1, "flowid": "1:a"},
        },
        "tc filter add dev e parent 1: protocol ip pref 5 chain 3 handle 1 matchall classid 1:a",
    ),
    (
        "tc qdisc",
        {"kind": "pfifo", "dev": "e", "parent": "1:2", "handle": "2:", "options": {"limit": 9}},
        "tc qdisc add dev e parent 1:2 handle 2: pfifo limit 9",
    ),
    (
        "tc qdisc",
        {"kind": "clsact", "dev": "e", "parent": "ffff:fff1"},
        "tc qdisc add dev e clsact",
    ),
]


@pytest.mark.parametrize(("noun", "data", "line"), CASES, ids=[case[2] for case in CASES])
def test_object_is_converted_into_its_command(noun: str, data: dict[str, Any], line: str) -> None:
    """Default values of iproute2 and the kernel are left out."""
    assert line == shown_type(noun).create_command(noun, data, netns=None).line


def test_route_with_encapsulation_is_an_error() -> None:
    """Routes with an encapsulation are not converted."""
    route = {"dst": "10.0.0.0/8", "encap": {"encap_type": "mpls"}}

    with pytest.raises(InvalidArgument, match="encap"):
        shown_type("route").create_command("route", route, netns=None)


FQ = {
    "kind": "fq",
    "root": True,
    "dev": "x",
    "options": {"limit": 10, "weights ": [589824, 196608, 65536]},
}


@pytest.mark.parametrize(
    ("with_defaults", "arguments"),
    [(False, "limit 10"), (True, "limit 10 pacing weights 589824 196608 65536")],
    ids=["short", "whole"],
)
def test_default_options_of_a_qdisc_are_left_out(with_defaults: bool, arguments: str) -> None:
    """iproute2 6.8 to 6.15 print weights in a form which the same releases fail to parse."""
    command = shown_type("tc qdisc").create_command(
        "tc qdisc", FQ, netns=None, verb="replace", with_defaults=with_defaults
    )
    assert f"tc qdisc replace dev x root fq {arguments}" == command.line


# The noun, what a snapshot lists, and the lines that set and reset it.
SETTINGS: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    (
        "bridge vlan details",
        {
            "ifname": "p",
            "vlans": [
                {"vlan": 1, "state": "forwarding", "mcast_router": 1},
                {"vlan": 2, "vlanEnd": 3, "state": "learning", "mcast_router": 1},
                {"vlan": 4, "state": "forwarding", "mcast_router": 2, "mcast_max_groups": 7},
            ],
        },
        [
            "bridge vlan set vid 2 dev p state learning",
            "bridge vlan set vid 3 dev p state learning",
            "bridge vlan set vid 4 dev p mcast_router 2 mcast_max_groups 7",
        ],
        [
            "bridge vlan set vid 2 dev p state forwarding",
            "bridge vlan set vid 3 dev p state forwarding",
            "bridge vlan set vid 4 dev p mcast_router 1 mcast_max_groups 0",
        ],
    ),
    (
        "bridge vlan global",
        {
            "ifname": "br0",
            "vlans": [
                {"vlan": 1, "mcast_snooping": 1, "mcast_querier_interval": 25499, "msti": 0},
                {"vlan": 2, "vlanEnd": 3, "mcast_snooping": 0, "mcast_query_interval": 500},
                {"vlan": 4, "msti": 5},
            ],
        },
        [
            "bridge vlan global set vid 2 dev br0 mcast_snooping 0 mcast_query_interval 500",
            "bridge vlan global set vid 3 dev br0 mcast_snooping 0 mcast_query_interval 500",
            "bridge vlan global set vid 4 dev br0 msti 5",
        ],
        [
            "bridge vlan global set vid 2 dev br0 mcast_snooping 1 mcast_query_interval 12500",
            "bridge vlan global set vid 3 dev br0 mcast_snooping 1 mcast_query_interval 12500",
            "bridge vlan global set vid 4 dev br0 msti 0",
        ],
    ),
    (
        "bridge mst",
        {
            "ifname": "p",
            "mst": [{"msti": 0, "state": "forwarding"}, {"msti": 5, "state": "learning"}],
        },
        ["bridge mst set dev p msti 5 state learning"],
        [],
    ),
]


@pytest.mark.parametrize(("noun", "data", "lines", "resets"), SETTINGS)
def test_settings_are_set_and_reset(
    noun: str, data: dict[str, Any], lines: list[str], resets: list[str]
) -> None:
    """Only what is not as by default has a command, VLAN by VLAN, and one that takes it back."""
    kind = shown_type(noun)
    objects = [*kind.split(noun, {noun: [data]})]
    commands = [
        kind.create_command(noun, item, netns=None, verb=kind.creating_verb(item, others=[]))
        for item in objects
    ]
    deletions = [kind.delete_commands(noun, item, netns=None) for item in objects]

    assert (lines, resets) == (
        [command.line for command in commands],
        [command.line for each in deletions for command in each],
    )


def test_a_state_of_a_spanning_tree_is_not_set() -> None:
    """Where spanning trees decide on the state of ports, a command would be refused."""
    links: list[dict[str, Any]] = [
        {"ifname": "br0", "linkinfo": {"info_kind": "bridge", "info_data": {"stp_state": 1}}},
        {"ifname": "p", "master": "br0"},
    ]
    listing = [{"ifname": "p", "vlans": [{"vlan": 2, "state": "learning", "mcast_router": 2}]}]
    noun = "bridge vlan details"

    assert [{"ifname": "p", "vlan": 2, "mcast_router": 2}] == [
        *shown_type(noun).split(noun, {noun: listing, "link": links})
    ]


def test_a_setting_that_is_left_out_needs_its_default() -> None:
    """The command sets what is not as by default; anything else has to be reset before."""
    details, settings = shown_type("bridge vlan details"), shown_type("bridge vlan global")
    data = {"vlan": 2, "mcast_router": 2, "state": "learning", "mcast_querier": 1}

    assert details.can_replace(["2 mcast_router", "2 port state"], data)
    assert not details.can_replace(["2 mcast_max_groups"], data)
    assert settings.can_replace(["mcast_querier"], data)
    assert not settings.can_replace(["mcast_querier", "msti"], data)


def test_the_tunnels_of_a_range_are_single_ones() -> None:
    """The kernel adds no range of which one VLAN has a tunnel."""
    noun = "bridge vlan tunnelshow"
    listing = [{"ifname": "p", "tunnels": [{"vlan": 2, "vlanEnd": 3, "tunid": 20, "tunidEnd": 21}]}]

    assert [
        {"ifname": "p", "vlan": 2, "tunid": 20},
        {"ifname": "p", "vlan": 3, "tunid": 21},
    ] == [*shown_type(noun).split(noun, {noun: listing})]
