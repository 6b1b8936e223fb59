"""`ip route`: the arguments of every option, and the resulting routes in the kernel."""

import contextlib
from typing import Any, cast

import pytest

from ipwrap import (
    AlreadyExists,
    CommandError,
    InvalidArgument,
    NotFound,
    NotPermitted,
    NotSupported,
    OutputError,
    RejectedByKernel,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.ip.encap import Ip4, Mpls
from ipwrap.ip.route import TYPES, Locked, NextHop, RouteFilter, RouteGet, RouteOptions, RouteType
from ipwrap.models import Route
from ipwrap.objects import delete_command
from ipwrap.session import Namespace
from tests.model_fields import named_fields
from tests.option_names import case_names, option_names

OPTIONS: list[tuple[str, Any, str]] = [
    ("from_", "fd01::/64", "from fd01::/64"),
    ("tos", 16, "tos 0x10"),
    ("tos", "0x10", "tos 0x10"),
    ("table", 100, "table 100"),
    ("table", "local", "table local"),
    ("vrf", "red", "vrf red"),
    ("proto", "static", "protocol static"),
    ("proto", 99, "protocol 99"),
    ("scope", "link", "scope link"),
    ("scope", 200, "scope 200"),
    ("metric", 0, "metric 0"),
    ("ttl_propagate", True, "ttl-propagate enabled"),
    ("ttl_propagate", False, "ttl-propagate disabled"),
    ("encap", ("mpls", "100/200"), "encap mpls 100/200"),
    ("encap", Mpls(labels="100/200", ttl=7), "encap mpls 100/200 ttl 7"),
    ("encap", ("ip", "id", 30, "dst", "10.0.0.9"), "encap ip id 30 dst 10.0.0.9"),
    ("via", "10.0.0.2", "via 10.0.0.2"),
    ("via", ("inet6", "fe80::1"), "via inet6 fe80::1"),
    ("dev", "v0", "dev v0"),
    ("nhid", 7, "nhid 7"),
    ("onlink", True, "onlink"),
    ("onlink", False, ""),
    ("src", "10.0.0.1", "src 10.0.0.1"),
    ("as_", "10.9.0.0", "as to 10.9.0.0"),
    ("realms", "1/2", "realms 1/2"),
    ("mtu", 1400, "mtu 1400"),
    ("mtu", Locked(1400), "mtu lock 1400"),
    ("advmss", 1300, "advmss 1300"),
    ("rtt", "20ms", "rtt 20ms"),
    ("rtt", Locked("20ms"), "rtt lock 20ms"),
    ("rttvar", "10ms", "rttvar 10ms"),
    ("reordering", 5, "reordering 5"),
    ("window", 1000, "window 1000"),
    ("cwnd", Locked(10), "cwnd lock 10"),
    ("initcwnd", 11, "initcwnd 11"),
    ("initrwnd", 12, "initrwnd 12"),
    ("ssthresh", 20, "ssthresh 20"),
    ("rto_min", "30ms", "rto_min 30ms"),
    ("hoplimit", 0, "hoplimit 0"),
    ("features", "ecn", "features ecn"),
    ("features", ("ecn", "tcp_usec_ts"), "features ecn tcp_usec_ts"),
    ("quickack", 1, "quickack 1"),
    ("congctl", "cubic", "congctl cubic"),
    ("congctl", Locked("cubic"), "congctl lock cubic"),
    ("pref", "high", "pref high"),
    ("expires", 60, "expires 60"),
    ("fastopen_no_cookie", 1, "fastopen_no_cookie 1"),
    ("nexthops", [NextHop(via="10.0.0.2", weight=2)], "nexthop via 10.0.0.2 weight 2"),
    (
        "nexthops",
        (
            NextHop(via=("inet6", "fe80::1"), dev="v0", onlink=True),
            NextHop(dev="v1", realms="3", as_="10.9.0.0"),
        ),
        "nexthop via inet6 fe80::1 dev v0 onlink nexthop dev v1 realms 3 as to 10.9.0.0",
    ),
    ("nexthops", [NextHop(encap=("mpls", "100"), dev="v0")], "nexthop encap mpls 100 dev v0"),
]

FILTERS: list[tuple[str, Any, str]] = [
    ("root", "10.0.0.0/8", " root 10.0.0.0/8"),
    ("match", "10.0.0.1", " match 10.0.0.1"),
    ("exact", "10.0.0.0/8", " exact 10.0.0.0/8"),
    ("table", "all", " table all"),
    ("table", 100, " table 100"),
    ("vrf", "red", " vrf red"),
    ("cached", True, " cached"),
    ("cached", False, ""),
    ("tos", 16, " tos 0x10"),
    ("proto", "static", " protocol static"),
    ("scope", "link", " scope link"),
    ("type", "blackhole", " type blackhole"),
    ("dev", "v0", " dev v0"),
    ("iif", "v0", " iif v0"),
    ("mark", 7, " mark 7"),
    ("mark", "0x7", " mark 7"),
    ("metric", 7, " metric 7"),
    ("via", "10.0.0.2", " via 10.0.0.2"),
    ("via", ("inet6", "fe80::1"), " via inet6 fe80::1"),
    ("src", "10.0.0.1", " src 10.0.0.1"),
    ("realms", "1/2", " realms 1/2"),
    ("from_", "fd01::/64", " from fd01::/64"),
    ("from_root", "fd01::/64", " from root fd01::/64"),
    ("from_match", "fd01::/64", " from match fd01::/64"),
]

GET_OPTIONS: list[tuple[str, Any, str]] = [
    ("from_", "10.0.0.1", " from 10.0.0.1"),
    ("iif", "v0", " iif v0"),
    ("oif", "v0", " oif v0"),
    ("tos", 16, " tos 0x10"),
    ("mark", 7, " mark 7"),
    ("mark", "0x7", " mark 7"),
    ("vrf", "red", " vrf red"),
    ("uid", 0, " uid 0"),
    ("ipproto", "tcp", " ipproto tcp"),
    ("sport", 1, " sport 1"),
    ("dport", 65535, " dport 65535"),
    ("as_", "10.9.0.0", " as to 10.9.0.0"),
    ("flowlabel", 5, " flowlabel 5"),
    ("connected", True, " connected"),
    ("fibmatch", True, " fibmatch"),
    ("notify", True, " notify"),
]


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def find_route(netns: Namespace, dst: str, **filters: Any) -> Route:
    """Return the only route to a prefix."""
    family = "inet6" if ":" in dst else "inet"
    routes = netns.ip.route.show(**{"family": family, "table": "all", **filters})
    (found_route,) = (route for route in routes if route.dst == dst)

    return found_route


def listed_prefixes(netns: Namespace, **filters: Any) -> list[str]:
    """Return the sorted prefixes of a filtered list of routes."""
    routes = netns.ip.route.show(**filters)
    return sorted(str(route.dst) for route in routes)


@pytest.fixture
def routed_netns(veth_netns: Namespace) -> Namespace:
    """A namespace with addresses on v0 and v1."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    veth_netns.ip.address.add("10.0.1.1/24", "v1")
    veth_netns.ip.address.add("fd00::1/64", "v0", nodad=True)

    return veth_netns


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(RouteOptions) == case_names(OPTIONS) | {"type"}
    assert option_names(RouteFilter) == case_names(FILTERS)
    assert option_names(RouteGet) == case_names(GET_OPTIONS)


@pytest.mark.parametrize("verb", ["add", "change", "replace", "prepend", "append", "delete"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Every verb formats an option as iproute2 expects."""
    run_verb = getattr(dry_session.ip.route, verb)

    run_verb("10.1.0.0/16", **{name: value})
    assert f"ip route {verb} to 10.1.0.0/16 {arguments}".rstrip() == last_line(dry_session)


@pytest.mark.parametrize("type_", TYPES)
def test_type_precedes_the_prefix(dry_session: Session, type_: RouteType) -> None:
    """The type replaces `to` in front of the prefix."""
    dry_session.ip.route.add("10.1.0.0/16", type=type_, metric=7)
    assert f"ip route add {type_} 10.1.0.0/16 metric 7" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), FILTERS)
