"""Deleted links are created again with the former options."""

from typing import Any

import pytest

from ipwrap import CommandError, Session
from ipwrap.undo.link_creation import recreate
from tests.labs import open_sandbox
from tests.undo.hosts import parse_lines, read_raw, read_settled, undo_recording

V4 = "remote 192.0.2.2 local 192.0.2.1"
BASE = "ip link add name base type veth peer name base1"
ON_BASE = "link base"
VXLAN_ARGUMENTS = "vxlan id 7 dstport 4789"

# The commands that create a link with options off their defaults, and its ports.
LINKS = {
    "vxlan": "ip link add name new type vxlan id 7 dstport 4789",
    "vxlan with options": (
        f"ip link add name new type {VXLAN_ARGUMENTS} nolearning ttl inherit udp6zerocsumrx"
    ),
    "external vxlan": "ip link add name new type vxlan external dstport 4789",
    "bridge": """\
ip link add name new type bridge mcast_igmp_version 3 ageing_time 1000 mcast_startup_query_count 4
ip link set dev base master new
ip link set dev base type bridge_slave cost 7 isolated on""",
    "macvlan": f"ip link add name new {ON_BASE} type macvlan mode bridge",
    "bond": """\
ip link add name new type bond mode active-backup miimon 100
ip link set dev base master new
ip link set dev base up
ip link set dev base1 up
ip link set dev new up
ip link set dev new type bond primary base""",
    "bond by LACP": "ip link add name new type bond mode 802.3ad miimon 0 lacp_rate fast",
    "vlan": (
        f"ip link add name new {ON_BASE} type vlan id 7 protocol 802.1ad gvrp on reorder_hdr off"
    ),
    "gre": f"ip link add name new type gre {V4} ikey 5 okey 6 ttl 9 csum",
    "geneve": "ip link add name new type geneve id 7 remote 192.0.2.2 udpcsum",
    "macsec": f"ip link add name new {ON_BASE} type macsec encrypt on replay on window 32",
    "ipvlan": f"ip link add name new {ON_BASE} type ipvlan mode l2 private",
}


@pytest.mark.live
@pytest.mark.parametrize("lab", LINKS.values(), ids=LINKS)
def test_deleted_link_is_created_again_with_its_options(lab: str) -> None:
    """`ip` prints the same JSON before the deletion and after undo."""
    with open_sandbox() as host:
        build(host, f"{BASE}\n{lab}")
        before = read_settled(host)
        with Session(host.place) as session:
            session.ip.link.delete("new")
            assert before != read_raw(host)
            is_restored, _, warnings = undo_recording(host, session.recording)

        assert (True, []) == (is_restored, warnings)
        assert before == read_settled(host, before)


def build(host: Session, lab: str) -> None:
    """Run commands in a place, or skip the test if the kernel or iproute2 refuses a command."""
    for command in parse_lines(lab):
        try:
            host.run(command)
        except CommandError as error:
            pytest.skip(f"this kernel or iproute2 refuses: {error.reason}")


OPTIONS_OFF = (
    "proxy",
    "rsc",
    "l2miss",
    "l3miss",
    "remcsum_tx",
    "remcsum_rx",
    "udp_zero_csum6_tx",
    "udp_zero_csum6_rx",
)
VXLAN = {
    "id": 7,
    "port": 4789,
    "ttl": 0,
    "df": "unset",
    "learning": True,
    "udp_csum": True,
    **dict.fromkeys(OPTIONS_OFF, False),
}

# The JSON of a kind's options, and the arguments that create a link with them.
KINDS_SHOWN: dict[str, tuple[dict[str, Any], str]] = {
    "vxlan": ({**VXLAN, "reserved_bits": "0xf7ffffff000000ff"}, "id 7 dstport 4789 learning"),
    "bond": (
        {
            "mode": "active-backup",
            "miimon": 0,
            "active_slave": "v0",
            "ad_lacp_rate": "slow",
            "tlb_dynamic_lb": 1,
        },
        "mode active-backup miimon 0",
    ),
    "bridge": ({"mst_enabled": 0, "vlan_filtering": 0, "stp_state": 1}, ""),
}


@pytest.mark.parametrize("kind", KINDS_SHOWN)
def test_link_is_created_without_default_options(kind: str) -> None:
    """A kernel may refuse a default; a bridge is created without options."""
    data, arguments = KINDS_SHOWN[kind]
    before = {"ifname": "x", "linkinfo": {"info_kind": kind, "info_data": data}}

    command = recreate(("", "x"), before, peer=None)

    assert f"ip link add name x type {kind} {arguments}".rstrip() == command.line
