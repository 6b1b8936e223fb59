"""`ip neigh`: the arguments of every option, and the resulting neighbours in the kernel."""

import json
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    Command,
    CommandError,
    InvalidArgument,
    NotFound,
    OutputError,
    RejectedByKernel,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.ip.neigh import NEIGH_STATES, NeighFilter, NeighOptions, parse_neigh_reply
from ipwrap.kinds import Bridge
from ipwrap.models import Neigh
from ipwrap.objects import delete_command
from ipwrap.result import Result
from ipwrap.session import Namespace
from tests.model_fields import named_fields
from tests.option_names import case_names, option_names

MAC = "02:00:00:00:00:01"

OPTIONS: list[tuple[str, Any, str]] = [
    ("lladdr", MAC, f" lladdr {MAC}"),
    ("lladdr", "10.0.0.9", " lladdr 10.0.0.9"),
    ("lladdr", "null", " lladdr null"),
    *(("nud", state, f" nud {state}") for state in NEIGH_STATES),
    ("router", True, " router"),
    ("router", False, ""),
    ("use", True, " use"),
    ("managed", True, " managed"),
    ("extern_learn", True, " extern_learn"),
    ("extern_valid", True, " extern_valid"),
    ("protocol", "zebra", " protocol zebra"),
    ("protocol", 99, " protocol 99"),
]

FILTERS: list[tuple[str, Any, str]] = [
    ("proxy", True, " proxy"),
    ("proxy", False, ""),
    ("to", "10.0.0.0/24", " to 10.0.0.0/24"),
    ("master", "br0", " master br0"),
    ("vrf", "red", " vrf red"),
    ("nomaster", True, " nomaster"),
    *(("nud", state, f" nud {state}") for state in (*NEIGH_STATES, "all")),
    ("unused", True, " unused"),
    ("protocol", "zebra", " protocol zebra"),
]


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def find_neighbour(netns: Namespace, dst: str) -> Neigh:
    """Return the neighbour of v0 with the address."""
    neighbours = netns.ip.neigh.show(nud="all")
    (neighbour,) = (
        neighbour for neighbour in neighbours if (neighbour.dst, neighbour.dev) == (dst, "v0")
    )

    return neighbour


def listed_addresses(netns: Namespace, **filters: Any) -> list[str | None]:
    """Return the sorted addresses of a filtered list, without the kernel's own entries."""
    neighbours = netns.ip.neigh.show(**filters)
    addresses = [
        neighbour.dst
        for neighbour in neighbours
        if not str(neighbour.dst).startswith(("ff02", "fe80"))
    ]

    return sorted(addresses, key=str)


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(NeighOptions) == case_names(OPTIONS) | {"proxy"}
    assert option_names(NeighFilter) == case_names(FILTERS)


