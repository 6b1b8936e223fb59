"""Options that an older iproute2 would silently ignore are refused, if its release is known."""

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
from ipwrap.system.programs import find_program
from ipwrap.system.release import DATES, Release, parse_version


@frozen
class AgedRunner:
    """A runner with the given release of iproute2."""

    iproute2: str | None

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - a Runner
        """Return a successful result."""
        return Result(command)


@pytest.mark.parametrize(
    "release", ["6.4", "6.4.0", "6.15.0", "7.1.0-rc1", "10.0", "of-a-vendor", None]
)
def test_supported_option_is_formatted(release: str | None) -> None:
    """An option is passed to its first release, a later release, and an unknown release."""
    assert ("dst", "10.0.0.5") == build_supported(
        AgedRunner(release), MdbOptions, options={"dst": "10.0.0.5"}
    )


@pytest.mark.parametrize(
    ("release", "name"),
    [("ss191125", "5.4 (ss191125)"), ("5.4.0", "5.4.0"), ("6.1.0", "6.1.0"), ("6.3", "6.3")],
)
def test_unsupported_option_is_refused(release: str, name: str) -> None:
    """The error names the required and the installed release, also for a date."""
    with pytest.raises(UnknownOption) as caught:
        build_supported(AgedRunner(release), MdbOptions, options={"vid": 3, "dst": "10.0.0.5"})

    assert str(caught.value).startswith(
        f"dst: needs iproute2 6.4; the installed {name} may silently ignore the option"
    )
    assert ("vid", "3") == build_supported(
        AgedRunner(release), MdbOptions, options={"vid": 3, "dst": None}
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
def test_verbs_check_the_release(verb: Any, options: dict[str, Any]) -> None:
    """Verbs with a permissive parser refuse options newer than iproute2."""
    verb(BridgeProgram(AgedRunner("6.15")))(**options)
    with pytest.raises(UnknownOption):
        verb(BridgeProgram(AgedRunner("6.1")))(**options)


def test_dry_run_has_no_release(dry_session: Session) -> None:
    """A dry run has no release, and passes every option."""
    assert dry_session.iproute2 is None

    dry_session.bridge.vlan.set(7, "v0", neigh_forward_grat=True)
    assert "neigh_forward_grat" in dry_session.recording.commands[-1].command.argv


# Verbs with a permissive parser: first release of the verb, options, and required arguments.
BRIDGE, PORT, VLAN = (
    {"dev": "br0"},
    {"grp": "239.1.1.1", "dev": "br0", "port": "v0"},
    {"vid": 7, "dev": "v0"},
)
PERMISSIVE_VERBS: tuple[tuple[str, str, type, dict[str, Any]], ...] = (
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
        option.name
        for option in options_of(GlobalVlanOptions)
        if option.name not in ("mcast_snooping", "mcast_querier")
    ),
}
RELEASES = (
    *(f"ss{date}" for date, _ in DATES),
    *(f"5.{minor}.0" for minor in range(8, 20)),
    *(f"6.{minor}.0" for minor in range(20)),
    *("7.0.0", "7.1.0", "7.2.0"),
)


def parse_release(text: str | None) -> Release:
    """Return the release with the given text. Fails for an unknown release."""
    release = Release.parse(text)
    assert release is not None

    return release


NEWER = [
    pytest.param(verb, required, option, id=f"{verb}-{option.name}")
    for verb, has, cls, required in PERMISSIVE_VERBS
    for option in options_of(cls)
    if option.since and parse_release(option.since) > parse_release(has)
]


def example_value(option: Option) -> Any:
    """Return a valid value for an option."""
    return VALUES.get(option.name, 2 if option.name in NUMBERS else True)


def call_verb(bridge: BridgeProgram, verb: str, *, options: dict[str, Any]) -> Any:
    """Call a verb by its name."""
    return attrgetter(verb)(bridge)(**options)


def adjacent_releases(since: str) -> tuple[str, str]:
    """Return the last release without an option, and the first release with the option."""
    first = next(
        place for place, text in enumerate(RELEASES) if parse_release(text) == parse_release(since)
    )
    return RELEASES[first - 1], RELEASES[first]


@pytest.mark.parametrize(("verb", "required", "option"), NEWER)
def test_option_is_refused_before_its_release(
    verb: str, required: dict[str, Any], option: Option
) -> None:
    """Every verb refuses an option up to the last release without the option."""
    before, first = adjacent_releases(str(option.since))
    options = {**required, option.name: example_value(option)}
    bridge = BridgeProgram(AgedRunner(first))
    call_verb(bridge, verb, options=options)

    older_bridge = BridgeProgram(AgedRunner(before))
    with pytest.raises(UnknownOption, match=f"^{option.name}: needs iproute2 {option.since}; "):
        call_verb(older_bridge, verb, options=options)


def test_options_ignored_by_5_4_are_covered() -> None:
    """The cases contain options ignored by iproute2 5.4, and filters of `flush`."""
    names = {parameters.id for parameters in NEWER}
    for word in ("filter_mode", "source_list", "proto", "src"):
        assert f"mdb.add-{word}" in names

    assert "fdb.show-dynamic" in names
    assert {"fdb.flush-dst", "fdb.flush-nhid", "fdb.flush-router"} <= names


@pytest.mark.live
@pytest.mark.parametrize(("verb", "required", "option"), NEWER)
def test_installed_release_is_checked(
    sandbox_session: Session, verb: str, required: dict[str, Any], option: Option
) -> None:
    """The installed iproute2 contains every option that ipwrap does not refuse."""
    command_count = len(sandbox_session.recording.commands)

    if parse_release(sandbox_session.iproute2) < parse_release(option.since):
        options = {**required, option.name: example_value(option)}
        with pytest.raises(UnknownOption):
            call_verb(sandbox_session.bridge, verb, options=options)

        assert command_count == len(sandbox_session.recording.commands)
        return

    program = Path(str(find_program("bridge"))).read_bytes()
    if not program.startswith(b"\x7fELF"):
        pytest.skip("bridge is a script here that starts another program")

    assert f"{option.keyword}\0".encode() in program


@pytest.mark.live
def test_session_has_a_release(session: Session) -> None:
    """The release of a session equals the output of `ip -V`."""
    assert parse_version(session.exec("ip", "-V").stdout) == session.iproute2
