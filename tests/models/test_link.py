"""Properties of links: kind, port options, state, prefixes."""

import json

import pytest

from ipwrap.errors import OutputError
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
from ipwrap.models import Interface, Link, load, parse


def load_link(**data: object) -> Link:
    """Return a link with the given JSON keys."""
    (link,) = load(Link, [{"ifname": "a", **data}])
    return link


@pytest.mark.parametrize(
    ("flags", "up"), [(["UP", "LOWER_UP"], True), (["LOWER_UP"], False), ([], False)]
)
def test_link_is_up_by_its_flag(flags: list[str], up: bool) -> None:
    """The flag UP counts, not LOWER_UP, which is the state of the carrier."""
    assert up is load_link(flags=flags).up


def test_kind_with_a_table_is_typed() -> None:
    """The options of a known kind have names and types."""
    info = {
        "info_kind": "vxlan",
        "info_data": {"id": 7, "port": 4789, "learning": True, "tos": "0x10"},
    }

    assert Vxlan(id=7, dstport=4789, learning=True, tos=16) == load_link(linkinfo=info).kind


def test_kind_without_options_is_typed() -> None:
    """iproute2 prints no `info_data` for a veth."""
    assert Veth() == load_link(linkinfo={"info_kind": "veth"}).kind


def test_kind_without_a_table_keeps_its_data() -> None:
    """The options of an unknown kind are kept."""
    info = {"info_kind": "newkind", "info_data": {"x": 1}}

    assert Kind("newkind", {"x": 1}) == load_link(linkinfo=info).kind


@pytest.mark.parametrize(
    "data", [{}, {"linkinfo": {}}, {"linkinfo": {"info_slave_kind": "bridge"}}]
)
def test_link_without_a_kind(data: dict[str, object]) -> None:
    """The kind of `lo` and of network cards is None."""
    assert load_link(**data).kind is None


def test_bridge_port_is_typed() -> None:
    """The options of a port are separate from the options of the kind."""
    info = {
        "info_kind": "veth",
        "info_slave_kind": "bridge",
        "info_slave_data": {"state": "forwarding", "cost": 2},
    }

    assert BridgeSlave(state="forwarding", cost=2) == load_link(linkinfo=info).port


def test_port_without_options() -> None:
    """Without `-d` iproute2 prints the kind of the master only."""
    assert BridgeSlave() == load_link(linkinfo={"info_slave_kind": "bridge"}).port


@pytest.mark.parametrize(
    ("master", "data", "port"),
    [
        ("bond", {"state": "ACTIVE", "queue_id": 2}, BondSlave(state="ACTIVE", queue_id=2)),
        ("vrf", {"table": 10}, VrfSlave(table=10)),
        ("team", None, TeamSlave()),
    ],
)
def test_port_is_typed_by_the_kind_of_its_master(master: str, data: object, port: LinkKind) -> None:
    """A port has the kind of its master; iproute2 prints no data for a port of a team."""
    info = {"info_kind": "veth", "info_slave_kind": master, "info_slave_data": data}

    assert port == load_link(linkinfo=info).port


def test_port_of_an_unknown_kind_keeps_its_data() -> None:
    """The options of a port without a table are kept."""
    info = {"info_slave_kind": "new", "info_slave_data": {"state": "ACTIVE"}}

    assert Kind("new_slave", {"state": "ACTIVE"}) == load_link(linkinfo=info).port


@pytest.mark.parametrize("data", [{}, {"linkinfo": {"info_kind": "bridge"}}])
def test_link_without_a_master_is_not_a_port(data: dict[str, object]) -> None:
    """A link without a master has no port options."""
    assert load_link(**data).port is None


def test_arguments_of_a_kind_from_json() -> None:
    """A kind from JSON gives command arguments without the values that the kernel only reports."""
    info = {
        "info_kind": "bridge",
        "info_data": {"ageing_time": 0, "bridge_id": "8000.0:0:0:0:0:0", "gc_timer": 1.5},
    }

    kind = load_link(linkinfo=info).kind

    assert isinstance(kind, Bridge)
    assert ("ageing_time", "0") == kind.to_args()


def test_lower_link_in_another_namespace() -> None:
    """A lower link in another namespace has an index and a namespace number, no name."""
    link = load_link(link_index=5, link_netnsid=0)

    assert (None, 5, 0) == (link.link, link.link_index, link.link_netnsid)


