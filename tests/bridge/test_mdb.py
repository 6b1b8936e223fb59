"""`bridge mdb`: the words of every option, and the groups of a bridge; those of a vxlan where iproute2 has them."""

from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    InvalidArgument,
    NotFound,
    NotSupported,
    RejectedByKernel,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.bridge.mdb import MdbFlush, MdbKey, MdbOptions
from ipwrap.models import MdbEntry, RouterPort
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

GROUP = "239.1.1.1"

OPTIONS: list[tuple[str, Any, str]] = [
    ("src", "10.0.0.9", " src 10.0.0.9"),
    ("permanent", True, " permanent"),
    ("permanent", False, ""),
    ("temp", True, " temp"),
    ("vid", 4094, " vid 4094"),
    ("filter_mode", "include", " filter_mode include"),
    ("filter_mode", "exclude", " filter_mode exclude"),
    ("source_list", ["10.0.0.1"], " source_list 10.0.0.1"),
    ("source_list", ("fd00::1", "fd00::2"), " source_list fd00::1,fd00::2"),
    ("proto", "bgp", " proto bgp"),
    ("proto", 200, " proto 200"),
    ("dst", "10.0.0.5", " dst 10.0.0.5"),
    ("dst", "fd00::5", " dst fd00::5"),
    ("dst_port", 65535, " dst_port 65535"),
    ("vni", 2**24 - 1, " vni 16777215"),
    ("src_vni", 0, " src_vni 0"),
    ("via", "v1", " via v1"),
]

KEYS: list[tuple[str, Any, str]] = [
    ("src", "10.0.0.9", " src 10.0.0.9"),
    ("vid", 7, " vid 7"),
    ("src_vni", 7, " src_vni 7"),
]

FLUSHED: list[tuple[str, Any, str]] = [
    ("port", "v0", " port v0"),
    ("vid", 7, " vid 7"),
    ("src_vni", 7, " src_vni 7"),
    ("proto", "bgp", " proto bgp"),
    ("permanent", True, " permanent"),
    ("permanent", False, " nopermanent"),
    ("dst", "10.0.0.5", " dst 10.0.0.5"),
    ("dst_port", 7, " dst_port 7"),
    ("vni", 7, " vni 7"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def own(there: Namespace) -> list[MdbEntry]:
    """Return the entries of these tests: the kernel listens to some groups itself."""
    return [
        each
        for each in there.bridge.mdb.show().mdb
        if each.grp in (GROUP, "ff02::99", "01:00:5e:00:00:09")
    ]


def test_every_option_has_a_case() -> None:
    """No option of the tables is left untested."""
    assert {row.name for row in options_of(MdbOptions)} == {name for name, *_ in OPTIONS}
    assert {row.name for row in options_of(MdbKey)} == {name for name, *_ in KEYS}
    assert {row.name for row in options_of(MdbFlush)} == {name for name, *_ in FLUSHED}


@pytest.mark.parametrize("verb", ["add", "replace", "delete"])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, verb: str, name: str, value: Any, words: str) -> None:
    """Each option of each verb is spelled as iproute2 spells it."""
    getattr(dry.bridge.mdb, verb)(GROUP, "br0", port="v0", **{name: value})
    assert f"bridge mdb {verb} grp {GROUP} dev br0 port v0{words}" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), KEYS)
def test_key_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each option of `get` is spelled as iproute2 spells it; it has a process, for the status that it ends with."""
    assert [] == dry.netns("ns1").bridge.mdb.get(GROUP, "br0", **{name: value})
    assert f"bridge -n ns1 -j -d mdb get grp {GROUP} dev br0{words}" == line(dry)
    assert not dry.recording.commands[-1].command.batch


@pytest.mark.parametrize(("name", "value", "words"), FLUSHED)
def test_flush_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each option of `flush` is spelled as iproute2 spells it."""
    dry.bridge.mdb.flush("br0", **{name: value})
    assert f"bridge mdb flush dev br0{words}" == line(dry)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({}, "-j -d mdb show"),
        ({"dev": "br0"}, "-j -d mdb show dev br0"),
        ({"vid": 7}, "-j -d mdb show vid 7"),
        ({"dev": "br0", "vid": 7, "stats": True}, "-j -d -s mdb show dev br0 vid 7"),
    ],
)
def test_show_becomes_words(dry: Session, how: dict[str, Any], words: str) -> None:
    """`show` says what is asked of it; with a filter, which bridge never forgets, it has a process."""
    found = dry.bridge.mdb.show(**how)
    assert f"bridge {words}" == line(dry)
    assert dry.recording.commands[-1].command.batch is ("dev" not in words and "vid" not in words)
    assert ((), {}) == (found.mdb, found.router)


