"""`bridge fdb`: the words of every option, and the entries of a bridge and of a vxlan."""

from typing import Any

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
from ipwrap.bridge.fdb import FdbFilter, FdbFlush, FdbGet, FdbOptions
from ipwrap.kinds import Bridge
from ipwrap.models import FdbEntry
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

MAC = "02:00:00:00:00:01"
ALL = "00:00:00:00:00:00"
LATER = {"activity_notify", "inactive", "norefresh"}  # iproute2 6.17

OPTIONS: list[tuple[str, Any, str]] = [
    ("dst", "10.0.0.2", " dst 10.0.0.2"),
    ("dst", "fd00::2", " dst fd00::2"),
    ("nhid", 7, " nhid 7"),
    ("port", 0, " port 0"),
    ("vni", 2**24 - 1, " vni 16777215"),
    ("src_vni", 0, " src_vni 0"),
    ("via", "v0", " via v0"),
    ("vlan", 4095, " vlan 4095"),
    *(
        (name, True, f" {name.rstrip('_')}")
        for name in (
            *(
                "self_",
                "master",
                "router",
                "local",
                "permanent",
                "static",
                "temp",
                "dynamic",
                "use",
                "extern_learn",
            ),
            *("sticky", "activity_notify", "inactive", "norefresh"),
        )
    ),
    ("static", False, ""),
]

FILTERS: list[tuple[str, Any, str]] = [
    ("br", "br0", " br br0"),
    ("brport", "v0", " brport v0"),
    ("vlan", 5, " vlan 5"),
    ("state", "permanent", " state permanent"),
    ("state", "all", " state all"),
    ("state", 2, " state 2"),
    ("dynamic", True, " dynamic"),
]

QUESTIONS: list[tuple[str, Any, str]] = [
    ("dev", "v0", " dev v0"),
    ("br", "br0", " br br0"),
    ("vlan", 5, " vlan 5"),
    ("vni", 5, " vni 5"),
    ("self_", True, " self"),
    ("master", True, " master"),
    ("dynamic", True, " dynamic"),
]

FLUSHED: list[tuple[str, Any, str]] = [
    ("brport", "v0", " brport v0"),
    ("vlan", 5, " vlan 5"),
    ("src_vni", 5, " src_vni 5"),
    ("nhid", 5, " nhid 5"),
    ("vni", 5, " vni 5"),
    ("port", 5, " port 5"),
    ("dst", "10.0.0.2", " dst 10.0.0.2"),
    ("self_", True, " self"),
    ("master", True, " master"),
    *(
        (name, yes, f" {'' if yes else 'no'}{name}")
        for name in (
            *(
                "permanent",
                "static",
                "dynamic",
                "added_by_user",
                "extern_learn",
                "sticky",
                "offloaded",
                "router",
            ),
        )
        for yes in (True, False)
    ),
]


@pytest.fixture(scope="module")
def switch() -> Bridge:
    """A bridge whose ports are in no VLAN: a kernel that has VLANs makes an entry in each of a port's."""
    return Bridge(vlan_default_pvid=0)


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def entry(there: Namespace, to: str, dev: str) -> FdbEntry:
    """Return the one entry of an address on a link."""
    (found,) = (each for each in there.bridge.fdb.show() if (each.mac, each.ifname) == (to, dev))
    return found


def own(there: Namespace, **which: Any) -> list[str | None]:
    """Return the addresses of these tests that a filter lists, sorted."""
    found = [each.mac for each in there.bridge.fdb.show(**which)]
    return sorted((mac for mac in found if str(mac).startswith(("02:00:00:00:00", ALL))), key=str)


def test_every_option_has_a_case() -> None:
    """No option of the tables is left untested."""
    assert {row.name for row in options_of(FdbOptions)} == {name for name, *_ in OPTIONS}
    assert {row.name for row in options_of(FdbFilter)} == {name for name, *_ in FILTERS}
    assert {row.name for row in options_of(FdbGet)} == {name for name, *_ in QUESTIONS}
    assert {row.name for row in options_of(FdbFlush)} == {name for name, *_ in FLUSHED}


@pytest.mark.parametrize("verb", ["add", "append", "replace", "delete"])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, verb: str, name: str, value: Any, words: str) -> None:
    """Each option of each verb is spelled as iproute2 spells it."""
    getattr(dry.bridge.fdb, verb)(MAC, "v0", **{name: value})
    assert f"bridge fdb {verb} to {MAC} dev v0{words}" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), FILTERS)