def test_filter_is_formatted(dry_session: Session, name: str, value: Any, arguments: str) -> None:
    """`show` and `flush` format a filter as iproute2 expects."""
    dry_session.ip.route.show("10.0.0.0/8", **{name: value})
    assert f"ip -j -d route show to 10.0.0.0/8{arguments}" == last_line(dry_session)

    dry_session.ip.route.flush("10.0.0.0/8", **{name: value})
    assert f"ip route flush to 10.0.0.0/8{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), GET_OPTIONS)
def test_get_option_is_formatted(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """`get` formats an option as iproute2 expects, and fails in a dry run."""
    with pytest.raises(OutputError):
        dry_session.netns("ns1").ip.route.get("10.1.0.1", **{name: value})

    assert f"ip -n ns1 -j -d route get to 10.1.0.1{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry_session: Session, family: str | None, word: str) -> None:
    """`show` and `flush` put the family in front of the object."""
    dry_session.ip.route.show(family=family, stats=True)
    assert f"ip -j -d -s{word} route show" == last_line(dry_session)

    dry_session.ip.route.flush("10.0.0.0/8", family=family)
    assert f"ip{word} route flush to 10.0.0.0/8" == last_line(dry_session)


def test_invalid_family_is_refused(dry_session: Session) -> None:
    """An error names the invalid family before a command runs."""
    for call in (
        lambda: dry_session.ip.route.show(family="ipx"),
        lambda: dry_session.ip.route.flush("default", family="ipx"),
    ):
        with pytest.raises(InvalidArgument, match="ipx"):
            call()

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"type": "black-hole"}, InvalidArgument),
        ({"metric": -1}, InvalidArgument),
        ({"tos": 256}, InvalidArgument),
        ({"hoplimit": 256}, InvalidArgument),
        ({"quickack": 2}, InvalidArgument),
        ({"pref": "highest"}, InvalidArgument),
        ({"via": "gateway"}, InvalidArgument),
        ({"via": ("ipx", "1")}, InvalidArgument),
        ({"ttl_propagate": "yes"}, InvalidArgument),
        ({"mtu": Locked("big")}, InvalidArgument),
        ({"nexthops": [NextHop(weight=0)]}, InvalidArgument),
        ({"nexthops": [NextHop(weight=257)]}, InvalidArgument),
        ({"dev": ""}, InvalidArgument),
        ({"protocol": "static"}, UnknownOption),
        ({"gateway": "10.0.0.1"}, UnknownOption),
    ],
)
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.ip.route.add("10.1.0.0/16", **options)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("dst", ["", "default ", "everywhere", "10.0.0.0/33", "-4"])
def test_invalid_prefix_is_refused(dry_session: Session, dst: str) -> None:
    """Every verb refuses an invalid prefix before a command runs."""
    verbs = dry_session.ip.route
    for call in (
        verbs.add,
        verbs.change,
        verbs.replace,
        verbs.append,
        verbs.delete,
        verbs.get,
        verbs.show,
        verbs.flush,
    ):
        with pytest.raises(InvalidArgument):
            call(dst)

    assert [] == dry_session.recording.commands