@pytest.mark.parametrize(
    "grp", ["", "host", "239.1.1", "01:00:5e:00:00", "01-00-5e-00-00-01", "grp", 7, None]
)
def test_group_that_is_none_is_refused(dry: Session, grp: Any) -> None:
    """What is no address is refused before anything runs."""
    verbs = dry.bridge.mdb
    for run in (verbs.add, verbs.replace, verbs.delete):
        with pytest.raises(InvalidArgument, match="of a group"):
            run(grp, "br0", port="v0")
    with pytest.raises(InvalidArgument, match="of a group"):
        verbs.get(grp, "br0")
    assert [] == dry.recording.commands


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"permanent": True, "temp": True}, InvalidArgument),
        ({"permanent": "yes"}, InvalidArgument),
        ({"vid": 0}, InvalidArgument),
        ({"vid": 4095}, InvalidArgument),
        ({"vid": "seven"}, InvalidArgument),
        ({"filter_mode": "Include"}, InvalidArgument),
        ({"source_list": "10.0.0.1"}, InvalidArgument),
        ({"source_list": []}, InvalidArgument),
        ({"source_list": ["host"]}, InvalidArgument),
        ({"src": "host"}, InvalidArgument),
        ({"proto": ""}, InvalidArgument),
        ({"dst": "host"}, InvalidArgument),
        ({"dst_port": 0}, InvalidArgument),
        ({"dst_port": 65536}, InvalidArgument),
        ({"vni": 2**24}, InvalidArgument),
        ({"src_vni": -1}, InvalidArgument),
        ({"via": ""}, InvalidArgument),
        ({"perm": True}, UnknownOption),
    ],
)
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """What cannot be is refused before anything runs: `bridge mdb` ignores words that it does not know."""
    with pytest.raises(error):
        dry.bridge.mdb.add(GROUP, "br0", port="v0", **options)
    assert [] == dry.recording.commands


def test_filter_that_is_none_is_refused(dry: Session) -> None:
    """`flush` with a wrong word would take away more than was meant."""
    which: Any = {"prot": "bgp"}
    with pytest.raises(UnknownOption):
        dry.bridge.mdb.flush("br0", **which)
    with pytest.raises(InvalidArgument):
        dry.bridge.mdb.show(vid=0)
    assert [] == dry.recording.commands


def test_add_says_what_it_makes(dry: Session) -> None:
    """An entry is known by what tells it from others; `delete` names it alike."""
    mdb = dry.netns("ns1").bridge.mdb
    (made,) = mdb.add(
        GROUP, "vx0", port="vx0", dst="10.0.0.5", vni=7, src_vni=8, permanent=True
    ).command.creates
    assert ("mdb", "ns1", f"grp {GROUP} dev vx0 port vx0 dst 10.0.0.5 src_vni 8") == made.key
    assert ("bridge", "mdb", "delete", *made.name.split()) == made.delete_argv
    assert ("vx0", "vx0") == made.depends_on
    assert (made.key,) == mdb.delete(
        GROUP, "vx0", port="vx0", dst="10.0.0.5", src_vni=8
    ).command.deletes


MADE: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (GROUP, "v0", {}, {"state": "temp", "protocol": "static"}),
    (GROUP, "v0", {"temp": True}, {"state": "temp"}),
    (GROUP, "v0", {"permanent": True}, {"state": "permanent", "flags": ()}),
    (GROUP, "br0", {}, {"port": "br0"}),
    (GROUP, "v0", {"src": "10.0.0.9", "permanent": True}, {"src": "10.0.0.9"}),
    ("ff02::99", "v0", {"src": "fd00::9"}, {"src": "fd00::9"}),
    ("01:00:5e:00:00:09", "v0", {"permanent": True}, {"state": "permanent"}),
]


