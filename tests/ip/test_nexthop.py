"""`ip nexthop`: the words of every option, and what the kernel made of them."""

import time
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    CommandError,
    InvalidArgument,
    NotFound,
    NotSupported,
    OutputError,
    RejectedByKernel,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.ip.nexthop import BucketFilter, NexthopFilter, NexthopOptions
from ipwrap.kinds import Bridge
from ipwrap.models import Bucket, HwStats, Member, MemberStats, Nexthop, Resilient
from ipwrap.options.table import options_of
from ipwrap.session import Namespace
from tests.waiting import LIMIT

RESILIENT: dict[str, Any] = {"group": [1, 2], "type": "resilient"}

OPTIONS: list[tuple[str, Any, str]] = [
    ("encap", ("mpls", "100"), " encap mpls 100"),
    ("via", "10.0.0.2", " via 10.0.0.2"),
    ("via", "fd00::2", " via fd00::2"),
    ("via", ("inet6", "fd00::2"), " via inet6 fd00::2"),
    ("dev", "v0", " dev v0"),
    ("onlink", True, " onlink"),
    ("onlink", False, ""),
    ("blackhole", True, " blackhole"),
    ("group", [1], " group 1"),
    ("group", [1, (2, 20), (2**32 - 1, 65535)], " group 1/2,20/4294967295,65535"),
    ("fdb", True, " fdb"),
    ("dst_port", 4790, " dst_port 4790"),
    ("type", "mpath", " type mpath"),
    ("type", "resilient", " type resilient"),
    ("hw_stats", True, " hw_stats on"),
    ("hw_stats", False, " hw_stats off"),
    ("protocol", "zebra", " protocol zebra"),
    ("protocol", 99, " protocol 99"),
]

TIMERS: list[tuple[str, Any, str]] = [
    ("buckets", 1, " buckets 1"),
    ("buckets", 65535, " buckets 65535"),
    ("idle_timer", 0, " idle_timer 0"),
    ("idle_timer", 42949671, " idle_timer 42949671"),
    ("unbalanced_timer", 5, " unbalanced_timer 5"),
]

FILTERS: list[tuple[str, Any, str]] = [
    ("id", 7, " id 7"),
    ("dev", "v0", " dev v0"),
    ("master", "br0", " master br0"),
    ("vrf", "red", " vrf red"),
    ("groups", True, " groups"),
    ("groups", False, ""),
    ("protocol", 0, " protocol 0"),
    ("protocol", 255, " protocol 255"),
]

