"""`ip nexthop`: the arguments of every option, and the resulting next hops in the kernel."""

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
from ipwrap.models import Bucket, Encap, HwStats, Member, MemberStats, Nexthop, Resilient
from ipwrap.objects import delete_command
from ipwrap.session import Namespace
from tests.model_fields import named_fields
from tests.option_names import case_names, option_names
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


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def nexthop_ids(netns: Namespace, **filters: Any) -> list[int]:
    """Return the sorted numbers of a filtered list of next hops."""
    nexthops = netns.ip.nexthop.show(**filters)
    return sorted(nexthop.id for nexthop in nexthops)


@pytest.fixture
def routed_netns(veth_netns: Namespace) -> Namespace:
    """A namespace with addresses on v0 and v1, and the next hops 1, 2 and 3 through v0."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    veth_netns.ip.address.add("fd00::1/64", "v0", nodad=True)
    veth_netns.ip.address.add("10.0.1.1/24", "v1")

    try:
        veth_netns.ip.nexthop.add(1, via="10.0.0.2", dev="v0")
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")

    veth_netns.ip.nexthop.add(2, via="10.0.0.3", dev="v0")
    veth_netns.ip.nexthop.add(3, via="fd00::2", dev="v0")

    return veth_netns


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(NexthopOptions) == case_names(OPTIONS, TIMERS)
    assert option_names(NexthopFilter) == case_names(FILTERS) | {"fdb"}
    assert option_names(BucketFilter) == case_names(BUCKETS)


@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Every verb formats an option as iproute2 expects."""
    run_verb = getattr(dry_session.ip.nexthop, verb)

    run_verb(7, **{name: value})
    assert f"ip nexthop {verb} id 7{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), TIMERS)
def test_resilient_option_follows_the_type(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """Options of a resilient group directly follow the type, as iproute2 requires."""
    dry_session.ip.nexthop.add(
        7,
        **RESILIENT,
        protocol="zebra",
        hw_stats=True,
        **{name: value},
    )
    assert (
        f"ip nexthop add id 7 group 1/2 type resilient{arguments} hw_stats on protocol zebra"
        == last_line(dry_session)
    )


@pytest.mark.parametrize("type_", [None, "mpath"])
@pytest.mark.parametrize("name", ["buckets", "idle_timer", "unbalanced_timer"])
def test_only_a_resilient_group_has_buckets(dry_session: Session, name: str, type_: Any) -> None:
    """Options of a resilient group are refused for every other type."""
    options: Any = {name: 5}
    with pytest.raises(InvalidArgument, match=f"{name}: only a group"):
        dry_session.ip.nexthop.add(7, group=[1], type=type_, **options)

    assert [] == dry_session.recording.commands


def test_gateway_precedes_the_link(dry_session: Session) -> None:
    """The gateway comes first, since iproute2 assumes IPv4 at `dev`."""
    dry_session.ip.nexthop.add(7, dev="v0", via="fd00::2")
    assert "ip nexthop add id 7 via fd00::2 dev v0" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), FILTERS)
def test_filter_is_formatted(dry_session: Session, name: str, value: Any, arguments: str) -> None:
    """`show` and `flush` format a filter as iproute2 expects."""
    dry_session.ip.nexthop.show(**{name: value})
    assert f"ip -j -d nexthop show{arguments}" == last_line(dry_session)

    dry_session.ip.nexthop.flush(**{name: value})
    assert f"ip nexthop flush{arguments}" == last_line(dry_session)


def test_flush_of_fdb_nexthops_is_refused(dry_session: Session) -> None:
    """`flush` refuses `fdb`: Linux ignores the filter, and `show` applies the filter itself."""
    dry_session.ip.nexthop.show(fdb=True)
    assert "ip -j -d nexthop show fdb" == last_line(dry_session)
    with pytest.raises(InvalidArgument, match="fdb"):
        dry_session.ip.nexthop.flush(fdb=True)

    assert 1 == len(dry_session.recording.commands)


@pytest.mark.parametrize("more", [{"dev": "v0"}, {"groups": True}, {"protocol": 0}])
def test_number_excludes_further_filters(dry_session: Session, more: Any) -> None:
    """A filter beside `id` is refused, since iproute2 would ignore the filter."""
    for call in (dry_session.ip.nexthop.show, dry_session.ip.nexthop.flush):
        with pytest.raises(InvalidArgument, match="alone"):
            call(id=7, **more)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(("name", "value", "arguments"), BUCKETS)
