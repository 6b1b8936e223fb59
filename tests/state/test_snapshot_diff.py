"""Among a thousand objects, each planted change is named exactly, and alone."""

import copy
import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ipwrap import Session, Snapshot
from ipwrap.kinds import Bridge, Veth
from ipwrap.objects import compared_types
from ipwrap.objects.reads import READS
from ipwrap.qdiscs import Pfifo
from ipwrap.state import State
from ipwrap.state.snapshot import PROGRAM_NOUNS, TRAFFIC_NOUNS
from tests.labs import open_sandbox

Json = dict[str, Any]

COUNT = 42  # of objects of each noun: with all nouns, more than a thousand
PLANTED = 7  # the number of the object that is changed
ORIGIN = "boot 4:1"


def lladdr(number: int) -> str:
    """Return a MAC address by its number."""
    return f"02:00:00:00:01:{number:02x}"


# An object of each noun by its number; the change of one; what the line says of the change, and
# behind which words.
EXAMPLES: dict[str, tuple[Callable[[int], Json], Json, str]] = {
    "link": (
        lambda number: {
            "ifname": f"eth{number}",
            "ifindex": number,
            "flags": ["UP"],
            "mtu": 1500,
            "address": f"02:00:00:00:02:{number:02x}",
        },
        {"mtu": 1400},
        "link eth7: mtu 1500 -> 1400",
    ),
    "address": (
        lambda number: {
            "ifname": f"eth{number}",
            "addr_info": [
                {"family": "inet", "local": f"10.1.{number}.1", "prefixlen": 24, "scope": "global"}
            ],
        },
        {
            "addr_info": [
                {"family": "inet", "local": "10.1.7.1", "prefixlen": 24, "scope": "link"},
            ]
        },
        "address 10.1.7.1/24 dev eth7: scope global -> link",
    ),
    "route": (
        lambda number: {"dst": f"10.2.{number}.0/24", "gateway": "10.1.1.2", "dev": "eth1"},
        {"gateway": "10.1.1.3"},
        "route 10.2.7.0/24 dev eth1: gateway 10.1.1.2 -> 10.1.1.3",
    ),
    "neigh": (
        lambda number: {
            "dst": f"10.3.0.{number}",
            "dev": "eth1",
            "lladdr": lladdr(number),
            "state": ["PERMANENT"],
        },
        {"lladdr": lladdr(99)},
        f"neigh 10.3.0.7 dev eth1: lladdr {lladdr(7)} -> {lladdr(99)}",
    ),
    "rule": (
        lambda number: {"priority": 100 + number, "src": "all", "table": f"{number}"},
        {"suppress_prefixlen": 0},
        "rule priority 107 from all table 7: suppress_prefixlen (none) -> 0",
    ),
    "rule inet6": (
        lambda number: {"priority": 100 + number, "src": "all", "table": f"{number}"},
        {"suppress_prefixlen": 0},
        "rule inet6 priority 107 from all table 7: suppress_prefixlen (none) -> 0",
    ),
    "nexthop": (
        lambda number: {"id": number, "gateway": "10.1.1.2", "dev": "eth1", "flags": []},
        {"gateway": "10.1.1.3"},
        "nexthop 7: gateway 10.1.1.2 -> 10.1.1.3",
    ),
    "bridge link": (
        lambda number: {"ifname": f"eth{number}", "master": "br0", "flags": ["UP"], "cost": 2},
        {"cost": 9},
        "bridge link eth7: cost 2 -> 9",
    ),
    "bridge fdb": (
        lambda number: {
            "mac": lladdr(number),
            "ifname": "eth1",
            "master": "br0",
            "state": "static",
        },
        {"state": "permanent"},
        f"bridge fdb {lladdr(7)} dev eth1 master br0: state static -> permanent",
    ),
    "bridge vlan": (
        lambda number: {"ifname": f"eth{number}", "vlans": [{"vlan": 10, "flags": []}]},
        {"vlans": [{"vlan": 10, "flags": ["PVID"]}]},
        "bridge vlan 10 dev eth7: +PVID",
    ),
    "bridge vlan details": (
        lambda number: {"ifname": f"eth{number}", "vlans": [{"vlan": 10, "mcast_router": 1}]},
        {"vlans": [{"vlan": 10, "mcast_router": 2}]},
        "bridge vlan details eth7: 10 mcast_router (none) -> 2",
    ),
    "bridge vlan global": (
        lambda number: {"ifname": f"br{number}", "vlans": [{"vlan": 10, "mcast_snooping": 1}]},
        {"vlans": [{"vlan": 10, "mcast_snooping": 0}]},
        "bridge vlan global 10 dev br7: mcast_snooping 1 -> 0",
    ),
    "bridge vlan tunnelshow": (
        lambda number: {"ifname": f"eth{number}", "tunnels": [{"vlan": 10, "tunid": 10}]},
        {"tunnels": [{"vlan": 10, "tunid": 20}]},
        "bridge vlan tunnelshow 10 dev eth7: tunid 10 -> 20",
    ),
    "bridge mst": (
        lambda number: {"ifname": f"eth{number}", "mst": [{"msti": 1, "state": "forwarding"}]},
        {"mst": [{"msti": 1, "state": "blocking"}]},
        "bridge mst eth7 1: state forwarding -> blocking",
    ),
    "bridge mdb": (
        lambda number: {
            "mdb": [
                {"dev": "br0", "port": "eth1", "grp": f"239.0.0.{number}", "state": "permanent"}
            ]
        },
        {"mdb": [{"dev": "br0", "port": "eth2", "grp": "239.0.0.7", "state": "permanent"}]},
        "bridge mdb br0 eth2 239.0.0.7",
    ),
    "bridge vni": (
        lambda number: {"ifname": f"vx{number}", "vnis": [{"vni": 10, "group": "239.1.1.1"}]},
        {"vnis": [{"vni": 10, "group": "239.1.1.2"}]},
        "bridge vni vx7 10: group 239.1.1.1 -> 239.1.1.2",
    ),
    "tc qdisc": (
        lambda number: {
            "dev": f"eth{number}",
            "kind": "pfifo",
            "handle": "1:",
            "root": True,
            "options": {"limit": 100},
        },
        {"options": {"limit": 200}},
        "tc qdisc dev eth7: options.limit 100 -> 200",
    ),
    "tc class": (
        lambda number: {"dev": f"eth{number}", "class": "htb", "handle": "1:1", "rate": 1000},
        {"rate": 2000},
        "tc class htb dev eth7 1:1: rate 1000 -> 2000",
    ),
    "tc filter": (
        lambda number: {
            "dev": f"eth{number}",
            "parent": "1:",
            "pref": 10,
            "kind": "matchall",
            "options": {"flowid": "1:1"},
        },
        {"options": {"flowid": "1:2"}},
        "tc filter dev eth7 parent 1: pref 10 matchall: options.flowid 1:1 -> 1:2",
    ),
    "sysctl": (
        lambda number: {"key": f"net.ipv4.conf.eth{number}.rp_filter", "value": "1"},
        {"value": "2"},
        "sysctl net.ipv4.conf.eth7.rp_filter: 1 -> 2",
    ),
    "nft": (
        lambda number: {"table": {"family": "inet", "name": f"t{number}", "handle": number}},
        {"table": {"family": "inet", "name": "other", "handle": 7}},
        "other",
    ),
    "iptables": (
        lambda number: {"table": "filter", "line": f"-A INPUT -p tcp --dport {number} -j DROP"},
        {"line": "-A INPUT -p tcp --dport 99 -j DROP"},
        "--dport 99",
    ),
    "ip6tables": (
        lambda number: {"table": "filter", "line": f"-A INPUT -p tcp --dport {number} -j DROP"},
        {"line": "-A INPUT -p tcp --dport 99 -j DROP"},
        "--dport 99",
    ),
}


