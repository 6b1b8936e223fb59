"""Every filter of every `show` of `ip`: iproute2 takes it, and lists what it should."""

import contextlib
from collections.abc import Callable
from typing import Any, Unpack

import pytest

from ipwrap import CommandError, Session
from ipwrap.ip.address import AddressFilter
from ipwrap.ip.link import LinkFilter
from ipwrap.ip.neigh import NeighFilter
from ipwrap.ip.nexthop import NexthopFilter
from ipwrap.ip.route import RouteFilter
from ipwrap.ip.rule import RuleFilter
from ipwrap.kinds import Bridge, Veth, Vrf
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

# What to ask for by each filter that is no flag; where one noun needs another value, by both names.
ASKED: dict[str, Any] = {
    "dev": "d0",
    "dport": (7, 8),
    "dscp": 7,
    "exact": "10.7.0.0/16",
    "flowlabel": 7,
    "from_": "10.7.0.0/16",
    "from_match": "10.7.7.0/24",
    "from_root": "10.0.0.0/8",
    "fwmark": 7,
    "group": 7,
    "id": 7,
    "iif": "d0",
    "ipproto": "tcp",
    "label": "d0:x",
    "mark": 0,
    "master": "br0",
    "match": "10.7.7.0/24",
    "metric": 7,
    "nud": "permanent",
    "oif": "d0",
    "priority": 70,
    "proto": 4,
    "protocol": 4,
    "realms": "7",
    "root": "10.0.0.0/8",
    "route type": "unicast",
    "scope": "global",
    "sport": 7,
    "src": "10.7.0.1",
    "table": 70,
    "to": "10.7.0.0/16",
    "tos": 16,
    "tun_id": 7,
    "type": "veth",
    "uidrange": (0, 7),
    "via": "10.7.0.2",
    "vrf": "vrf0",
}

FILTERS: dict[str, type] = {
    "address": AddressFilter,
    "link": LinkFilter,
    "neigh": NeighFilter,
    "nexthop": NexthopFilter,
    "route": RouteFilter,
    "rule": RuleFilter,
}

CASES = [(noun, row.name) for noun, cls in FILTERS.items() for row in options_of(cls)]

# What some of them list in the namespace below.
LISTED: dict[str, tuple[Callable[[Namespace], object], object]] = {
    "link group": (lambda ns: _links(ns, group=7), ["d0"]),
    "link master": (lambda ns: _links(ns, master="br0"), ["d0"]),
    "link type": (lambda ns: _links(ns, type="veth"), ["d0", "d1"]),
    "link nomaster": (lambda ns: _links(ns, nomaster=True, type="veth"), ["d1"]),
    "link up": (lambda ns: _links(ns, up=True), ["br0", "d0", "lo"]),
    "link down": (lambda ns: _links(ns, up=False, type="veth"), ["d1"]),
    "link several": (lambda ns: _links(ns, type="veth", group=7, up=True, master="br0"), ["d0"]),
    "address to": (lambda ns: _prefixes(ns, to="10.7.0.0/16"), [("10.7.0.1/16",)]),
    "address label": (lambda ns: _prefixes(ns, label="d0:x"), [("10.7.0.1/16",)]),
    "address scope": (lambda ns: _prefixes(ns, scope="link", to="10.7.0.0/16"), []),
    "address dynamic": (lambda ns: _prefixes(ns, dynamic=True), []),
    "route root": (
        lambda ns: [each.dst for each in ns.ip.route.show(root="10.7.7.0/24")],
        ["10.7.7.0/24"],
    ),
    "route match": (
        lambda ns: [each.dst for each in ns.ip.route.show(match="10.7.9.1")],
        ["10.7.0.0/16"],
    ),
    "route exact": (
        lambda ns: [each.dst for each in ns.ip.route.show(exact="10.7.0.0/16")],
        ["10.7.0.0/16"],
    ),
    "route proto": (
        lambda ns: [each.dst for each in ns.ip.route.show(proto="static")],
        ["10.7.7.0/24"],
    ),
    "route table": (lambda ns: [each.dst for each in ns.ip.route.show(table=70)], ["10.70.0.0/16"]),
    "rule table": (lambda ns: [each.priority for each in ns.ip.rule.show(table=70)], [70]),
    "neigh nud": (
        lambda ns: [each.dst for each in ns.ip.neigh.show("d0", nud="permanent")],
        ["10.7.0.9"],
    ),
    "maddress dev": (lambda ns: [each.ifname for each in ns.ip.maddress.show("d0")], ["d0"]),
}