BUCKETS: list[tuple[str, Any, str]] = [
    ("id", 11, " id 11"),
    ("nhid", 1, " nhid 1"),
    ("dev", "v0", " dev v0"),
    ("master", "br0", " master br0"),
    ("vrf", "red", " vrf red"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def ids(there: Namespace, **which: Any) -> list[int]:
    """Return the numbers of the next hops that a filter lists."""
    return sorted(each.id for each in there.ip.nexthop.show(**which))


@pytest.fixture
def routed(there: Namespace) -> Namespace:
    """A namespace with addresses on v0 and v1, and the next hops 1, 2 and 3 out of v0."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.ip.address.add("fd00::1/64", "v0", nodad=True)
    there.ip.address.add("10.0.1.1/24", "v1")
    try:
        there.ip.nexthop.add(1, via="10.0.0.2", dev="v0")
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    there.ip.nexthop.add(2, via="10.0.0.3", dev="v0")
    there.ip.nexthop.add(3, via="fd00::2", dev="v0")
    return there


def test_every_option_has_a_case() -> None:
    """No option of the tables is left untested."""
    assert {row.name for row in options_of(NexthopOptions)} == {
        name for name, *_ in (*OPTIONS, *TIMERS)
    }
    assert {row.name for row in options_of(NexthopFilter)} == {name for name, *_ in FILTERS} | {
        "fdb"
    }
    assert {row.name for row in options_of(BucketFilter)} == {name for name, *_ in BUCKETS}


@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, verb: str, name: str, value: Any, words: str) -> None:
    """Each option of each verb is spelled as iproute2 spells it, behind the number."""
    getattr(dry.ip.nexthop, verb)(7, **{name: value})
    assert f"ip nexthop {verb} id 7{words}" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), TIMERS)
def test_option_of_a_resilient_group_becomes_words(
    dry: Session, name: str, value: Any, words: str
) -> None:
    """They stand right behind the type: iproute2 knows them nowhere else."""
    dry.ip.nexthop.add(7, **RESILIENT, protocol="zebra", hw_stats=True, **{name: value})
    assert (
        f"ip nexthop add id 7 group 1/2 type resilient{words} hw_stats on protocol zebra"
        == line(dry)
    )


@pytest.mark.parametrize("type_", [None, "mpath"])
@pytest.mark.parametrize("name", ["buckets", "idle_timer", "unbalanced_timer"])
def test_only_a_resilient_group_has_buckets(dry: Session, name: str, type_: Any) -> None:
    """What iproute2 would not know is refused before anything runs."""
    options: Any = {name: 5}
    with pytest.raises(InvalidArgument, match=f"{name}: only a group"):
        dry.ip.nexthop.add(7, group=[1], type=type_, **options)
    assert [] == dry.recording.commands


def test_the_gateway_stands_before_the_link(dry: Session) -> None:
    """iproute2 takes a link for one of IPv4 until a gateway has told the family."""
    dry.ip.nexthop.add(7, dev="v0", via="fd00::2")
    assert "ip nexthop add id 7 via fd00::2 dev v0" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), FILTERS)
def test_filter_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each filter is spelled as iproute2 spells it, for `show` and for `flush`."""
    dry.ip.nexthop.show(**{name: value})
    assert f"ip -j -d nexthop show{words}" == line(dry)
    dry.ip.nexthop.flush(**{name: value})
    assert f"ip nexthop flush{words}" == line(dry)


def test_flush_of_a_forwarding_table_is_refused(dry: Session) -> None:
    """Linux would list all next hops for it, and iproute2 delete them; `show` leaves the others out."""
    dry.ip.nexthop.show(fdb=True)
    assert "ip -j -d nexthop show fdb" == line(dry)
    with pytest.raises(InvalidArgument, match="fdb"):
        dry.ip.nexthop.flush(fdb=True)
    assert 1 == len(dry.recording.commands)


@pytest.mark.parametrize("more", [{"dev": "v0"}, {"groups": True}, {"protocol": 0}])
def test_a_number_is_a_filter_of_its_own(dry: Session, more: Any) -> None:
    """iproute2 stops reading at it: what else was asked for would be lost."""
    for run in (dry.ip.nexthop.show, dry.ip.nexthop.flush):
        with pytest.raises(InvalidArgument, match="alone"):
            run(id=7, **more)
    assert [] == dry.recording.commands


@pytest.mark.parametrize(("name", "value", "words"), BUCKETS)
def test_filter_of_buckets_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each filter is spelled as iproute2 spells it."""
    dry.ip.nexthop.bucket.show(**{name: value})
    assert f"ip -j -d nexthop bucket show{words}" == line(dry)


def test_get_becomes_words(dry: Session) -> None:
    """`get` asks for one; a dry run has no answer to give, and says so."""
    with pytest.raises(OutputError):
        dry.ip.nexthop.get(7)
    assert "ip -j -d nexthop get id 7" == line(dry)
    with pytest.raises(OutputError):
        dry.netns("ns1").ip.nexthop.bucket.get(7, 3)
    assert "ip -n ns1 -j -d nexthop bucket get id 7 index 3" == line(dry)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry: Session, family: str | None, word: str) -> None:
    """The family is said before the object."""
    verbs = dry.ip.nexthop
    verbs.add(1, family=family)
    assert f"ip{word} nexthop add id 1" == line(dry)
    verbs.replace(1, family=family)
    assert f"ip{word} nexthop replace id 1" == line(dry)
    verbs.flush(family=family)
    assert f"ip{word} nexthop flush" == line(dry)
    verbs.show(family=family)
    assert f"ip -j -d{word} nexthop show" == line(dry)
    verbs.bucket.show(family=family)
    assert f"ip -j -d{word} nexthop bucket show" == line(dry)


@pytest.mark.parametrize(("stats", "words"), [(0, ""), (1, " -s"), (True, " -s"), (2, " -s -s")])
def test_counting_is_asked_for(dry: Session, stats: int, words: str) -> None:
    """Once for packets, twice for those in hardware."""
    dry.ip.nexthop.show(stats=stats)
    assert f"ip -j -d{words} nexthop show" == line(dry)
    with pytest.raises(OutputError):
        dry.ip.nexthop.get(7, stats=stats)
    assert f"ip -j -d{words} nexthop get id 7" == line(dry)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"group": []}, "group"),
        ({"group": "1/2"}, "group"),
        ({"group": 1}, "group"),
        ({"group": [0]}, "1 to 4294967295"),
        ({"group": [(1, 0)]}, "weight: 0 is not within 1 to 65535"),
        ({"group": [(1, 65536)]}, "1 to 65535"),
        ({"group": [(1, 2, 3)]}, "group"),
        ({**RESILIENT, "buckets": 0}, "1 to 65535"),
        ({**RESILIENT, "buckets": 65536}, "1 to 65535"),
        ({**RESILIENT, "idle_timer": 42949672}, "0 to 42949671"),
        ({"type": "hash"}, "mpath, resilient"),
        ({"via": "10.0.0"}, "via"),
        ({"hw_stats": 1}, "hw_stats"),
    ],
)
def test_what_iproute2_cannot_take_is_refused(dry: Session, options: Any, said: str) -> None:
    """A value that cannot be is refused before anything runs, and the message says what could be."""
    with pytest.raises(InvalidArgument, match=said):
        dry.ip.nexthop.add(7, **options)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("id_", [0, -1, 2**32, True, "7"])
def test_number_that_is_none_is_refused(dry: Session, id_: Any) -> None:
    """By every verb, before anything runs."""
    verbs = dry.ip.nexthop
    for run in (verbs.add, verbs.replace, verbs.delete, verbs.get):
        with pytest.raises(InvalidArgument, match="id"):
            run(id_)
    for index in (-1, 65536):
        with pytest.raises(InvalidArgument, match="0 to 65535"):
            verbs.bucket.get(7, index)
    with pytest.raises(InvalidArgument, match="0 to 2"):
        verbs.show(stats=3)
    unknown: Any = {"gateway": "10.0.0.2"}
    with pytest.raises(UnknownOption, match="gateway"):
        verbs.add(7, **unknown)
    assert [] == dry.recording.commands


def test_add_says_what_it_makes(dry: Session) -> None:
    """A next hop is known by its number, and goes with its link; `delete` names it alike."""
    verbs = dry.netns("ns1").ip.nexthop
    (made,) = verbs.add(7, via="10.0.0.2", dev="v0").command.creates
    assert ("nexthop", "ns1", "7") == made.key
    assert ("ip", "nexthop", "delete", "id", "7") == made.delete_argv
    assert ("v0",) == made.depends_on
    assert (made.key,) == verbs.delete(7).command.deletes
    (made,) = verbs.replace(8, group=[7]).command.creates
    assert ("8", ()) == (made.name, made.depends_on)


def test_what_would_mislead_a_worker_has_a_process(dry: Session) -> None:
    """iproute2 keeps each filter for as long as it runs."""
    verbs = dry.ip.nexthop
    for run in (verbs.show, verbs.bucket.show):
        run()
        assert dry.recording.commands[-1].command.batch
        run(dev="v0")
        assert not dry.recording.commands[-1].command.batch
    assert not verbs.flush().command.batch


MADE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"via": "10.0.0.9", "dev": "v0"},
        {"gateway": "10.0.0.9", "dev": "v0", "scope": "link", "protocol": "unspec"},
    ),
    ({"via": "fd00::9", "dev": "v0"}, {"gateway": "fd00::9", "dev": "v0"}),
    ({"via": ("inet6", "fe80::9"), "dev": "v0"}, {"gateway": "fe80::9"}),
    ({"dev": "v0"}, {"gateway": None, "dev": "v0", "scope": "host"}),
    ({"family": "inet6", "dev": "v0"}, {"dev": "v0"}),
    (
        {"via": "10.7.0.1", "dev": "v0", "onlink": True},
        {"gateway": "10.7.0.1", "flags": ("onlink",)},
    ),
    (
        {"via": "10.0.0.9", "fdb": True, "dst_port": 4790},
        {"gateway": "10.0.0.9", "fdb": True, "dst_port": 4790},
    ),
    ({"blackhole": True}, {"blackhole": True, "dev": None, "scope": "global", "flags": ()}),
    ({"family": "inet6", "blackhole": True}, {"blackhole": True}),
    (
        {"group": [1, 2]},
        {"group": (Member(id=1), Member(id=2)), "type": None, "resilient_args": None},
    ),
    (
        {"group": [(1, 10), (2, 256)]},
        {"group": (Member(id=1, weight=10), Member(id=2, weight=256))},
    ),
    ({"group": [(1, 65535)]}, {"group": (Member(id=1, weight=65535),)}),
    ({"group": [1], "type": "mpath"}, {"group": (Member(id=1),), "type": None}),
    ({"via": "10.0.0.9", "fdb": True}, {"gateway": "10.0.0.9", "fdb": True, "dev": None}),
    ({"via": "10.0.0.9", "dev": "v0", "protocol": "zebra"}, {"protocol": "zebra"}),
    ({"via": "10.0.0.9", "dev": "v0", "protocol": 150}, {"protocol": "150"}),
    (
        {**RESILIENT, "buckets": 8, "idle_timer": 100, "unbalanced_timer": 50},
        {
            "type": "resilient",
            "resilient_args": Resilient(buckets=8, idle_timer=100, unbalanced_timer=50),
        },
    ),
]

# What an iproute2 and a kernel of 2020 may not have; of all else a refusal is a failure.
YOUNG = {"type", "dst_port"}


def known(found: Nexthop, names: Any) -> dict[str, Any]:
    """Return some of what is shown, without the time that passes."""
    shown = {name: getattr(found, name) for name in names}
    if found.resilient_args is not None:
        args = found.resilient_args
        assert args.unbalanced_time is not None
        shown["resilient_args"] = Resilient(
            buckets=args.buckets,
            idle_timer=args.idle_timer,
            unbalanced_timer=args.unbalanced_timer,
            extra=args.extra,
        )
    return shown


def test_every_option_is_made() -> None:
    """Each option is tried on the kernel; two have a test of their own."""
    tried = {name for options, _ in MADE for name in options} - {"family"}
    assert {row.name for row in options_of(NexthopOptions)} == tried | {"encap", "hw_stats"}


@pytest.mark.live
@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize(("options", "shown"), MADE)
def test_nexthop_is_shown_as_it_was_made(
    routed: Namespace, verb: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What an option asked for is what `show` and `get` tell, and the words of its undo take the next hop away."""
    try:
        result = getattr(routed.ip.nexthop, verb)(7, **options)
    except CommandError as error:
        if not (YOUNG & options.keys() or options.get("group") == [(1, 65535)]):
            raise
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    (listed,) = (each for each in routed.ip.nexthop.show() if each.id == 7)
    for found in (listed, routed.ip.nexthop.get(7)):
        assert {**shown, "extra": {}} == {"extra": found.extra, **known(found, shown)}
    (made,) = result.command.creates
    routed.exec(*made.delete_argv)
    assert [1, 2, 3] == ids(routed)


@pytest.mark.live
def test_nexthop_is_encapsulated(routed: Namespace) -> None:
    """The words of an encapsulation reach the kernel, which tells its type."""
    try:
        routed.ip.nexthop.add(7, encap=("ip", "dst", "10.9.9.9"), via="10.0.0.2", dev="v0")
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel: {error.reason}")
    (found,) = (each for each in routed.ip.nexthop.show() if each.encap is not None)
    whole = (
        found.encap if isinstance(found.encap, dict) else {"encap_type": found.encap, **found.extra}
    )
    assert ("ip", "10.9.9.9") == (whole.get("encap_type"), whole.get("dst"))


@pytest.mark.live
@pytest.mark.parametrize("hw_stats", [True, False])
def test_hardware_is_asked_to_count(routed: Namespace, hw_stats: bool) -> None:
    """Or not; `-s` tells, and that here none does."""
    try:
        routed.ip.nexthop.add(10, group=[1, 2], hw_stats=hw_stats)
    except UsageError as error:
        pytest.skip(f"this iproute2: {error.reason}")
    expected = HwStats(enabled=hw_stats, used=False)
    if (found := routed.ip.nexthop.get(10, stats=1).hw_stats) is None:
        pytest.skip("this kernel: counts no packets of groups")
    assert expected == found
    assert [expected] == [each.hw_stats for each in routed.ip.nexthop.show(groups=True, stats=True)]


@pytest.mark.live
def test_group_of_a_forwarding_table(routed: Namespace) -> None:
    """It is made of next hops for that; `show` lists them and no others."""
    routed.ip.nexthop.add(20, via="10.0.0.9", fdb=True)
    routed.ip.nexthop.add(21, group=[20], fdb=True)
    assert [20, 21] == ids(routed, fdb=True)


@pytest.mark.live
def test_route_goes_by_a_nexthop(routed: Namespace) -> None:
    """A route shows the number, and what it stands for; it goes with it."""
    routed.ip.nexthop.add(10, group=[(1, 10), (2, 20)])
    routed.ip.route.add("10.9.0.0/16", nhid=10)
    (route,) = (each for each in routed.ip.route.show() if each.dst == "10.9.0.0/16")
    assert 10 == route.nhid
    assert [("10.0.0.2", 10), ("10.0.0.3", 20)] == [
        (each.gateway, each.weight) for each in route.nexthops or ()
    ]
    routed.ip.nexthop.delete(10)
    assert "10.9.0.0/16" not in [each.dst for each in routed.ip.route.show()]


@pytest.mark.live
def test_route_follows_what_is_replaced(routed: Namespace) -> None:
    """`replace` changes what is there, and the route with it."""
    routed.ip.route.add("10.9.0.0/16", nhid=1)
    routed.ip.nexthop.replace(1, via="10.0.1.9", dev="v1")
    assert ("v1", "10.0.1.9") == (routed.ip.nexthop.get(1).dev, routed.ip.nexthop.get(1).gateway)
    assert "v1" == routed.ip.route.get("10.9.0.1").dev


@pytest.mark.live
@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 10, 11]),
        ({"id": 2}, [2]),
        ({"dev": "v1"}, [4]),
        ({"groups": True}, [10, 11]),
        ({"protocol": 150}, [5, 11]),
        ({"dev": "v0", "protocol": 150}, []),
        ({"master": "br0"}, [6]),
        ({"family": "inet6"}, [3]),
    ],
)
def test_filter_lists_the_nexthops_that_match(
    routed: Namespace, which: dict[str, Any], expected: list[int]
) -> None:
    """A filter lists those and no others, and `flush` deletes just those; without one it deletes all."""
    verbs = routed.ip.nexthop
    verbs.add(4, via="10.0.1.9", dev="v1")
    verbs.add(5, blackhole=True, protocol=150)
    verbs.add(10, group=[1, 2])
    verbs.add(11, group=[5], protocol=150)
    if "master" in which:
        routed.ip.link.add("br0", Bridge())
        routed.ip.link.set("v1", master="br0")
        verbs.delete(4)
        verbs.add(6, dev="v1")
        assert expected == ids(routed, **which)
        return
    assert expected == ids(routed, **which)
    everything = set(ids(routed))
    verbs.flush(**which)
    assert sorted(everything - set(expected)) == ids(routed)