def test_add_declares_the_created_object(dry_session: Session) -> None:
    """A route has an identity for `delete`, and depends on its links."""
    result = dry_session.netns("ns1").ip.route.add(
        "10.1.0.0/16",
        metric=7,
        table=100,
        mtu=1400,
        nexthops=[
            NextHop(via="10.0.0.2", dev="v0"),
            NextHop(via="10.0.0.3"),
            NextHop(dev="v1", weight=2),
        ],
    )
    (created,) = result.command.creates
    expected = (
        "to 10.1.0.0/16 table 100 metric 7"
        " nexthop via 10.0.0.2 dev v0"
        " nexthop via 10.0.0.3"
        " nexthop dev v1 weight 2"
    )
    assert ("route", "ns1", expected) == created.key
    assert ("ip", "route", "delete", *expected.split()) == delete_command(created).argv
    assert ("v0", "v1") == created.depends_on


def test_delete_declares_the_deleted_route(dry_session: Session) -> None:
    """`delete` declares the same identity as `add`."""
    result = dry_session.ip.route.add("10.1.0.0/16", type="blackhole", metric=7)
    (created,) = result.command.creates
    deletion = dry_session.ip.route.delete("10.1.0.0/16", type="blackhole", metric=7)
    assert (created.key,) == deletion.command.deletes