def test_filter_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each filter of `show` is spelled as iproute2 spells it."""
    dry.bridge.fdb.show("v0", **{name: value})
    assert f"bridge -j -d fdb show dev v0{words}" == line(dry)
    dry.bridge.fdb.show(stats=True, **{name: value})
    assert f"bridge -j -d -s fdb show{words}" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), QUESTIONS)
def test_question_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each option of `get` is spelled as iproute2 spells it; a dry run has no answer to give, and says so."""
    with pytest.raises(OutputError):
        dry.netns("ns1").bridge.fdb.get(MAC, **{name: value})
    assert f"bridge -n ns1 -j -d fdb get to {MAC}{words}" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), FLUSHED)
def test_flush_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each option of `flush` is spelled as iproute2 spells it: a flag has a word for no."""
    dry.bridge.fdb.flush("br0", **{name: value})
    assert f"bridge fdb flush dev br0{words}" == line(dry)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"dst": "host"}, InvalidArgument),
        ({"port": 65536}, InvalidArgument),
        ({"vni": 2**24}, InvalidArgument),
        ({"vlan": 4096}, InvalidArgument),
        ({"static": "yes"}, InvalidArgument),
        ({"via": ""}, InvalidArgument),
        ({"selfish": True}, UnknownOption),
    ],
)
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """A value or an option that cannot be is refused before anything runs."""
    with pytest.raises(error):
        dry.bridge.fdb.add(MAC, "v0", **options)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("to", ["", "02:00:00:00:00:0g", "dev", "02-00-00-00-00-01", "self"])
def test_address_that_is_none_is_refused(dry: Session, to: str) -> None:
    """What is no address is refused before anything runs: `bridge` takes any word it does not know for one."""
    verbs = dry.bridge.fdb
    for run in (verbs.add, verbs.append, verbs.replace, verbs.delete):
        with pytest.raises(InvalidArgument):
            run(to, "v0")
    with pytest.raises(InvalidArgument):
        verbs.get(to, dev="v0")
    assert [] == dry.recording.commands


def test_add_says_what_it_makes(dry: Session) -> None:
    """An entry is known by what tells it from others; `delete` names it alike."""
    (made,) = (
        dry.netns("ns1")
        .bridge.fdb.add(MAC, "vx0", dst="10.0.0.2", vni=7, static=True)
        .command.creates
    )
    assert ("fdb", "ns1", f"to {MAC} dev vx0 dst 10.0.0.2 vni 7") == made.key
    assert ("bridge", "fdb", "delete", *made.name.split()) == made.delete_argv
    assert ("vx0",) == made.depends_on
    assert (made.key,) == dry.netns("ns1").bridge.fdb.delete(
        MAC, "vx0", dst="10.0.0.2", vni=7
    ).command.deletes


MADE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("v0", {}, {"flags": ("self",), "state": "permanent", "master": None}),
    ("v0", {"self_": True}, {"flags": ("self",), "state": "permanent"}),
    ("v0", {"master": True}, {"master": "br0", "state": "permanent"}),
    ("v0", {"master": True, "permanent": True}, {"state": "permanent"}),
    ("v0", {"master": True, "local": True}, {"state": "permanent"}),
    ("v0", {"master": True, "static": True}, {"state": "static"}),
    ("v0", {"master": True, "temp": True}, {"state": "static"}),
    (
        "v0",
        {"master": True, "static": True, "sticky": True},
        {"state": "static", "flags": ("sticky",)},
    ),
    ("v0", {"master": True, "extern_learn": True}, {"flags": ("extern_learn",)}),
    ("v0", {"master": True, "dynamic": True, "activity_notify": True}, {"activity_notify": True}),
    (
        "v0",
        {"master": True, "static": True, "activity_notify": True, "inactive": True},
        {"inactive": True},
    ),
    ("v0", {"master": True, "static": True, "norefresh": True}, {"state": "static"}),
    ("vx0", {"dst": "10.0.0.2"}, {"dst": "10.0.0.2", "flags": ("self",), "state": "permanent"}),
    ("vx0", {"dst": "10.0.0.2", "self_": True}, {"dst": "10.0.0.2", "state": "permanent"}),
    ("vx0", {"dst": "10.0.0.2", "permanent": True}, {"state": "permanent"}),
    ("vx0", {"dst": "10.0.0.2", "static": True}, {"state": "static"}),
    ("vx0", {"dst": "10.0.0.2", "dynamic": True}, {"state": ""}),
    ("vx0", {"dst": "10.0.0.2", "port": 99}, {"dst": "10.0.0.2", "port": 99}),
    ("vx0", {"dst": "10.0.0.2", "vni": 77}, {"vni": 77}),
    ("vx0", {"dst": "10.0.0.2", "via": "v0"}, {"viaIf": "v0"}),
    ("vx0", {"dst": "10.0.0.2", "router": True}, {"flags": ("self", "router")}),
    ("vx0", {"dst": "10.0.0.2", "extern_learn": True}, {"flags": ("self", "extern_learn")}),
]


@pytest.mark.live
@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize(("dev", "options", "shown"), MADE)
def test_entry_is_shown_as_it_was_made(
    kept: Namespace, verb: str, dev: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What an option asked for is what `show` tells, and the words of its undo take the entry away."""
    try:
        result = getattr(kept.bridge.fdb, verb)(MAC, dev, **options)
    except UsageError as error:
        if not LATER & options.keys():
            raise
        pytest.skip(f"this iproute2: {error.reason}")
    found = entry(kept, MAC, dev)
    (made,) = result.command.creates
    kept.exec(*made.delete_argv)
    assert [] == own(kept)
    assert {**shown, "extra": {}} == {name: getattr(found, name) for name in (*shown, "extra")}