@pytest.fixture
def thousand() -> State:
    """A state of a thousand objects, of every noun."""
    listed = {
        noun: [make(number) for number in range(1, COUNT + 1)]
        for noun, (make, _, _) in EXAMPLES.items()
    }
    assert 950 <= sum(map(len, listed.values()))
    return {"": {"link": [{"ifname": "lo", "flags": []}]}, "red": listed}


def diff_lines(left: State, right: State) -> list[str]:
    """Return the lines of the difference between two states of a place."""
    taken = datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC)
    snapshots = [Snapshot(state, taken=taken, origin=ORIGIN) for state in (left, right)]
    return snapshots[0].diff(snapshots[1]).lines


def test_every_noun_has_an_example() -> None:
    """A noun that a snapshot reads has a planted change here."""
    assert {*READS, *PROGRAM_NOUNS, *TRAFFIC_NOUNS} == set(EXAMPLES)


def test_the_nouns_of_a_snapshot_are_compared() -> None:
    """There is no noun of a snapshot that a comparison would skip."""
    assert set() == {*EXAMPLES} - {*compared_types()}


@pytest.mark.parametrize("noun", EXAMPLES)
def test_a_changed_object_is_named_alone(noun: str, thousand: State) -> None:
    """One changed value is one difference, with the object, the value before and the one after."""
    _, change, words = EXAMPLES[noun]
    planted = copy.deepcopy(thousand)
    planted["red"][noun][PLANTED - 1].update(change)
    lines = diff_lines(thousand, planted)

    # Another identity, as of a rule of iptables, is another object.
    is_replaced = lines[0].startswith(("+", "-"))
    assert (2 if is_replaced else 1, True) == (len(lines), any(words in line for line in lines))
    if not is_replaced:
        assert [f"~ red  {words}"] == lines