CREATED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "10.1.0.0/16",
        {"via": "10.0.0.2"},
        {"type": "unicast", "gateway": "10.0.0.2", "dev": "v0", "scope": "global"},
    ),
    ("10.1.0.0/16", {"dev": "v1"}, {"dev": "v1", "scope": "link", "gateway": None}),
    ("10.1.0.0/16", {"dev": "v0", "type": "unicast"}, {"type": "unicast"}),
    ("default", {"via": "10.0.0.2", "metric": 5}, {"gateway": "10.0.0.2", "metric": 5}),
    ("10.1.0.0/16", {"type": "blackhole"}, {"type": "blackhole", "dev": None}),
    ("10.1.0.0/16", {"type": "unreachable"}, {"type": "unreachable"}),
    ("10.1.0.0/16", {"type": "prohibit"}, {"type": "prohibit"}),
    ("10.1.0.0/16", {"type": "throw"}, {"type": "throw"}),
    (
        "10.1.0.0/16",
        {"type": "local", "dev": "v0"},
        {"type": "local", "table": "local", "scope": "host"},
    ),
    ("10.1.0.0/16", {"type": "broadcast", "dev": "v0"}, {"type": "broadcast"}),
    ("10.1.0.0/16", {"type": "multicast", "dev": "v0"}, {"type": "multicast"}),
    ("10.1.0.0/16", {"type": "anycast", "dev": "v0"}, {"type": "anycast"}),
    ("10.1.0.0/16", {"dev": "v0", "tos": 16}, {"tos": "0x10"}),
    ("10.1.0.0/16", {"dev": "v0", "table": 100}, {"table": "100"}),
    ("10.1.0.0/16", {"dev": "v0", "table": "local"}, {"table": "local"}),
    ("10.1.0.0/16", {"dev": "v0", "proto": "static"}, {"protocol": "static"}),
    ("10.1.0.0/16", {"dev": "v0", "proto": 150}, {"protocol": "150"}),
    ("10.1.0.0/16", {"dev": "v0", "scope": "host", "type": "local"}, {"scope": "host"}),
    ("10.1.0.0/16", {"dev": "v0", "src": "10.0.0.1"}, {"prefsrc": "10.0.0.1"}),
    ("10.1.0.0/16", {"dev": "v0", "realms": "1/2"}, {"flow": {"from": "1", "to": "2"}}),
    (
        "10.1.0.0/16",
        {"dev": "v0", "via": "10.7.0.1", "onlink": True},
        {"gateway": "10.7.0.1", "flags": ("onlink",)},
    ),
    ("10.1.0.0/16", {"dev": "v0", "ttl_propagate": True}, {"dev": "v0"}),
    ("10.1.0.0/16", {"dev": "v0", "encap": ("mpls", "100")}, {}),
    ("10.1.0.0/16", {"nhid": 7}, {"nhid": 7}),
    ("10.1.0.0/16", {"dev": "v0", "vrf": "red"}, {}),
    (
        "fd01::/64",
        {"via": "fd00::2"},
        {"gateway": "fd00::2", "dev": "v0", "metric": 1024, "pref": "medium"},
    ),
    ("fd01::/64", {"dev": "v1", "metric": 7}, {"dev": "v1", "metric": 7}),
    ("default", {"via": "fd00::2"}, {"gateway": "fd00::2"}),
    ("fd01::/64", {"dev": "v0", "pref": "high"}, {"pref": "high"}),
    ("fd01::/64", {"dev": "v0", "from_": "fd02::/64"}, {"from_": "fd02::/64"}),
    ("fd01::/64", {"type": "blackhole"}, {"type": "blackhole"}),
    ("fd01::/64", {"type": "unreachable"}, {"type": "unreachable"}),
    ("fd01::/64", {"type": "prohibit"}, {"type": "prohibit"}),
    ("fd01::/64", {"type": "throw"}, {"type": "throw"}),
    ("fd01::/64", {"type": "local", "dev": "v0"}, {"type": "local", "table": "local"}),
    (
        "fd01::/64",
        {"dev": "v0", "table": 100, "proto": "static"},
        {"table": "100", "protocol": "static"},
    ),
]


