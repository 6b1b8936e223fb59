"""`ip route`: the words of every option, and what the kernel made of them."""

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
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

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
    ("metric", 7, " metric 7"),
    ("via", "10.0.0.2", " via 10.0.0.2"),
    ("via", ("inet6", "fe80::1"), " via inet6 fe80::1"),
    ("src", "10.0.0.1", " src 10.0.0.1"),
    ("realms", "1/2", " realms 1/2"),
    ("from_", "fd01::/64", " from fd01::/64"),
    ("from_root", "fd01::/64", " from root fd01::/64"),
    ("from_match", "fd01::/64", " from match fd01::/64"),
]

QUESTIONS: list[tuple[str, Any, str]] = [
    ("from_", "10.0.0.1", " from 10.0.0.1"),
    ("iif", "v0", " iif v0"),
    ("oif", "v0", " oif v0"),
    ("tos", 16, " tos 0x10"),
    ("mark", 7, " mark 7"),
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


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def route(there: Namespace, dst: str, **which: Any) -> Route:
    """Return the one route to a prefix."""
    family = "inet6" if ":" in dst else "inet"
    (found,) = (
        each
        for each in there.ip.route.show(**{"family": family, "table": "all", **which})
        if each.dst == dst
    )
    return found


def destinations(there: Namespace, **which: Any) -> list[str]:
    """Return the prefixes that a filter lists, sorted."""
    return sorted(str(each.dst) for each in there.ip.route.show(**which))


@pytest.fixture
def routed(there: Namespace) -> Namespace:
    """A namespace with addresses on v0 and v1."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.ip.address.add("10.0.1.1/24", "v1")
    there.ip.address.add("fd00::1/64", "v0", nodad=True)
    return there


def test_every_option_has_a_case() -> None:
    """No option of the tables is left untested."""
    assert {row.name for row in options_of(RouteOptions)} == {name for name, *_ in OPTIONS} | {
        "type"
    }
    assert {row.name for row in options_of(RouteFilter)} == {name for name, *_ in FILTERS}
    assert {row.name for row in options_of(RouteGet)} == {name for name, *_ in QUESTIONS}


@pytest.mark.parametrize("verb", ["add", "change", "replace", "prepend", "append", "delete"])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, verb: str, name: str, value: Any, words: str) -> None:
    """Each option of each verb is spelled as iproute2 spells it."""
    getattr(dry.ip.route, verb)("10.1.0.0/16", **{name: value})
    assert f"ip route {verb} to 10.1.0.0/16 {words}".rstrip() == line(dry)


@pytest.mark.parametrize("type_", TYPES)
def test_type_stands_before_the_prefix(dry: Session, type_: RouteType) -> None:
    """The type takes the place of `to`."""
    dry.ip.route.add("10.1.0.0/16", type=type_, metric=7)
    assert f"ip route add {type_} 10.1.0.0/16 metric 7" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), FILTERS)
def test_filter_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each filter is spelled as iproute2 spells it, for `show` and for `flush`."""
    dry.ip.route.show("10.0.0.0/8", **{name: value})
    assert f"ip -j -d route show to 10.0.0.0/8{words}" == line(dry)
    dry.ip.route.flush("10.0.0.0/8", **{name: value})
    assert f"ip route flush to 10.0.0.0/8{words}" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), QUESTIONS)
