"""The comparison of routes and next hops."""

import pytest

from ipwrap.recording.mentioned import GENERATED
from tests.objects.counted import Json, has_no_item, mentioned, only_item


@pytest.mark.parametrize(
    ("data", "is_ignored"),
    [
        ({"dst": "10.0.0.1", "type": "local", "table": "local", "protocol": "kernel"}, True),
        ({"dst": "ff00::/8", "type": "multicast", "protocol": "kernel"}, True),
        ({"dst": "fe80::/64", "protocol": "kernel"}, True),
        # These two come when the kernel has found that no other host has the address.
        ({"dst": "2001:db8::1", "type": "local", "table": "local", "protocol": "kernel"}, True),
        ({"dst": "2001:db8:1::", "type": "anycast", "table": "local", "protocol": "kernel"}, True),
        ({"dst": "fe80::1", "protocol": "ra"}, True),
        ({"dst": "10.0.0.0/24", "protocol": "kernel"}, False),
        ({"dst": "default", "protocol": "ra"}, False),
        ({"dst": "10.0.0.9", "type": "local", "table": "local", "protocol": "kernel"}, False),
        ({"dst": "10.9.0.0/16", "type": "local", "table": "local", "protocol": "static"}, False),
        ({"dst": "fe80::/64", "protocol": "static"}, False),
    ],
)
def test_automatic_routes_are_not_compared(data: Json, is_ignored: bool) -> None:
    """Routes that the kernel adds for addresses are compared only if a route's command named
    them.
    """
    words = mentioned(
        "ip route add to local 10.0.0.9 dev lo",
        "ip address add local 2001:db8::1/64 dev x",
        "ip route add to 2001:db8:1::/64 dev x",
    )

    assert is_ignored == has_no_item("route", data, words)


def test_a_route_is_compared_without_link_state() -> None:
    """The carrier state of a route's link and of the nexthops is not compared."""
    data = {
        "dst": "10.1.0.0/16",
        "table": "77",
        "dev": "x",
        "metric": 5,
        "flags": ["onlink", "linkdown"],
        "expires": 9,
        "nexthops": [{"dev": "y", "weight": 2, "flags": ["dead", "onlink"]}],
    }

    identity, values = only_item("route", data)

    assert ("10.1.0.0/16", "77", "x", "5") == identity
    assert (["onlink"], ["onlink"], False) == (
        values["flags"],
        values["nexthops"][0]["flags"],
        "expires" in values,
    )


def test_a_comparison_does_not_change_the_route() -> None:
    """A comparison does not modify the objects of a snapshot."""
    data = {"dst": "10.1.0.0/16", "flags": ["dead"], "nexthops": [{"dev": "y", "flags": ["dead"]}]}

    only_item("route", data)

    assert {
        "dst": "10.1.0.0/16",
        "flags": ["dead"],
        "nexthops": [{"dev": "y", "flags": ["dead"]}],
    } == data


@pytest.mark.parametrize("key", ["gateway", "prefsrc"])
def test_an_unnamed_link_local_gateway_is_a_placeholder(key: str) -> None:
    """A link-local gateway or source address is masked unless a command named the address."""
    assert GENERATED == only_item("route", {"dst": "default", key: "fe80::1"})[1][key]
    assert (
        "fe80::1"
        == only_item(
            "route",
            {"dst": "default", key: "fe80::1"},
            mentioned("ip route add to ::/0 via fe80::1"),
        )[1][key]
    )
    assert "10.0.0.1" == only_item("route", {"dst": "default", key: "10.0.0.1"})[1][key]


def test_a_nexthop_is_compared_by_number() -> None:
    """Members and timers of a nexthop are compared, without state and packets."""
    data = {
        "id": 7,
        "group": [{"id": 1, "weight": 2}],
        "resilient_args": {"buckets": 4, "idle_timer": 5, "unbalanced_time": 1.5},
        "group_stats": [{"id": 1, "packets": 3}],
        "flags": ["onlink", "dead", "offload"],
    }
    expected = {
        "group": [{"id": 1, "weight": 2}],
        "resilient_args": {"buckets": 4, "idle_timer": 5},
        "flags": ["onlink"],
    }

    assert (("7",), expected) == only_item("nexthop", data)


@pytest.mark.parametrize(
    ("line", "expected"),
    [("", GENERATED), ("ip nexthop add id 7 via fe80::1", "fe80::1")],
)
def test_a_link_local_gateway_of_a_nexthop_is_compared_if_named(line: str, expected: str) -> None:
    """A link-local gateway of a nexthop is masked unless a command named the address."""
    _, fields = only_item(
        "nexthop", {"id": 7, "gateway": "fe80::1"}, mentioned(*filter(None, [line]))
    )

    assert expected == fields["gateway"]


def test_a_bucket_is_compared_by_index() -> None:
    """A bucket is compared without the kernel's choice of nexthop."""
    data = {"id": 7, "bucket": {"index": 3, "idle_time": 0.5, "nhid": 1}, "flags": []}

    assert (("7", "3"), {}) == only_item("nexthop bucket", data)


def test_a_multicast_route_is_compared_without_counters() -> None:
    """A multicast route is identified by source, group and incoming link."""
    data = {
        "src": "10.0.0.2",
        "dst": "239.1.2.3",
        "iif": "x",
        "multipath": [{"oif": "y"}],
        "packets": 3,
        "expires": 1,
    }
    identity, fields = only_item("mroute", data)

    assert ("10.0.0.2", "239.1.2.3", "x") == identity
    assert {
        "src": "10.0.0.2",
        "dst": "239.1.2.3",
        "iif": "x",
        "multipath": [{"oif": "y"}],
    } == fields
