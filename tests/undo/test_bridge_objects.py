"""Undo of multicast groups, VLANs, and tunnels of a filter: `bridge mdb`, `vlan`, `vni`."""

from collections.abc import Iterator

import pytest

from ipwrap import CommandError, Session
from tests.labs import open_sandbox
from tests.undo.hosts import list_differences, parse_lines, snapshot_of, undo_recording

pytestmark = pytest.mark.live

GROUPS_SETUP = """\
ip link add name br0 address 02:00:00:00:00:01 up type bridge mcast_igmp_version 3
ip link add name p0 address 02:00:00:00:00:02 up type veth peer name p1
ip link set dev p1 up
ip link set dev p0 master br0
bridge mdb add grp 239.1.1.1 dev br0 port p0 permanent
bridge mdb add grp 239.1.1.2 dev br0 port p0 src 10.0.0.1 permanent
bridge mdb add grp ff05::7 dev br0 port p0 permanent
"""
GROUPS = {
    "a new group": "bridge mdb add grp 239.1.1.9 dev br0 port p0 permanent",
    "a new group of IPv6": "bridge mdb add grp ff05::9 dev br0 port p0 permanent",
    "a new source": "bridge mdb add grp 239.1.1.2 dev br0 port p0 src 10.0.0.9 permanent",
    "a new group of the bridge": "bridge mdb add grp 239.1.1.9 dev br0 port br0 temp",
    "a new temporary group": "bridge mdb add grp 239.1.1.9 dev br0 port p0",
    "no group": "bridge mdb delete grp 239.1.1.1 dev br0 port p0",
    "no group of IPv6": "bridge mdb delete grp ff05::7 dev br0 port p0",
    "no source": "bridge mdb delete grp 239.1.1.2 dev br0 port p0 src 10.0.0.1",
    "a temporary group in place of one": """\
bridge mdb delete grp 239.1.1.1 dev br0 port p0
bridge mdb add grp 239.1.1.1 dev br0 port p0 temp""",
    "a port that leaves": "ip link set dev p0 nomaster",
    "a port that comes back": "ip link set dev p0 nomaster\nip link set dev p0 master br0",
    "no port": "ip link delete dev p0",
    "no bridge": "ip link delete dev br0",
    "a port in another namespace": "ip netns add pod\nip link set dev p0 netns pod",
}
# `replace` came with iproute2 6.3, `flush` with 6.8: the first line, which flushes nothing, asks.
NEWER_GROUPS_SETUP = """\
bridge mdb flush dev br0 proto zebra
bridge mdb replace grp 239.1.1.3 dev br0 port p0 permanent filter_mode include source_list 10.0.0.8
"""
NEWER_GROUPS = {
    "other sources": """\
bridge mdb replace grp 239.1.1.3 dev br0 port p0 permanent filter_mode exclude \
source_list 10.0.0.9""",
    "a list of sources that is gone": "bridge mdb delete grp 239.1.1.3 dev br0 port p0",
    "a protocol": "bridge mdb replace grp 239.1.1.1 dev br0 port p0 permanent proto zebra",
    "all groups": "bridge mdb flush dev br0",
}
VLAN_GROUPS_SETUP = """\
ip link set dev br0 type bridge vlan_filtering 1
bridge vlan add vid 10 dev p0
bridge vlan add vid 20-23 dev p0
bridge vlan set vid 23 dev p0 mcast_router 2
bridge mdb add grp 239.1.1.4 dev br0 port p0 vid 10 permanent
"""
VLAN_GROUPS = {
    "a new group of a VLAN": "bridge mdb add grp 239.1.1.9 dev br0 port p0 vid 10 permanent",
    "no group of a VLAN": "bridge mdb delete grp 239.1.1.4 dev br0 port p0 vid 10",
    "a new VLAN": "bridge vlan add vid 30 dev p0",
    "new VLANs": "bridge vlan add vid 30-32 dev p0",
    "new VLANs of the bridge": "bridge vlan add vid 30-32 dev br0 self",
    "VLANs of which one was there": "bridge vlan add vid 9-11 dev p0 untagged",
    "no VLAN": "bridge vlan delete vid 10 dev p0",
    "fewer VLANs": "bridge vlan delete vid 21-22 dev p0",
    "an option of a VLAN": "bridge vlan set vid 10 dev p0 state learning",
    "options of VLANs": "bridge vlan set vid 21-22 dev p0 mcast_router 2",
    "an option of the bridge in a VLAN": "bridge vlan global set vid 10 dev br0 mcast_querier 1",
    "no VLAN that has an option": "bridge vlan delete vid 23 dev p0",
    "another option of a VLAN": "bridge vlan set vid 23 dev p0 mcast_router 0",
}
TREES_SETUP = """\
ip link add name br0 address 02:00:00:00:00:01 up type bridge vlan_filtering 1 mst_enabled 1
ip link add name p0 address 02:00:00:00:00:02 up master br0 type dummy
bridge vlan add vid 20-21 dev p0
bridge vlan global set vid 20-21 dev br0 msti 5
bridge mst set dev p0 msti 5 state learning
"""
TREES = {
    "another state in a tree": "bridge mst set dev p0 msti 5 state blocking",
    "another tree": "bridge vlan global set vid 21 dev br0 msti 6",
}
VLAN_TUNNELS_SETUP = """\
ip link add name br0 address 02:00:00:00:00:01 up type bridge vlan_filtering 1
ip link add name vx0 address 02:00:00:00:00:03 up type vxlan external dstport 4789
ip link set dev vx0 master br0
ip link set dev vx0 type bridge_slave vlan_tunnel on
bridge vlan add vid 30-32 dev vx0
bridge vlan add vid 30-31 dev vx0 tunnel_info id 3000-3001
"""
VLAN_TUNNELS = {
    "a new tunnel of a VLAN": "bridge vlan add vid 32 dev vx0 tunnel_info id 7",
    "no tunnel of a VLAN": "bridge vlan delete vid 30 dev vx0 tunnel_info id 3000",
    "no VLAN that has a tunnel": "bridge vlan delete vid 31 dev vx0",
}
VXLAN_GROUPS_SETUP = """\
ip link add name vx1 address 02:00:00:00:00:04 up type vxlan id 7 dstport 4790
bridge mdb add grp 239.1.1.1 dev vx1 port vx1 permanent dst 10.0.0.5 dst_port 99 vni 8 via p0
bridge mdb add grp 239.1.1.1 dev vx1 port vx1 permanent dst 10.0.0.6
"""
VXLAN_GROUPS = {
    "a new group of a vxlan": """\
bridge mdb add grp 239.1.1.9 dev vx1 port vx1 permanent dst 10.0.0.5""",
    "no destination": """\
bridge mdb delete grp 239.1.1.1 dev vx1 port vx1 dst 10.0.0.5 dst_port 99 vni 8 via p0""",
    "another destination": """\
bridge mdb replace grp 239.1.1.1 dev vx1 port vx1 permanent dst 10.0.0.6 dst_port 77""",
    "no vxlan": "ip link delete dev vx1",
}
TUNNELS_SETUP = """\
ip link add name br0 address 02:00:00:00:00:01 up type bridge
ip link add name vx0 address 02:00:00:00:00:03 up type vxlan external vnifilter dstport 4789
bridge vni add vni 100 dev vx0
bridge vni add vni 10-12 dev vx0 remote 10.0.0.2
"""
TUNNELS = {
    "a new tunnel": "bridge vni add vni 200 dev vx0",
    "new tunnels": "bridge vni add vni 200-202,210 dev vx0 remote 10.0.0.7",
    "tunnels beside others": "bridge vni add vni 13-14 dev vx0 remote 10.0.0.2",
    "no tunnel": "bridge vni delete vni 100 dev vx0",
    "fewer tunnels": "bridge vni delete vni 11 dev vx0",
    "no tunnels": "bridge vni delete vni 10-12 dev vx0",
    "another address": "bridge vni add vni 10-12 dev vx0 remote 10.0.0.9",
    "an address of one of several": "bridge vni add vni 11 dev vx0 remote 10.0.0.9",
    "a first address": "bridge vni add vni 100 dev vx0 remote 10.0.0.9",
    "an address that is gone": """\
bridge vni delete vni 10 dev vx0
bridge vni add vni 10 dev vx0""",
    "no vxlan": "ip link delete dev vx0",
    "a vxlan in another namespace": "ip netns add pod\nip link set dev vx0 netns pod",
}


