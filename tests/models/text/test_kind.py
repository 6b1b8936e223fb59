"""The kinds of links, as text and as JSON, from one table of options."""

from typing import Any

import pytest

from ipwrap.models.text.grammar import words_of
from ipwrap.models.text.kind import is_port_kind, read_kind
from ipwrap.models.text.kind_words import parse_value


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("ipvlan  mode l3 bridge", {"mode": "l3", "bridge": True}),
        ("vrf table 10", {"table": 10}),
        ("xfrm dev v0 if_id 0x5", {"link": "v0", "if_id": "0x5"}),
        ("tun type tap pi off persist on", {"pi": False, "persist": True, "multi_queue": False}),
        ("geneve id 7 noudpcsum external", {"udp_csum": False, "external": True, "df": "unset"}),
        ("vxlan id 1 gbp noudpcsum", {"gbp": None, "udp_csum": False, "learning": True}),
        (
            (
                "bridge group_fwd_mask 0 hello_timer    0.15 mcast_querier_ipv4_addr 10.0.0.1"
                " mcast_querier_ipv4_port 3 mcast_last_member_interval 100"
            ),
            {
                "group_fwd_mask": "0",
                "hello_timer": 0.15,
                "mcast_querier_state_ipv4": {
                    "mcast_querier_ipv4_addr": "10.0.0.1",
                    "mcast_querier_ipv4_port": 3,
                },
                "mcast_last_member_intvl": 100,
            },
        ),
        (
            "bond mode 802.3ad ad_aggregator 1 ad_partner_mac 00:00:00:00:00:00 arp_validate all",
            {
                "mode": "802.3ad",
                "ad_info": {"aggregator": 1, "partner_mac": "00:00:00:00:00:00"},
                "arp_validate": "all",
            },
        ),
        (
            "macsec sci 0200000000010001 protect off offload off send_sci on validate strict",
            {
                "sci": "0200000000010001",
                "protect": False,
                "offload": "off",
                "inc_sci": True,
                "validation": "strict",
            },
        ),
        (
            "gretap remote any ttl 5 encap gue encap-sport 5 encap-dport 6 encap-csum",
            {
                "ttl": 5,
                "pmtudisc": True,
                "encap": {"type": "gue", "sport": 5, "dport": 6, "csum": True},
            },
        ),
        ("ip6gre encaplimit 4 tclass 0x00", {"encap_limit": 4, "tclass": "0x00"}),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_options_are_those_of_json(text: str, options: dict[str, Any]) -> None:
    """Every word of the text is read, with the key and the type that JSON has."""
    data: dict[str, Any] = {}

    assert () == read_kind(words_of(text), data)
    assert options == {key: data["linkinfo"]["info_data"].get(key, "absent") for key in options}


def test_value_of_another_form_is_unread() -> None:
    """The words of a value that is none stay, and the next option is read."""
    data: dict[str, Any] = {}
    unread = read_kind(words_of("vlan ingress-qos-map what id 5 egress-qos-map { 1 }"), data)

    assert ("ingress-qos-map", "egress-qos-map", "1", "}") == tuple(map(str, unread))
    assert {"id": 5} == data["linkinfo"]["info_data"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bond_slave", True),
        ("openvswitch_slave", True),
        ("packets_per_slave", False),
        ("active_slave", False),
        ("bridge", False),
    ],
)
def test_kind_of_a_port_is_known_by_its_name(name: str, expected: bool) -> None:
    """A bond has options that end in the same way."""
    assert expected == is_port_kind(name)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("on", True),
        ("off", False),
        ("12", 12),
        ("0.50", 0.5),
        ("0x5", "0x5"),
        ("1.2.3.4", "1.2.3.4"),
        ("٣", "٣"),
        ("inherit", "inherit"),
    ],
)
def test_value_without_a_declaration_has_the_type_of_its_text(word: str, value: Any) -> None:
    """Words, numbers and switches; digits of another script are no number."""
    assert (value, type(value)) == (parse_value(word), type(parse_value(word)))
