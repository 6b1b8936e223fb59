"""`ip neigh`: the words of every option, and what the kernel made of them."""

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
from ipwrap.ip.neigh import STATES, NeighFilter, NeighOptions, parse_neigh_reply
from ipwrap.kinds import Bridge
from ipwrap.models import Neigh
from ipwrap.options.table import options_of
from ipwrap.result import Result
from ipwrap.session import Namespace

MAC = "02:00:00:00:00:01"

OPTIONS: list[tuple[str, Any, str]] = [
    ("lladdr", MAC, f" lladdr {MAC}"),
    ("lladdr", "10.0.0.9", " lladdr 10.0.0.9"),
    ("lladdr", "null", " lladdr null"),
    *(("nud", state, f" nud {state}") for state in STATES),
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
    *(("nud", state, f" nud {state}") for state in (*STATES, "all")),
    ("unused", True, " unused"),
    ("protocol", "zebra", " protocol zebra"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def neigh(there: Namespace, dst: str) -> Neigh:
    """Return one neighbour of v0."""
    (found,) = (
        each for each in there.ip.neigh.show(nud="all") if (each.dst, each.dev) == (dst, "v0")
    )
    return found


def known(there: Namespace, **which: Any) -> list[str | None]:
    """Return the neighbours with an address of these tests that a filter lists, sorted."""
    found = [
        each.dst
        for each in there.ip.neigh.show(**which)
        if not str(each.dst).startswith(("ff02", "fe80"))
    ]
    return sorted(found, key=str)


def test_every_option_has_a_case() -> None:
    """No option of the tables is left untested."""
    assert {row.name for row in options_of(NeighOptions)} == {name for name, *_ in OPTIONS} | {
        "proxy"
    }
    assert {row.name for row in options_of(NeighFilter)} == {name for name, *_ in FILTERS}


@pytest.mark.parametrize("verb", ["add", "change", "replace", "delete"])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, verb: str, name: str, value: Any, words: str) -> None:
    """Each option of each verb is spelled as iproute2 spells it."""
    getattr(dry.ip.neigh, verb)("10.0.0.2", "v0", **{name: value})
    assert f"ip neigh {verb} to 10.0.0.2 dev v0{words}" == line(dry)


@pytest.mark.parametrize("verb", ["add", "change", "replace", "delete"])
@pytest.mark.parametrize(("proxy", "word"), [(True, "proxy"), (False, "to"), (None, "to")])
def test_proxy_takes_the_place_of_to(
    dry: Session, verb: str, proxy: bool | None, word: str
) -> None:
    """An address that is answered for stands after `proxy`, once."""
    getattr(dry.netns("ns1").ip.neigh, verb)("10.0.0.2", "v0", proxy=proxy, router=True)
    assert f"ip -n ns1 neigh {verb} {word} 10.0.0.2 dev v0 router" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), FILTERS)