@pytest.mark.live
@pytest.mark.parametrize("options", [{"dynamic": True}, {"use": True}])
def test_learned_entry_is_made_by_hand(there: Namespace, options: dict[str, Any]) -> None:
    """A bridge that is up takes an entry as if it had learned it."""
    there.bridge.fdb.replace(MAC, "v0", master=True, **options)
    assert "br0" == entry(there, MAC, "v0").master


@pytest.mark.live
def test_entry_is_made_in_every_vlan_of_its_port(there: Namespace) -> None:
    """One command makes them all where it names no VLAN, and its undo takes them all away."""
    try:
        there.bridge.vlan.add((5, 6), "v0")
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")
    (made,) = there.bridge.fdb.add(MAC, "v0", master=True).command.creates
    assert {None, 5, 6} == {each.vlan for each in there.bridge.fdb.show("v0") if each.mac == MAC}
    there.exec(*made.delete_argv)
    assert [] == own(there)


@pytest.mark.live
def test_entry_of_an_external_vxlan_has_the_number_it_came_with(there: Namespace) -> None:
    """`src_vni` tells the tunnels of one device apart."""
    there.exec("ip", "link", "add", "vx1", "type", "vxlan", "dstport", "4790", "external")
    for number in (8, 9):
        there.bridge.fdb.add(MAC, "vx1", dst="10.0.0.3", src_vni=number, vni=7)
    shown = [(each.src_vni, each.vni) for each in there.bridge.fdb.show("vx1") if each.mac == MAC]
    assert [(8, 7), (9, 7)] == sorted(shown, key=str)


@pytest.mark.live
def test_append_adds_destinations(there: Namespace) -> None:
    """`append` adds a further destination, once each: how a vxlan floods. Each is deleted by itself."""
    for dst in ("10.0.0.2", "10.0.0.3", "10.0.0.3"):
        there.bridge.fdb.append(ALL, "vx0", dst=dst)
    assert ["10.0.0.2", "10.0.0.3"] == sorted(
        str(each.dst) for each in there.bridge.fdb.show("vx0")
    )
    there.bridge.fdb.delete(ALL, "vx0", dst="10.0.0.2")
    assert ["10.0.0.3"] == [each.dst for each in there.bridge.fdb.show("vx0")]


@pytest.mark.live
def test_replace_changes_what_is_there(there: Namespace) -> None:
    """`replace` gives an address another destination."""
    there.bridge.fdb.add(MAC, "vx0", dst="10.0.0.2")
    there.bridge.fdb.replace(MAC, "vx0", dst="10.0.0.3")
    assert "10.0.0.3" == entry(there, MAC, "vx0").dst


@pytest.mark.live
@pytest.mark.parametrize(
    ("dev", "options"), [("v0", {"master": True}), ("vx0", {"dst": "10.0.0.2"})]
)
def test_add_of_what_is_there_already_exists(
    there: Namespace, dev: str, options: dict[str, Any]
) -> None:
    """The same entry cannot be added twice."""
    there.bridge.fdb.add(MAC, dev, **options)
    with pytest.raises(AlreadyExists):
        there.bridge.fdb.add(MAC, dev, **options)


