"""Gateways, metrics and next hops of routes are models."""

from ipwrap.models import Metrics, Route, RouteNextHop, Via, load


def test_route_with_every_kind_of_key() -> None:
    """A keyword of Python, inner objects and a null flag become fields of the route."""
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


def test_multipath_route() -> None:
    """Every next hop of a multipath route has a gateway, a device and a weight."""
    hops = [
        {"gateway": "10.0.0.1", "dev": "v0", "weight": 2, "flags": []},
        {"via": {"host": "fe80::1"}, "flags": []},
    ]
    expected = (
        RouteNextHop(gateway="10.0.0.1", dev="v0", weight=2),
        RouteNextHop(via=Via(host="fe80::1")),
    )

    (route,) = load(Route, [{"dst": "default", "nexthops": hops}])

    assert expected == route.nexthops