@pytest.mark.parametrize("verb", ["add", "change", "replace", "delete"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Every verb formats an option as iproute2 expects."""
    run_verb = getattr(dry_session.ip.neigh, verb)

    run_verb("10.0.0.2", "v0", **{name: value})
    assert f"ip neigh {verb} to 10.0.0.2 dev v0{arguments}" == last_line(dry_session)


@pytest.mark.parametrize("verb", ["add", "change", "replace", "delete"])
@pytest.mark.parametrize(("proxy", "word"), [(True, "proxy"), (False, "to"), (None, "to")])
def test_proxy_replaces_to(dry_session: Session, verb: str, proxy: bool | None, word: str) -> None:
    """The address of a proxy entry follows `proxy` in place of `to`."""
    run_verb = getattr(dry_session.netns("ns1").ip.neigh, verb)

    run_verb("10.0.0.2", "v0", proxy=proxy, router=True)
    assert f"ip -n ns1 neigh {verb} {word} 10.0.0.2 dev v0 router" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), FILTERS)
def test_filter_is_formatted(dry_session: Session, name: str, value: Any, arguments: str) -> None:
    """`show` and `flush` format a filter as iproute2 expects."""
    dry_session.ip.neigh.show("v0", **{name: value})
    assert f"ip -j neigh show dev v0{arguments}" == last_line(dry_session)

    dry_session.ip.neigh.flush("v0", **{name: value})
    assert f"ip neigh flush dev v0{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry_session: Session, family: str | None, word: str) -> None:
    """`show` and `flush` put the family in front of the object."""
    dry_session.ip.neigh.show(family=family, stats=True)
    assert f"ip -j -s{word} neigh show" == last_line(dry_session)

    dry_session.ip.neigh.flush("v0", family=family)
    assert f"ip{word} neigh flush dev v0" == last_line(dry_session)


def test_invalid_family_is_refused(dry_session: Session) -> None:
    """An error names the invalid family before a command runs."""
    for call in (
        lambda: dry_session.ip.neigh.show(family="ipx"),
        lambda: dry_session.ip.neigh.flush("v0", family="ipx"),
    ):
        with pytest.raises(InvalidArgument, match="ipx"):
            call()

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(
    ("dev", "proxy", "arguments"),
    [
        ("v0", False, "to 10.0.0.2 dev v0"),
        ("v0", True, "proxy 10.0.0.2 dev v0"),
        (None, False, "to 10.0.0.2"),
        (None, True, "proxy 10.0.0.2"),
    ],
)
def test_get_is_formatted(
    dry_session: Session, dev: str | None, proxy: bool, arguments: str
) -> None:
    """`get` asks for a single object, and fails in a dry run."""
    with pytest.raises(OutputError):
        dry_session.ip.neigh.get("10.0.0.2", dev, proxy=proxy)

    assert f"ip -j neigh get {arguments}" == last_line(dry_session)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"lladdr": "02:00:00:00:00:0g"}, InvalidArgument),
        ({"lladdr": ""}, InvalidArgument),
        ({"nud": "PERMANENT"}, InvalidArgument),
        ({"nud": "all"}, InvalidArgument),
        ({"router": 1}, InvalidArgument),
        ({"state": "stale"}, UnknownOption),
    ],
)
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.ip.neigh.add("10.0.0.2", "v0", **options)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("to", ["", "10.0.0.0/24", "default", "host", "10.0.0"])
def test_invalid_address_is_refused(dry_session: Session, to: str) -> None:
    """Every verb refuses an incomplete address before a command runs."""
    verbs = dry_session.ip.neigh
    for call in (verbs.add, verbs.change, verbs.replace, verbs.delete, verbs.get):
        with pytest.raises(InvalidArgument):
            call(to, "v0")

    assert [] == dry_session.recording.commands


def test_add_declares_the_created_object(dry_session: Session) -> None:
    """The identity of a neighbour is its address and link, in `add` and `delete`."""
    result = dry_session.netns("ns1").ip.neigh.add(
        "10.0.0.2",
        "v0",
        proxy=True,
        protocol="zebra",
    )
    (created,) = result.command.creates
    assert ("neigh", "ns1", "proxy 10.0.0.2 dev v0") == created.key
    assert ("ip", "neigh", "delete", "proxy", "10.0.0.2", "dev", "v0") == delete_command(
        created
    ).argv
    assert ("v0",) == created.depends_on

    deletion = dry_session.netns("ns1").ip.neigh.delete("10.0.0.2", "v0", proxy=True)
    assert (created.key,) == deletion.command.deletes


# The states that the kernel may have reached by the time of a query.
NEXT_STATES: dict[str, set[tuple[str, ...] | None]] = {
    "permanent": {("PERMANENT",)},
    "noarp": {("NOARP",)},
    "reachable": {("REACHABLE",)},
    "stale": {("STALE",)},
    "none": {None, ()},
    "incomplete": {("INCOMPLETE",), ("FAILED",)},
    "delay": {("DELAY",), ("PROBE",), ("REACHABLE",), ("FAILED",)},
    "probe": {("PROBE",), ("REACHABLE",), ("FAILED",)},
    "failed": {("FAILED",)},
}


@pytest.mark.live
@pytest.mark.parametrize("to", ["10.0.0.2", "fd00::2"])
@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize("state", NEIGH_STATES)
def test_state_is_shown_as_created(veth_netns: Namespace, verb: str, to: str, state: str) -> None:
    """A neighbour has the requested state, or the kernel's next state."""
    run_verb = getattr(veth_netns.ip.neigh, verb)
    result = run_verb(to, "v0", lladdr=MAC, nud=state)

    neighbour = find_neighbour(veth_netns, to)
    assert neighbour.state in NEXT_STATES[state]
    assert {} == neighbour.extra

    if state in ("permanent", "noarp", "reachable", "stale"):
        assert MAC == neighbour.lladdr

    (created,) = result.command.creates
    veth_netns.exec(*delete_command(created).argv)

    with pytest.raises(NotFound):
        veth_netns.ip.neigh.delete(to, "v0")


def test_every_state_has_a_case() -> None:
    """Every state has a set of possible next states."""
    assert set(NEIGH_STATES) == set(NEXT_STATES)


CREATED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("10.0.0.2", {"lladdr": MAC}, {"state": ("PERMANENT",), "lladdr": MAC, "dev": "v0"}),
    ("fd00::2", {"lladdr": MAC, "router": True}, {"router": True}),
    ("fd00::2", {"lladdr": MAC, "router": False}, {"router": None}),
    ("10.0.0.2", {"lladdr": MAC, "nud": "stale", "extern_learn": True}, {"extern_learn": True}),
    ("10.0.0.2", {"managed": True}, {"managed": True}),
    ("10.0.0.2", {"lladdr": MAC, "protocol": "zebra"}, {"protocol": "zebra"}),
    ("10.0.0.2", {"lladdr": MAC, "protocol": 150}, {"protocol": "150"}),
    ("10.0.0.2", {"lladdr": MAC, "nud": "stale", "extern_valid": True}, {"extern_valid": True}),
]


@pytest.mark.live
@pytest.mark.parametrize(("to", "options", "shown"), CREATED)
def test_neighbour_is_shown_as_created(
    veth_netns: Namespace, to: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """`show` and `get` return the value of every option."""
    try:
        veth_netns.ip.neigh.add(to, "v0", **options)
    except UsageError as error:
        pytest.skip(f"this iproute2: {error.reason}")

    for neighbour in (find_neighbour(veth_netns, to), veth_netns.ip.neigh.get(to, "v0")):
        assert shown == named_fields(neighbour, shown)


@pytest.mark.live
def test_use_triggers_resolution(veth_netns: Namespace) -> None:
    """`use` creates an entry for the kernel to resolve."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    veth_netns.ip.neigh.add("10.0.0.2", "v0", use=True)
    assert find_neighbour(veth_netns, "10.0.0.2").state in {("INCOMPLETE",), ("FAILED",)}


@pytest.mark.live
@pytest.mark.parametrize("to", ["10.0.0.2", "fd00::2"])
def test_proxy_is_created_shown_and_deleted(veth_netns: Namespace, to: str) -> None:
    """`show` and `get` return a proxy entry only with `proxy`."""
    verbs = veth_netns.ip.neigh
    result = verbs.add(to, "v0", proxy=True, protocol="static")
    (created,) = result.command.creates

    neighbours = verbs.show(proxy=True)
    listed_neighbours = [
        (neighbour.dst, neighbour.dev, neighbour.proxy) for neighbour in neighbours
    ]
    assert [(to, "v0", True)] == listed_neighbours
    assert [] == listed_addresses(veth_netns, nud="all")
    assert True is verbs.get(to, "v0", proxy=True).proxy
    assert "static" == verbs.get(to, "v0", proxy=True).protocol

    veth_netns.exec(*delete_command(created).argv)
    assert [] == verbs.show(proxy=True)
    with pytest.raises(NotFound):
        verbs.delete(to, "v0", proxy=True)


@pytest.mark.live
def test_change_needs_an_existing_neighbour(veth_netns: Namespace) -> None:
    """`change` modifies a neighbour, and creates no neighbour."""
    verbs = veth_netns.ip.neigh
    with pytest.raises(NotFound):
        verbs.change("10.0.0.2", "v0", lladdr=MAC)

    verbs.add("10.0.0.2", "v0", lladdr=MAC)
    verbs.change("10.0.0.2", "v0", lladdr="02:00:00:00:00:02")
    assert "02:00:00:00:00:02" == find_neighbour(veth_netns, "10.0.0.2").lladdr


@pytest.mark.live
def test_replace_creates_or_changes(veth_netns: Namespace) -> None:
    """`replace` creates a missing neighbour and changes an existing neighbour."""
    veth_netns.ip.neigh.replace("10.0.0.2", "v0", lladdr=MAC)
    veth_netns.ip.neigh.replace("10.0.0.2", "v0", lladdr=MAC, nud="stale")
    assert ("STALE",) == find_neighbour(veth_netns, "10.0.0.2").state


@pytest.mark.live
def test_duplicate_add_already_exists(veth_netns: Namespace) -> None:
    """Adding an existing object raises `AlreadyExists`."""
    veth_netns.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)
    with pytest.raises(AlreadyExists):
        veth_netns.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)


@pytest.mark.live
def test_permanent_neighbour_needs_lladdr(veth_netns: Namespace) -> None:
    """The kernel requires a link-layer address for a permanent entry."""
    with pytest.raises(RejectedByKernel, match="link layer address"):
        veth_netns.ip.neigh.add("10.0.0.2", "v0")


LISTED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["10.0.0.2", "10.0.0.3", "fd00::2"]),
    ({"dev": "v0"}, ["10.0.0.2", "10.0.0.3", "fd00::2"]),
    ({"dev": "v1"}, []),
    ({"family": "inet"}, ["10.0.0.2", "10.0.0.3"]),
    ({"family": "inet6"}, ["fd00::2"]),
    ({"to": "10.0.0.3"}, ["10.0.0.3"]),
    ({"to": "10.0.0.2/31"}, ["10.0.0.2", "10.0.0.3"]),
    ({"nud": "stale"}, ["10.0.0.3"]),
    ({"nud": "permanent"}, ["10.0.0.2", "fd00::2"]),
    ({"nud": "all"}, ["10.0.0.2", "10.0.0.3", "10.0.0.4", "fd00::2"]),
    ({"nud": "noarp"}, ["10.0.0.4"]),
    ({"nomaster": True}, ["10.0.0.2", "10.0.0.3", "fd00::2"]),
    ({"master": "br0"}, []),
    ({"unused": True}, ["10.0.0.2", "10.0.0.3", "fd00::2"]),
    ({"protocol": "zebra"}, ["fd00::2"]),
    ({"proxy": True}, ["10.0.0.9"]),
]


@pytest.mark.live
@pytest.mark.parametrize(("filters", "expected"), LISTED)
def test_show_lists_the_matching_neighbours(
    veth_netns: Namespace, filters: dict[str, Any], expected: list[str]
) -> None:
    """A filter lists exactly the matching neighbours."""
    verbs = veth_netns.ip.neigh

    veth_netns.ip.link.add("br0", Bridge())
    verbs.add("10.0.0.2", "v0", lladdr=MAC)
    verbs.add("10.0.0.3", "v0", lladdr=MAC, nud="stale")
    verbs.add("10.0.0.4", "v0", lladdr=MAC, nud="noarp")
    verbs.add("10.0.0.9", "v0", proxy=True)
    verbs.add("fd00::2", "v0", lladdr=MAC, protocol="zebra")

    assert expected == listed_addresses(veth_netns, **filters)


@pytest.mark.live
def test_counters_are_optional(veth_netns: Namespace) -> None:
    """`stats=True` adds the times of the last use, confirmation and update."""
    veth_netns.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)

    (neighbour,) = veth_netns.ip.neigh.show(to="10.0.0.2", stats=True)
    assert None not in (neighbour.used, neighbour.confirmed, neighbour.updated, neighbour.probes)
    assert find_neighbour(veth_netns, "10.0.0.2").used is None


@pytest.mark.live
def test_flush_keeps_permanent_neighbours(veth_netns: Namespace) -> None:
    """`flush` deletes permanent neighbours only with `nud`."""
    verbs = veth_netns.ip.neigh

    verbs.add("10.0.0.2", "v0", lladdr=MAC)
    verbs.add("10.0.0.3", "v0", lladdr=MAC, nud="stale")
    verbs.flush("v0")

    assert ["10.0.0.2"] == listed_addresses(veth_netns)

    verbs.flush("v0", nud="permanent")
    assert [] == listed_addresses(veth_netns)


@pytest.mark.live
def test_flush_of_a_family_keeps_the_rest(veth_netns: Namespace) -> None:
    """`flush` of IPv6 keeps IPv4 objects."""
    for to in ("10.0.0.3", "fd00::3"):
        veth_netns.ip.neigh.add(to, "v0", lladdr=MAC, nud="stale")

    veth_netns.ip.neigh.flush("v0", family="inet6")
    assert ["10.0.0.3"] == listed_addresses(veth_netns)


@pytest.mark.live
def test_flush_without_filter_is_a_usage_error(veth_netns: Namespace) -> None:
    """iproute2 refuses `flush` without a filter."""
    with pytest.raises(UsageError, match="Flush requires arguments"):
        veth_netns.ip.neigh.flush()


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "dev", "error"), [("10.0.0.77", "v0", NotFound), ("10.0.0.2", None, UsageError)]
)
def test_failed_get_raises_its_error(
    veth_netns: Namespace, to: str, dev: str | None, error: type[CommandError]
) -> None:
    """`get` raises `NotFound` for a missing neighbour, and `UsageError` without a link."""
    veth_netns.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)
    with pytest.raises(error):
        veth_netns.ip.neigh.get(to, dev)


def test_text_reply_is_parsed() -> None:
    """The text reply of iproute2 before 6.2 gives the same neighbour as JSON."""
    command = Command(("ip", "-j", "neigh", "get", "to", "10.0.0.2", "dev", "v0"), changes=False)
    text = Result(command, stdout=f"10.0.0.2 dev v0 lladdr {MAC} router STALE proto zebra \n")
    fields = {
        "dst": "10.0.0.2",
        "dev": "v0",
        "lladdr": MAC,
        "router": None,
        "state": ["STALE"],
        "protocol": "zebra",
    }
    data = json.dumps([fields])

    expected = Neigh(
        dst="10.0.0.2", dev="v0", lladdr=MAC, router=True, state=("STALE",), protocol="zebra"
    )
    assert expected == parse_neigh_reply(text)
    assert expected == parse_neigh_reply(Result(command, stdout=f"\n{data}\n"))


def test_empty_reply_is_an_output_error() -> None:
    """An empty reply to `get` raises `OutputError`."""
    command = Command(("ip", "-j", "neigh", "get", "to", "10.0.0.2", "dev", "v0"), changes=False)
    for stdout in ("", "[]\n"):
        with pytest.raises(OutputError):
            parse_neigh_reply(Result(command, stdout=stdout))


@pytest.mark.live
def test_missing_link_is_not_found(veth_netns: Namespace) -> None:
    """Every verb raises `NotFound` for a missing link."""
    verbs = veth_netns.ip.neigh
    for call in (
        lambda: verbs.add("10.0.0.2", "nope", lladdr=MAC),
        lambda: verbs.change("10.0.0.2", "nope", lladdr=MAC),
        lambda: verbs.replace("10.0.0.2", "nope", lladdr=MAC),
        lambda: verbs.delete("10.0.0.2", "nope"),
        lambda: verbs.show("nope"),
        lambda: verbs.flush("nope"),
        lambda: verbs.get("10.0.0.2", "nope"),
    ):
        with pytest.raises(NotFound, match="nope"):
            call()


@pytest.mark.live
def test_verbs_work_in_the_host_namespace(session: Session) -> None:
    """Verbs without a namespace act on the place's own namespace."""
    verbs = session.ip.neigh

    session.ip.link.add("br0", Bridge(), up=True)
    verbs.add("10.0.0.2", "br0", lladdr=MAC)

    neighbours = verbs.show(family="inet")
    listed_neighbours = [(neighbour.dst, neighbour.dev) for neighbour in neighbours]
    assert [("10.0.0.2", "br0")] == listed_neighbours

    verbs.delete("10.0.0.2", "br0")
    assert [] == verbs.show(family="inet")