def test_question_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each option of `get` is spelled as iproute2 spells it; a dry run has no answer to give, and says so."""
    with pytest.raises(OutputError):
        dry.netns("ns1").ip.route.get("10.1.0.1", **{name: value})
    assert f"ip -n ns1 -j -d route get to 10.1.0.1{words}" == line(dry)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry: Session, family: str | None, word: str) -> None:
    """`show` and `flush` say the family before the object."""
    dry.ip.route.show(family=family, stats=True)
    assert f"ip -j -d -s{word} route show" == line(dry)
    dry.ip.route.flush("10.0.0.0/8", family=family)
    assert f"ip{word} route flush to 10.0.0.0/8" == line(dry)


def test_family_that_is_none_is_refused(dry: Session) -> None:
    """A family that there is not is named in the error, before anything runs."""
    for run in (
        lambda: dry.ip.route.show(family="ipx"),
        lambda: dry.ip.route.flush("default", family="ipx"),
    ):
        with pytest.raises(InvalidArgument, match="ipx"):
            run()
    assert [] == dry.recording.commands


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
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """A value or an option that cannot be is refused before anything runs."""
    with pytest.raises(error):
        dry.ip.route.add("10.1.0.0/16", **options)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("dst", ["", "default ", "everywhere", "10.0.0.0/33", "-4"])
def test_prefix_that_is_none_is_refused(dry: Session, dst: str) -> None:
    """What is no prefix is refused before anything runs, by every verb."""
    verbs = dry.ip.route
    for run in (
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
            run(dst)
    assert [] == dry.recording.commands


def test_add_says_what_it_makes(dry: Session) -> None:
    """A route is known by what tells it from others, and goes with the links that it leaves by."""
    result = dry.netns("ns1").ip.route.add(
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
    (made,) = result.command.creates
    expected = "to 10.1.0.0/16 table 100 metric 7 nexthop via 10.0.0.2 dev v0 nexthop via 10.0.0.3 nexthop dev v1 weight 2"
    assert ("route", "ns1", expected) == made.key
    assert ("ip", "route", "delete", *expected.split()) == made.delete_argv
    assert ("v0", "v1") == made.depends_on


def test_delete_says_what_is_gone(dry: Session) -> None:
    """A `delete` names the route as the `add` named it."""
    (made,) = dry.ip.route.add("10.1.0.0/16", type="blackhole", metric=7).command.creates
    assert (made.key,) == dry.ip.route.delete(
        "10.1.0.0/16", type="blackhole", metric=7
    ).command.deletes


MADE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
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
@pytest.mark.parametrize(("dst", "options", "shown"), MADE)
def test_route_is_shown_as_it_was_made(
    routed: Namespace, dst: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What an option asked for is what `show` tells, and the words of its undo take the route away."""
    routed.exec("ip", "nexthop", "add", "id", "7", "via", "10.0.0.2", "dev", "v0")
    try:
        result = routed.ip.route.add(dst, **options)
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    found = route(routed, dst, family="inet6" if ":" in f"{dst}{options.get('via')}" else "inet")
    assert {**shown, "extra": {}} == {name: getattr(found, name) for name in (*shown, "extra")}
    (made,) = result.command.creates
    before = everything(routed)
    routed.exec(*made.delete_argv)
    assert before - 1 == everything(routed)


def test_an_encapsulation_of_one_word_is_not_last(dry: Session) -> None:
    """iproute2 refuses it there."""
    hops = (
        NextHop(dev="v0", encap=Mpls(labels="100")),
        NextHop(dev="v1", encap=Mpls(labels="200", ttl=7)),
    )
    dry.ip.route.add("10.1.0.0/16", dev="v0", encap=Mpls(labels="100"))
    assert line(dry).endswith(" to 10.1.0.0/16 encap mpls 100 dev v0")
    dry.ip.route.add("10.1.0.0/16", nexthops=hops)
    assert line(dry).endswith(" nexthop encap mpls 100 dev v0 nexthop dev v1 encap mpls 200 ttl 7")


@pytest.mark.parametrize("encap", [Ip4(id=30, dst="10.0.0.9"), ("ip", "id", 30, "dst", "10.0.0.9")])
def test_an_encapsulation_takes_nothing_of_the_route(dry: Session, encap: Any) -> None:
    """It has options of the same names as a route (`src`, `tos`), so what is the route's comes before it."""
    dry.ip.route.add("10.1.0.0/16", encap=encap, src="10.0.0.1", dev="v0", mtu=1400)
    assert line(dry).endswith(
        " to 10.1.0.0/16 dev v0 src 10.0.0.1 mtu 1400 encap ip id 30 dst 10.0.0.9"
    )