# Settings go with their VLAN, and a sysctl never goes.
ALONE = [
    noun for noun in EXAMPLES if noun not in {"bridge vlan details", "bridge vlan global", "sysctl"}
]


@pytest.mark.parametrize("noun", ALONE)
def test_an_object_that_came_or_went_is_named_alone(noun: str, thousand: State) -> None:
    """An object more is one difference with a plus, and in the other direction with a minus."""
    planted = copy.deepcopy(thousand)
    del planted["red"][noun][PLANTED - 1]
    gone, come = diff_lines(thousand, planted), diff_lines(planted, thousand)

    assert ([f"- {line[2:]}" for line in come], 1, f"+ red  {noun} ") == (
        gone,
        len(come),
        come[0][: len(f"+ red  {noun} ")],
    )


def test_a_sysctl_that_is_not_listed_has_its_default(thousand: State) -> None:
    """A snapshot lists no defaults; the difference tells them."""
    planted = copy.deepcopy(thousand)
    del planted["red"]["sysctl"][PLANTED - 1]

    assert ["~ red  sysctl net.ipv4.conf.eth7.rp_filter: 1 -> 0"] == diff_lines(thousand, planted)


def test_the_settings_of_a_vlan_go_with_the_vlan() -> None:
    """A VLAN that is gone is one difference: that its settings are gone too says nothing new."""
    details = {"ifname": "eth1", "vlans": [{"vlan": 10, "mcast_router": 2}]}
    port = {"ifname": "eth1", "vlans": [{"vlan": 10, "flags": []}]}
    link = {"ifname": "eth1", "flags": []}
    before: State = {"": {"link": [link], "bridge vlan": [port], "bridge vlan details": [details]}}
    after: State = {"": {"link": [link], "bridge vlan": [], "bridge vlan details": []}}

    assert ["- (host)  bridge vlan 10 dev eth1"] == diff_lines(before, after)


# Live: each change is made by a verb in a sandbox with a thousand objects.


