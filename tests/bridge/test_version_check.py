"""What an older iproute2 would ignore without a word is refused, where its release is known."""

from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from ipwrap import Command, Result, Session, UnknownOption
from ipwrap.bridge import BridgeProgram
from ipwrap.bridge.fdb import FdbFilter, FdbFlush
from ipwrap.bridge.global_vlan import GlobalVlanOptions
from ipwrap.bridge.mdb import MdbOptions
from ipwrap.bridge.version_check import build_supported
from ipwrap.bridge.vlan import VlanSettings
from ipwrap.options.table import Option, options_of
from ipwrap.system.programs import find
from ipwrap.system.release import DATES, Release, version_of


@frozen
class Aged:
    """A runner with an iproute2 of some release."""

    iproute2: str | None

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - as a runner has it
        """Return that a command went well."""
        return Result(command)


@pytest.mark.parametrize(
    "release", ["6.4", "6.4.0", "6.15.0", "7.1.0-rc1", "10.0", "of-a-vendor", None]
)
def test_what_is_known_is_said(release: str | None) -> None:
    """With the release that brought it, a later one, and one of which nothing is known."""
    assert ("dst", "10.0.0.5") == build_supported(
        Aged(release), MdbOptions, options={"dst": "10.0.0.5"}
    )


@pytest.mark.parametrize(
    ("release", "name"),
    [("ss191125", "5.4 (ss191125)"), ("5.4.0", "5.4.0"), ("6.1.0", "6.1.0"), ("6.3", "6.3")],
)
def test_what_is_unknown_is_refused(release: str, name: str) -> None:
    """With the release that it takes, also where it calls itself by a date; what is older is said."""
    with pytest.raises(UnknownOption) as caught:
        build_supported(Aged(release), MdbOptions, options={"vid": 3, "dst": "10.0.0.5"})

    assert str(caught.value).startswith(
        f"dst: needs iproute2 6.4; the installed {name} may silently ignore the option"
    )
    assert ("vid", "3") == build_supported(
        Aged(release), MdbOptions, options={"vid": 3, "dst": None}
    )


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        (
            lambda bridge: bridge.mdb.add,
            {"grp": "239.1.1.1", "dev": "vx0", "port": "vx0", "dst": "10.0.0.5"},
        ),
        (
            lambda bridge: bridge.mdb.delete,
            {"grp": "239.1.1.1", "dev": "vx0", "port": "vx0", "dst": "10.0.0.5"},
        ),
        (lambda bridge: bridge.vlan.set, {"vid": 7, "dev": "v0", "neigh_suppress": True}),
        (lambda bridge: bridge.vlan.global_.set, {"vid": 7, "dev": "br0", "msti": 3}),
    ],
)
def test_verbs_ask_for_the_release(verb: Any, options: dict[str, Any]) -> None:
    """Those whose words an older iproute2 would ignore."""
    verb(BridgeProgram(Aged("6.15")))(**options)
    with pytest.raises(UnknownOption):
        verb(BridgeProgram(Aged("6.1")))(**options)


def test_a_dry_run_has_no_iproute2(dry: Session) -> None:
    """So all is said."""
    assert dry.iproute2 is None
    dry.bridge.vlan.set(7, "v0", neigh_forward_grat=True)
    assert "neigh_forward_grat" in dry.recording.commands[-1].command.argv


