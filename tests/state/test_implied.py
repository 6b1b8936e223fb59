"""What follows from another difference is left out; what does not is kept."""

import copy
from typing import Any

import pytest

from ipwrap import Snapshot
from ipwrap.state import State

Json = dict[str, Any]

ORIGIN = "boot 4:1"


def link(name: str, **fields: Any) -> Json:
    """Return the JSON of a link."""
    return {"ifname": name, "flags": ["UP", "LOWER_UP"], "mtu": 1500, **fields}


def bridge(name: str, mac: str, **options: Any) -> Json:
    """Return the JSON of a bridge."""
    return link(name, address=mac, linkinfo={"info_kind": "bridge", "info_data": options})


MAC, OTHER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
PORT = link("p0", address=MAC, linkinfo={"info_kind": "veth"})
BASE: State = {"": {"link": [link("lo"), bridge("br0", OTHER_MAC), PORT], "bridge link": []}}


def port_with(state: str, **fields: Any) -> Json:
    """Return the JSON of the link as a port of the bridge, in a state."""
    info = {
        "info_kind": "veth",
        "info_slave_kind": "bridge",
        "info_slave_data": {"state": state, "cost": 2},
    }
    return {**PORT, "master": "br0", "linkinfo": info, **fields}


def diff(left: State, right: State) -> list[str]:
    """Return the lines of the differences within a place."""
    return Snapshot(left, origin=ORIGIN).diff(Snapshot(right, origin=ORIGIN)).lines


def with_objects(state: State, **nouns: list[Json]) -> State:
    """Return a state with other objects in its first namespace; `_` stands for a blank."""
    changed = copy.deepcopy(state)
    for noun, objects in nouns.items():
        changed[""][noun.replace("_", " ")] = objects
    return changed


def test_a_port_brings_its_entries_along() -> None:
    """A new port is told once, not by its options, VLAN, entry and the bridge's address as well."""
    after = with_objects(
        BASE,
        link=[link("lo"), bridge("br0", MAC), port_with("forwarding")],
        bridge_link=[{"ifname": "p0", "master": "br0", "cost": 2}],
        bridge_fdb=[{"mac": MAC, "ifname": "p0", "master": "br0", "state": "permanent"}],
        bridge_vlan=[{"ifname": "p0", "vlans": [{"vlan": 1, "flags": ["PVID"]}]}],
    )

    assert ["~ (host)  link p0: master (none) -> br0"] == diff(BASE, after)


def test_the_entry_of_a_command_is_told_beside_its_port() -> None:
    """A forwarding entry of another address is not implied by a new port, nor is another VLAN."""
    after = with_objects(
        BASE,
        link=[link("lo"), bridge("br0", OTHER_MAC), port_with("forwarding")],
        bridge_fdb=[
            {"mac": "02:00:00:00:00:99", "ifname": "p0", "master": "br0", "state": "static"}
        ],
        bridge_vlan=[{"ifname": "p0", "vlans": [{"vlan": 10, "flags": []}]}],
    )

    assert [
        "+ (host)  bridge fdb 02:00:00:00:00:99 dev p0 master br0 static",
        "+ (host)  bridge vlan 10 dev p0",
        "~ (host)  link p0: master (none) -> br0",
    ] == diff(BASE, after)


@pytest.mark.parametrize(
    ("options", "fields", "expected"),
    [
        ({}, {}, ["~ (host)  link p0: port state forwarding -> blocking"]),
        ({"stp_state": 1}, {}, []),
        ({}, {"flags": ["UP"]}, []),
    ],
    ids=["steady", "spanning tree", "carrier"],
)
def test_the_state_of_a_port_counts_where_nobody_but_a_command_sets_it(
    options: Json, fields: Json, expected: list[str]
) -> None:
    """The spanning tree and the carrier change the state of a port by themselves."""
    bridge_link = bridge("br0", OTHER_MAC, **options)
    before = with_objects(BASE, link=[bridge_link, port_with("forwarding")])
    after = with_objects(BASE, link=[bridge_link, port_with("blocking", **fields)])

    assert expected == diff(before, after)