@pytest.fixture(scope="module")
def busy_session() -> Iterator[Session]:
    """A session in a sandbox with two namespaces, joined, and a thousand objects."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        red = session.netns("red")
        session.ip.link.add("br0", Bridge(), up=True)
        session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"), master="br0", up=True)
        session.ip.link.add("v1", Veth(peer="eth1", peer_netns="red"), up=True)
        red.ip.link.set("lo", up=True)
        red.ip.link.set("eth0", up=True)
        red.ip.link.set("eth1", up=True)
        red.ip.address.add("10.0.0.1/8", dev="eth0")
        with session.batch():
            for number in range(250):
                red.ip.route.add(f"172.16.{number}.0/24", via="10.0.0.2")
                red.ip.neigh.add(f"10.0.1.{number}", dev="eth0", lladdr=lladdr(number % 256))
                red.ip.rule.add(priority=1000 + number, from_=f"10.0.1.{number}", table="7")
                session.bridge.fdb.add(
                    f"02:00:00:00:03:{number:02x}", dev="v0", master=True, static=True
                )
            red.ip.nexthop.add(id=5, via="10.0.0.2", dev="eth0")
        session.settled_state()
        yield session


Plant = Callable[[Session], object]

PLANTS: dict[str, tuple[Plant, list[str]]] = {
    "a link's MTU": (
        lambda session: session.netns("red").ip.link.set("eth1", mtu=1400),
        ["~ red  link eth1: mtu 1500 -> 1400"],
    ),
    "a link's address": (
        lambda session: session.netns("red").ip.link.set("eth1", address="02:00:00:00:09:01"),
        ["~ red  link eth1: address MAC -> 02:00:00:00:09:01"],
    ),
    "an alternative name": (
        lambda session: session.netns("red").ip.link.property_add("eth1", "uplink"),
        ["~ red  link eth1: altnames (none) -> uplink"],
    ),
    "an option of a bridge": (
        lambda session: session.ip.link.set("br0", kind=Bridge(ageing_time=1000)),
        ["~ (host)  link br0: ageing_time 30000 -> 1000"],
    ),
    "a port's option": (
        lambda session: session.bridge.link.set("v0", hairpin=True),
        ["~ (host)  link v0: port hairpin off -> on"],
    ),
    "a new port": (
        lambda session: session.ip.link.set("v1", master="br0"),
        ["~ (host)  link v1: master (none) -> br0"],
    ),
    "a new link": (
        lambda session: session.ip.link.add("br1", Bridge(), up=True),
        ["+ (host)  link br1 type bridge"],
    ),
    "a namespace": (
        lambda session: session.ip.netns.add("blue"),
        ["+ (host)  netns blue"],
    ),
    "an address": (
        lambda session: session.netns("red").ip.address.add("192.168.7.1/24", dev="eth1"),
        ["+ red  address 192.168.7.1/24 dev eth1"],
    ),
    "an IPv6 address": (
        lambda session: session.netns("red").ip.address.add("fd07::1/64", dev="eth1", nodad=True),
        ["+ red  address fd07::1/64 dev eth1"],
    ),
    "a route": (
        lambda session: session.netns("red").ip.route.replace("172.16.7.0/24", via="10.0.0.3"),
        ["~ red  route 172.16.7.0/24 dev eth0: gateway 10.0.0.2 -> 10.0.0.3"],
    ),
    "a route less": (
        lambda session: session.netns("red").ip.route.delete("172.16.8.0/24"),
        ["- red  route 172.16.8.0/24 dev eth0 via 10.0.0.2"],
    ),
    "a neighbour": (
        lambda session: session.netns("red").ip.neigh.replace(
            "10.0.1.7", dev="eth0", lladdr="02:00:00:00:09:07"
        ),
        ["~ red  neigh 10.0.1.7 dev eth0: lladdr 02:00:00:00:01:07 -> 02:00:00:00:09:07"],
    ),
    "a rule less": (
        lambda session: session.netns("red").ip.rule.delete(priority=1007),
        ["- red  rule priority 1007 from 10.0.1.7 table 7"],
    ),
    "a next hop": (
        lambda session: session.netns("red").ip.nexthop.replace(id=5, via="10.0.0.9", dev="eth0"),
        ["~ red  nexthop 5: gateway 10.0.0.2 -> 10.0.0.9"],
    ),
    "a group of next hops": (
        lambda session: session.netns("red").ip.nexthop.add(id=6, group=[5]),
        ["+ red  nexthop 6 group id 5"],
    ),
    "a forwarding entry": (
        lambda session: session.bridge.fdb.delete("02:00:00:00:03:07", dev="v0", master=True),
        ["- (host)  bridge fdb 02:00:00:00:03:07 dev v0 master br0 static"],
    ),
    "a qdisc": (
        lambda session: session.tc.qdisc.add("v1", Pfifo(limit=7)),
        ["+ (host)  tc qdisc dev v1 pfifo limit 7"],
    ),
    "a sysctl": (
        lambda session: session.netns("red").exec("sysctl", "-qw", "net.ipv4.ip_forward=1"),
        ["~ red  sysctl net.ipv4.ip_forward: 0 -> 1"],
    ),
    "a sysctl of a link": (
        lambda session: session.netns("red").exec(
            "sysctl", "-qw", "net.ipv4.conf.eth1.rp_filter=1"
        ),
        ["~ red  sysctl net.ipv4.conf.eth1.rp_filter: 0 -> 1"],
    ),
    "a table of nftables": (
        lambda session: session.exec("nft", "add", "table", "inet", "planted"),
        ["+ (host)  nft table inet planted"],
    ),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_change_on_a_kernel_is_named_alone(name: str, busy_session: Session) -> None:
    """What one command has changed among a thousand objects is one difference."""
    plant, expected = PLANTS[name]
    before = busy_session.snapshot()
    mac = next(link.address for link in before["red"].links if link.ifname == "eth1")
    plant(busy_session)
    busy_session.settled_state()

    lines = before.diff(busy_session.snapshot()).lines
    assert expected == [line.replace(f"address {mac}", "address MAC") for line in lines]


def test_a_place_at_rest_has_no_difference(busy_session: Session) -> None:
    """Two snapshots without a change between them are equal, also as files."""
    first, second = busy_session.snapshot(), busy_session.snapshot()

    assert ([], first) == (first.diff(second).lines, second)
