"""What counts of bridges: what was made, not what was learned."""

from typing import Any

import pytest

from ipwrap.state.comparison import comparable_items
from tests.state.comparison.counted import MAC, Json, named, none, one


def test_a_port_counts_with_its_options() -> None:
    """Its state follows the carrier; its cost does not."""
    data = {
        "ifname": "x",
        "ifindex": 3,
        "master": "br0",
        "state": "disabled",
        "cost": 2,
        "flags": ["UP", "LOWER_UP"],
    }

    assert (("x",), {"ifname": "x", "master": "br0", "cost": 2, "flags": ["UP"]}) == one(
        "bridge link", data
    )


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        ({"mac": MAC, "state": "permanent"}, False),
        ({"mac": MAC, "state": "static"}, False),
        ({"mac": MAC, "state": ""}, True),
        ({"mac": MAC, "state": "stale"}, True),
        ({"mac": "33:33:00:00:00:01", "state": "permanent"}, True),
        ({"mac": "01:00:5e:00:00:07", "state": "permanent"}, False),
        ({"state": "permanent"}, False),
    ],
)
def test_entries_that_were_learned_do_not_count(data: Json, gone: bool) -> None:
    """Nor do the groups that the kernel listens to, unless a command named one."""
    assert gone == none(
        "bridge fdb", {"ifname": "x", **data}, named("bridge fdb add to 01:00:5e:00:00:07 dev x")
    )


def test_an_entry_is_told_by_all_that_makes_it_one() -> None:
    """The same address may be behind several ports, VLANs and destinations."""
    data = {
        "mac": MAC,
        "ifname": "x",
        "master": "br0",
        "vlan": 5,
        "dst": "10.0.0.1",
        "vni": 7,
        "state": "static",
    }

    assert (MAC, "x", "br0", "5", "10.0.0.1", "7") == one(
        "bridge fdb", data, named(f"bridge fdb add to {MAC} dev x")
    )[0]


def test_every_vlan_of_a_port_counts() -> None:
    """VLANs and tunnels are told apart by port and number; their counters do not count."""
    data = {
        "ifname": "x",
        "vlans": [{"vlan": 1, "flags": ["PVID"]}, {"vid": 2, "rx_bytes": 5, "tx_packets": 1}],
        "tunnels": [{"vlan": 3, "tunid": 30}],
    }

    assert [
        (("x", "1"), {"vlan": 1, "flags": ["PVID"]}),
        (("x", "2"), {"vid": 2}),
        (("x", "3"), {"vlan": 3, "tunid": 30}),
    ] == list(comparable_items("bridge vlan", [data], named()))


def test_what_was_set_for_the_vlans_of_a_port_counts() -> None:
    """Each of a range by itself, since where a range ends depends on the others; what nobody has set does not."""
    unset = {"state": "forwarding", "mcast_router": 1, "mcast_n_groups": 3, "neigh_suppress": False}
    data = {
        "ifname": "x",
        "vlans": [
            {"vlan": 1, "flags": ["PVID"], **unset},
            {"vlan": 5, "vlanEnd": 6, **unset, "mcast_router": 2, "state": "learning"},
        ],
    }
    assert [(("x",), {"5 mcast_router": 2, "6 mcast_router": 2})] == list(
        comparable_items("bridge vlan details", [data], named())
    )
    (_, found), *_ = comparable_items("bridge vlan details", [data], named("state learning"))
    assert ("learning", None) == (found["5 state"], found.get("1 state"))


def test_a_port_without_vlans_has_none() -> None:
    """Both lists may be missing."""
    assert none("bridge vlan", {"ifname": "x"})


def test_a_group_counts_if_it_is_kept_or_was_named() -> None:
    """What hosts have joined does not count, nor does what is left of an entry's time, nor where a router is."""
    kept = {
        "index": 4,
        "dev": "br0",
        "port": "p",
        "grp": "239.1.1.1",
        "state": "permanent",
        "timer": "   0.00",
    }
    asked = {
        "dev": "br0",
        "port": "p",
        "grp": "ff02::9",
        "vid": 5,
        "state": "temp",
        "flags": ["offload", "blocked"],
    }
    sources = {
        "filter_mode": "include",
        "source_list": [{"address": "b", "timer": "3"}, {"address": "a"}],
    }
    joined = {"dev": "br0", "port": "p", "grp": "ff02::6a", "state": "temp"}
    words = named("bridge mdb add grp FF02::9 dev br0 port p")
    about = {"dev": "br0", "port": "p"}
    expected = [
        (
            ("br0", "p", "239.1.1.1"),
            about | {"grp": "239.1.1.1", "state": "permanent", "flags": []},
        ),
        (
            ("br0", "p", "ff02::9", "5"),
            about
            | {"grp": "ff02::9", "vid": 5, "state": "temp", "flags": ["blocked"]}
            | {"filter_mode": "include", "source_list": ["a", "b"]},
        ),
    ]
    entries: list[Json] = [kept, asked | sources, joined]
    assert expected == list(
        comparable_items(
            "bridge mdb", [{"mdb": entries, "router": {"br0": [{"port": "p"}]}}], words
        )
    )
    assert expected == list(comparable_items("bridge mdb get", entries, words))
    assert none("bridge mdb", {})


@pytest.mark.parametrize(
    ("noun", "data", "expected"),
    [
        (
            "bridge vni",
            {
                "vnis": [
                    {"vni": 10, "vniEnd": 12, "remote": "10.0.0.2", "stats": {"rx_bytes": 1}},
                    {"vni": 20},
                ]
            },
            [
                (("x", "10"), {"vni": 10, "vniEnd": 12, "remote": "10.0.0.2"}),
                (("x", "20"), {"vni": 20}),
            ],
        ),
        ("bridge mst", {"mst": [{"msti": 3, "state": "learning"}]}, [(("x", "3"), {"msti": 3})]),
        (
            "bridge vlan global",
            {
                "vlans": [
                    {
                        "vlan": 1,
                        "vlanEnd": 2,
                        "msti": 3,
                        "router_ports": [],
                        "mcast_querier_state_ipv4": {},
                    }
                ]
            },
            [(("x", "1"), {"msti": 3}), (("x", "2"), {"msti": 3})],
        ),
        (
            "bridge vlan tunnelshow",
            {"vlans": [], "tunnels": [{"vlan": 3, "tunid": 30}]},
            [(("x", "3"), {"vlan": 3, "tunid": 30})],
        ),
        ("bridge vni", {}, []),
        ("bridge mst", {}, []),
        ("bridge vlan global", {}, []),
    ],
)
def test_each_number_of_a_link_counts(noun: str, data: Json, expected: list[Any]) -> None:
    """Tunnels, spanning trees and VLANs, without counters, and a port's state if none was named."""
    assert expected == list(comparable_items(noun, [{"ifname": "x", **data}], named()))