def test_an_address_brings_its_route_along() -> None:
    """The route of the kernel for an address is implied; one of a command is not."""
    address = {"family": "inet", "local": "10.0.0.1", "prefixlen": 8, "scope": "global"}
    after = with_objects(
        BASE,
        address=[{"ifname": "p0", "addr_info": [address]}],
        route=[
            {"dst": "10.0.0.0/8", "dev": "p0", "protocol": "kernel"},
            {"dst": "11.0.0.0/8", "dev": "p0", "protocol": "boot"},
        ],
    )

    assert [
        "+ (host)  address 10.0.0.1/8 dev p0",
        "+ (host)  route 11.0.0.0/8 dev p0",
    ] == diff(BASE, after)


def test_lo_brings_its_addresses_along() -> None:
    """That lo is up says that it has its addresses."""
    before = with_objects(BASE, link=[link("lo", flags=[])])
    address = {"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host"}
    after = with_objects(
        BASE, link=[link("lo")], address=[{"ifname": "lo", "addr_info": [address]}]
    )

    assert ["~ (host)  link lo: down -> up"] == diff(before, after)


def test_a_vrf_brings_its_rule_along() -> None:
    """The first vrf of a namespace makes the rule that looks into the tables of vrfs."""
    vrf = link("red", linkinfo={"info_kind": "vrf", "info_data": {"table": 7}})
    rule = {"priority": 1000, "src": "all", "l3mdev": True, "protocol": "kernel"}
    before = with_objects(BASE, rule=[])
    after = with_objects(BASE, link=[*BASE[""]["link"], vrf], rule=[rule])

    assert ["+ (host)  link red type vrf"] == diff(before, after)


def test_a_new_namespace_is_told_without_what_each_has() -> None:
    """Of a new namespace, a link is told, but not lo and the rules of the kernel."""
    fresh = {
        "link": [link("lo"), link("eth0")],
        "rule": [{"priority": 0, "src": "all", "table": "local", "protocol": "kernel"}],
    }

    assert ["+ (host)  netns red", "+ red  link eth0"] == diff(BASE, {**BASE, "red": fresh})


def test_the_end_of_a_pair_is_told_by_its_link() -> None:
    """A veth whose other end has gone elsewhere is not told as changed."""
    pair = [
        link("a", link="b", linkinfo={"info_kind": "veth"}),
        link("b", link="a", linkinfo={"info_kind": "veth"}),
    ]
    moved = [link("a", linkinfo={"info_kind": "veth"})]

    assert ["- (host)  link b type veth"] == diff(
        with_objects(BASE, link=pair), with_objects(BASE, link=moved)
    )


def test_between_two_places_random_addresses_do_not_count() -> None:
    """MAC addresses of links count within a place only."""
    other = with_objects(
        BASE, link=[link("lo"), bridge("br0", OTHER_MAC), {**PORT, "address": "02:00:00:00:00:77"}]
    )
    elsewhere = Snapshot(other, origin="boot 4:2")

    assert ([], ["~ (host)  link p0: address 02:00:00:00:00:01 -> 02:00:00:00:00:77"]) == (
        Snapshot(BASE, origin=ORIGIN).diff(elsewhere).lines,
        diff(BASE, other),
    )


@pytest.mark.parametrize(
    ("local", "counts"), [("fe80::1", True), ("fe80::a2:3ff:fe00:1", False)], ids=str
)
def test_link_local_addresses_count_where_they_are_not_made_of_the_mac(
    local: str, counts: bool
) -> None:
    """An address that the kernel makes from the MAC address is no difference, another one is."""
    address = {"family": "inet6", "local": local, "prefixlen": 64, "scope": "link"}
    eui64 = {**PORT, "inet6_addr_gen_mode": "eui64"}
    before = with_objects(BASE, link=[eui64])
    after = with_objects(BASE, link=[eui64], address=[{"ifname": "p0", "addr_info": [address]}])

    assert counts == bool(diff(before, after))