def test_prefixes_of_an_interface() -> None:
    """Prefixes are in the kernel's order, in the format of `ip address add`."""
    addresses = [{"local": "10.0.0.1", "prefixlen": 24}, {"local": "fd00::1", "prefixlen": 64}]

    (interface,) = load(Interface, [{"ifname": "a", "addr_info": addresses}])

    assert ("10.0.0.1/24", "fd00::1/64") == interface.prefixes


def test_interface_without_addresses() -> None:
    """An interface without addresses has no prefixes."""
    (interface,) = load(Interface, [{"ifname": "a"}])

    assert () == interface.prefixes


@pytest.mark.parametrize(
    ("info", "path"),
    [
        ({"info_kind": "vlan", "info_data": {"id": 1, "flags": 7}}, "info_data.flags"),
        ({"info_kind": "vxlan", "info_data": {"id": 1, "port_range": 3}}, "info_data.port_range"),
        (
            {"info_slave_kind": "bridge", "info_slave_data": {"priority": 10**90}},
            "info_slave_data.priority",
        ),
    ],
)
def test_malformed_options_are_an_error_of_the_text(info: dict[str, object], path: str) -> None:
    """The link whose kind cannot be read is named when the text is parsed, in plain words."""
    links = [{"ifname": "a"}, {"ifname": "b", "linkinfo": info}]

    with pytest.raises(OutputError, match=rf"at `\$\[1\]\.linkinfo\.{path}`") as caught:
        parse("link", json.dumps(links))

    assert "argument of type" not in str(caught.value)


def test_malformed_options_of_a_link_tell_their_path() -> None:
    """A link that was made of decoded JSON raises when its kind is asked for."""
    link = load_link(linkinfo={"info_kind": "vlan", "info_data": {"flags": 7}})

    with pytest.raises(
        OutputError, match=r"unexpected value - at `\$\.linkinfo\.info_data\.flags`"
    ):
        _ = link.kind


def test_link_with_empty_options_is_read() -> None:
    """Options without a key are no malformed ones."""
    info = {"info_kind": "veth", "info_data": {}, "info_slave_kind": "vrf", "info_slave_data": {}}

    (link,) = parse("link", json.dumps([{"ifname": "a", "linkinfo": info}]))

    assert Veth() == link.kind


def test_links_with_equal_options_are_read() -> None:
    """What was checked for the first of them holds for the others."""
    info = {"info_kind": "vlan", "info_data": {"id": 1, "flags": ["REORDER_HDR"]}}
    links = [{"ifname": "a", "linkinfo": info}, {"ifname": "b", "linkinfo": info}]

    assert ["vlan", "vlan"] == [link.kind.type for link in parse("link", json.dumps(links))]


def test_addresses_that_name_no_link_are_refused() -> None:
    """A text like that of `-o`, but without the name of the link, is no output of iproute2."""
    with pytest.raises(OutputError, match="it has no 'ifname'"):
        parse("address", '[{"addr_info":[{"local":"10.0.0.1"}]}]')


def test_links_of_one_form_are_checked_once() -> None:
    """The first of many links with malformed options is named."""
    malformed = {"info_kind": "vlan", "info_data": {"id": 1, "flags": 7}}
    links = [{"ifname": f"a{number}", "linkinfo": malformed} for number in range(3)]

    with pytest.raises(OutputError, match=r"at `\$\[0\]\.linkinfo"):
        parse("link", json.dumps(links))


@pytest.mark.parametrize(
    ("address", "prefix", "peer"),
    [
        (
            {"local": "10.0.0.1", "address": "10.0.0.2", "prefixlen": 24},
            "10.0.0.1/32",
            "10.0.0.2/24",
        ),
        ({"local": "fd00::1", "address": "fd00::2", "prefixlen": 64}, "fd00::1/128", "fd00::2/64"),
        ({"local": "10.0.0.1", "address": "10.0.0.1", "prefixlen": 24}, "10.0.0.1/24", None),
        ({"local": "10.0.0.1", "address": "10.0.0.2"}, "10.0.0.1/32", "10.0.0.2"),
        ({"anycast": "2001:db8::", "prefixlen": 64}, "2001:db8::/64", None),
        ({"multicast": "ff02::1"}, "ff02::1", None),
    ],
)
def test_prefix_of_an_address(address: dict[str, object], prefix: str, peer: str | None) -> None:
    """The length of an address with a peer belongs to the peer; not every address has a length."""
    (interface,) = parse("address", json.dumps([{"ifname": "a", "addr_info": [address]}]))

    assert (prefix,) == interface.prefixes
    assert peer == interface.addr_info[0].peer
