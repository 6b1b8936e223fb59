"""What counts of routes, and of the next hops that they go by."""

import pytest

from ipwrap.recording.mentioned import GENERATED
from tests.state.comparison.counted import Json, named, none, one


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        ({"dst": "10.0.0.1", "type": "local", "table": "local", "protocol": "kernel"}, True),
        ({"dst": "ff00::/8", "type": "multicast", "protocol": "kernel"}, True),
        ({"dst": "fe80::/64", "protocol": "kernel"}, True),
        ({"dst": "fe80::1", "protocol": "ra"}, True),
        ({"dst": "10.0.0.0/24", "protocol": "kernel"}, False),
        ({"dst": "default", "protocol": "ra"}, False),
        ({"dst": "10.0.0.9", "type": "local", "table": "local", "protocol": "kernel"}, False),
        ({"dst": "10.9.0.0/16", "type": "local", "table": "local", "protocol": "static"}, False),
        ({"dst": "fe80::/64", "protocol": "static"}, False),
    ],
)
def test_routes_that_follow_from_addresses_do_not_count(data: Json, gone: bool) -> None:
    """The kernel's own entries of the local table, and its link-local routes, are no one's choice, unless named."""
    assert gone == none("route", data, named("ip route add to local 10.0.0.9 dev lo"))


def test_a_route_counts_without_the_state_of_its_link() -> None:
    """Whether the link of a route, or of one of its ways, has a carrier does not count."""
    data = {
        "dst": "10.1.0.0/16",
        "table": "77",
        "dev": "x",
        "metric": 5,
        "flags": ["onlink", "linkdown"],
        "expires": 9,
        "nexthops": [{"dev": "y", "weight": 2, "flags": ["dead", "onlink"]}],
    }

    identity, values = one("route", data)

    assert ("10.1.0.0/16", "77", "x", "5") == identity
    assert (["onlink"], ["onlink"], False) == (
        values["flags"],
        values["nexthops"][0]["flags"],
        "expires" in values,
    )


def test_comparing_a_route_leaves_it_as_it_is() -> None:
    """What a snapshot holds is not changed by looking at what counts of it."""
    data = {"dst": "10.1.0.0/16", "flags": ["dead"], "nexthops": [{"dev": "y", "flags": ["dead"]}]}

    one("route", data)

    assert {
        "dst": "10.1.0.0/16",
        "flags": ["dead"],
        "nexthops": [{"dev": "y", "flags": ["dead"]}],
    } == data


@pytest.mark.parametrize("key", ["gateway", "prefsrc"])
def test_a_link_local_gateway_that_was_not_named_is_a_token(key: str) -> None:
    """An address made of a random MAC address differs each time; one that was given does not."""
    assert GENERATED == one("route", {"dst": "default", key: "fe80::1"})[1][key]
    assert (
        "fe80::1"
        == one(
            "route", {"dst": "default", key: "fe80::1"}, named("ip route add to ::/0 via fe80::1")
        )[1][key]
    )
    assert "10.0.0.1" == one("route", {"dst": "default", key: "10.0.0.1"})[1][key]


def test_a_nexthop_counts_with_its_number() -> None:
    """Its state, its packets and its time out of balance do not; members and timers do."""
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
    assert (("7",), expected) == one("nexthop", data)


@pytest.mark.parametrize(
    ("words", "expected"), [("", GENERATED), ("ip nexthop add id 7 via fe80::1", "fe80::1")]
)
def test_a_gateway_of_a_link_only_counts_if_it_was_named(words: str, expected: str) -> None:
    """As one of a route does."""
    _, out = one("nexthop", {"id": 7, "gateway": "fe80::1"}, named(*filter(None, [words])))
    assert expected == out["gateway"]


def test_a_bucket_counts_with_its_place() -> None:
    """Where it sends to is the kernel's choice."""
    data = {"id": 7, "bucket": {"index": 3, "idle_time": 0.5, "nhid": 1}, "flags": []}
    assert (("7", "3"), {}) == one("nexthop bucket", data)


def test_a_multicast_route_counts_without_what_went_there() -> None:
    """From, to, and by which links."""
    data = {
        "src": "10.0.0.2",
        "dst": "239.1.2.3",
        "iif": "x",
        "multipath": [{"oif": "y"}],
        "packets": 3,
        "expires": 1,
    }
    identity, out = one("mroute", data)
    assert ("10.0.0.2", "239.1.2.3", "x") == identity
    assert {"src": "10.0.0.2", "dst": "239.1.2.3", "iif": "x", "multipath": [{"oif": "y"}]} == out