def test_bucket_filter_is_formatted(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """`bucket show` formats a filter as iproute2 expects."""
    dry_session.ip.nexthop.bucket.show(**{name: value})
    assert f"ip -j -d nexthop bucket show{arguments}" == last_line(dry_session)


def test_get_is_formatted(dry_session: Session) -> None:
    """`get` asks for a single object, and fails in a dry run."""
    with pytest.raises(OutputError):
        dry_session.ip.nexthop.get(7)

    assert "ip -j -d nexthop get id 7" == last_line(dry_session)
    with pytest.raises(OutputError):
        dry_session.netns("ns1").ip.nexthop.bucket.get(7, 3)

    assert "ip -n ns1 -j -d nexthop bucket get id 7 index 3" == last_line(dry_session)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry_session: Session, family: str | None, word: str) -> None:
    """Every verb puts the family in front of the object."""
    verbs = dry_session.ip.nexthop

    verbs.add(1, family=family)
    assert f"ip{word} nexthop add id 1" == last_line(dry_session)

    verbs.replace(1, family=family)
    assert f"ip{word} nexthop replace id 1" == last_line(dry_session)

    verbs.flush(family=family)
    assert f"ip{word} nexthop flush" == last_line(dry_session)

    verbs.show(family=family)
    assert f"ip -j -d{word} nexthop show" == last_line(dry_session)

    verbs.bucket.show(family=family)
    assert f"ip -j -d{word} nexthop bucket show" == last_line(dry_session)


@pytest.mark.parametrize(
    ("stats", "arguments"), [(0, ""), (1, " -s"), (True, " -s"), (2, " -s -s")]
)
def test_counters_are_requested_by_flags(dry_session: Session, stats: int, arguments: str) -> None:
    """`-s` requests packet counters, `-s -s` hardware counters, too."""
    dry_session.ip.nexthop.show(stats=stats)
    assert f"ip -j -d{arguments} nexthop show" == last_line(dry_session)
    with pytest.raises(OutputError):
        dry_session.ip.nexthop.get(7, stats=stats)

    assert f"ip -j -d{arguments} nexthop get id 7" == last_line(dry_session)


