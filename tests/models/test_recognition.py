"""Objects of another noun are refused, and the noun that fits is named."""

import json
from itertools import permutations
from typing import Any

import pytest

from ipwrap import OutputError, parse
from ipwrap.models.link import Link

# Real objects: what iproute2 prints in each, and a little more.
OBJECTS: dict[str, dict[str, Any]] = {
    "address": {"ifindex": 1, "ifname": "lo", "flags": ["UP"], "mtu": 65536, "addr_info": []},
    "bridge fdb": {"mac": "02:00:00:00:00:01", "ifname": "v0", "flags": [], "state": "permanent"},
    "bridge link": {"ifindex": 2, "ifname": "v0", "master": "br0", "cost": 2, "priority": 32},
    "bridge vlan": {"ifname": "v0", "vlans": []},
    "link": {"ifindex": 1, "ifname": "lo", "flags": ["UP"], "mtu": 65536, "operstate": "UNKNOWN"},
    "maddress": {"ifindex": 1, "ifname": "lo", "maddr": []},
    "neigh": {"dst": "10.0.0.2", "dev": "v0", "lladdr": "02:00:00:00:00:01", "state": ["STALE"]},
    "netns": {"name": "red", "id": 0},
    "nexthop": {"id": 1, "gateway": "10.0.0.2", "dev": "v0", "flags": []},
    "route": {"dst": "default", "gateway": "10.0.0.1", "dev": "v0", "flags": []},
    "rule": {"priority": 0, "src": "all", "table": "local"},
    "tc class": {"class": "htb", "handle": "1:10", "root": True, "prio": 0},
    "tc filter": {"protocol": "ip", "pref": 5, "kind": "u32", "chain": 0},
    "tc qdisc": {"kind": "noqueue", "handle": "0:", "root": True, "refcnt": 2, "options": {}},
    "tuntap": {"ifname": "t0", "flags": ["tap", "persist"], "processes": []},
    "vrf": {"name": "blue", "table": 10},
    "addrlabel": {"address": "2002::", "prefixlen": 16, "label": 2},
    "fou": {
        "port": 5556,
        "gue": None,
        "family": "inet",
        "local": "10.1.1.1",
        "peer": "10.1.1.2",
        "peer_port": 77,
        "dev": "v0",
    },
    "ila": {
        "locator_match": "1:2:3:4",
        "locator": "5:6:7:8",
        "csum_mode": "no-action",
        "ident_type": "luid",
    },
    "ioam namespace": {"namespace": 5, "schema": 3, "data": "1", "wide": "0x2"},
    "ioam schema": {"schema": 3, "namespace": 5, "data": [97, 98]},
    "l2tp session": {
        "session_id": 7,
        "tunnel_id": 3,
        "peer_session_id": 8,
        "peer_tunnel_id": 4,
        "interface": "l2tpeth0",
        "send_seq": None,
    },
    "l2tp tunnel": {
        "tunnel_id": 3,
        "encap": "UDP",
        "local": "10.1.1.1",
        "peer": "10.1.1.2",
        "peer_tunnel": 4,
        "checksum": False,
    },
    "mptcp endpoint": {"address": "10.1.1.1", "id": 2, "signal": True, "dev": "v0"},
    "mptcp limits": {"add_addr_accepted": 0, "subflows": 2},
    "netconf": {"family": "inet", "interface": "lo", "forwarding": False, "rp_filter": "off"},
    "netns pids": {"pid": 77},
    "ntable": {"family": "inet", "name": "arp_cache", "dev": "lo", "refcnt": 1, "reachable": 30000},
    "sr tunsrc": {"tunsrc": "2001:db8::1"},
    "tc action": {
        "actions": [
            {
                "order": 0,
                "kind": "gact",
                "control_action": {"type": "drop"},
                "index": 5,
                "ref": 1,
                "bind": 0,
            }
        ]
    },
    "tc chain": {"parent": "ffff:", "chain": 4},
    "tcp_metrics": {"dst": "10.0.0.9", "age": 1.5, "cwnd": 10, "rtt": 0.001, "source": "10.0.0.1"},
    "tunnel": {
        "ifname": "gre1",
        "mode": "gre/ip",
        "remote": "10.0.0.2",
        "local": "any",
        "ttl": 7,
        "nopmtudisc": None,
        "6rd-prefix": "2001:db8::",
        "6rd-prefixlen": 32,
        "key": 5,
        "flags": ["rx_csum"],
    },
}


@pytest.mark.parametrize(("noun", "other"), list(permutations(OBJECTS, 2)))
def test_object_of_another_noun_is_refused(noun: str, other: str) -> None:
    """Whatever the two nouns have in common, no object of one is read as the other."""
    with pytest.raises(OutputError):
        parse(noun, json.dumps([OBJECTS[other]]))


@pytest.mark.parametrize("noun", OBJECTS)
def test_object_of_its_noun_is_read(noun: str) -> None:
    """So is one with a key that no noun has, as of a newer iproute2."""
    data = OBJECTS[noun]

    assert 2 == len(parse(noun, json.dumps([data, {**data, "new": 1}])))


def test_error_names_what_is_missing_and_what_fits() -> None:
    """The error has the JSON path, the object, and the noun to type instead."""
    routes = json.dumps([OBJECTS["link"], OBJECTS["route"]])

    with pytest.raises(OutputError, match=r"has no 'ifname' - at `.\[1\]`.*object of 'route'"):
        parse("link", routes)
    with pytest.raises(OutputError, match=r"has no 'addr_info'.*it looks like an object of 'link'"):
        parse("address", json.dumps([OBJECTS["link"]]))
    with pytest.raises(OutputError, match=r"keys are not known: lladdr, state.*object of 'neigh'"):
        parse("route", json.dumps([OBJECTS["neigh"]]))


def test_class_is_a_noun_as_well() -> None:
    """`parse(Link, …)` refuses what `parse("link", …)` refuses."""
    with pytest.raises(OutputError, match="no object of 'link'"):
        parse(Link, json.dumps([OBJECTS["route"]]))


def test_only_the_first_sorts_of_objects_are_compared() -> None:
    """Many objects with unknown keys each of its own cost no comparison with every noun."""
    objects = [{**OBJECTS["link"], f"new{number}": 1} for number in range(30)]

    assert 30 == len(parse("link", json.dumps(objects)))


def test_text_of_an_old_release_has_no_keys() -> None:
    """Without JSON there is nothing to look at again."""
    line = "class htb 1:10 root prio 0 rate 1Mbit ceil 2Mbit burst 1600b cburst 1600b"

    assert ["htb"] == [model.class_ for model in parse("tc class", line)]