@pytest.mark.live
def test_filter_of_a_vrf_lists_those_of_its_ports(routed: Namespace) -> None:
    """By the VRF's name, of `show` and of buckets; a link that is no VRF is refused."""
    made = routed.exec("ip", "link", "add", "red", "type", "vrf", "table", "100", check=False)
    with pytest.raises(UsageError):
        routed.ip.nexthop.show(vrf="v1")
    if not made.ok:
        pytest.skip(f"this kernel: {made.stderr.strip()}")
    for words in (("red", "up"), ("v1", "master", "red")):
        routed.exec("ip", "link", "set", *words)
    routed.ip.nexthop.add(4, dev="v1")
    routed.ip.nexthop.add(12, group=[4], type="resilient", buckets=2)
    assert [4] == ids(routed, vrf="red")
    assert [12, 12] == [each.id for each in routed.ip.nexthop.bucket.show(vrf="red")]


@pytest.mark.live
def test_filter_is_not_kept(routed: Namespace) -> None:
    """What one `show` was asked for does not narrow the next one."""
    routed.ip.nexthop.add(10, group=[1, 2])
    for which, expected in (
        ({"groups": True}, [10]),
        ({}, [1, 2, 3, 10]),
        ({"dev": "v1"}, []),
        ({}, [1, 2, 3, 10]),
    ):
        assert expected == ids(routed, **which)