@pytest.fixture
def host() -> Iterator[Session]:
    """A sandbox in place of a host."""
    with open_sandbox() as session:
        yield session


def set_up(host: Session, lines: str) -> None:
    """Run the lines that make what is there before; skip the test where they cannot run here."""
    for command in parse_lines(lines):
        try:
            host.run(command)
        except CommandError as error:
            pytest.skip(f"this kernel or iproute2: {command}: {error.reason.splitlines()[0]}")


def check_undo(host: Session, lab: str) -> None:
    """Run a lab, undo it, and compare the state with that before; a second undo does nothing."""
    commands = [*parse_lines(lab)]
    before = snapshot_of(host)
    with Session(host.place) as session:
        for command in commands:
            session.run(command)
    assert list_differences(before, snapshot_of(host), commands=commands)

    is_restored, _, warnings = undo_recording(host, session.recording)

    assert [] == list_differences(before, snapshot_of(host), commands=commands)
    assert (True, []) == (is_restored, warnings)
    assert (True, [], []) == undo_recording(host, session.recording)


@pytest.mark.parametrize("lab", GROUPS.values(), ids=GROUPS)
def test_undo_restores_groups(host: Session, lab: str) -> None:
    """Groups of a bridge that came are deleted, those that went or lost their port are back."""
    set_up(host, GROUPS_SETUP)
    check_undo(host, lab)


