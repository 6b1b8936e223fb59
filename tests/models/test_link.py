"""A link knows its kind, its port and whether it is up."""

import pytest

from ipwrap.kinds import (
    BondSlave,
    Bridge,
    BridgeSlave,
    Kind,
    LinkKind,
    TeamSlave,
    Veth,
    VrfSlave,
    Vxlan,
)
from ipwrap.models import Interface, Link, load


def link(**data: object) -> Link:
    """Return a link from the JSON object that these keys make."""
    return load(Link, [{"ifname": "a", **data}])[0]


@pytest.mark.parametrize(
    ("flags", "up"), [(["UP", "LOWER_UP"], True), (["LOWER_UP"], False), ([], False)]
)
def test_a_link_is_up_by_its_flag(flags: list[str], up: bool) -> None:
    """LOWER_UP is about the carrier."""
    assert up is link(flags=flags).up


def test_a_kind_with_a_table_is_typed() -> None:
    """Its options have names and types."""
    info = {
        "info_kind": "vxlan",
        "info_data": {"id": 7, "port": 4789, "learning": True, "tos": "0x10"},
    }
    assert Vxlan(id=7, dstport=4789, learning=True, tos=16) == link(linkinfo=info).kind


def test_a_kind_without_options_is_typed_too() -> None:
    """iproute2 prints no `info_data` for a veth."""
    assert Veth() == link(linkinfo={"info_kind": "veth"}).kind


def test_a_kind_without_a_table_keeps_its_data() -> None:
    """Nothing is lost of what ipwrap does not know yet."""
    info = {"info_kind": "newkind", "info_data": {"x": 1}}
    assert Kind("newkind", {"x": 1}) == link(linkinfo=info).kind


@pytest.mark.parametrize(
    "data", [{}, {"linkinfo": {}}, {"linkinfo": {"info_slave_kind": "bridge"}}]
)
def test_a_link_without_a_kind_has_none(data: dict[str, object]) -> None:
    """`lo` and network cards have none."""
    assert link(**data).kind is None


def test_a_port_of_a_bridge_is_typed() -> None:
    """Its options as a port are apart from those of its kind."""
    info = {
        "info_kind": "veth",
        "info_slave_kind": "bridge",
        "info_slave_data": {"state": "forwarding", "cost": 2},
    }
    assert BridgeSlave(state="forwarding", cost=2) == link(linkinfo=info).port


def test_a_port_without_data_is_a_port() -> None:
    """Without `-d` the options are not shown."""
    assert BridgeSlave() == link(linkinfo={"info_slave_kind": "bridge"}).port


@pytest.mark.parametrize(
    ("master", "data", "port"),
    [
        ("bond", {"state": "ACTIVE", "queue_id": 2}, BondSlave(state="ACTIVE", queue_id=2)),
        ("vrf", {"table": 10}, VrfSlave(table=10)),
        ("team", None, TeamSlave()),
    ],
)
def test_a_port_is_typed_by_its_masters_kind(master: str, data: object, port: LinkKind) -> None:
    """iproute2 calls it by the kind of its master; print_linktype() in ip/ipaddress.c prints no data for a team's."""
    assert (
        port
        == link(
            linkinfo={"info_kind": "veth", "info_slave_kind": master, "info_slave_data": data}
        ).port
    )


def test_a_port_of_another_kind_keeps_its_data() -> None:
    """A port of what ipwrap has no table for."""
    info = {"info_slave_kind": "new", "info_slave_data": {"state": "ACTIVE"}}
    assert Kind("new_slave", {"state": "ACTIVE"}) == link(linkinfo=info).port


@pytest.mark.parametrize("data", [{}, {"linkinfo": {"info_kind": "bridge"}}])
def test_a_link_without_a_master_is_no_port(data: dict[str, object]) -> None:
    """Nobody's port has no options."""
    assert link(**data).port is None


def test_a_kind_that_was_read_can_be_built_again() -> None:
    """What the kernel only reports is left out of the words."""
    info = {
        "info_kind": "bridge",
        "info_data": {"ageing_time": 0, "bridge_id": "8000.0:0:0:0:0:0", "gc_timer": 1.5},
    }
    kind = link(linkinfo=info).kind
    assert isinstance(kind, Bridge)
    assert ("ageing_time", "0") == kind.to_args()


def test_a_link_below_another_namespace_is_known_by_numbers() -> None:
    """Name and index are different things."""
    below = link(link_index=5, link_netnsid=0)
    assert (None, 5, 0) == (below.link, below.link_index, below.link_netnsid)


def test_an_interface_lists_its_prefixes() -> None:
    """In the kernel's order, as one would add them."""
    info = [{"local": "10.0.0.1", "prefixlen": 24}, {"local": "fd00::1", "prefixlen": 64}]
    assert ("10.0.0.1/24", "fd00::1/64") == load(Interface, [{"ifname": "a", "addr_info": info}])[
        0
    ].prefixes


def test_an_interface_without_addresses_lists_none() -> None:
    """An empty list is no error."""
    assert () == load(Interface, [{"ifname": "a"}])[0].prefixes