@pytest.mark.live
@pytest.mark.parametrize(
    ("dev", "options"), [("v0", {"master": True}), ("vx0", {"dst": "10.0.0.2"})]
)
def test_delete_of_what_is_not_there_is_not_found(
    kept: Namespace, dev: str, options: dict[str, Any]
) -> None:
    """The kernel says so."""
    with pytest.raises(NotFound):
        kept.bridge.fdb.delete(MAC, dev, **options)


SHOWN: list[tuple[dict[str, Any], list[str]]] = [
    ({}, [ALL, "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"dev": "vx0"}, [ALL]),
    ({"dev": "v0"}, ["02:00:00:00:00:01", "02:00:00:00:00:02"]),
    (
        {"br": "br0"},
        ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"],
    ),
    ({"brport": "v1"}, ["02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"state": "static", "br": "br0"}, ["02:00:00:00:00:02", "02:00:00:00:00:03"]),
    ({"state": "permanent", "brport": "v0"}, ["02:00:00:00:00:01"]),
    ({"state": "all", "brport": "v0"}, ["02:00:00:00:00:01", "02:00:00:00:00:02"]),
    ({"vlan": 5}, []),
    ({"dynamic": True, "brport": "v1"}, ["02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"stats": True, "dev": "vx0"}, [ALL]),
]


@pytest.mark.live
@pytest.mark.parametrize(("which", "expected"), SHOWN)
def test_show_lists_the_entries_that_match(
    there: Namespace, which: dict[str, Any], expected: list[str]
) -> None:
    """A filter lists those entries and no others, and the next `show` is not filtered by it."""
    verbs = there.bridge.fdb
    verbs.add("02:00:00:00:00:01", "v0", master=True)
    verbs.add("02:00:00:00:00:02", "v0", master=True, static=True)
    verbs.add("02:00:00:00:00:03", "v1", master=True, static=True)
    verbs.add("02:00:00:00:00:04", "v1", master=True, extern_learn=True)
    verbs.append(ALL, "vx0", dst="10.0.0.2")
    assert expected == own(there, **which)
    assert 5 == len(own(there))


@pytest.mark.live
def test_counters_are_shown_when_asked_for(there: Namespace) -> None:
    """`stats=True` adds when an entry was used and updated."""
    there.bridge.fdb.add(MAC, "v0", master=True)
    (found,) = (each for each in there.bridge.fdb.show("v0", stats=True) if each.mac == MAC)
    assert (found.used, found.updated) != (None, None)


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "where", "shown"),
    [
        (MAC, {"br": "br0"}, {"ifname": "v0", "master": "br0", "state": "static"}),
        (MAC, {"dev": "v0", "master": True}, {"master": "br0"}),
        (MAC, {"dev": "v0"}, {"master": "br0"}),
        (MAC, {"br": "br0", "dynamic": True}, {"master": "br0"}),
        ("02:00:00:00:00:02", {"dev": "vx0", "self_": True}, {"dst": "10.0.0.2", "ifname": "vx0"}),
        ("02:00:00:00:00:02", {"dev": "vx0", "self_": True, "vni": 42}, {"dst": "10.0.0.2"}),
    ],
)
def test_get_returns_one_entry(
    there: Namespace, to: str, where: dict[str, Any], shown: dict[str, Any]
) -> None:
    """`get` answers with the entry, of a bridge or of the device itself."""
    there.bridge.fdb.add(MAC, "v0", master=True, static=True)
    there.bridge.fdb.add("02:00:00:00:00:02", "vx0", dst="10.0.0.2")
    found = there.bridge.fdb.get(to, **where)
    assert {**shown, "mac": to} == {name: getattr(found, name) for name in (*shown, "mac")}


@pytest.mark.live
@pytest.mark.parametrize(
    ("where", "error"),
    [
        ({"br": "br0"}, NotFound),
        ({"br": "br0", "vlan": 4}, NotFound),
        ({"dev": "vx0", "self_": True}, NotFound),
        ({"dev": "nope"}, NotFound),
        ({"dev": "vx0"}, RejectedByKernel),
        ({}, UsageError),
    ],
)
def test_get_that_fails_says_why(
    kept: Namespace, where: dict[str, Any], error: type[CommandError]
) -> None:
    """An entry that is not there is not found; what the kernel refuses is told from what iproute2 refuses."""
    with pytest.raises(error):
        kept.bridge.fdb.get(MAC, **where)


LEARNED = "02:00:00:00:00:04"

FLUSHES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"brport": "v0"}, ["02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"permanent": True}, ["02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"permanent": False}, ["02:00:00:00:00:01"]),
    ({"static": True, "permanent": False}, ["02:00:00:00:00:01", "02:00:00:00:00:04"]),
    ({"extern_learn": True}, ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"]),
    ({"extern_learn": False}, ["02:00:00:00:00:04"]),
    ({"added_by_user": True}, []),
    ({"sticky": True}, ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:04"]),
    (
        {"offloaded": True},
        ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"],
    ),
    (
        {"dynamic": True, "brport": "v0"},
        ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", LEARNED],
    ),
    (
        {"vlan": 5},
        ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"],
    ),
    ({"self_": True}, []),
]


@pytest.mark.live
@pytest.mark.parametrize(("which", "left"), FLUSHES)
def test_flush_takes_away_what_matches(
    there: Namespace, which: dict[str, Any], left: list[str]
) -> None:
    """`flush` of a bridge leaves the entries that do not match."""
    verbs = there.bridge.fdb
    verbs.add("02:00:00:00:00:01", "v0", master=True)
    verbs.add("02:00:00:00:00:02", "v0", master=True, static=True)
    verbs.add("02:00:00:00:00:03", "v1", master=True, static=True, sticky=True)
    verbs.add("02:00:00:00:00:04", "v1", master=True, extern_learn=True)
    try:
        verbs.flush("br0", **which)
    except UsageError as error:
        pytest.skip(f"this iproute2: {error.reason}")
    assert left == own(there)


@pytest.mark.live
def test_flush_of_a_vxlan(there: Namespace) -> None:
    """A vxlan's own entries are flushed too."""
    there.bridge.fdb.add(MAC, "vx0", dst="10.0.0.2")
    try:
        there.bridge.fdb.flush("vx0")
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")
    assert [] == own(there)


@pytest.mark.live
@pytest.mark.parametrize(
    ("dev", "options", "error"),
    [
        ("nope", {}, NotFound),
        ("lo", {"master": True}, RejectedByKernel),
        ("v0", {"master": True, "vlan": 0}, RejectedByKernel),
        ("v0", {"master": True, "vlan": 5}, RejectedByKernel),
        ("vx0", {"dst": "fd00::5"}, NotSupported),
        ("vx0", {"dst": "10.0.0.2", "via": "nope"}, NotFound),
    ],
)
def test_add_that_fails_says_why(
    kept: Namespace, dev: str, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Each refusal is its own class, and no entry is left."""
    with pytest.raises(error):
        kept.bridge.fdb.add(MAC, dev, **options)
    assert [] == own(kept)


@pytest.mark.live
def test_learned_entry_on_a_port_that_is_down_is_not_permitted(there: Namespace) -> None:
    """A port that neither learns nor forwards takes no dynamic entry."""
    there.ip.link.set("br0", up=False)
    with pytest.raises(NotPermitted):
        there.bridge.fdb.add(MAC, "v0", master=True, dynamic=True)


@pytest.mark.live
def test_link_that_is_not_there_is_not_found(kept: Namespace) -> None:
    """Every verb says that the link is missing."""
    verbs = kept.bridge.fdb
    for run in (
        lambda: verbs.add(MAC, "nope"),
        lambda: verbs.append(MAC, "nope", dst="10.0.0.2"),
        lambda: verbs.replace(MAC, "nope"),
        lambda: verbs.delete(MAC, "nope"),
        lambda: verbs.flush("nope"),
        lambda: verbs.show("nope"),
        lambda: verbs.show(br="nope"),
        lambda: verbs.show(brport="nope"),
    ):
        with pytest.raises(NotFound):
            run()


@pytest.mark.live
def test_verbs_work_in_the_first_namespace(session: Session) -> None:
    """Without a namespace the verbs are the place's own."""
    session.exec("ip", "link", "add", "vx0", "type", "vxlan", "id", "42", "dstport", "4789")
    session.bridge.fdb.add(MAC, "vx0", dst="10.0.0.2")
    assert [(MAC, "10.0.0.2")] == [(each.mac, each.dst) for each in session.bridge.fdb.show("vx0")]
    session.bridge.fdb.delete(MAC, "vx0", dst="10.0.0.2")
    assert [] == session.bridge.fdb.show("vx0")