@pytest.fixture
def resilient(routed: Namespace) -> Namespace:
    """A namespace with the resilient group 11, of four buckets."""
    try:
        routed.ip.nexthop.add(11, **RESILIENT, buckets=4)
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    return routed


@pytest.mark.live
def test_buckets_are_shown(resilient: Namespace) -> None:
    """Each bucket has its place in the group, and sends to one of its next hops."""
    found = [
        each.bucket for each in resilient.ip.nexthop.bucket.show() if each.id == 11 and each.bucket
    ]
    assert [0, 1, 2, 3] == [each.index for each in found]
    assert [1, 1, 2, 2] == sorted(each.nhid or 0 for each in found)
    assert all(each.idle_time is not None and each.extra == {} for each in found)


@pytest.mark.live
def test_bucket_is_got(resilient: Namespace) -> None:
    """One by its place; one that is not there is refused."""
    found = resilient.ip.nexthop.bucket.get(11, 3)
    assert (11, (), {}) == (found.id, found.flags, found.extra)
    assert isinstance(found.bucket, Bucket)
    assert 3 == found.bucket.index
    with pytest.raises(CommandError):
        resilient.ip.nexthop.bucket.get(11, 4)


@pytest.mark.live
@pytest.mark.parametrize(
    ("which", "count"),
    [
        ({}, 6),
        ({"id": 11}, 4),
        ({"id": 12}, 2),
        ({"nhid": 2}, 2),
        ({"id": 11, "nhid": 1}, 2),
        ({"dev": "v1"}, 2),
    ],
)
def test_filter_lists_the_buckets_that_match(
    resilient: Namespace, which: dict[str, Any], count: int
) -> None:
    """By the group, by where they send to, and by the link out of which that is; and no filter is kept."""
    resilient.ip.nexthop.add(4, via="10.0.1.9", dev="v1")
    resilient.ip.nexthop.add(12, group=[4], type="resilient", buckets=2)
    assert count == len(resilient.ip.nexthop.bucket.show(**which))
    assert 6 == len(resilient.ip.nexthop.bucket.show())