def test_filter_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each filter is spelled as iproute2 spells it, for `show` and for `flush`."""
    dry.ip.neigh.show("v0", **{name: value})
    assert f"ip -j neigh show dev v0{words}" == line(dry)
    dry.ip.neigh.flush("v0", **{name: value})
    assert f"ip neigh flush dev v0{words}" == line(dry)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry: Session, family: str | None, word: str) -> None:
    """`show` and `flush` say the family before the object."""
    dry.ip.neigh.show(family=family, stats=True)
    assert f"ip -j -s{word} neigh show" == line(dry)
    dry.ip.neigh.flush("v0", family=family)
    assert f"ip{word} neigh flush dev v0" == line(dry)


def test_family_that_is_none_is_refused(dry: Session) -> None:
    """A family that there is not is named in the error, before anything runs."""
    for run in (
        lambda: dry.ip.neigh.show(family="ipx"),
        lambda: dry.ip.neigh.flush("v0", family="ipx"),
    ):
        with pytest.raises(InvalidArgument, match="ipx"):
            run()
    assert [] == dry.recording.commands


@pytest.mark.parametrize(
    ("dev", "proxy", "words"),
    [
        ("v0", False, "to 10.0.0.2 dev v0"),
        ("v0", True, "proxy 10.0.0.2 dev v0"),
        (None, False, "to 10.0.0.2"),
        (None, True, "proxy 10.0.0.2"),
    ],
)
def test_get_becomes_words(dry: Session, dev: str | None, proxy: bool, words: str) -> None:
    """`get` asks for one neighbour; a dry run has no answer to give, and says so."""
    with pytest.raises(OutputError):
        dry.ip.neigh.get("10.0.0.2", dev, proxy=proxy)
    assert f"ip -j neigh get {words}" == line(dry)


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
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """A value or an option that cannot be is refused before anything runs."""
    with pytest.raises(error):
        dry.ip.neigh.add("10.0.0.2", "v0", **options)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("to", ["", "10.0.0.0/24", "default", "host", "10.0.0"])
def test_address_that_is_none_is_refused(dry: Session, to: str) -> None:
    """A neighbour is a whole address: what is not is refused before anything runs, by every verb."""
    verbs = dry.ip.neigh
    for run in (verbs.add, verbs.change, verbs.replace, verbs.delete, verbs.get):
        with pytest.raises(InvalidArgument):
            run(to, "v0")
    assert [] == dry.recording.commands


def test_add_says_what_it_makes(dry: Session) -> None:
    """A neighbour is known by its address and link, and goes with the link; `delete` names it alike."""
    (made,) = (
        dry.netns("ns1")
        .ip.neigh.add("10.0.0.2", "v0", proxy=True, protocol="zebra")
        .command.creates
    )
    assert ("neigh", "ns1", "proxy 10.0.0.2 dev v0") == made.key
    assert ("ip", "neigh", "delete", "proxy", "10.0.0.2", "dev", "v0") == made.delete_argv
    assert ("v0",) == made.depends_on
    assert (made.key,) == dry.netns("ns1").ip.neigh.delete(
        "10.0.0.2", "v0", proxy=True
    ).command.deletes


SETTLED: dict[
    str, set[tuple[str, ...] | None]
] = {  # what the kernel has made of a state by the time that one looks
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
@pytest.mark.parametrize("state", STATES)
def test_state_is_shown_as_it_was_made(there: Namespace, verb: str, to: str, state: str) -> None:
    """A neighbour is in the state that was asked for, or in the one that the kernel moves it to."""
    result = getattr(there.ip.neigh, verb)(to, "v0", lladdr=MAC, nud=state)
    found = neigh(there, to)
    assert found.state in SETTLED[state]
    assert {} == found.extra
    if state in ("permanent", "noarp", "reachable", "stale"):
        assert MAC == found.lladdr
    (made,) = result.command.creates
    there.exec(*made.delete_argv)
    with pytest.raises(NotFound):
        there.ip.neigh.delete(to, "v0")


def test_every_state_is_tried() -> None:
    """Each state has what it may become."""
    assert set(STATES) == set(SETTLED)


MADE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
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
@pytest.mark.parametrize(("to", "options", "shown"), MADE)
def test_neighbour_is_shown_as_it_was_made(
    there: Namespace, to: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What an option asked for is what `show` tells, and what `get` tells."""
    try:
        there.ip.neigh.add(to, "v0", **options)
    except UsageError as error:
        pytest.skip(f"this iproute2: {error.reason}")
    for found in (neigh(there, to), there.ip.neigh.get(to, "v0")):
        assert shown == {name: getattr(found, name) for name in shown}


