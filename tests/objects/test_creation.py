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
        "tc qdisc",
        {"kind": "pfifo", "dev": "e", "root": True, "handle": "8001:"},
        "tc qdisc add dev e root pfifo",
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
