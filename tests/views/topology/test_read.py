"""The devices of a state."""

import pytest

from ipwrap.errors import OutputError
from ipwrap.views.topology.read import read_topology
from tests.views.topology.states import Json, link, state_of


def names(links: list[Json], addresses: dict[str, str] | None = None, netns: str = "") -> list[str]:
    """Return the names of the devices of a namespace, each with its addresses."""
    state = state_of({netns: links}, {netns: addresses or {}})
    devices = read_topology(state).devices[netns]
    return [" ".join((device.name, *device.addresses)) for device in devices]


def test_loopback_is_left_out() -> None:
    """`lo` with its own address tells nothing."""
    assert ["a"] == names([link("lo", index=1), link("a")], {"lo": "127.0.0.1/8"})


def test_loopback_with_an_address_is_shown() -> None:
    """A router's address on `lo` is shown, without the one that every `lo` has."""
    assert ["lo 10.9.9.9/32", "a"] == names([link("lo"), link("a")], {"lo": "10.9.9.9/32"})


@pytest.mark.parametrize(("netns", "expected"), [("red", ["lo"]), ("", [])])
def test_loopback_alone(netns: str, expected: list[str]) -> None:
    """A namespace with nothing but `lo` shows it, except the one outside of all."""
    assert expected == names([link("lo", index=1)], netns=netns)


def test_tunnels_of_the_kernel_are_left_out() -> None:
    """The kernel makes `tunl0` in every namespace; one that is up is somebody's."""
    down, up = link("tunl0", "ipip", flags=[]), link("sit0", "sit")

    assert ["a", "sit0"] == names([link("a"), down, up])


def test_vlans_only_of_a_filtering_bridge() -> None:
    """The default VLAN of a bridge that filters none is left out."""
    links = [
        link("br0", "bridge", data={"vlan_filtering": 1}),
        link("br1", "bridge", data={"vlan_filtering": 0}),
        link("p0", master="br0"),
        link("p1", master="br1"),
    ]
    vlans = [{"ifname": name, "vlans": [{"vlan": 1}]} for name in ("p0", "p1")]
    state = state_of({"": links}, bridge_vlan={"": vlans})

    assert [("p0", ("1",))] == [
        (device.name, device.vlans) for device in read_topology(state).devices[""] if device.vlans
    ]


def test_lower_link_of_a_vlan() -> None:
    """A vlan is on the link of its namespace that it names."""
    vlan = link("a.10", "vlan", data={"id": 10}, link="a")
    devices = read_topology(state_of({"": [link("a"), vlan]})).devices[""]

    assert [None, "a"] == [device.lower for device in devices]


def test_damaged_objects_are_refused() -> None:
    """Objects that `ip` never prints raise `OutputError`."""
    with pytest.raises(OutputError, match="Link"):
        read_topology({"": {"link": [{"ifname": []}]}})