@pytest.mark.live
@pytest.mark.parametrize("id_", [1, 99])
def test_what_is_no_resilient_group_has_no_buckets(resilient: Namespace, id_: int) -> None:
    """It is refused, by `show` and by `get`."""
    with pytest.raises(CommandError):
        resilient.ip.nexthop.bucket.show(id=id_)
    with pytest.raises(CommandError):
        resilient.ip.nexthop.bucket.get(id_, 0)


@pytest.mark.live
def test_packets_of_a_group_are_counted(routed: Namespace) -> None:
    """With `-s`, for each member."""
    routed.ip.nexthop.add(10, group=[1, 2])
    routed.ip.route.add("10.9.0.0/16", nhid=10)
    for _ in range(3):
        routed.exec("ping", "-c", "1", "-W", "1", "10.9.0.1", check=False, timeout=LIMIT)
        time.sleep(0.01)
    try:
        (found,) = routed.ip.nexthop.show(groups=True, stats=2)
    except RejectedByKernel as error:
        pytest.skip(f"this kernel: {error.reason}")
    if found.group_stats is None:
        pytest.skip("this kernel or iproute2: counts no packets of groups")
    assert (1, 2) == tuple(each.id for each in found.group_stats)
    assert all(isinstance(each, MemberStats) and each.extra == {} for each in found.group_stats)
    assert 3 <= sum(each.packets or 0 for each in found.group_stats)


