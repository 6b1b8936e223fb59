"""`ip stats`: its words, and what links count."""

from typing import Any

import pytest

from ipwrap import CommandError, InvalidArgument, NotFound, Session
from ipwrap.ip.stats import SUBGROUPS
from ipwrap.kinds import Bridge
from ipwrap.models import HwInfo, MulticastStats, Stats, StatsInfo
from ipwrap.session import Namespace

EVERY = [
    (group, subgroup, suite)
    for group, within in SUBGROUPS.items()
    for subgroup in (None, *within)
    for suite in (None, *within.get(subgroup or "", ()))
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(("group", "subgroup", "suite"), EVERY)
def test_show_becomes_words(dry: Session, group: Any, subgroup: Any, suite: Any) -> None:
    """Each part within the one before; in a process of its own, since iproute2 would show counters ever after."""
    dry.netns("ns1").ip.stats.show("v0", group=group, subgroup=subgroup, suite=suite)
    words = "".join(
        f" {word} {value}"
        for word, value in (("group", group), ("subgroup", subgroup), ("suite", suite))
        if value
    )
    assert f"ip -n ns1 -j -d stats show dev v0{words}" == line(dry)
    assert not dry.recording.commands[-1].command.batch


def test_all_of_all_links_becomes_words(dry: Session) -> None:
    """Nothing is selected."""
    dry.ip.stats.show()
    assert "ip -j -d stats show" == line(dry)


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
def test_what_is_not_within_is_refused(dry: Session, selected: Any, message: str) -> None:
    """Before anything runs."""
    with pytest.raises(InvalidArgument, match=message):
        dry.ip.stats.show(**selected)
    assert [] == dry.recording.commands


def test_set_becomes_words(dry: Session) -> None:
    """Asked for, it is a thing made, which goes with its link."""
    on = dry.ip.stats.set("v0", l3_stats=True).command
    assert "ip stats set dev v0 l3_stats on" == line(dry)
    assert ("ip", "stats", "set", "dev", "v0", "l3_stats", "off") == on.creates[0].delete_argv
    assert ("v0",) == on.creates[0].depends_on
    assert (on.creates[0].key,) == dry.ip.stats.set("v0", l3_stats=False).command.deletes
    with pytest.raises(InvalidArgument):
        dry.ip.stats.set("v0", l3_stats="on")  # type: ignore[arg-type]


@pytest.fixture
def counted(there: Namespace) -> Namespace:
    """A namespace, where this kernel and iproute2 have `ip stats`."""
    try:
        there.ip.stats.show("v0")
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    return there


@pytest.mark.live
def test_every_group_is_shown(counted: Namespace) -> None:
    """Of one link, and of all."""
    found = counted.ip.stats.show("v0")
    assert {"v0"} == {each.ifname for each in found}
    assert {"link", "xstats", "xstats_slave", "offload", "afstats"} == {
        each.group for each in found
    }
    assert {"lo", "v0", "v1"} <= {each.ifname for each in counted.ip.stats.show(group="link")}
    assert [] == [each.extra for each in found if each.extra]


@pytest.mark.live
def test_a_link_counts_its_packets(counted: Namespace) -> None:
    """With each sort of error; and a `show` of links after it is as it was."""
    (found,) = counted.ip.stats.show("v0", group="link")
    assert isinstance(found, Stats)
    assert found.stats64 is not None
    assert found.stats64.rx is not None
    assert found.stats64.rx.crc_errors == 0
    assert None is counted.ip.link.show("v0")[0].stats64


@pytest.mark.live
def test_a_bridge_counts_multicast(counted: Namespace) -> None:
    """In the suite that it is asked for."""
    counted.ip.link.add("br0", Bridge(mcast_stats_enabled=True), up=True)
    (found,) = counted.ip.stats.show("br0", group="xstats", subgroup="bridge", suite="mcast")
    assert isinstance(found.multicast, MulticastStats)
    assert ("xstats", "bridge", "mcast") == (found.group, found.subgroup, found.suite)


@pytest.mark.live
def test_hardware_is_asked_to_count(counted: Namespace) -> None:
    """It is shown so; asking again changes nothing, and without hardware nothing is counted."""

    def asked() -> StatsInfo | None:
        (found,) = counted.ip.stats.show("v0", group="offload", subgroup="l3_stats")
        return found.info

    try:
        counted.ip.stats.set("v0", l3_stats=True)
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    assert StatsInfo(request=True, used=False) == asked()
    (found,) = counted.ip.stats.show("v0", group="offload", subgroup="hw_stats_info")
    assert StatsInfo(l3_stats=HwInfo(request=True, used=False)) == found.info
    counted.ip.stats.set("v0", l3_stats=True)
    counted.ip.stats.set("v0", l3_stats=False)
    assert StatsInfo(request=False, used=False) == asked()


@pytest.mark.live
def test_errors(counted: Namespace) -> None:
    """No such link."""
    with pytest.raises(NotFound):
        counted.ip.stats.show("nope")
    with pytest.raises(NotFound):
        counted.ip.stats.set("nope", l3_stats=True)
