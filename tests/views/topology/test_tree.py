"""A state as a tree."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.kinds import Veth
from ipwrap.views.topology.tree import first_label, format_tree
from tests.labs import build_pair
from tests.views.topology.states import link, pair_end, state_of


@pytest.mark.live
def test_tree_of_a_lab(session: Session) -> None:
    """The tree has namespaces, ports below their bridge, far ends, addresses, and `down`."""
    build_pair(session)
    session.ip.link.add("v0", Veth(peer="v1"))

    assert [
        "(host namespace)",
        "├─ br0 (bridge) 10.0.0.1/24",
        "│  ├─ to-red <-> red:eth0",
        "│  └─ to-blue <-> blue:eth0",
        "├─ v1 <-> v0 down",
        "└─ v0 <-> v1 down",
        "blue",
        "└─ eth0 <-> (host namespace):to-blue 10.0.0.3/24",
        "red",
        "└─ eth0 <-> (host namespace):to-red 10.0.0.2/24",
    ] == format_tree(session.state()).splitlines()


def test_port_with_ports_has_a_branch() -> None:
    """A bridge in a vrf has its ports below, beside the line to the next port of the vrf."""
    links: list[dict[str, Any]] = [
        {"ifname": "vrf", "flags": ["UP"], "linkinfo": {"info_kind": "vrf"}},
        {"ifname": "br", "flags": ["UP"], "master": "vrf"},
        {"ifname": "p", "flags": ["UP"], "master": "br"},
        {"ifname": "q", "flags": ["UP"], "master": "vrf"},
    ]

    lines = format_tree({"": {"link": links}}, first="host").splitlines()

    assert [
        "host",
        "└─ vrf (vrf)",
        "   ├─ br",
        "   │  └─ p",
        "   └─ q",
    ] == lines


def test_link_has_its_own_addresses() -> None:
    """A link has its addresses, and no address of a different link; link-local ones are omitted."""
    interfaces = [
        {"ifname": "b", "addr_info": [{"local": "10.0.0.1", "prefixlen": 24, "scope": "global"}]},
        {
            "ifname": "a",
            "addr_info": [
                {"local": "fe80::1", "prefixlen": 64, "scope": "link"},
                {"local": "10.0.0.2", "prefixlen": 24, "scope": "global"},
            ],
        },
    ]
    state: dict[str, dict[str, list[dict[str, Any]]]] = {
        "red": {"link": [{"ifname": "a", "flags": ["UP"]}], "address": interfaces}
    }

    assert ["red", "└─ a 10.0.0.2/24"] == format_tree(state).splitlines()


def test_link_without_flags_is_down() -> None:
    """A link without the flag UP is down."""
    links = [{"ifname": "a", "linkinfo": None}]

    assert "red\n└─ a down" == format_tree({"red": {"link": links}})


def test_unreadable_namespace_is_a_line() -> None:
    """A namespace without a snapshot has its name, and no branches."""
    assert "broken" == format_tree({"": {}, "broken": {}})


def test_control_characters_are_escaped() -> None:
    """The name of a link or namespace cannot move the cursor of a terminal."""
    state = {"red\x1b[2J\n": {"link": [{"ifname": "a\x07", "flags": ["UP"]}]}}

    assert ["red\\x1b[2J\\n", "└─ a\\x07"] == format_tree(state).split("\n")


def test_tunnel_without_a_link_has_only_its_kind() -> None:
    """iproute2 prints null for the link of a tunnel that is bound to none."""
    links = [{"ifname": "a", "link": None, "flags": ["UP"], "linkinfo": {"info_kind": "gre"}}]

    assert "red\n└─ a (gre)" == format_tree({"red": {"link": links}})


def test_address_with_a_peer_is_a_single_one() -> None:
    """The length of the prefix is that of the peer, not of the address."""
    address = {"family": "inet", "local": "10.0.0.1", "address": "10.0.0.2", "prefixlen": 24}
    state: dict[str, dict[str, list[dict[str, Any]]]] = {
        "red": {
            "link": [{"ifname": "a", "flags": ["UP"]}],
            "address": [{"ifname": "a", "addr_info": [address]}],
        }
    }

    assert "red\n└─ a 10.0.0.1/32" == format_tree(state)


def test_long_lines_go_on_in_the_next_one() -> None:
    """In a narrow terminal nothing is cut: the rest of a label is below it."""
    data = {"id": 100, "remote": "192.0.2.200"}
    state = state_of(
        {"red": [link("br0", "bridge"), link("vxlan100", "vxlan", data=data, master="br0")]},
        {"red": {"vxlan100": "2001:db8:1:2:3:4:5:6/64", "br0": "10.0.0.1/24"}},
    )

    assert [
        "red",
        "└─ br0 (bridge) 10.0.0.1/24",
        "   └─ vxlan100 (vxlan id 100 remote",
        "         192.0.2.200) <-> 192.0.2.200",
        "         2001:db8:1:2:3:4:5:6/64",
    ] == format_tree(state, width=40).splitlines()


def test_fifty_pods_are_two_lines() -> None:
    """Like namespaces are an entry, and so are the ports to them; ``full`` shows each."""
    ports = [
        pair_end(f"veth{number}", 10 + number, peer=2, number=number, master="cni0")
        for number in range(1, 51)
    ]
    links = {"": [link("cni0", "bridge"), *ports]}
    links |= {f"pod{number}": [pair_end("eth0", 2, peer=10 + number)] for number in range(1, 51)}
    addresses = {f"pod{number}": {"eth0": f"10.0.0.{number + 1}/24"} for number in range(1, 51)}
    state = state_of(links, addresses)

    assert [
        "(sandbox)",
        "└─ cni0 (bridge)",
        "   └─ veth1 … veth50 (50 ports) <-> pod1 … pod50:eth0",
        "pod1 … pod50 (50 namespaces)",
        "└─ eth0 <-> (sandbox):veth1 … veth50 10.0.0.2–51/24",
    ] == format_tree(state, first=first_label("sandbox")).splitlines()
    assert 1 + 1 + 50 + 2 * 50 == len(format_tree(state, full=True).splitlines())


def test_folded_links_of_containers_lead_outside() -> None:
    """Many namespaces whose links end in unnamed ones say so once."""
    state = state_of({f"ns{number}": [pair_end("eth0", 2, peer=99)] for number in range(9)})

    assert [
        "ns0 … ns8 (9 namespaces)",
        "└─ eth0 <-> an unnamed namespace",
    ] == format_tree(state).splitlines()


def test_vlans_and_lower_links_are_told() -> None:
    """A port has its VLANs, and a vlan its number and the link that it is on."""
    links = [
        link("br0", "bridge", data={"vlan_filtering": 1}),
        link("p0", master="br0"),
        link("p0.10", "vlan", data={"id": 10, "protocol": "802.1Q"}, link="p0"),
    ]
    vlans = [{"ifname": "p0", "vlans": [{"vlan": 10, "flags": ["Egress Untagged"]}, {"vlan": 20}]}]

    assert [
        "red",
        "├─ br0 (bridge vlan_filtering)",
        "│  └─ p0 VLAN 10 untagged VLAN 20",
        "└─ p0.10 (vlan id 10 @ p0)",
    ] == format_tree(state_of({"red": links}, bridge_vlan={"red": vlans})).splitlines()


def test_link_on_a_link_of_another_namespace() -> None:
    """A macvlan that was moved says what it is on; the lower link does not name it."""
    macvlan = link("mv0", "macvlan", index=5, link_index=9, link_netnsid=0)
    state = state_of({"": [link("eth0", index=9)], "red": [macvlan]})

    assert [
        "(host namespace)",
        "└─ eth0",
        "red",
        "└─ mv0 (macvlan) @ (host namespace):eth0",
    ] == format_tree(state).splitlines()
