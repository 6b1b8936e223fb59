"""VLANs of bridges: saved and applied, with their options, tunnels and spanning trees."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.apply import remaining_differences, save
from ipwrap.apply.saving import build_commands
from ipwrap.state import State
from tests import waiting
from tests.labs import build_or_skip, open_sandbox

VLANS = """\
ip link add br0 address 02:00:00:00:00:09 type bridge vlan_filtering 1 mcast_vlan_snooping 1
ip link add v0 type veth peer name w0
ip link set v0 master br0
ip link add vx0 type vxlan external dstport 4789
ip link set vx0 master br0
ip link set vx0 type bridge_slave vlan_tunnel on
bridge vlan add dev v0 vid 10 pvid untagged
bridge vlan add dev v0 vid 20-23
bridge vlan del dev v0 vid 1
bridge vlan add dev br0 vid 18 pvid self
bridge vlan del dev br0 vid 1 self
bridge vlan add dev vx0 vid 30-32
bridge vlan add dev vx0 vid 30-32 tunnel_info id 3000-3002
bridge vlan set dev v0 vid 20 state learning
bridge vlan set dev v0 vid 21 mcast_router 2
bridge vlan global set dev br0 vid 20 mcast_querier 1
"""
TREES = """\
ip link add br0 address 02:00:00:00:00:09 type bridge vlan_filtering 1 mst_enabled 1
ip link add v0 type veth peer name w0
ip link set v0 master br0
bridge vlan add dev v0 vid 20-23
bridge vlan global set dev br0 vid 20 msti 5
bridge mst set dev v0 msti 5 state learning
"""
# `bridge vlan show` leaves out a bridge without VLANs: here, all that there is.
EMPTY = """\
ip link add br0 address 02:00:00:00:00:09 type bridge vlan_filtering 1
bridge vlan del dev br0 vid 1 self
"""
EMPTY_IN_ONE = """\
ip link add br0 address 02:00:00:00:00:09 type bridge vlan_filtering 1
ip netns add red
ip -n red link add br0 address 02:00:00:00:00:0a type bridge vlan_filtering 1
bridge -n red vlan del dev br0 vid 1 self
"""
ENTRIES = """\
ip link add br0 address 02:00:00:00:00:09 type bridge vlan_filtering 1
ip link add v0 type veth peer name w0
ip link set v0 master br0
bridge fdb add 02:00:00:00:00:01 dev v0 master static
bridge vlan add dev v0 vid 10 pvid untagged
bridge vlan add dev v0 vid 20-22
bridge fdb add 02:00:00:00:00:02 dev v0 master vlan 21 static
bridge vlan del dev v0 vid 1
"""


def build(session: Session, text: str) -> State:
    """Run a script, and return the state after; skip the test where the kernel lacks a part."""
    build_or_skip(session, text)
    return dict(session.snapshot().state)


@pytest.mark.live
@pytest.mark.parametrize("text", [VLANS, TREES, EMPTY, EMPTY_IN_ONE])
def test_vlans_are_saved(text: str) -> None:
    """The VLAN that every new port has goes after the port is there, and before others come."""
    with open_sandbox() as session:
        wanted = build(session, text)
    script = save(wanted, format="plain")

    with open_sandbox() as session:
        result = session.exec("sh", "-c", script, check=False)
        differences = waiting.wait_until_equal(
            lambda: remaining_differences(session.snapshot().state, wanted),
            lambda remaining: not remaining,
        )

    assert ("", []) == (result.stderr, differences)


@pytest.mark.live
def test_entries_of_vlans_come_behind_the_vlans() -> None:
    """An entry of a VLAN is saved; that of a VLAN which the port has left is reported."""
    with open_sandbox() as session:
        wanted = build(session, ENTRIES)
    script = save(wanted, format="plain")

    with open_sandbox() as session:
        result = session.exec("sh", "-c", script, check=False)
        entries = session.bridge.fdb.show()

    made = {(entry.mac, entry.vlan) for entry in entries if entry.state == "static"}
    assert "" == result.stderr
    assert {("02:00:00:00:00:01", None), ("02:00:00:00:00:02", 21)} == made
    assert "v0 is no longer in VLAN 1, and no command adds or deletes an entry" in script


# A change that somebody makes, and the commands that take it back.
CHANGES: list[tuple[str, list[str]]] = [
    (
        "bridge vlan add dev v0 vid 20 pvid",
        [
            "bridge vlan add vid 10 dev v0 pvid untagged",
            "bridge vlan add vid 20 dev v0",
        ],
    ),
    ("bridge vlan add dev v0 vid 40 untagged", ["bridge vlan delete vid 40 dev v0"]),
    (
        "bridge vlan set dev v0 vid 20 state blocking",
        ["bridge vlan set vid 20 dev v0 state learning"],
    ),
    (
        "bridge vlan set dev v0 vid 23 mcast_router 2",
        ["bridge vlan set vid 23 dev v0 mcast_router 1"],
    ),
    (
        "bridge vlan global set dev br0 vid 20 mcast_querier 0 mcast_igmp_version 3",
        [
            "bridge vlan global set vid 20 dev br0 mcast_igmp_version 2",
            "bridge vlan global set vid 20 dev br0 mcast_querier 1",
        ],
    ),
    (
        "bridge vlan del dev vx0 vid 31",
        [
            "bridge vlan add vid 31 dev vx0",
            "bridge vlan add vid 31 dev vx0 tunnel_info id 3001",
        ],
    ),
    (
        (
            "bridge vlan del dev vx0 vid 30 tunnel_info id 3000\n"
            "bridge vlan add dev vx0 vid 30 tunnel_info id 3"
        ),
        [
            "bridge vlan delete vid 30 dev vx0 tunnel_info id 3",
            "bridge vlan add vid 30 dev vx0 tunnel_info id 3000",
        ],
    ),
]


@pytest.mark.live
@pytest.mark.parametrize(("change", "lines"), CHANGES)
def test_a_changed_vlan_is_changed_back(change: str, lines: list[str]) -> None:
    """The commands are the least ones, and a second time there is none."""
    with open_sandbox() as session:
        wanted = build(session, VLANS)
        build(session, change)
        applied = session.apply(wanted)
        again = session.apply(wanted)

    assert (lines, ()) == ([command.line for command in applied.commands], again.commands)


def state_of_bridge(vlans: list[dict[str, Any]]) -> State:
    """Return a state of a bridge and its port, which both have some VLANs."""
    bridge = {"info_kind": "bridge", "info_data": {"vlan_filtering": 1, "vlan_default_pvid": 1}}
    port = {"info_kind": "dummy", "info_slave_kind": "bridge", "info_slave_data": {"cost": 2}}
    common: dict[str, Any] = {"flags": [], "mtu": 1500, "link_type": "ether"}
    return {
        "": {
            "link": [
                {"ifname": "br0", "ifindex": 2, "linkinfo": bridge, **common},
                {"ifname": "p", "ifindex": 3, "master": "br0", "linkinfo": port, **common},
            ],
            "bridge vlan": [{"ifname": name, "vlans": vlans} for name in ("br0", "p")],
        }
    }


def test_the_vlan_of_a_new_port_goes_after_the_port_is_there() -> None:
    """The kernel gives it to a bridge, of which it is taken by `self`, and to its ports."""
    saved = build_commands(state_of_bridge([{"vlan": 7}]))
    lines = [command.line for command in saved.commands]
    (last_link_line,) = [line for line in lines if "bridge_slave" in line]

    assert [
        "bridge vlan delete vid 1 dev br0 self",
        "bridge vlan delete vid 1 dev p",
        "bridge vlan add vid 7 dev br0 self",
        "bridge vlan add vid 7 dev p",
    ] == lines[lines.index(last_link_line) + 1 :]


def test_the_vlan_of_a_new_port_is_not_added() -> None:
    """It comes with the port."""
    vlans = [{"vlan": 1, "flags": ["PVID", "Egress Untagged"]}]
    saved = build_commands(state_of_bridge(vlans))

    assert [] == [command.line for command in saved.commands if command.argv[0] == "bridge"]
