"""`bridge vlan global`: the arguments of every option, and the VLANs of a bridge."""

from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, NotSupported, RejectedByKernel, Session, UnknownOption
from ipwrap.bridge.global_vlan import GlobalVlanOptions
from ipwrap.kinds import Bridge
from ipwrap.models import GlobalVlan
from ipwrap.session import Namespace
from tests.option_names import case_names, option_names

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


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(GlobalVlanOptions) == case_names(OPTIONS)


@pytest.mark.parametrize(("vid", "number"), [(1, "1"), (4094, "4094"), ((10, 12), "10-12")])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(
    dry_session: Session,
    vid: int | tuple[int, int],
    number: str,
    name: str,
    value: Any,
    arguments: str,
) -> None:
    """`set` formats an option as iproute2 expects, for a VLAN and for a range."""
    dry_session.bridge.vlan.global_.set(vid, "br0", **{name: value})
    assert f"bridge vlan global set vid {number} dev br0{arguments}" == last_line(dry_session)


def test_show_is_formatted(dry_session: Session) -> None:
    """`show` is not batched, since bridge aborts at a second dump."""
    verbs = dry_session.netns("ns1").bridge.vlan.global_

    verbs.show()
    assert "bridge -n ns1 -j vlan global show" == last_line(dry_session)
    assert not dry_session.recording.commands[-1].command.batch

    verbs.show("br0", vid=7, stats=True)
    assert "bridge -n ns1 -j -s vlan global show dev br0 vid 7" == last_line(dry_session)


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
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.bridge.vlan.global_.set(7, "br0", **options)

    for vid in (0, 4095, (12, 10)):
        with pytest.raises(InvalidArgument):
            dry_session.bridge.vlan.global_.set(vid, "br0", mcast_querier=True)

    assert [] == dry_session.recording.commands


@pytest.fixture
def filtering_netns(bridge_netns: Namespace) -> Namespace:
    """A namespace with a bridge br1 in the VLANs 10 to 12."""
    try:
        bridge_netns.ip.link.add(
            "br1", Bridge(vlan_filtering=True, mcast_vlan_snooping=True), up=True
        )
        bridge_netns.bridge.vlan.add((10, 12), "br1", self_=True)
    except NotSupported as error:
        pytest.skip(f"this kernel has no CONFIG_BRIDGE_VLAN_FILTERING: {error.reason}")

    return bridge_netns


def read_vlans(netns: Namespace, **filters: Any) -> list[GlobalVlan]:
    """Return the global options of the VLANs of br1."""
    bridges = netns.bridge.vlan.global_.show("br1", **filters)
    return [vlan for bridge in bridges for vlan in bridge.vlans]


@pytest.mark.live
@pytest.mark.parametrize(("name", "value", "_arguments"), OPTIONS)
def test_option_is_shown_as_set(
    filtering_netns: Namespace, name: str, value: Any, _arguments: str
) -> None:
    """`show` returns the value of every option, and unchanged values for further VLANs."""
    if name == "msti":
        filtering_netns.exec(
            "ip", "link", "set", "dev", "br1", "type", "bridge", "mst_enabled", "1", check=False
        )

    unchanged_vlans = read_vlans(filtering_netns, vid=12)
    before = getattr(unchanged_vlans[0], name)

    try:
        filtering_netns.bridge.vlan.global_.set((10, 11), "br1", **{name: value})
    except UnknownOption as error:
        pytest.skip(f"this kernel or iproute2: {error}")

    shown = {}

    for vid in (10, 11, 12):
        vlans = read_vlans(filtering_netns, vid=vid)
        shown[vid] = getattr(vlans[0], name)

    if shown[10] is None:
        pytest.skip(f"this kernel or iproute2: it does not show {name}")

    assert {10: value, 11: value, 12: before} == shown


@pytest.mark.live
def test_show_lists_bridges(filtering_netns: Namespace) -> None:
    """`show` lists bridges with their VLANs, repeatedly, and no link of another kind."""
    for _ in range(2):
        bridges = filtering_netns.bridge.vlan.global_.show(stats=True)
        bridges_by_name = {bridge.ifname: bridge for bridge in bridges}
        bridge = bridges_by_name["br1"]
        first = bridge.vlans[0]
        last = bridge.vlans[-1]

        assert {} == bridge.extra
        assert 1 == first.vlan
        assert 12 == (last.vlanEnd or last.vlan)

        for vlan in bridge.vlans:
            assert {} == vlan.extra

    assert [] == filtering_netns.bridge.vlan.global_.show("v0")


@pytest.mark.live
def test_router_ports_are_shown(filtering_netns: Namespace) -> None:
    """A VLAN shows its router ports."""
    filtering_netns.ip.link.set("v0", master="br1")
    filtering_netns.bridge.vlan.add(10, "v0")
    filtering_netns.bridge.vlan.set(10, "v0", mcast_router=2)

    (found_vlan,) = read_vlans(filtering_netns, vid=10, stats=True)
    listed_router_ports = [
        (router_port.port, router_port.timer is not None)
        for router_port in found_vlan.router_ports or ()
    ]
    assert [("v0", True)] == listed_router_ports


@pytest.mark.live
def test_refusals_raise_their_errors(filtering_netns: Namespace) -> None:
    """Every refusal raises its own error class."""
    verbs = filtering_netns.bridge.vlan.global_
    for dev, vid in (("br1", 77), ("nope", 10)):
        with pytest.raises(NotFound):
            verbs.set(vid, dev, mcast_querier=True)

    with pytest.raises(RejectedByKernel):
        verbs.set(10, "v0", mcast_querier=True)

    with pytest.raises(NotFound):
        verbs.show("nope")


@pytest.mark.live
def test_kernel_without_vlan_filtering_is_not_supported(module_netns: Namespace) -> None:
    """A kernel without VLAN filtering raises `NotSupported`."""
    try:
        bridges = module_netns.bridge.vlan.global_.show()
    except NotSupported:
        return

    if bridges:
        pytest.skip("this kernel filters VLANs")