def everything(there: Namespace) -> int:
    """Return how many routes there are in all tables, of both families, but for those that the kernel adds itself."""
    routes = (
        each
        for family in ("inet", "inet6")
        for each in there.ip.route.show(table="all", family=family)
    )
    return sum(each.protocol != "kernel" for each in routes)


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
def test_metric_is_shown_as_it_was_made(
    routed: Namespace, dst: str, name: str, value: Any, key: str, shown: Any
) -> None:
    """Each metric comes back with its value."""
    options: Any = {name: value}
    routed.ip.route.add(dst, dev="v0", **options)
    metrics = route(routed, dst).metrics
    assert metrics is not None
    assert [shown] == [getattr(each, key) for each in metrics]
    assert {} == metrics[0].extra


@pytest.mark.live
@pytest.mark.parametrize(("value", "text"), [(Locked(1400), "mtu lock 1400"), (1400, "mtu 1400")])
def test_metric_is_locked(routed: Namespace, value: int | Locked, text: str) -> None:
    """A locked metric is locked: iproute2 tells so in text, as its JSON does not."""
    routed.ip.route.add("10.1.0.0/16", dev="v0", mtu=value)
    assert text in routed.exec("ip", "route", "show", "10.1.0.0/16").stdout


@pytest.mark.live
@pytest.mark.parametrize(
    ("dst", "one", "two"),
    [("10.1.0.0/16", "10.0.0.2", "10.0.0.3"), ("fd01::/64", "fd00::2", "fd00::3")],
)
def test_ways_are_shown_with_their_weights(routed: Namespace, dst: str, one: str, two: str) -> None:
    """A route with several ways shows each, with its weight."""
    routed.ip.route.add(
        dst, nexthops=[NextHop(via=one, dev="v0", weight=2), NextHop(via=two, dev="v0", weight=256)]
    )
    ways = route(routed, dst).nexthops
    assert ways is not None
    assert [(one, "v0", 2), (two, "v0", 256)] == [
        (way.gateway, way.dev, way.weight) for way in ways
    ]


@pytest.mark.live
def test_way_is_on_link(routed: Namespace) -> None:
    """A gateway outside of every prefix is reached when it is said to be on the link."""
    hops = [NextHop(via="10.7.0.1", dev="v0", onlink=True), NextHop(via="10.0.1.2", realms="5")]
    routed.ip.route.add("10.1.0.0/16", nexthops=hops)
    ways = route(routed, "10.1.0.0/16").nexthops
    assert ways is not None
    assert [("onlink",), ()] == [way.flags for way in ways]
    assert [None, {"to": "5"}] == [way.flow for way in ways]


@pytest.mark.live
def test_gateway_of_another_family(routed: Namespace) -> None:
    """An IPv4 prefix may be reached by an IPv6 gateway."""
    routed.ip.route.add("10.1.0.0/16", via=("inet6", "fe80::1"), dev="v0")
    via = route(routed, "10.1.0.0/16").via
    assert via is not None
    assert ("inet6", "fe80::1") == (via.family, via.host)


@pytest.mark.live
def test_route_expires(routed: Namespace) -> None:
    """An IPv6 route with an end shows what is left of it."""
    routed.ip.route.add("fd01::/64", dev="v0", expires=1_000_000)
    assert 900_000 < (route(routed, "fd01::/64").expires or 0) <= 1_000_000


@pytest.mark.live
def test_short_prefix_is_what_it_says(routed: Namespace) -> None:
    """iproute2's short form of a prefix passes."""
    routed.ip.route.add("10.13/16", dev="v0")
    assert "10.13.0.0/16" in destinations(routed)


