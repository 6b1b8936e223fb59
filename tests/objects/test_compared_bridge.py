"""The comparison of bridge objects, without learned entries."""

from typing import Any

import pytest

from ipwrap.objects import comparable_items
from tests.objects.counted import MAC, Json, has_no_item, mentioned, only_item


def test_a_port_is_compared_by_its_options() -> None:
    """The cost of a port is compared, but not the state, which follows the carrier."""
    data = {
        "ifname": "x",
        "ifindex": 3,
        "master": "br0",
        "state": "disabled",
        "cost": 2,
        "flags": ["UP", "LOWER_UP"],
    }

    assert (("x",), {"ifname": "x", "master": "br0", "cost": 2, "flags": ["UP"]}) == only_item(
        "bridge link", data
    )


@pytest.mark.parametrize(
    ("data", "is_ignored"),
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
def test_learned_entries_are_not_compared(data: Json, is_ignored: bool) -> None:
    """Learned entries and unnamed multicast groups are not compared."""
    assert is_ignored == has_no_item(
        "bridge fdb",
        {"ifname": "x", **data},
        mentioned("bridge fdb add to 01:00:5e:00:00:07 dev x"),
    )


@pytest.mark.parametrize(
    ("data", "is_ignored"),
    [
        ({"ifname": "br0", "mac": "66:00:00:00:00:01"}, True),
        ({"ifname": "x", "mac": "66:00:00:00:00:01"}, False),
        ({"ifname": "br0", "mac": MAC}, False),
        ({"ifname": "br0", "mac": "66:00:00:00:00:01", "state": "static"}, False),
    ],
)
def test_the_entry_of_a_bridge_itself_is_not_compared(data: Json, is_ignored: bool) -> None:
    """Whether a bridge has an entry for its own random address depends on those of its ports."""
    assert is_ignored == has_no_item(
        "bridge fdb",
        {"master": "br0", "vlan": 1, "state": "permanent", **data},
        mentioned(f"ip link set br0 address {MAC}"),
    )


def test_the_identity_of_an_entry_has_port_vlan_and_destination() -> None:
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

    assert (MAC, "x", "br0", "5", "10.0.0.1", "7") == only_item(
        "bridge fdb",
        data,
        mentioned(f"bridge fdb add to {MAC} dev x"),
    )[0]


def test_every_vlan_of_a_port_is_compared() -> None:
    """VLANs and tunnels are identified by port and number, and compared without counters."""
    data = {
        "ifname": "x",
        "vlans": [{"vlan": 1, "flags": ["PVID"]}, {"vid": 2, "rx_bytes": 5, "tx_packets": 1}],
        "tunnels": [{"vlan": 3, "tunid": 30}],
    }

    assert [
        (("x", "1"), {"vlan": 1, "flags": ["PVID"]}),
        (("x", "2"), {"vid": 2}),
        (("x", "3"), {"vlan": 3, "tunid": 30}),
    ] == list(comparable_items("bridge vlan", [data], named=mentioned()))


def test_settings_of_port_vlans_are_compared() -> None:
    """Settings are compared for every VLAN of a range, without default values."""
    unset = {"state": "forwarding", "mcast_router": 1, "mcast_n_groups": 3, "neigh_suppress": False}
    data = {
        "ifname": "x",
        "vlans": [
            {"vlan": 1, "flags": ["PVID"], **unset},
            {"vlan": 5, "vlanEnd": 6, **unset, "mcast_router": 2, "state": "learning"},
        ],
    }

    assert [(("x",), {"5 mcast_router": 2, "6 mcast_router": 2})] == list(
        comparable_items("bridge vlan details", [data], named=mentioned())
    )
    (_, fields), *_ = comparable_items(
        "bridge vlan details", [data], named=mentioned("state learning")
    )

    assert ("learning", None) == (fields["5 state"], fields.get("1 state"))


def test_a_port_without_vlans_has_no_item() -> None:
    """A port without lists of VLANs and tunnels has no items."""
    assert has_no_item("bridge vlan", {"ifname": "x"})


def test_permanent_and_named_groups_are_compared() -> None:
    """Groups that hosts joined are not compared, nor timers, nor router ports."""
    permanent = {
        "index": 4,
        "dev": "br0",
        "port": "p",
        "grp": "239.1.1.1",
        "state": "permanent",
        "timer": "   0.00",
    }
    temporary = {
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
    mentioned_words = mentioned("bridge mdb add grp FF02::9 dev br0 port p")
    port = {"dev": "br0", "port": "p"}
    expected = [
        (
            ("br0", "p", "239.1.1.1"),
            port | {"grp": "239.1.1.1", "state": "permanent", "flags": []},
        ),
        (
            ("br0", "p", "ff02::9", "5"),
            port
            | {"grp": "ff02::9", "vid": 5, "state": "temp", "flags": ["blocked"]}
            | {"filter_mode": "include", "source_list": ["a", "b"]},
        ),
    ]
    entries: list[Json] = [permanent, temporary | sources, joined]

    assert expected == list(
        comparable_items(
            "bridge mdb",
            [{"mdb": entries, "router": {"br0": [{"port": "p"}]}}],
            named=mentioned_words,
        )
    )
    assert expected == list(comparable_items("bridge mdb get", entries, named=mentioned_words))
    assert has_no_item("bridge mdb", {})


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
                (("x", "10"), {"vni": 10, "remote": "10.0.0.2"}),
                (("x", "11"), {"vni": 11, "remote": "10.0.0.2"}),
                (("x", "12"), {"vni": 12, "remote": "10.0.0.2"}),
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
def test_each_number_of_a_link_is_compared(noun: str, data: Json, expected: list[Any]) -> None:
    """Tunnels, spanning trees and VLANs are compared one by one, without counters."""
    assert expected == list(comparable_items(noun, [{"ifname": "x", **data}], named=mentioned()))