@pytest.mark.parametrize("lab", NEWER_GROUPS.values(), ids=NEWER_GROUPS)
def test_undo_restores_groups_with_sources(host: Session, lab: str) -> None:
    """Lists of sources, their mode and the protocol are as before."""
    set_up(host, GROUPS_SETUP + NEWER_GROUPS_SETUP)
    check_undo(host, lab)


@pytest.mark.parametrize("lab", VLAN_GROUPS.values(), ids=VLAN_GROUPS)
def test_undo_restores_vlans_and_their_groups(host: Session, lab: str) -> None:
    """The VLAN is part of what identifies a group, and VLANs are restored one by one."""
    set_up(host, GROUPS_SETUP + VLAN_GROUPS_SETUP)
    check_undo(host, lab)


@pytest.mark.parametrize("lab", TREES.values(), ids=TREES)
def test_undo_restores_spanning_trees(host: Session, lab: str) -> None:
    """The state of a port in a tree, and the tree of a VLAN, are set back."""
    set_up(host, TREES_SETUP)
    check_undo(host, lab)


@pytest.mark.parametrize("lab", VLAN_TUNNELS.values(), ids=VLAN_TUNNELS)
def test_undo_restores_tunnels_of_vlans(host: Session, lab: str) -> None:
    """A tunnel goes with the VLAN, and comes back behind the VLAN."""
    set_up(host, VLAN_TUNNELS_SETUP)
    check_undo(host, lab)


@pytest.mark.parametrize("lab", VXLAN_GROUPS.values(), ids=VXLAN_GROUPS)
def test_undo_restores_groups_of_a_vxlan(host: Session, lab: str) -> None:
    """A group of a vxlan has a destination for each of several machines."""
    set_up(host, GROUPS_SETUP + VXLAN_GROUPS_SETUP)
    check_undo(host, lab)


@pytest.mark.parametrize("lab", TUNNELS.values(), ids=TUNNELS)
def test_undo_restores_tunnels(host: Session, lab: str) -> None:
    """Tunnels that a vxlan accepts, and where they lead, are as before."""
    set_up(host, TUNNELS_SETUP)
    check_undo(host, lab)