# Each verb whose parser passes over words that it does not know, the release that has it, its table, and where it is.
BRIDGE, PORT, VLAN = (
    {"dev": "br0"},
    {"grp": "239.1.1.1", "dev": "br0", "port": "v0"},
    {"vid": 7, "dev": "v0"},
)
PASSING_OVER: tuple[tuple[str, str, type, dict[str, Any]], ...] = (
    ("mdb.add", "5.4", MdbOptions, PORT),
    ("mdb.replace", "6.3", MdbOptions, PORT),
    ("mdb.delete", "5.4", MdbOptions, PORT),
    ("vlan.set", "5.13", VlanSettings, VLAN),
    ("vlan.global_.set", "5.16", GlobalVlanOptions, VLAN),
    ("fdb.show", "5.4", FdbFilter, {}),
    ("fdb.flush", "6.0", FdbFlush, BRIDGE),
)
VALUES: dict[str, Any] = {
    "src": "10.0.0.1",
    "dst": "10.0.0.1",
    "source_list": ["10.0.0.1"],
    "filter_mode": "include",
    "proto": "zebra",
    "via": "v0",
    "mcast_igmp_version": 2,
}
NUMBERS = {
    *(
        "dst_port",
        "vni",
        "src_vni",
        "port",
        "nhid",
        "msti",
        "mcast_router",
        "mcast_max_groups",
        "state",
    ),
    *(
        row.name
        for row in options_of(GlobalVlanOptions)
        if row.name not in ("mcast_snooping", "mcast_querier")
    ),
}
RELEASES = (
    *(f"ss{date}" for date, _ in DATES),
    *(f"5.{minor}.0" for minor in range(8, 20)),
    *(f"6.{minor}.0" for minor in range(20)),
    *("7.0.0", "7.1.0", "7.2.0"),
)


def release_of(text: str | None) -> Release:
    """Return the release that a text names, which has to name one."""
    release = Release.parse(text)
    assert release is not None
    return release


NEWER = [
    pytest.param(verb, where, row, id=f"{verb}-{row.name}")
    for verb, has, cls, where in PASSING_OVER
    for row in options_of(cls)
    if row.since and release_of(row.since) > release_of(has)
]


def value_of(row: Option) -> Any:
    """Return a value that a row takes."""
    return VALUES.get(row.name, 2 if row.name in NUMBERS else True)


def call(bridge: BridgeProgram, verb: str, options: dict[str, Any]) -> Any:
    """Call a verb by its name."""
    return attrgetter(verb)(bridge)(**options)


def neighbours(since: str) -> tuple[str, str]:
    """Return the last release without a word, and the first with it, as they call themselves."""
    first = next(
        place for place, text in enumerate(RELEASES) if release_of(text) == release_of(since)
    )
    return RELEASES[first - 1], RELEASES[first]


@pytest.mark.parametrize(("verb", "where", "row"), NEWER)
def test_a_word_is_refused_up_to_its_release(verb: str, where: dict[str, Any], row: Option) -> None:
    """The last release without it is refused, the first that has it is not, by every verb that would not say so."""
    before, first = neighbours(str(row.since))
    options = {**where, row.name: value_of(row)}

    call(BridgeProgram(Aged(first)), verb, options)
    with pytest.raises(UnknownOption, match=f"^{row.name}: needs iproute2 {row.since}; "):
        call(BridgeProgram(Aged(before)), verb, options)


def test_words_that_5_4_passes_over_are_among_them() -> None:
    """Those that were seen to be ignored without a word, and the filters with which a flush took away more."""
    names = {each.id for each in NEWER}

    for word in ("filter_mode", "source_list", "proto", "src"):
        assert f"mdb.add-{word}" in names
    assert "fdb.show-dynamic" in names
    assert {"fdb.flush-dst", "fdb.flush-nhid", "fdb.flush-router"} <= names


@pytest.mark.live
@pytest.mark.parametrize(("verb", "where", "row"), NEWER)
def test_words_are_refused_by_the_release_that_is_here(
    shared: Session, verb: str, where: dict[str, Any], row: Option
) -> None:
    """A word that this iproute2 is too old for is refused before anything runs; `bridge` holds all others."""
    before = len(shared.recording.commands)

    if release_of(shared.iproute2) < release_of(row.since):
        with pytest.raises(UnknownOption):
            call(shared.bridge, verb, {**where, row.name: value_of(row)})
        assert before == len(shared.recording.commands)
    else:
        program = Path(str(find("bridge"))).read_bytes()
        if not program.startswith(b"\x7fELF"):
            pytest.skip("bridge is a script here that starts another program")
        assert f"{row.keyword}\0".encode() in program


@pytest.mark.live
def test_a_session_knows_its_iproute2(session: Session) -> None:
    """As `ip -V` says it."""
    assert version_of(session.exec("ip", "-V").stdout) == session.iproute2
