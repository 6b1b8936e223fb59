"""A route has its gateway, its metrics and its ways as models."""

from ipwrap.models import Metrics, NextHop, Route, Via, load


def test_a_route_with_all_its_parts() -> None:
    """`from` is no Python name, a gateway of another family and metrics are objects, a flag is null."""
    data = {
        "dst": "10.0.0.0/8",
        "from": "fd00::/64",
        "via": {"family": "inet6", "host": "fe80::1"},
        "flags": ["onlink"],
        "metrics": [{"mtu": 1400, "ecn": None}],
        "ttl-propogate": True,
    }
    route = Route(
        dst="10.0.0.0/8",
        from_="fd00::/64",
        via=Via(family="inet6", host="fe80::1"),
        flags=("onlink",),
        metrics=(Metrics(mtu=1400, ecn=True),),
        ttl_propagate=True,
    )
    assert [route] == load(Route, [data])


def test_a_route_with_several_ways() -> None:
    """Each way has its gateway, its device and its weight."""
    ways = [
        {"gateway": "10.0.0.1", "dev": "v0", "weight": 2, "flags": []},
        {"via": {"host": "fe80::1"}, "flags": []},
    ]
    expected = (NextHop(gateway="10.0.0.1", dev="v0", weight=2), NextHop(via=Via(host="fe80::1")))
    assert expected == load(Route, [{"dst": "default", "nexthops": ways}])[0].nexthops
