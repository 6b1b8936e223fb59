"""`bridge vlan global`: the words of every option, and, where the kernel has it, a bridge's VLANs."""

from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, NotSupported, RejectedByKernel, Session, UnknownOption
from ipwrap.bridge.global_vlan import GlobalVlanOptions
from ipwrap.kinds import Bridge
from ipwrap.models import GlobalVlan
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

INTERVALS = ("last_member", "startup_query", "membership", "querier", "query", "query_response")
OPTIONS: list[tuple[str, Any, str]] = [
    ("mcast_snooping", False, " mcast_snooping 0"),
    ("mcast_snooping", True, " mcast_snooping 1"),
    ("mcast_querier", True, " mcast_querier 1"),
    ("mcast_igmp_version", 3, " mcast_igmp_version 3"),
    ("mcast_mld_version", 2, " mcast_mld_version 2"),
    ("mcast_last_member_count", 5, " mcast_last_member_count 5"),
    ("mcast_startup_query_count", 5, " mcast_startup_query_count 5"),
    *((f"mcast_{name}_interval", 1000, f" mcast_{name}_interval 1000") for name in INTERVALS),
    ("msti", 0, " msti 0"),
    ("msti", 3, " msti 3"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def test_every_option_has_a_case() -> None:
    """No option of the table is left untested."""
    assert {row.name for row in options_of(GlobalVlanOptions)} == {name for name, *_ in OPTIONS}


@pytest.mark.parametrize(("vid", "number"), [(1, "1"), (4094, "4094"), ((10, 12), "10-12")])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(
    dry: Session, vid: int | tuple[int, int], number: str, name: str, value: Any, words: str
) -> None:
    """Each option is spelled as iproute2 spells it, for one VLAN and for a range."""
    dry.bridge.vlan.global_.set(vid, "br0", **{name: value})
    assert f"bridge vlan global set vid {number} dev br0{words}" == line(dry)


def test_show_becomes_words(dry: Session) -> None:
    """It always has a process: bridge aborts at the second one."""
    verbs = dry.netns("ns1").bridge.vlan.global_
    verbs.show()
    assert "bridge -n ns1 -j vlan global show" == line(dry)
    assert not dry.recording.commands[-1].command.batch
    verbs.show("br0", vid=7, stats=True)
    assert "bridge -n ns1 -j -s vlan global show dev br0 vid 7" == line(dry)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"mcast_snooping": 1}, InvalidArgument),
        ({"mcast_igmp_version": 1}, InvalidArgument),
        ({"mcast_mld_version": 3}, InvalidArgument),
        ({"mcast_query_interval": 2**64}, InvalidArgument),
        ({"mcast_query_interval": "125s"}, InvalidArgument),
        ({"msti": 4096}, InvalidArgument),
        ({"mcast_snoopign": True}, UnknownOption),
    ],
)
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """What cannot be is refused before anything runs: `bridge vlan` ignores words that it does not know."""
    with pytest.raises(error):
        dry.bridge.vlan.global_.set(7, "br0", **options)
    for vid in (0, 4095, (12, 10)):
        with pytest.raises(InvalidArgument):
            dry.bridge.vlan.global_.set(vid, "br0", mcast_querier=True)
    assert [] == dry.recording.commands


@pytest.fixture
def filtering(there: Namespace) -> Namespace:
    """A namespace whose br1 has VLANs 10 to 12."""
    try:
        there.ip.link.add("br1", Bridge(vlan_filtering=True, mcast_vlan_snooping=True), up=True)
        there.bridge.vlan.add((10, 12), "br1", self_=True)
    except NotSupported as error:
        pytest.skip(f"this kernel has no CONFIG_BRIDGE_VLAN_FILTERING: {error.reason}")
    return there


def vlans(there: Namespace, **how: Any) -> list[GlobalVlan]:
    """Return what is set for the VLANs of br1."""
    return [
        each for bridge in there.bridge.vlan.global_.show("br1", **how) for each in bridge.vlans
    ]


@pytest.mark.live
@pytest.mark.parametrize(("name", "value", "_words"), OPTIONS)
def test_option_is_read_back_as_it_was_set(
    filtering: Namespace, name: str, value: Any, _words: str
) -> None:
    """For the one VLAN; the others stay as they were."""
    if name == "msti":
        filtering.exec(
            "ip", "link", "set", "dev", "br1", "type", "bridge", "mst_enabled", "1", check=False
        )
    before = getattr(vlans(filtering, vid=12)[0], name)
    try:
        filtering.bridge.vlan.global_.set((10, 11), "br1", **{name: value})
    except UnknownOption as error:
        pytest.skip(f"this kernel or iproute2: {error}")
    shown = {vid: getattr(vlans(filtering, vid=vid)[0], name) for vid in (10, 11, 12)}
    if shown[10] is None:
        pytest.skip(f"this kernel or iproute2: it does not show {name}")
    assert {10: value, 11: value, 12: before} == shown


@pytest.mark.live
def test_show_lists_bridges(filtering: Namespace) -> None:
    """With all their VLANs, twice in a row, and none for what is no bridge; nothing has no name."""
    for _ in range(2):
        found = {each.ifname: each for each in filtering.bridge.vlan.global_.show(stats=True)}[
            "br1"
        ]
        assert {} == found.extra
        assert [(1, 12)] == [(found.vlans[0].vlan, found.vlans[-1].vlanEnd or found.vlans[-1].vlan)]
        assert [{}] * len(found.vlans) == [each.extra for each in found.vlans]
    assert [] == filtering.bridge.vlan.global_.show("v0")


@pytest.mark.live
def test_router_ports_are_shown(filtering: Namespace) -> None:
    """Those of a VLAN."""
    filtering.ip.link.set("v0", master="br1")
    filtering.bridge.vlan.add(10, "v0")
    filtering.bridge.vlan.set(10, "v0", mcast_router=2)
    (found,) = vlans(filtering, vid=10, stats=True)
    assert [("v0", True)] == [
        (each.port, each.timer is not None) for each in found.router_ports or ()
    ]


@pytest.mark.live
def test_what_cannot_be_says_so(filtering: Namespace) -> None:
    """Each refusal is its own class."""
    verbs = filtering.bridge.vlan.global_
    for dev, vid in (("br1", 77), ("nope", 10)):
        with pytest.raises(NotFound):
            verbs.set(vid, dev, mcast_querier=True)
    with pytest.raises(RejectedByKernel):
        verbs.set(10, "v0", mcast_querier=True)
    with pytest.raises(NotFound):
        verbs.show("nope")


@pytest.mark.live
def test_kernel_without_vlans_says_so(kept: Namespace) -> None:
    """A kernel without VLAN filtering refuses to show any."""
    try:
        found = kept.bridge.vlan.global_.show()
    except NotSupported:
        return
    if found:
        pytest.skip("this kernel filters VLANs")