@pytest.mark.live
def test_use_makes_the_kernel_look(there: Namespace) -> None:
    """`use` makes an entry that the kernel resolves."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.ip.neigh.add("10.0.0.2", "v0", use=True)
    assert neigh(there, "10.0.0.2").state in {("INCOMPLETE",), ("FAILED",)}


@pytest.mark.live
@pytest.mark.parametrize("to", ["10.0.0.2", "fd00::2"])
def test_proxy_is_made_shown_and_deleted(there: Namespace, to: str) -> None:
    """An address that is answered for is listed with `proxy` only, and `get` finds it with `proxy`."""
    (made,) = there.ip.neigh.add(to, "v0", proxy=True, protocol="static").command.creates
    assert [(to, "v0", True)] == [
        (each.dst, each.dev, each.proxy) for each in there.ip.neigh.show(proxy=True)
    ]
    assert [] == known(there, nud="all")
    assert (True, "static") == (
        there.ip.neigh.get(to, "v0", proxy=True).proxy,
        there.ip.neigh.get(to, "v0", proxy=True).protocol,
    )
    there.exec(*made.delete_argv)
    assert [] == there.ip.neigh.show(proxy=True)
    with pytest.raises(NotFound):
        there.ip.neigh.delete(to, "v0", proxy=True)


@pytest.mark.live
def test_change_changes_what_is_there(there: Namespace) -> None:
    """`change` gives a neighbour another address, and makes none."""
    with pytest.raises(NotFound):
        there.ip.neigh.change("10.0.0.2", "v0", lladdr=MAC)
    there.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)
    there.ip.neigh.change("10.0.0.2", "v0", lladdr="02:00:00:00:00:02")
    assert "02:00:00:00:00:02" == neigh(there, "10.0.0.2").lladdr


@pytest.mark.live
def test_replace_changes_what_is_there(there: Namespace) -> None:
    """`replace` makes what is not there and changes what is."""
    there.ip.neigh.replace("10.0.0.2", "v0", lladdr=MAC)
    there.ip.neigh.replace("10.0.0.2", "v0", lladdr=MAC, nud="stale")
    assert ("STALE",) == neigh(there, "10.0.0.2").state


@pytest.mark.live
def test_add_of_what_is_there_already_exists(there: Namespace) -> None:
    """The same neighbour cannot be added twice."""
    there.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)
    with pytest.raises(AlreadyExists):
        there.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)


@pytest.mark.live
def test_add_without_an_address_of_the_link_is_invalid(there: Namespace) -> None:
    """The kernel wants a link-layer address for a permanent entry."""
    with pytest.raises(RejectedByKernel, match="link layer address"):
        there.ip.neigh.add("10.0.0.2", "v0")


SHOWN: list[tuple[dict[str, Any], list[str]]] = [
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
@pytest.mark.parametrize(("which", "expected"), SHOWN)
def test_show_lists_the_neighbours_that_match(
    there: Namespace, which: dict[str, Any], expected: list[str]
) -> None:
    """A filter lists those neighbours and no others."""
    there.ip.link.add("br0", Bridge())
    there.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)
    there.ip.neigh.add("10.0.0.3", "v0", lladdr=MAC, nud="stale")
    there.ip.neigh.add("10.0.0.4", "v0", lladdr=MAC, nud="noarp")
    there.ip.neigh.add("10.0.0.9", "v0", proxy=True)
    there.ip.neigh.add("fd00::2", "v0", lladdr=MAC, protocol="zebra")
    assert expected == known(there, **which)


@pytest.mark.live
def test_counters_are_shown_when_asked_for(there: Namespace) -> None:
    """`stats=True` adds when an entry was used, confirmed and updated."""
    there.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)
    (found,) = there.ip.neigh.show(to="10.0.0.2", stats=True)
    assert None not in (found.used, found.confirmed, found.updated, found.probes)
    assert neigh(there, "10.0.0.2").used is None


@pytest.mark.live
def test_flush_leaves_permanent_neighbours_unless_named(there: Namespace) -> None:
    """`flush` of a link spares the permanent ones, and `nud` names them."""
    there.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)
    there.ip.neigh.add("10.0.0.3", "v0", lladdr=MAC, nud="stale")
    there.ip.neigh.flush("v0")
    assert ["10.0.0.2"] == known(there)
    there.ip.neigh.flush("v0", nud="permanent")
    assert [] == known(there)


@pytest.mark.live
def test_flush_of_a_family_leaves_the_other(there: Namespace) -> None:
    """`flush` of IPv6 leaves IPv4."""
    for to in ("10.0.0.3", "fd00::3"):
        there.ip.neigh.add(to, "v0", lladdr=MAC, nud="stale")
    there.ip.neigh.flush("v0", family="inet6")
    assert ["10.0.0.3"] == known(there)


@pytest.mark.live
def test_flush_of_everything_is_a_usage_error(there: Namespace) -> None:
    """iproute2 wants to be told what to flush."""
    with pytest.raises(UsageError, match="Flush requires arguments"):
        there.ip.neigh.flush()


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "dev", "error"), [("10.0.0.77", "v0", NotFound), ("10.0.0.2", None, UsageError)]
)
def test_get_that_fails_says_why(
    there: Namespace, to: str, dev: str | None, error: type[CommandError]
) -> None:
    """A neighbour that is not there is not found; without its link iproute2 does not ask."""
    there.ip.neigh.add("10.0.0.2", "v0", lladdr=MAC)
    with pytest.raises(error):
        there.ip.neigh.get(to, dev)


def test_answer_in_text_is_read() -> None:
    """What iproute2 before 6.2 says in text is the same neighbour as in JSON."""
    command = Command(("ip", "-j", "neigh", "get", "to", "10.0.0.2", "dev", "v0"), changes=False)
    text = Result(command, stdout=f"10.0.0.2 dev v0 lladdr {MAC} router STALE proto zebra \n")
    data = f'[{{"dst":"10.0.0.2","dev":"v0","lladdr":"{MAC}","router":null,"state":["STALE"],"protocol":"zebra"}}]'
    expected = Neigh(
        dst="10.0.0.2", dev="v0", lladdr=MAC, router=True, state=("STALE",), protocol="zebra"
    )
    assert expected == parse_neigh_reply(text)
    assert expected == parse_neigh_reply(Result(command, stdout=f"\n{data}\n"))


def test_empty_answer_is_an_output_error() -> None:
    """No answer at all is not taken for a neighbour."""
    command = Command(("ip", "-j", "neigh", "get", "to", "10.0.0.2", "dev", "v0"), changes=False)
    for stdout in ("", "[]\n"):
        with pytest.raises(OutputError):
            parse_neigh_reply(Result(command, stdout=stdout))


@pytest.mark.live
def test_link_that_is_not_there_is_not_found(there: Namespace) -> None:
    """Every verb says that the link is missing."""
    verbs = there.ip.neigh
    for run in (
        lambda: verbs.add("10.0.0.2", "nope", lladdr=MAC),
        lambda: verbs.change("10.0.0.2", "nope", lladdr=MAC),
        lambda: verbs.replace("10.0.0.2", "nope", lladdr=MAC),
        lambda: verbs.delete("10.0.0.2", "nope"),
        lambda: verbs.show("nope"),
        lambda: verbs.flush("nope"),
        lambda: verbs.get("10.0.0.2", "nope"),
    ):
        with pytest.raises(NotFound, match="nope"):
            run()


@pytest.mark.live
def test_verbs_work_in_the_first_namespace(session: Session) -> None:
    """Without a namespace the verbs are the place's own."""
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.neigh.add("10.0.0.2", "br0", lladdr=MAC)
    assert [("10.0.0.2", "br0")] == [
        (each.dst, each.dev) for each in session.ip.neigh.show(family="inet")
    ]
    session.ip.neigh.delete("10.0.0.2", "br0")
    assert [] == session.ip.neigh.show(family="inet")