@pytest.mark.live
@pytest.mark.parametrize(("grp", "port", "options", "shown"), MADE)
def test_entry_is_shown_as_it_was_made(
    kept: Namespace, grp: str, port: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What an option asked for is what `show` tells, and the words of its undo take the entry away."""
    (made,) = kept.bridge.mdb.add(grp, "br0", port=port, **options).command.creates
    (found,) = own(kept)
    kept.exec(*made.delete_argv)
    assert [] == own(kept)
    expected = {"dev": "br0", "port": port, "grp": grp, **shown, "extra": {}}
    assert expected == {name: getattr(found, name) for name in expected}


@pytest.mark.live
def test_show_lists_the_entries_that_match(there: Namespace) -> None:
    """Those of one bridge; the next `show` is not filtered. With `-s` there are timers."""
    there.bridge.mdb.add(GROUP, "br0", port="v0")
    there.bridge.mdb.add(GROUP, "br0", port="v1", permanent=True)
    assert {"br0"} == {each.dev for each in there.bridge.mdb.show("br0").mdb}
    assert [] == [each for each in there.bridge.mdb.show(vid=7).mdb if each.grp == GROUP]
    timers = {
        each.port: each.timer for each in there.bridge.mdb.show(stats=True).mdb if each.grp == GROUP
    }
    assert 0 == float(str(timers["v1"])) < float(str(timers["v0"]))
    assert [None, None] == [each.timer for each in own(there)]


@pytest.mark.live
def test_router_ports_are_shown(there: Namespace) -> None:
    """By the bridge's name; with `-s` what kind they are of."""
    there.bridge.link.show("v0")
    there.exec("ip", "link", "set", "dev", "v0", "type", "bridge_slave", "mcast_router", "2")
    assert {"br0": (RouterPort(port="v0"),)} == there.bridge.mdb.show().router
    (port,) = there.bridge.mdb.show("br0", stats=True).router["br0"]
    assert "permanent" == port.type


@pytest.mark.live
def test_what_cannot_be_says_so(there: Namespace) -> None:
    """Each refusal is its own class."""
    mdb = there.bridge.mdb
    mdb.add(GROUP, "br0", port="v0", permanent=True)
    with pytest.raises(AlreadyExists):
        mdb.add(GROUP, "br0", port="v0", permanent=True)
    for dev, port in (("nope", "v0"), ("br0", "nope")):
        with pytest.raises(NotFound):
            mdb.add(GROUP, dev, port=port)
    with pytest.raises((RejectedByKernel, NotFound)):
        mdb.delete("239.1.1.2", "br0", port="v0")
    with pytest.raises(RejectedByKernel):
        mdb.add("10.1.1.1", "br0", port="v0")
    with pytest.raises(RejectedByKernel):
        mdb.add(GROUP, "br0", port="p0")
    with pytest.raises((NotSupported, RejectedByKernel)):
        mdb.add(GROUP, "v0", port="v0")
    with pytest.raises(NotFound):
        mdb.show("nope")


@pytest.mark.live
def test_get_returns_the_entries_of_a_group(there: Namespace) -> None:
    """One for each port; of a group that has none it says so."""
    for port in ("v0", "v1"):
        there.bridge.mdb.add(GROUP, "br0", port=port, permanent=True)
    try:
        found = there.bridge.mdb.get(GROUP, "br0")
    except UsageError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    assert [(GROUP, "v0"), (GROUP, "v1")] == sorted(
        (str(each.grp), str(each.port)) for each in found
    )
    with pytest.raises(NotFound):
        there.bridge.mdb.get("239.1.1.2", "br0")


@pytest.mark.live
def test_flush_takes_away_what_matches(there: Namespace) -> None:
    """Of one port; the others stay."""
    for port in ("v0", "v1"):
        there.bridge.mdb.add(GROUP, "br0", port=port, permanent=True)
    try:
        there.bridge.mdb.flush("br0", port="v0", permanent=False)
    except (UsageError, NotSupported) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    assert ["v0", "v1"] == sorted(str(each.port) for each in own(there))
    there.bridge.mdb.flush("br0", port="v0")
    assert ["v1"] == [each.port for each in own(there)]
