"""VLANs of ports, with their options and counters."""

from typing import Any

from ipwrap import parse
from ipwrap.models import PortVlan, PortVlans


def test_counters_are_those_of_the_vlan_above() -> None:
    """`bridge -s vlan` has two lines behind each VLAN."""
    text = (
        "port              vlan-id\n"
        "v0                1 PVID Egress Untagged\n"
        "                    RX: 100 bytes 2 packets\n"
        "                    TX: 300 bytes 4 packets\n"
        "                  10\n"
    )
    flags = ("PVID", "Egress Untagged")
    counters: dict[str, Any] = {"rx_bytes": 100, "rx_packets": 2, "tx_bytes": 300, "tx_packets": 4}
    expected = (PortVlan(vlan=1, flags=flags, **counters), PortVlan(vlan=10))

    assert [PortVlans(ifname="v0", vlans=expected)] == parse("bridge vlan", text)


def test_port_may_be_named_again() -> None:
    """The VLANs of a port are one list, and so are the words that are not understood."""
    text = "v0 1 PVID mood happy\nv0 2 PVID mood sad\nv1 3\n"
    first, second = parse("bridge vlan", text)

    assert (["v0", "v1"], [1, 2]) == (
        [first.ifname, second.ifname],
        [vlan.vlan for vlan in first.vlans],
    )
    assert {"unread": ["mood", "happy", "mood", "sad"]} == first.extra


def test_flag_of_one_word_is_unread() -> None:
    """`Egress` is always followed by `Untagged`."""
    (port,) = parse("bridge vlan", "v0 1 PVID Egress\n")

    assert {"unread": ["Egress"]} == port.extra


def test_port_without_vlans_is_left_out() -> None:
    """So is it in JSON, since 4.18."""
    assert [] == parse("bridge vlan", "port\tvlan ids\neth1\t None\n")