@pytest.mark.live
def test_prepend_adds_before(routed: Namespace) -> None:
    """`prepend` adds a second route to a prefix, which is taken first."""
    routed.ip.route.add("10.1.0.0/16", dev="v0")
    routed.ip.route.prepend("10.1.0.0/16", dev="v1")
    assert ["v1", "v0"] == [
        each.dev for each in routed.ip.route.show() if each.dst == "10.1.0.0/16"
    ]


@pytest.mark.live
def test_append_adds_behind(routed: Namespace) -> None:
    """`append` adds a second route to a prefix that `add` refuses."""
    routed.ip.route.add("10.1.0.0/16", dev="v0")
    with pytest.raises(AlreadyExists):
        routed.ip.route.add("10.1.0.0/16", dev="v1")
    routed.ip.route.append("10.1.0.0/16", dev="v1")
    assert ["v0", "v1"] == [
        each.dev for each in routed.ip.route.show() if each.dst == "10.1.0.0/16"
    ]


@pytest.mark.live
def test_replace_replaces(routed: Namespace) -> None:
    """`replace` makes what is not there, and changes what is."""
    routed.ip.route.replace("10.1.0.0/16", dev="v0")
    routed.ip.route.replace("10.1.0.0/16", dev="v1")
    assert "v1" == route(routed, "10.1.0.0/16").dev


@pytest.mark.live
def test_change_changes(routed: Namespace) -> None:
    """`change` changes what is there, and does not make what is not."""
    with pytest.raises(NotFound):
        routed.ip.route.change("10.1.0.0/16", dev="v0")
    routed.ip.route.add("10.1.0.0/16", dev="v0")
    routed.ip.route.change("10.1.0.0/16", dev="v1", mtu=1300)
    assert "v1" == route(routed, "10.1.0.0/16").dev


@pytest.mark.live
def test_delete_deletes_what_matches(routed: Namespace) -> None:
    """`delete` with a metric leaves the route with another one."""
    for metric in (1, 2):
        routed.ip.route.add("10.1.0.0/16", dev="v0", metric=metric)
    routed.ip.route.delete("10.1.0.0/16", metric=1)
    assert 2 == route(routed, "10.1.0.0/16").metric
    with pytest.raises(NotFound):
        routed.ip.route.delete("10.1.0.0/16", metric=1)


@pytest.mark.live
def test_flush_takes_away_what_matches(routed: Namespace) -> None:
    """`flush` of a protocol leaves the other routes."""
    routed.ip.route.add("10.1.0.0/16", dev="v0", proto="static")
    routed.ip.route.add("10.2.0.0/16", dev="v0")
    routed.ip.route.flush(proto="static")
    assert ["10.0.0.0/24", "10.0.1.0/24", "10.2.0.0/16"] == destinations(routed)


@pytest.mark.live
def test_flush_of_a_family_leaves_the_other(routed: Namespace) -> None:
    """`flush` of IPv6 leaves IPv4."""
    routed.ip.route.add("fd01::/64", dev="v0")
    routed.ip.route.flush("fd01::/64", family="inet6")
    assert "fd01::/64" not in destinations(routed, family="inet6")
    assert ["10.0.0.0/24", "10.0.1.0/24"] == destinations(routed)


@pytest.mark.live
def test_flush_of_a_table_leaves_the_others(routed: Namespace) -> None:
    """A table is flushed as a whole; one that is not there is not found."""
    routed.ip.route.add("10.1.0.0/16", dev="v0", table=100)
    routed.ip.route.flush(table=100)
    assert [] == [each for each in routed.ip.route.show(table="all") if each.table == "100"]
    with pytest.raises(NotFound):
        routed.ip.route.flush(table=123)


@pytest.mark.live
def test_flush_of_everything_is_a_usage_error(routed: Namespace) -> None:
    """iproute2 wants to be told what to flush."""
    with pytest.raises(UsageError, match="requires arguments"):
        routed.ip.route.flush()


