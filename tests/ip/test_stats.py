"""`ip stats`: its arguments, and the counters of links."""

from typing import Any

import pytest

from ipwrap import CommandError, InvalidArgument, NotFound, Session
from ipwrap.ip.stats import SUBGROUPS
from ipwrap.kinds import Bridge
from ipwrap.models import HwInfo, MulticastStats, Stats, StatsInfo
from ipwrap.objects import delete_command
from ipwrap.session import Namespace

SELECTIONS = [
    (group, subgroup, suite)
    for group, within in SUBGROUPS.items()
    for subgroup in (None, *within)
    for suite in (None, *within.get(subgroup or "", ()))
]


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(("group", "subgroup", "suite"), SELECTIONS)
def test_show_is_formatted(dry_session: Session, group: Any, subgroup: Any, suite: Any) -> None:
    """`show` nests group, subgroup and suite, in a process of its own."""
    dry_session.netns("ns1").ip.stats.show(
        "v0",
        group=group,
        subgroup=subgroup,
        suite=suite,
    )

    arguments = "".join(
        f" {word} {value}"
        for word, value in (("group", group), ("subgroup", subgroup), ("suite", suite))
        if value
    )
    assert f"ip -n ns1 -j -d stats show dev v0{arguments}" == last_line(dry_session)
    assert not dry_session.recording.commands[-1].command.batch


def test_show_without_selection_is_formatted(dry_session: Session) -> None:
    """`show` without arguments asks for every group of every link."""
    dry_session.ip.stats.show()
    assert "ip -j -d stats show" == last_line(dry_session)


@pytest.mark.parametrize(
    ("selected", "message"),
    [
        ({"group": "nope"}, "group: 'nope' is not one of"),
        ({"subgroup": "bridge"}, "group: None is not one of"),
        ({"suite": "stp"}, "group: None is not one of"),
        ({"group": "link", "subgroup": "mpls"}, "subgroup of link: 'mpls', but there is none"),
        (
            {"group": "xstats", "subgroup": "mpls"},
            "subgroup of xstats: 'mpls' is not one of bridge, bond",
        ),
        ({"group": "xstats", "suite": "stp"}, "subgroup of xstats: None is not one of"),
        (
            {"group": "xstats", "subgroup": "bond", "suite": "stp"},
            "suite of bond: 'stp' is not one of 802.3ad",
        ),
        (
            {"group": "afstats", "subgroup": "mpls", "suite": "stp"},
            "suite of mpls: 'stp', but there is none",
        ),
    ],
)
def test_invalid_selection_is_refused(dry_session: Session, selected: Any, message: str) -> None:
    """A subgroup or suite outside its group is refused before a command runs."""
    with pytest.raises(InvalidArgument, match=message):
        dry_session.ip.stats.show(**selected)

    assert [] == dry_session.recording.commands


def test_set_is_formatted(dry_session: Session) -> None:
    """Enabled hardware counters are a created object, dependent on the link."""
    verbs = dry_session.ip.stats
    on = verbs.set("v0", l3_stats=True).command
    assert "ip stats set dev v0 l3_stats on" == last_line(dry_session)
    assert ("ip", "stats", "set", "dev", "v0", "l3_stats", "off") == delete_command(
        on.creates[0]
    ).argv
    assert ("v0",) == on.creates[0].depends_on

    deletion = verbs.set("v0", l3_stats=False)
    assert (on.creates[0].key,) == deletion.command.deletes
    with pytest.raises(InvalidArgument):
        verbs.set("v0", l3_stats="on")  # type: ignore[arg-type]


@pytest.fixture
def stats_netns(veth_netns: Namespace) -> Namespace:
    """A namespace with working `ip stats`."""
    try:
        veth_netns.ip.stats.show("v0")
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    return veth_netns


@pytest.mark.live
def test_every_group_is_shown(stats_netns: Namespace) -> None:
    """`show` returns every group, for a link and for all links."""
    groups = stats_netns.ip.stats.show("v0")
    names = {counters.ifname for counters in groups}
    assert {"v0"} == names

    group_names = {counters.group for counters in groups}
    assert {"link", "xstats", "xstats_slave", "offload", "afstats"} == group_names

    listing = stats_netns.ip.stats.show(group="link")
    listed_names = {counters.ifname for counters in listing}
    assert {"lo", "v0", "v1"} <= listed_names

    extras = [counters.extra for counters in groups if counters.extra]
    assert [] == extras


@pytest.mark.live
def test_link_has_packet_counters(stats_netns: Namespace) -> None:
    """A link has error counters, and a later `ip link show` has none."""
    (counters,) = stats_netns.ip.stats.show("v0", group="link")
    assert isinstance(counters, Stats)
    assert counters.stats64 is not None
    assert counters.stats64.rx is not None
    assert counters.stats64.rx.crc_errors == 0
    assert None is stats_netns.ip.link.show("v0")[0].stats64


@pytest.mark.live
def test_bridge_has_multicast_counters(stats_netns: Namespace) -> None:
    """The suite `mcast` of a bridge returns multicast counters."""
    stats_netns.ip.link.add("br0", Bridge(mcast_stats_enabled=True), up=True)

    (counters,) = stats_netns.ip.stats.show(
        "br0",
        group="xstats",
        subgroup="bridge",
        suite="mcast",
    )
    assert isinstance(counters.multicast, MulticastStats)
    assert "xstats" == counters.group
    assert "bridge" == counters.subgroup
    assert "mcast" == counters.suite


@pytest.mark.live
def test_hardware_counters_are_requested(stats_netns: Namespace) -> None:
    """`set` requests hardware counters, repeatedly, without effect on a software device."""
    verbs = stats_netns.ip.stats

    def requested() -> StatsInfo | None:
        (counters,) = verbs.show("v0", group="offload", subgroup="l3_stats")
        return counters.info

    try:
        verbs.set("v0", l3_stats=True)
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")

    assert StatsInfo(request=True, used=False) == requested()

    (counters,) = verbs.show("v0", group="offload", subgroup="hw_stats_info")
    assert StatsInfo(l3_stats=HwInfo(request=True, used=False)) == counters.info

    verbs.set("v0", l3_stats=True)
    verbs.set("v0", l3_stats=False)
    assert StatsInfo(request=False, used=False) == requested()


@pytest.mark.live
def test_missing_link_raises_not_found(stats_netns: Namespace) -> None:
    """Verbs raise `NotFound` for a missing link."""
    with pytest.raises(NotFound):
        stats_netns.ip.stats.show("nope")

    with pytest.raises(NotFound):
        stats_netns.ip.stats.set("nope", l3_stats=True)