@pytest.mark.live
@pytest.mark.parametrize(("dst", "options", "shown"), CREATED)
def test_route_is_shown_as_created(
    routed_netns: Namespace, dst: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """`show` returns the value of every option, and the inverse deletes the route."""
    routed_netns.exec("ip", "nexthop", "add", "id", "7", "via", "10.0.0.2", "dev", "v0")
    try:
        result = routed_netns.ip.route.add(dst, **options)
    except (NotFound, NotSupported, UsageError) as error:  # of a VRF that this kernel cannot make
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    found_route = find_route(
        routed_netns, dst, family="inet6" if ":" in f"{dst}{options.get('via')}" else "inet"
    )
    expected = {**shown, "extra": {}}
    assert expected == named_fields(found_route, expected)

    (created,) = result.command.creates
    before = count_routes(routed_netns)
    routed_netns.exec(*delete_command(created).argv)

    assert before - 1 == count_routes(routed_netns)


def test_short_encapsulation_is_not_last(dry_session: Session) -> None:
    """A short encapsulation precedes another argument, since iproute2 refuses the last place."""
    hops = (
        NextHop(dev="v0", encap=Mpls(labels="100")),
        NextHop(dev="v1", encap=Mpls(labels="200", ttl=7)),
    )

    dry_session.ip.route.add("10.1.0.0/16", dev="v0", encap=Mpls(labels="100"))
    assert last_line(dry_session).endswith(" to 10.1.0.0/16 encap mpls 100 dev v0")

    dry_session.ip.route.add("10.1.0.0/16", nexthops=hops)
    assert last_line(dry_session).endswith(
        " nexthop encap mpls 100 dev v0 nexthop dev v1 encap mpls 200 ttl 7"
    )


@pytest.mark.parametrize("encap", [Ip4(id=30, dst="10.0.0.9"), ("ip", "id", 30, "dst", "10.0.0.9")])
def test_encapsulation_follows_the_options_of_the_route(dry_session: Session, encap: Any) -> None:
    """Options of the route come first, since an encapsulation has options of equal names."""
    dry_session.ip.route.add(
        "10.1.0.0/16",
        encap=encap,
        src="10.0.0.1",
        dev="v0",
        mtu=1400,
    )
    assert last_line(dry_session).endswith(
        " to 10.1.0.0/16 dev v0 src 10.0.0.1 mtu 1400 encap ip id 30 dst 10.0.0.9"
    )


def count_routes(netns: Namespace) -> int:
    """Return the count of routes in every table and family, without the kernel's own routes."""
    routes = (
        route
        for family in ("inet", "inet6")
        for route in netns.ip.route.show(table="all", family=family)
    )
    return sum(route.protocol != "kernel" for route in routes)


METRICS: list[tuple[str, Any, str, Any]] = [
    ("mtu", 1400, "mtu", 1400),
    ("advmss", 1300, "advmss", 1300),
    ("rtt", "20ms", "rtt", 20),
    ("rttvar", "10ms", "rttvar", 10),
    ("reordering", 5, "reordering", 5),
    ("window", 1000, "window", 1000),
    ("cwnd", Locked(10), "cwnd", 10),
    ("initcwnd", 11, "initcwnd", 11),
    ("initrwnd", 12, "initrwnd", 12),
    ("ssthresh", 20, "ssthresh", 20),
    ("rto_min", "30ms", "rto_min", 30),
    ("hoplimit", 44, "hoplimit", 44),
    ("features", "ecn", "ecn", True),
    ("quickack", 1, "quickack", 1),
    ("congctl", "cubic", "congestion", "cubic"),
    ("fastopen_no_cookie", 1, "fastopen_no_cookie", 1),
]


@pytest.mark.live
@pytest.mark.parametrize("dst", ["10.1.0.0/16", "fd01::/64"])
@pytest.mark.parametrize(("name", "value", "key", "shown"), METRICS)
def test_metric_is_shown_as_created(
    routed_netns: Namespace, dst: str, name: str, value: Any, key: str, shown: Any
) -> None:
    """`show` returns the value of every metric."""
    options: Any = {name: value}
    routed_netns.ip.route.add(dst, dev="v0", **options)

    metrics = find_route(routed_netns, dst).metrics
    assert metrics is not None
    assert [shown] == [getattr(metric, key) for metric in metrics]
    assert {} == metrics[0].extra


@pytest.mark.live
@pytest.mark.parametrize(("value", "text"), [(Locked(1400), "mtu lock 1400"), (1400, "mtu 1400")])
def test_metric_is_locked(routed_netns: Namespace, value: int | Locked, text: str) -> None:
    """The kernel locks a metric, as shown by iproute2 in text but not in JSON."""
    routed_netns.ip.route.add("10.1.0.0/16", dev="v0", mtu=value)
    assert text in routed_netns.exec("ip", "route", "show", "10.1.0.0/16").stdout


@pytest.mark.live
@pytest.mark.parametrize(
    ("dst", "one", "two"),
    [("10.1.0.0/16", "10.0.0.2", "10.0.0.3"), ("fd01::/64", "fd00::2", "fd00::3")],
)
def test_next_hops_are_shown_with_weights(
    routed_netns: Namespace, dst: str, one: str, two: str
) -> None:
    """A multipath route shows its next hops with their weights."""
    routed_netns.ip.route.add(
        dst, nexthops=[NextHop(via=one, dev="v0", weight=2), NextHop(via=two, dev="v0", weight=256)]
    )

    ways = find_route(routed_netns, dst).nexthops
    assert ways is not None

    listed_ways = [(way.gateway, way.dev, way.weight) for way in ways]
    assert [(one, "v0", 2), (two, "v0", 256)] == listed_ways


@pytest.mark.live
def test_next_hop_is_on_link(routed_netns: Namespace) -> None:
    """`onlink` permits a gateway outside every prefix of the link."""
    hops = [NextHop(via="10.7.0.1", dev="v0", onlink=True), NextHop(via="10.0.1.2", realms="5")]
    routed_netns.ip.route.add("10.1.0.0/16", nexthops=hops)

    ways = find_route(routed_netns, "10.1.0.0/16").nexthops
    assert ways is not None

    flags = [way.flags for way in ways]
    assert [("onlink",), ()] == flags

    flows = [way.flow for way in ways]
    assert [None, {"to": "5"}] == flows


@pytest.mark.live
def test_gateway_of_another_family(routed_netns: Namespace) -> None:
    """An IPv4 prefix accepts an IPv6 gateway."""
    routed_netns.ip.route.add("10.1.0.0/16", via=("inet6", "fe80::1"), dev="v0")

    via = find_route(routed_netns, "10.1.0.0/16").via
    assert via is not None
    assert "inet6" == via.family
    assert "fe80::1" == via.host


@pytest.mark.live
def test_route_expires(routed_netns: Namespace) -> None:
    """An IPv6 route with `expires` shows its remaining time."""
    routed_netns.ip.route.add("fd01::/64", dev="v0", expires=1_000_000)
    assert 900_000 < (find_route(routed_netns, "fd01::/64").expires or 0) <= 1_000_000


@pytest.mark.live
def test_short_prefix_is_accepted(routed_netns: Namespace) -> None:
    """iproute2's short form of a prefix is accepted."""
    routed_netns.ip.route.add("10.13/16", dev="v0")
    assert "10.13.0.0/16" in listed_prefixes(routed_netns)


@pytest.mark.live
def test_prepend_adds_before(routed_netns: Namespace) -> None:
    """`prepend` adds a second route, with precedence over the first route."""
    verbs = routed_netns.ip.route

    verbs.add("10.1.0.0/16", dev="v0")
    verbs.prepend("10.1.0.0/16", dev="v1")

    routes = verbs.show()
    devices = [route.dev for route in routes if route.dst == "10.1.0.0/16"]
    assert ["v1", "v0"] == devices


@pytest.mark.live
def test_append_adds_behind(routed_netns: Namespace) -> None:
    """`append` adds a second route, refused by `add`."""
    verbs = routed_netns.ip.route

    verbs.add("10.1.0.0/16", dev="v0")
    with pytest.raises(AlreadyExists):
        verbs.add("10.1.0.0/16", dev="v1")

    verbs.append("10.1.0.0/16", dev="v1")

    routes = verbs.show()
    devices = [route.dev for route in routes if route.dst == "10.1.0.0/16"]
    assert ["v0", "v1"] == devices


@pytest.mark.live
def test_replace_creates_or_changes(routed_netns: Namespace) -> None:
    """`replace` creates a missing route and changes an existing route."""
    routed_netns.ip.route.replace("10.1.0.0/16", dev="v0")
    routed_netns.ip.route.replace("10.1.0.0/16", dev="v1")
    assert "v1" == find_route(routed_netns, "10.1.0.0/16").dev


@pytest.mark.live
def test_change_needs_an_existing_route(routed_netns: Namespace) -> None:
    """`change` modifies a route, and creates no route."""
    verbs = routed_netns.ip.route
    with pytest.raises(NotFound):
        verbs.change("10.1.0.0/16", dev="v0")

    verbs.add("10.1.0.0/16", dev="v0")
    verbs.change("10.1.0.0/16", dev="v1", mtu=1300)
    assert "v1" == find_route(routed_netns, "10.1.0.0/16").dev


@pytest.mark.live
def test_delete_deletes_the_matching_route(routed_netns: Namespace) -> None:
    """`delete` with a metric keeps a route with a different metric."""
    verbs = routed_netns.ip.route
    for metric in (1, 2):
        verbs.add("10.1.0.0/16", dev="v0", metric=metric)

    verbs.delete("10.1.0.0/16", metric=1)

    assert 2 == find_route(routed_netns, "10.1.0.0/16").metric
    with pytest.raises(NotFound):
        verbs.delete("10.1.0.0/16", metric=1)


@pytest.mark.live
def test_flush_deletes_the_matching_objects(routed_netns: Namespace) -> None:
    """`flush` of a protocol keeps routes of further protocols."""
    verbs = routed_netns.ip.route

    verbs.add("10.1.0.0/16", dev="v0", proto="static")
    verbs.add("10.2.0.0/16", dev="v0")
    verbs.flush(proto="static")

    assert ["10.0.0.0/24", "10.0.1.0/24", "10.2.0.0/16"] == listed_prefixes(routed_netns)


@pytest.mark.live
def test_flush_of_a_family_keeps_the_rest(routed_netns: Namespace) -> None:
    """`flush` of IPv6 keeps IPv4 objects."""
    routed_netns.ip.route.add("fd01::/64", dev="v0")
    routed_netns.ip.route.flush("fd01::/64", family="inet6")
    assert "fd01::/64" not in listed_prefixes(routed_netns, family="inet6")
    assert ["10.0.0.0/24", "10.0.1.0/24"] == listed_prefixes(routed_netns)


@pytest.mark.live
def test_flush_of_a_table_keeps_the_rest(routed_netns: Namespace) -> None:
    """`flush` empties a table, and raises `NotFound` for a missing table."""
    verbs = routed_netns.ip.route

    verbs.add("10.1.0.0/16", dev="v0", table=100)
    verbs.flush(table=100)

    routes = verbs.show(table="all")
    matching_routes = [route for route in routes if route.table == "100"]
    assert [] == matching_routes
    with pytest.raises(NotFound):
        verbs.flush(table=123)


@pytest.mark.live
def test_flush_without_filter_is_a_usage_error(routed_netns: Namespace) -> None:
    """iproute2 refuses `flush` without a filter."""
    with pytest.raises(UsageError, match="requires arguments"):
        routed_netns.ip.route.flush()


LISTED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["10.0.0.0/24", "10.0.1.0/24", "10.1.0.0/16", "10.2.0.0/16", "default"]),
    ({"to": "10.1.0.0/16"}, ["10.1.0.0/16"]),
    ({"root": "10.0.0.0/16"}, ["10.0.0.0/24", "10.0.1.0/24"]),
    ({"match": "10.1.2.3"}, ["10.1.0.0/16", "default"]),
    ({"exact": "10.1.0.0/16"}, ["10.1.0.0/16"]),
    ({"table": 100}, ["10.3.0.0/16"]),
    ({"proto": "static"}, ["default"]),
    ({"scope": "link"}, ["10.0.0.0/24", "10.0.1.0/24"]),
    ({"type": "blackhole"}, ["10.2.0.0/16"]),
    ({"dev": "v1"}, ["10.0.1.0/24"]),
    ({"via": "10.0.0.2"}, ["10.1.0.0/16"]),
    ({"via": "10.0.0.9"}, ["default"]),
    ({"metric": 7}, ["default"]),
    ({"tos": 16}, ["10.1.0.0/16"]),
    ({"src": "10.0.0.1"}, ["10.0.0.0/24", "default"]),
    ({"cached": True}, []),
    ({"realms": "9"}, []),
    ({"from_": "10.0.0.0/8"}, []),
]