@pytest.mark.live
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"via": "10.0.0.9", "dev": "nope"}, CommandError),
        ({"via": "99.9.9.9", "dev": "v0"}, RejectedByKernel),
        ({"group": [4711]}, CommandError),
        ({"family": "inet6", "via": "10.0.0.2", "dev": "v0"}, UsageError),
        ({"dev": "v0", "protocol": "nosuchprotocol"}, UsageError),
        ({}, CommandError),
    ],
)
def test_add_that_fails_says_why(
    routed: Namespace, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Each refusal is an error, no next hop is left of it, and the next command runs."""
    with pytest.raises(error):
        routed.ip.nexthop.add(7, **options)
    assert [1, 2, 3] == ids(routed)
    routed.ip.nexthop.add(7, blackhole=True)
    assert [1, 2, 3, 7] == ids(routed)


@pytest.mark.live
def test_add_of_what_is_there_already_exists(routed: Namespace) -> None:
    """The same number cannot be given twice."""
    with pytest.raises(AlreadyExists):
        routed.ip.nexthop.add(1, blackhole=True)


@pytest.mark.live
def test_what_is_not_there_is_not_found(routed: Namespace) -> None:
    """By `get`, `show`, `delete` and `flush` of a number."""
    verbs = routed.ip.nexthop
    for run in (verbs.get, verbs.delete):
        with pytest.raises(NotFound):
            run(9)
    for ask in (verbs.show, verbs.flush):
        with pytest.raises(NotFound):
            ask(id=9)


@pytest.mark.live
def test_nexthop_goes_with_its_link(routed: Namespace) -> None:
    """A link that goes down takes its next hops along."""
    routed.ip.link.set("v0", up=False)
    assert [] == ids(routed)