@pytest.mark.parametrize(
    ("options", "message"),
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
def test_invalid_option_is_refused(dry_session: Session, options: Any, message: str) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(InvalidArgument, match=message):
        dry_session.ip.nexthop.add(7, **options)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("id_", [0, -1, 2**32, True, "7"])
def test_invalid_number_is_refused(dry_session: Session, id_: Any) -> None:
    """Every verb refuses an invalid number before a command runs."""
    verbs = dry_session.ip.nexthop
    for call in (verbs.add, verbs.replace, verbs.delete, verbs.get):
        with pytest.raises(InvalidArgument, match="id"):
            call(id_)

    for index in (-1, 65536):
        with pytest.raises(InvalidArgument, match="0 to 65535"):
            verbs.bucket.get(7, index)

    with pytest.raises(InvalidArgument, match="0 to 2"):
        verbs.show(stats=3)

    unknown: Any = {"gateway": "10.0.0.2"}
    with pytest.raises(UnknownOption, match="gateway"):
        verbs.add(7, **unknown)

    assert [] == dry_session.recording.commands


def test_add_declares_the_created_object(dry_session: Session) -> None:
    """The identity of a next hop is its number, in `add` and `delete`."""
    verbs = dry_session.netns("ns1").ip.nexthop
    result = verbs.add(7, via="10.0.0.2", dev="v0")
    (created,) = result.command.creates
    assert ("nexthop", "ns1", "7") == created.key
    assert ("ip", "nexthop", "delete", "id", "7") == delete_command(created).argv
    assert ("v0",) == created.depends_on

    deletion = verbs.delete(7)
    assert (created.key,) == deletion.command.deletes

    addition = verbs.replace(8, group=[7])
    (created,) = addition.command.creates
    assert "8" == created.name
    assert () == created.depends_on


def test_filtered_query_needs_its_own_process(dry_session: Session) -> None:
    """A query with a filter is not batched, since iproute2 never resets a filter."""
    verbs = dry_session.ip.nexthop
    for call in (verbs.show, verbs.bucket.show):
        call()
        assert dry_session.recording.commands[-1].command.batch

        call(dev="v0")
        assert not dry_session.recording.commands[-1].command.batch

    assert not verbs.flush().command.batch


CREATED: list[tuple[dict[str, Any], dict[str, Any]]] = [
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

# Options that an iproute2 or a kernel of 2020 may lack; any further refusal is a failure.
NEW_OPTIONS = {"type", "dst_port"}


def stable_fields(nexthop: Nexthop, names: Any) -> dict[str, Any]:
    """Return the named fields of a next hop, without elapsed times."""
    shown = named_fields(nexthop, names)
    if nexthop.resilient_args is not None:
        args = nexthop.resilient_args
        assert args.unbalanced_time is not None
        shown["resilient_args"] = Resilient(
            buckets=args.buckets,
            idle_timer=args.idle_timer,
            unbalanced_timer=args.unbalanced_timer,
            extra=args.extra,
        )

    return shown


def test_every_option_reaches_the_kernel() -> None:
    """Every option has a live case; two options have a separate test."""
    tried = {name for options, _ in CREATED for name in options} - {"family"}
    assert option_names(NexthopOptions) == tried | {"encap", "hw_stats"}


@pytest.mark.live
@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize(("options", "shown"), CREATED)
def test_nexthop_is_shown_as_created(
    routed_netns: Namespace, verb: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """`show` and `get` return the value of every option, and the inverse deletes the next hop."""
    verbs = routed_netns.ip.nexthop
    run_verb = getattr(verbs, verb)

    try:
        result = run_verb(7, **options)
    except CommandError as error:
        if not (NEW_OPTIONS & options.keys() or options.get("group") == [(1, 65535)]):
            raise
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    nexthops = verbs.show()
    (listed,) = (nexthop for nexthop in nexthops if nexthop.id == 7)

    for nexthop in (listed, verbs.get(7)):
        assert {} == nexthop.extra
        assert shown == stable_fields(nexthop, shown)

    (created,) = result.command.creates
    routed_netns.exec(*delete_command(created).argv)

    assert [1, 2, 3] == nexthop_ids(routed_netns)


@pytest.mark.live
def test_nexthop_is_encapsulated(routed_netns: Namespace) -> None:
    """The kernel returns the type and the destination of an encapsulation."""
    try:
        routed_netns.ip.nexthop.add(
            7,
            encap=("ip", "dst", "10.9.9.9"),
            via="10.0.0.2",
            dev="v0",
        )
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel: {error.reason}")

    nexthops = routed_netns.ip.nexthop.show()
    (encap,) = (nexthop.encap for nexthop in nexthops if nexthop.encap is not None)
    assert isinstance(encap, Encap)
    assert ("ip", "10.9.9.9") == (encap.encap_type, encap.dst)


@pytest.mark.live
@pytest.mark.parametrize("hw_stats", [True, False])
def test_hardware_counters_are_configured(routed_netns: Namespace, hw_stats: bool) -> None:
    """`-s` shows the requested hardware counters, unused in a software device."""
    verbs = routed_netns.ip.nexthop
    try:
        verbs.add(10, group=[1, 2], hw_stats=hw_stats)
    except UsageError as error:
        pytest.skip(f"this iproute2: {error.reason}")

    expected = HwStats(enabled=hw_stats, used=False)

    hw_stats_reply = verbs.get(10, stats=1).hw_stats
    if hw_stats_reply is None:
        pytest.skip("this kernel: counts no packets of groups")

    assert expected == hw_stats_reply

    nexthops = verbs.show(groups=True, stats=True)
    hardware_counters = [listed_nexthop.hw_stats for listed_nexthop in nexthops]
    assert [expected] == hardware_counters


@pytest.mark.live
def test_fdb_group_is_listed(routed_netns: Namespace) -> None:
    """`show` with `fdb` lists exactly the next hops and groups of a forwarding table."""
    routed_netns.ip.nexthop.add(20, via="10.0.0.9", fdb=True)
    routed_netns.ip.nexthop.add(21, group=[20], fdb=True)
    assert [20, 21] == nexthop_ids(routed_netns, fdb=True)


@pytest.mark.live
def test_route_uses_a_nexthop(routed_netns: Namespace) -> None:
    """A route shows number and members of its next hop, and is deleted with the next hop."""
    verbs = routed_netns.ip.route

    routed_netns.ip.nexthop.add(10, group=[(1, 10), (2, 20)])
    verbs.add("10.9.0.0/16", nhid=10)

    routes = verbs.show()
    (route,) = (route for route in routes if route.dst == "10.9.0.0/16")
    assert 10 == route.nhid

    listed_hops = [(hop.gateway, hop.weight) for hop in route.nexthops or ()]
    assert [("10.0.0.2", 10), ("10.0.0.3", 20)] == listed_hops

    routed_netns.ip.nexthop.delete(10)

    routes = verbs.show()
    destinations = [route.dst for route in routes]
    assert "10.9.0.0/16" not in destinations


@pytest.mark.live
def test_route_follows_a_replaced_nexthop(routed_netns: Namespace) -> None:
    """`replace` changes a next hop and the routes through the next hop."""
    verbs = routed_netns.ip.nexthop

    routed_netns.ip.route.add("10.9.0.0/16", nhid=1)
    verbs.replace(1, via="10.0.1.9", dev="v1")

    assert "v1" == verbs.get(1).dev
    assert "10.0.1.9" == verbs.get(1).gateway
    assert "v1" == routed_netns.ip.route.get("10.9.0.1").dev


@pytest.mark.live
@pytest.mark.parametrize(
    ("filters", "expected"),
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
def test_filter_lists_the_matching_nexthops(
    routed_netns: Namespace, filters: dict[str, Any], expected: list[int]
) -> None:
    """A filter lists, and `flush` deletes, exactly the matching next hops."""
    verbs = routed_netns.ip.nexthop

    verbs.add(4, via="10.0.1.9", dev="v1")
    verbs.add(5, blackhole=True, protocol=150)
    verbs.add(10, group=[1, 2])
    verbs.add(11, group=[5], protocol=150)

    if "master" in filters:
        routed_netns.ip.link.add("br0", Bridge())
        routed_netns.ip.link.set("v1", master="br0")
        verbs.delete(4)
        verbs.add(6, dev="v1")
        assert expected == nexthop_ids(routed_netns, **filters)
        return

    assert expected == nexthop_ids(routed_netns, **filters)

    everything = set(nexthop_ids(routed_netns))

    verbs.flush(**filters)
    assert sorted(everything - set(expected)) == nexthop_ids(routed_netns)


@pytest.mark.live
def test_vrf_filter_lists_nexthops_of_its_ports(routed_netns: Namespace) -> None:
    """The filter `vrf` selects ports of the VRF, and refuses a link of another kind."""
    verbs = routed_netns.ip.nexthop
    addition = routed_netns.exec(
        "ip", "link", "add", "red", "type", "vrf", "table", "100", check=False
    )
    with pytest.raises(NotFound):
        verbs.show(vrf="v1")

    if not addition.ok:
        pytest.skip(f"this kernel: {addition.stderr.strip()}")

    for arguments in (("red", "up"), ("v1", "master", "red")):
        routed_netns.exec("ip", "link", "set", *arguments)

    verbs.add(4, dev="v1")
    verbs.add(12, group=[4], type="resilient", buckets=2)

    assert [4] == nexthop_ids(routed_netns, vrf="red")

    buckets = verbs.bucket.show(vrf="red")
    ids = [bucket.id for bucket in buckets]
    assert [12, 12] == ids


@pytest.mark.live
def test_filter_does_not_affect_the_next_query(routed_netns: Namespace) -> None:
    """A filter of a query does not narrow the next query."""
    routed_netns.ip.nexthop.add(10, group=[1, 2])
    for filters, expected in (
        ({"groups": True}, [10]),
        ({}, [1, 2, 3, 10]),
        ({"dev": "v1"}, []),
        ({}, [1, 2, 3, 10]),
    ):
        assert expected == nexthop_ids(routed_netns, **filters)


@pytest.fixture
def resilient_netns(routed_netns: Namespace) -> Namespace:
    """A namespace with the resilient group 11 of four buckets."""
    try:
        routed_netns.ip.nexthop.add(11, **RESILIENT, buckets=4)
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    return routed_netns


@pytest.mark.live
def test_buckets_are_shown(resilient_netns: Namespace) -> None:
    """A bucket has an index in the group and a next hop of the group."""
    replies = resilient_netns.ip.nexthop.bucket.show()
    buckets = [
        listed_bucket.bucket
        for listed_bucket in replies
        if listed_bucket.id == 11 and listed_bucket.bucket
    ]
    indexes = [bucket.index for bucket in buckets]
    assert [0, 1, 2, 3] == indexes

    nhids = sorted(bucket.nhid or 0 for bucket in buckets)
    assert [1, 1, 2, 2] == nhids
    assert all(bucket.idle_time is not None and bucket.extra == {} for bucket in buckets)


@pytest.mark.live
def test_bucket_is_returned_by_index(resilient_netns: Namespace) -> None:
    """`get` returns a bucket by its index, and refuses a missing index."""
    entry = resilient_netns.ip.nexthop.bucket.get(11, 3)
    assert 11 == entry.id
    assert () == entry.flags
    assert {} == entry.extra
    assert isinstance(entry.bucket, Bucket)
    assert 3 == entry.bucket.index
    with pytest.raises(CommandError):
        resilient_netns.ip.nexthop.bucket.get(11, 4)


@pytest.mark.live
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 6),
        ({"id": 11}, 4),
        ({"id": 12}, 2),
        ({"nhid": 2}, 2),
        ({"id": 11, "nhid": 1}, 2),
        ({"dev": "v1"}, 2),
    ],
)
def test_filter_lists_the_matching_buckets(
    resilient_netns: Namespace, filters: dict[str, Any], count: int
) -> None:
    """A filter selects buckets by group, next hop or link, for a single query only."""
    verbs = resilient_netns.ip.nexthop

    verbs.add(4, via="10.0.1.9", dev="v1")
    verbs.add(
        12,
        group=[4],
        type="resilient",
        buckets=2,
    )

    assert count == len(verbs.bucket.show(**filters))
    assert 6 == len(verbs.bucket.show())


@pytest.mark.live
@pytest.mark.parametrize("id_", [1, 99])
def test_only_resilient_groups_have_buckets(resilient_netns: Namespace, id_: int) -> None:
    """`show` and `get` refuse a number without a resilient group."""
    with pytest.raises(CommandError):
        resilient_netns.ip.nexthop.bucket.show(id=id_)

    with pytest.raises(CommandError):
        resilient_netns.ip.nexthop.bucket.get(id_, 0)


@pytest.mark.live
def test_packets_of_a_group_are_counted(routed_netns: Namespace) -> None:
    """`-s` shows packet counters for each member of a group."""
    routed_netns.ip.nexthop.add(10, group=[1, 2])
    routed_netns.ip.route.add("10.9.0.0/16", nhid=10)

    for _ in range(3):
        routed_netns.exec(
            "ping",
            "-c",
            "1",
            "-W",
            "1",
            "10.9.0.1",
            check=False,
            timeout=LIMIT,
        )
        time.sleep(0.01)

    try:
        (nexthop,) = routed_netns.ip.nexthop.show(groups=True, stats=2)
    except RejectedByKernel as error:
        pytest.skip(f"this kernel: {error.reason}")

    if nexthop.group_stats is None:
        pytest.skip("this kernel or iproute2: counts no packets of groups")

    ids = tuple(member.id for member in nexthop.group_stats)
    assert (1, 2) == ids
    assert all(
        isinstance(member, MemberStats) and member.extra == {} for member in nexthop.group_stats
    )
    assert 3 <= sum(member.packets or 0 for member in nexthop.group_stats)


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
def test_failed_add_raises_its_error(
    routed_netns: Namespace, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Every refusal raises an error, creates no next hop, and does not affect the next command."""
    with pytest.raises(error):
        routed_netns.ip.nexthop.add(7, **options)

    assert [1, 2, 3] == nexthop_ids(routed_netns)

    routed_netns.ip.nexthop.add(7, blackhole=True)
    assert [1, 2, 3, 7] == nexthop_ids(routed_netns)


@pytest.mark.live
def test_duplicate_add_already_exists(routed_netns: Namespace) -> None:
    """Adding an existing object raises `AlreadyExists`."""
    with pytest.raises(AlreadyExists):
        routed_netns.ip.nexthop.add(1, blackhole=True)


@pytest.mark.live
def test_missing_nexthop_is_not_found(routed_netns: Namespace) -> None:
    """`get`, `show`, `delete` and `flush` raise `NotFound` for a missing number."""
    verbs = routed_netns.ip.nexthop
    for call in (verbs.get, verbs.delete):
        with pytest.raises(NotFound):
            call(9)

    for ask in (verbs.show, verbs.flush):
        with pytest.raises(NotFound):
            ask(id=9)


@pytest.mark.live
def test_nexthop_disappears_with_its_link(routed_netns: Namespace) -> None:
    """The kernel deletes the next hops of a link set down."""
    routed_netns.ip.link.set("v0", up=False)
    assert [] == nexthop_ids(routed_netns)
