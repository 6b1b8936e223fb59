"""Where tunnels end."""

from typing import Any

import pytest

from ipwrap.views.topology.graph import Cable, End, Outside
from ipwrap.views.topology.read import read_topology
from tests.views.topology.states import Json, link, state_of

WIRES = {"red": {"eth0": "192.0.2.1/24"}, "blue": {"eth0": "192.0.2.2/24"}}


def tunnels_of(red: Json, blue: Json, **nouns: Any) -> list[Cable]:
    """Return the cables of a link in each of two namespaces with known addresses."""
    links = {"red": [link("eth0", index=9), red], "blue": [link("eth0", index=9), blue]}
    return list(read_topology(state_of(links, WIRES, **nouns)).cables)


@pytest.mark.parametrize(
    ("kind", "data", "label"),
    [
        ("vxlan", {"id": 42}, "vxlan 42"),
        ("geneve", {"id": 7}, "geneve 7"),
        ("gre", {"ikey": "0.0.0.1"}, "gre"),
        ("ipip", {"proto": "ipip"}, "ipip"),
        ("sit", {"proto": "ip6ip"}, "sit"),
    ],
)
def test_tunnel_ends_at_the_owner_of_its_remote(kind: str, data: Json, label: str) -> None:
    """Two links of one kind and number, whose remotes are each other's addresses, are a tunnel."""
    red = link("t0", kind, data={**data, "remote": "192.0.2.2"})
    blue = link("t1", kind, data={**data, "remote": "192.0.2.1"})

    assert [Cable(kind, End("red", "t0"), End("blue", "t1"), label)] == tunnels_of(red, blue)


def test_tunnel_of_another_number_is_no_end() -> None:
    """A vxlan of another number has the remote address, and is not the end of the tunnel."""
    red = link("t0", "vxlan", data={"id": 1, "remote": "192.0.2.2"})
    blue = link("t1", "vxlan", data={"id": 2, "remote": "192.0.2.1"})

    assert [
        Cable("vxlan", End("red", "t0"), Outside("192.0.2.2"), "vxlan 1"),
        Cable("vxlan", End("blue", "t1"), Outside("192.0.2.1"), "vxlan 2"),
    ] == tunnels_of(red, blue)


def test_tunnel_to_elsewhere_ends_outside() -> None:
    """A remote address that no namespace has is the end of the tunnel."""
    red = link("t0", "gre", data={"remote": "203.0.113.9"})
    blue = link("t1", "gre", data={"remote": "any"})

    assert [Cable("gre", End("red", "t0"), Outside("203.0.113.9"), "gre")] == tunnels_of(red, blue)


def test_far_end_without_a_remote_accepts_all() -> None:
    """The hub of several tunnels has no remote of its own."""
    red = link("t0", "gre", data={"remote": "192.0.2.2"})
    blue = link("t1", "gre", data={"remote": "any"})

    assert [Cable("gre", End("red", "t0"), End("blue", "t1"), "gre")] == tunnels_of(red, blue)


def test_multicast_group_is_a_common_far_end() -> None:
    """Links of a group lead to the group: no address tells who is in it."""
    data = {"id": 5, "group": "239.1.1.1"}

    assert [
        Cable("vxlan", End("red", "t0"), Outside("239.1.1.1"), "vxlan 5"),
        Cable("vxlan", End("blue", "t0"), Outside("239.1.1.1"), "vxlan 5"),
    ] == tunnels_of(link("t0", "vxlan", data=data), link("t0", "vxlan", data=data))


def test_forwarding_entries_name_remotes() -> None:
    """A vxlan without a remote has those of its entries for all addresses."""
    flood = {"mac": "00:00:00:00:00:00", "ifname": "t0"}
    entries = {
        "red": [{**flood, "dst": "192.0.2.2"}, {**flood, "ifname": "x", "dst": "192.0.2.9"}],
        "blue": [{**flood, "dst": "192.0.2.1"}, {"mac": "02:00:00:00:00:01", "ifname": "t0"}],
    }
    red, blue = link("t0", "vxlan", data={"id": 5}), link("t0", "vxlan", data={"id": 5})

    assert [Cable("vxlan", End("red", "t0"), End("blue", "t0"), "vxlan 5")] == tunnels_of(
        red, blue, bridge_fdb=entries
    )


@pytest.mark.parametrize(("state", "count"), [("permanent", 1), ("", 0)])
def test_forwarding_entries_of_one_address_name_remotes_if_set(state: str, count: int) -> None:
    """A daemon sets an entry for each remote link; an entry that was learned is a passing one."""
    entry = {"mac": "02:00:00:00:00:01", "ifname": "t0", "state": state}
    entries = {"red": [{**entry, "dst": "192.0.2.2"}], "blue": [{**entry, "dst": "192.0.2.1"}]}
    vxlan = link("t0", "vxlan", data={"id": 5, "learning": False})
    cable = Cable("vxlan", End("red", "t0"), End("blue", "t0"), "vxlan 5")

    assert [cable] * count == tunnels_of(vxlan, vxlan, bridge_fdb=entries)


@pytest.mark.parametrize(("blue", "count"), [("10.0.0.2/24", 1), ("10.0.1.2/24", 0)])
def test_wireguard_ends_in_its_subnet(blue: str, count: int) -> None:
    """Two wireguard links with addresses in one subnet are peers."""
    links = {"red": [link("wg0", "wireguard")], "blue": [link("wg0", "wireguard")]}
    addresses = {"red": {"wg0": "10.0.0.1/24"}, "blue": {"wg0": blue}}
    cable = Cable("wireguard", End("red", "wg0"), End("blue", "wg0"), "wireguard")

    assert [cable] * count == list(read_topology(state_of(links, addresses)).cables)


def test_peers_of_three_wireguard_links_are_unknown() -> None:
    """Of three links in a subnet nobody knows which are peers."""
    links = {name: [link("wg0", "wireguard")] for name in "abc"}
    addresses = {name: {"wg0": f"10.0.0.{number}/24"} for number, name in enumerate("abc", 1)}

    assert () == read_topology(state_of(links, addresses)).cables