SHOWN: list[tuple[dict[str, Any], list[str]]] = [
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
@pytest.mark.parametrize(("which", "expected"), SHOWN)
def test_show_lists_the_routes_that_match(
    routed: Namespace, which: dict[str, Any], expected: list[str]
) -> None:
    """A filter lists those routes and no others."""
    verbs = routed.ip.route
    verbs.add("default", via="10.0.0.9", metric=7, proto="static", src="10.0.0.1")
    verbs.add("10.1.0.0/16", via="10.0.0.2", tos=16)
    verbs.add("10.2.0.0/16", type="blackhole")
    verbs.add("10.3.0.0/16", dev="v0", table=100)
    assert expected == destinations(routed, **which)


@pytest.mark.live
def test_table_that_nobody_filled_shows_no_routes(routed: Namespace) -> None:
    """A table without routes shows none; a kernel that is asked strictly says that it is not there."""
    with contextlib.suppress(NotFound):
        assert [] == routed.ip.route.show(table=4711)
    routed.ip.route.add("10.1.0.0/16", dev="v0", table=4711)
    assert ["10.1.0.0/16"] == destinations(routed, table=4711)


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "how", "expected"),
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
def test_get_returns_the_route_taken(
    routed: Namespace, to: str, how: dict[str, Any], expected: dict[str, Any]
) -> None:
    """`get` answers with one route, as the kernel would choose it."""
    routed.ip.route.add("10.1.0.0/16", via="10.0.0.2")
    found = routed.ip.route.get(to, **how)
    assert expected == {name: getattr(found, name) for name in expected}
    assert {} == found.extra


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "how", "error"),
    [
        ("10.99.0.1", {}, RejectedByKernel),
        ("fd99::1", {}, RejectedByKernel),
        ("10.1.0.1", {}, RejectedByKernel),
        ("10.2.0.1", {}, RejectedByKernel),
        ("10.3.0.1", {}, NotPermitted),
        ("10.0.0.2", {"vrf": "red"}, UsageError),
        ("10.0.0.2", {"oif": "nope"}, NotFound),
    ],
)
def test_get_of_what_cannot_be_reached_says_why(
    routed: Namespace, to: str, how: dict[str, Any], error: type[CommandError]
) -> None:
    """Without a route, and by one that refuses, the error has the kernel's errno."""
    for dst, type_ in (
        ("10.1.0.0/16", "blackhole"),
        ("10.2.0.0/16", "unreachable"),
        ("10.3.0.0/16", "prohibit"),
    ):
        routed.ip.route.add(dst, type=cast("RouteType", type_))
    with pytest.raises(error) as caught:
        routed.ip.route.get(to, **how)
    assert caught.value.errno is not None


@pytest.mark.live
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"via": "99.9.9.9"}, RejectedByKernel),
        ({"dev": "nope"}, NotFound),
        ({"vrf": "nope"}, UsageError),
        ({"type": "nat", "dev": "v0"}, RejectedByKernel),
        ({"nhid": 4711}, NotFound),
        ({"src": "10.77.0.1", "dev": "v0"}, RejectedByKernel),
        ({"table": "nosuchtable", "dev": "v0"}, UsageError),
    ],
)
def test_add_that_fails_says_why(
    routed: Namespace, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Each refusal is its own class, and no route is left."""
    with pytest.raises(error):
        routed.ip.route.add("10.1.0.0/16", **options)
    assert "10.1.0.0/16" not in destinations(routed, table="all")


@pytest.mark.live
def test_verbs_work_in_the_first_namespace(session: Session) -> None:
    """Without a namespace the verbs are the place's own."""
    session.ip.route.add("10.1.0.0/16", type="blackhole")
    assert ["10.1.0.0/16"] == [each.dst for each in session.ip.route.show()]
    session.ip.route.delete("10.1.0.0/16", type="blackhole")
    assert [] == session.ip.route.show()