@pytest.mark.live
@pytest.mark.parametrize(("filters", "expected"), LISTED)
def test_show_lists_the_matching_routes(
    routed_netns: Namespace, filters: dict[str, Any], expected: list[str]
) -> None:
    """A filter lists exactly the matching routes."""
    verbs = routed_netns.ip.route

    verbs.add(
        "default",
        via="10.0.0.9",
        metric=7,
        proto="static",
        src="10.0.0.1",
    )
    verbs.add("10.1.0.0/16", via="10.0.0.2", tos=16)
    verbs.add("10.2.0.0/16", type="blackhole")
    verbs.add("10.3.0.0/16", dev="v0", table=100)

    assert expected == listed_prefixes(routed_netns, **filters)


@pytest.mark.live
def test_missing_table_shows_no_routes(routed_netns: Namespace) -> None:
    """A missing table is empty, or not found with strict checking in the kernel."""
    with contextlib.suppress(NotFound):
        assert [] == routed_netns.ip.route.show(table=4711)

    routed_netns.ip.route.add("10.1.0.0/16", dev="v0", table=4711)
    assert ["10.1.0.0/16"] == listed_prefixes(routed_netns, table=4711)


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "lookup", "expected"),
    [
        ("10.1.2.3", {}, {"gateway": "10.0.0.2", "dev": "v0", "prefsrc": "10.0.0.1"}),
        ("10.1.2.3", {"from_": "10.0.0.1"}, {"gateway": "10.0.0.2", "from_": "10.0.0.1"}),
        ("10.1.2.3", {"oif": "v1"}, {"dev": "v1"}),
        ("10.1.2.3", {"mark": 4}, {"mark": 4}),
        ("10.1.2.3", {"tos": 16}, {"gateway": "10.0.0.2"}),
        ("10.1.2.3", {"uid": 0}, {"uid": 0}),
        ("10.1.2.3", {"ipproto": "tcp", "sport": 1, "dport": 2}, {"gateway": "10.0.0.2"}),
        ("10.1.2.3", {"fibmatch": True}, {"dst": "10.1.0.0/16", "protocol": "boot"}),
        ("10.1.2.3", {"notify": True}, {"cache": ("notify",)}),
        ("10.0.0.1", {}, {"type": "local", "dev": "lo"}),
        ("fd00::2", {}, {"dev": "v0", "prefsrc": "fd00::1"}),
    ],
)
def test_get_returns_the_chosen_route(
    routed_netns: Namespace, to: str, lookup: dict[str, Any], expected: dict[str, Any]
) -> None:
    """`get` returns the route chosen by the kernel."""
    routed_netns.ip.route.add("10.1.0.0/16", via="10.0.0.2")

    found_route = routed_netns.ip.route.get(to, **lookup)
    assert expected == named_fields(found_route, expected)
    assert {} == found_route.extra


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "lookup", "error"),
    [
        ("10.99.0.1", {}, RejectedByKernel),
        ("fd99::1", {}, RejectedByKernel),
        ("10.1.0.1", {}, RejectedByKernel),
        ("10.2.0.1", {}, RejectedByKernel),
        ("10.3.0.1", {}, NotPermitted),
        ("10.0.0.2", {"vrf": "red"}, NotFound),
        ("10.0.0.2", {"oif": "nope"}, NotFound),
    ],
)
def test_get_of_an_unreachable_address_has_an_errno(
    routed_netns: Namespace, to: str, lookup: dict[str, Any], error: type[CommandError]
) -> None:
    """Without a usable route, the error has the errno of the kernel."""
    for dst, type_ in (
        ("10.1.0.0/16", "blackhole"),
        ("10.2.0.0/16", "unreachable"),
        ("10.3.0.0/16", "prohibit"),
    ):
        routed_netns.ip.route.add(dst, type=cast("RouteType", type_))

    with pytest.raises(error) as caught:
        routed_netns.ip.route.get(to, **lookup)

    assert caught.value.errno is not None


@pytest.mark.live
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"via": "99.9.9.9"}, RejectedByKernel),
        ({"dev": "nope"}, NotFound),
        ({"vrf": "nope"}, NotFound),
        ({"type": "nat", "dev": "v0"}, RejectedByKernel),
        ({"nhid": 4711}, NotFound),
        ({"src": "10.77.0.1", "dev": "v0"}, RejectedByKernel),
        ({"table": "nosuchtable", "dev": "v0"}, UsageError),
    ],
)
def test_failed_add_raises_its_error(
    routed_netns: Namespace, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Every refusal of `add` raises its own error class, and creates no object."""
    with pytest.raises(error):
        routed_netns.ip.route.add("10.1.0.0/16", **options)

    assert "10.1.0.0/16" not in listed_prefixes(routed_netns, table="all")


@pytest.mark.live
def test_verbs_work_in_the_host_namespace(session: Session) -> None:
    """Verbs without a namespace act on the place's own namespace."""
    verbs = session.ip.route

    verbs.add("10.1.0.0/16", type="blackhole")

    routes = verbs.show()
    destinations = [route.dst for route in routes]
    assert ["10.1.0.0/16"] == destinations

    verbs.delete("10.1.0.0/16", type="blackhole")
    assert [] == verbs.show()