def _links(ns: Namespace, **which: Unpack[LinkFilter]) -> list[str]:
    """Return the names of the links that a filter lists."""
    return sorted(each.ifname for each in ns.ip.link.show(**which))


def _prefixes(ns: Namespace, **which: Unpack[AddressFilter]) -> list[tuple[str, ...]]:
    """Return the addresses that a filter lists, link by link.

    Iproute2 may list links without any as well.
    """
    return [each.prefixes for each in ns.ip.address.show(**which) if each.prefixes]


@pytest.fixture(scope="module")
def ns(sandbox_session: Session) -> Namespace:
    """A namespace with one of each thing."""
    sandbox_session.ip.netns.add("filters")
    inside = sandbox_session.netns("filters")
    inside.ip.link.set("lo", up=True)
    inside.ip.link.add("br0", Bridge(), up=True)
    inside.ip.link.add("d0", Veth(peer="d1"), group=7, master="br0", up=True)
    inside.ip.address.add("10.7.0.1/16", "d0", label="d0:x")
    inside.ip.route.add("10.7.7.0/24", via="10.7.0.2", proto="static")
    inside.ip.route.add("10.70.0.0/16", via="10.7.0.2", table=70)
    inside.ip.rule.add(from_="10.7.0.0/16", table=70, priority=70)
    inside.ip.nexthop.add(7, blackhole=True)
    with contextlib.suppress(CommandError):  # not every kernel has VRFs
        inside.ip.link.add("vrf0", Vrf(table=71))
    inside.ip.neigh.add("10.7.0.9", "d0", lladdr="02:00:00:00:00:09")
    return inside


@pytest.mark.live
@pytest.mark.parametrize(("noun", "name"), CASES)
def test_filter_is_taken(ns: Namespace, noun: str, name: str) -> None:
    """By itself; one that this iproute2 or kernel does not know is refused by it, and not by us."""
    value = ASKED.get(f"{noun} {name}", ASKED.get(name, True))
    try:
        getattr(ns.ip, noun).show(**{name: value})
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")


@pytest.mark.live
@pytest.mark.parametrize("case", LISTED)
def test_filter_lists_what_it_should(ns: Namespace, case: str) -> None:
    """And nothing else."""
    asked, expected = LISTED[case]
    assert expected == asked(ns)


@pytest.mark.live
def test_a_group_is_changed_and_deleted_as_one(sandbox_session: Session) -> None:
    """`set group`, `delete group`; alternative names come and go."""
    sandbox_session.ip.netns.add("groups")
    inside = sandbox_session.netns("groups")
    inside.ip.link.add("a", Veth(peer="b"))
    for name in ("a", "b"):
        inside.ip.link.set(name, group=70)
    inside.ip.link.set_group(70, up=True)
    assert ["a", "b"] == _links(inside, up=True, group=70)
    inside.ip.link.property_add("a", "one", "other")
    assert ("one", "other") == inside.ip.link.show("one")[0].altnames
    inside.ip.link.property_del("a", "one", "other")
    assert not inside.ip.link.show("a")[0].altnames
    inside.ip.link.delete_group(70)
    assert [] == inside.ip.link.show(group=70)
    sandbox_session.ip.netns.delete("groups")
