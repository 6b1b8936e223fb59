"""Words about a link."""

import pytest

from ipwrap.models import load
from ipwrap.models.link import Link
from ipwrap.models.port_vlan import PortVlans
from ipwrap.views.topology.details import condition_words, detail_words, vlan_words
from tests.views.topology.states import Json, link


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("vxlan", {"id": 5, "remote6": "2001:db8::1", "ttl": 0}, ["id 5", "remote 2001:db8::1"]),
        ("gre", {"remote": "any", "local": "10.0.0.1", "ikey": "7"}, ["local 10.0.0.1", "key 7"]),
        ("vlan", {"protocol": "802.1Q", "id": 10}, ["id 10"]),
        ("vlan", {"protocol": "802.1ad", "id": 10}, ["protocol 802.1ad", "id 10"]),
        ("bridge", {"vlan_filtering": 1, "stp_state": 1}, ["vlan_filtering", "stp"]),
        ("bond", {"mode": "802.3ad"}, ["mode 802.3ad"]),
        ("vrf", {"table": 10}, ["table 10"]),
        ("unheard", {"id": 1}, []),
        (None, {}, []),
    ],
)
def test_details_of_a_kind(kind: str | None, data: Json, words: list[str]) -> None:
    """The options that tell one link of the kind from another, without those that are not set."""
    (model,) = load(Link, [link("a", kind, data=data)])

    assert words == list(detail_words(model))


@pytest.mark.parametrize(
    ("flags", "state", "words"),
    [
        (["UP", "LOWER_UP"], "forwarding", []),
        ([], "forwarding", ["down"]),
        (["UP", "NO-CARRIER"], "disabled", ["no carrier"]),
        # Right after the carrier comes, both flags are there.
        (["UP", "NO-CARRIER", "LOWER_UP"], "forwarding", []),
        (["UP", "LOWER_UP"], "blocking", ["blocking"]),
    ],
)
def test_conditions(flags: list[str], state: str, words: list[str]) -> None:
    """A link is down, has no carrier, or its port does not forward."""
    port = link("a", "veth", flags=flags)
    port["linkinfo"] |= {"info_slave_kind": "bridge", "info_slave_data": {"state": state}}
    (model,) = load(Link, [port])

    assert words == list(condition_words(model, has_stp=True))


def test_port_state_without_stp_is_left_out() -> None:
    """Without a spanning tree, a port's state says nothing."""
    port = link("a", "veth")
    port["linkinfo"]["info_slave_data"] = {"state": "learning"}
    (model,) = load(Link, [port])

    assert [] == list(condition_words(model, has_stp=False))


def test_vlans_of_a_port() -> None:
    """A VLAN is tagged, unless flagged; a range has its end."""
    vlans = [
        {"vlan": 10, "flags": ["PVID", "Egress Untagged"]},
        {"vlan": 20},
        {"vlan": 30, "vlanEnd": 39},
    ]
    (port,) = load(PortVlans, [{"ifname": "a", "vlans": vlans}])

    assert ["10 untagged", "20", "30-39"] == list(vlan_words(port))
