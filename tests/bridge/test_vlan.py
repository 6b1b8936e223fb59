"""`bridge vlan`: the arguments of every option, and the VLANs of a port."""

from collections.abc import Callable
from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, NotSupported, RejectedByKernel, Session, UnknownOption
from ipwrap.bridge.vlan import VlanOptions, VlanSettings
from ipwrap.kinds import Bridge, BridgeSlave
from ipwrap.models import PortVlan
from ipwrap.objects import delete_command
from ipwrap.session import Namespace
from tests.option_names import case_names, option_names

OPTIONS: list[tuple[str, Any, str]] = [
    ("tunnel_info", 1000, " tunnel_info id 1000"),
    ("pvid", True, " pvid"),
    ("pvid", False, ""),
    ("untagged", True, " untagged"),
    ("self_", True, " self"),
    ("master", True, " master"),
]

SETTINGS: list[tuple[str, Any, str]] = [
    *(
        ("state", state, f" state {state}")
        for state in ("disabled", "listening", "learning", "forwarding", "blocking")
    ),
    ("state", 4, " state 4"),
    ("mcast_router", 0, " mcast_router 0"),
    ("mcast_router", 2, " mcast_router 2"),
    ("mcast_max_groups", 7, " mcast_max_groups 7"),
    ("neigh_suppress", True, " neigh_suppress on"),
    ("neigh_suppress", False, " neigh_suppress off"),
    ("neigh_forward_grat", True, " neigh_forward_grat on"),
]


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.results[-1].line


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(VlanOptions) == case_names(OPTIONS)
    assert option_names(VlanSettings) == case_names(SETTINGS)


@pytest.mark.parametrize("verb", ["add", "delete"])
@pytest.mark.parametrize(("vid", "number"), [(1, "1"), (4094, "4094")])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(
    dry_session: Session, verb: str, vid: int, number: str, name: str, value: Any, arguments: str
) -> None:
    """Every verb formats an option as iproute2 expects."""
    run_verb = getattr(dry_session.bridge.vlan, verb)

    run_verb(vid, "v0", **{name: value})
    assert f"bridge vlan {verb} vid {number} dev v0{arguments}" == last_line(dry_session)


@pytest.mark.parametrize("verb", ["add", "delete"])
def test_range_is_formatted(dry_session: Session, verb: str) -> None:
    """A range of VLANs accepts a range of tunnels of equal length."""
    call = getattr(dry_session.bridge.vlan, verb)

    call((10, 12), "v0", untagged=True)
    assert f"bridge vlan {verb} vid 10-12 dev v0 untagged" == last_line(dry_session)

    call((10, 12), "v0", tunnel_info=(1000, 1002))
    assert f"bridge vlan {verb} vid 10-12 dev v0 tunnel_info id 1000-1002" == last_line(dry_session)


@pytest.mark.parametrize(("vid", "number"), [(1, "1"), ((10, 12), "10-12")])
@pytest.mark.parametrize(("name", "value", "arguments"), SETTINGS)
def test_setting_is_formatted(
    dry_session: Session,
    vid: int | tuple[int, int],
    number: str,
    name: str,
    value: Any,
    arguments: str,
) -> None:
    """`set` formats an option as iproute2 expects, for a VLAN and for a range."""
    dry_session.bridge.vlan.set(vid, "v0", **{name: value})
    assert f"bridge vlan set vid {number} dev v0{arguments}" == last_line(dry_session)


def test_show_is_formatted(dry_session: Session) -> None:
    """`show` passes exactly the requested filters, and no `-d` by default."""
    verbs = dry_session.netns("ns1").bridge.vlan

    verbs.show()
    assert "bridge -n ns1 -j vlan show" == last_line(dry_session)

    verbs.show("v0", vid=7)
    assert "bridge -n ns1 -j vlan show dev v0 vid 7" == last_line(dry_session)

    verbs.show(details=True, stats=True)
    assert "bridge -n ns1 -j -d -s vlan show" == last_line(dry_session)

    verbs.show(compress=True)
    assert "bridge -n ns1 -j -compressvlans vlan show" == last_line(dry_session)


def test_tunnelshow_is_formatted(dry_session: Session) -> None:
    """A filtered query is not batched, since bridge never resets a filter."""
    verbs = dry_session.netns("ns1").bridge.vlan

    verbs.tunnelshow()
    assert "bridge -n ns1 -j vlan tunnelshow" == last_line(dry_session)
    assert dry_session.recording.commands[-1].command.batch

    verbs.tunnelshow("v0", vid=7)
    assert "bridge -n ns1 -j vlan tunnelshow dev v0 vid 7" == last_line(dry_session)
    assert not dry_session.recording.commands[-1].command.batch


@pytest.mark.parametrize(
    "vid", [0, 4095, "10", True, (12, 10), (10, 10), (10,), (10, 12, 14), (0, 5), (10, 4095), None]
)
def test_invalid_number_is_refused(dry_session: Session, vid: Any) -> None:
    """An invalid VLAN number or range is refused before a command runs."""
    verbs = dry_session.bridge.vlan
    calls: list[Callable[[], object]] = [
        lambda: verbs.add(vid, "v0"),
        lambda: verbs.delete(vid, "v0"),
        lambda: verbs.set(vid, "v0", state=0),
    ]

    for call in calls:
        with pytest.raises(InvalidArgument):
            call()

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"tunnel_info": 0}, InvalidArgument),
        ({"tunnel_info": 2**24}, InvalidArgument),
        ({"pvid": 1}, InvalidArgument),
        ({"tunnel_info": (7, 8)}, InvalidArgument),
        ({"tunnel_info": 7, "pvid": True}, InvalidArgument),
        ({"tunnel_info": 7, "untagged": True}, InvalidArgument),
        ({"pvidd": True}, UnknownOption),
    ],
)
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.bridge.vlan.add(7, "v0", **options)

    with pytest.raises(InvalidArgument):
        dry_session.bridge.vlan.show(vid=0)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("options", [{"pvid": True}, {"tunnel_info": 7}, {"tunnel_info": (7, 8)}])
def test_inconsistent_range_is_refused(dry_session: Session, options: dict[str, Any]) -> None:
    """A range accepts no `pvid`, and needs a tunnel for each VLAN."""
    with pytest.raises(InvalidArgument):
        dry_session.bridge.vlan.add((10, 12), "v0", **options)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"state": "asleep"}, InvalidArgument),
        ({"state": 5}, InvalidArgument),
        ({"mcast_router": 4}, InvalidArgument),
        ({"mcast_max_groups": -1}, InvalidArgument),
        ({"neigh_suppress": 1}, InvalidArgument),
        ({"neigh_supress": True}, UnknownOption),
    ],
)
def test_invalid_setting_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid setting is refused before a command runs."""
    with pytest.raises(error):
        dry_session.bridge.vlan.set(7, "v0", **options)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("options", [{}, {"self_": True, "untagged": True}])
def test_add_declares_the_created_object(dry_session: Session, options: dict[str, Any]) -> None:
    """The identity of a VLAN is its number and port, in `add` and `delete`."""
    result = dry_session.netns("ns1").bridge.vlan.add((10, 12), "br0", **options)
    (created,) = result.command.creates
    identity = ("self",) if "self_" in options else ()
    assert (
        "bridge",
        "vlan",
        "delete",
        "vid",
        "10-12",
        "dev",
        "br0",
        *identity,
    ) == delete_command(created).argv
    assert ("br0",) == created.depends_on
    assert "ns1" == created.netns

    tunnel = ("vlan tunnel", *created.key[1:])
    deletion = dry_session.netns("ns1").bridge.vlan.delete((10, 12), "br0", **options)
    assert (created.key, tunnel) == deletion.command.deletes


def test_tunnel_is_a_separate_object(dry_session: Session) -> None:
    """The inverse of a tunnel, and `delete` of a tunnel, keep the port in the VLAN."""
    result = dry_session.bridge.vlan.add(7, "vx0", tunnel_info=1000)
    (created,) = result.command.creates
    assert ("vlan tunnel", None, "7 dev vx0") == created.key
    assert (
        "bridge",
        "vlan",
        "delete",
        "vid",
        "7",
        "dev",
        "vx0",
        "tunnel_info",
        "id",
        "1000",
    ) == delete_command(created).argv

    deletion = dry_session.bridge.vlan.delete(7, "vx0", tunnel_info=1000)
    assert (created.key,) == deletion.command.deletes


@pytest.fixture
def filtering_netns(module_netns: Namespace) -> Namespace:
    """The shared namespace with VLAN filtering on br0."""
    try:
        module_netns.ip.link.set("br0", Bridge(vlan_filtering=True))
    except NotSupported as error:
        pytest.skip(f"this kernel has no CONFIG_BRIDGE_VLAN_FILTERING: {error.reason}")

    return module_netns


def read_vlans(netns: Namespace, dev: str, **filters: Any) -> list[PortVlan]:
    """Return the VLANs of a port."""
    ports = netns.bridge.vlan.show(dev, **filters)
    return [vlan for port in ports for vlan in port.vlans]


@pytest.mark.live
@pytest.mark.parametrize(
    ("vid", "options", "shown"),
    [
        (7, {}, [(7, None, ())]),
        (7, {"pvid": True, "untagged": True}, [(7, None, ("PVID", "Egress Untagged"))]),
        (7, {"untagged": True, "master": True}, [(7, None, ("Egress Untagged",))]),
        ((10, 12), {}, [(10, None, ()), (11, None, ()), (12, None, ())]),
    ],
)
def test_vlan_is_shown_as_created(
    filtering_netns: Namespace,
    vid: int | tuple[int, int],
    options: dict[str, Any],
    shown: list[Any],
) -> None:
    """A port is in a VLAN from `add` until `delete`."""
    verbs = filtering_netns.bridge.vlan
    if read_vlans(filtering_netns, "v0"):
        verbs.delete(1, "v0")

    verbs.add(vid, "v0", **options)

    vlans = read_vlans(filtering_netns, "v0")
    listed_vlans = [(vlan.vlan, vlan.vlanEnd, vlan.flags or ()) for vlan in vlans]
    assert shown == listed_vlans

    verbs.delete(vid, "v0")
    assert [] == read_vlans(filtering_netns, "v0")


@pytest.mark.live
def test_bridge_itself_joins_a_vlan(filtering_netns: Namespace) -> None:
    """`self` adds the bridge itself to a VLAN."""
    filtering_netns.bridge.vlan.add(7, "br0", self_=True)

    vlans = read_vlans(filtering_netns, "br0", vid=7)
    vids = [vlan.vlan for vlan in vlans]
    assert [7] == vids


@pytest.mark.live
def test_details_are_shown(filtering_netns: Namespace) -> None:
    """`details` adds the options of each VLAN, repeatedly."""
    for _ in range(2):
        vlans = read_vlans(filtering_netns, "v1", details=True)
        states = {vlan.state for vlan in vlans}
        assert {"forwarding"} == states

    vlans = read_vlans(filtering_netns, "v1", stats=True)
    byte_counts = [vlan.rx_bytes for vlan in vlans]
    assert None not in byte_counts


@pytest.mark.live
def test_ranges_are_compressed(filtering_netns: Namespace) -> None:
    """`compress` returns a range of VLANs as a single object."""
    filtering_netns.bridge.vlan.add((20, 22), "v1")

    vlans = read_vlans(filtering_netns, "v1", compress=True)
    listed_vlans = [(vlan.vlan, vlan.vlanEnd) for vlan in vlans if vlan.vlanEnd]
    assert [(20, 22)] == listed_vlans

    filtering_netns.bridge.vlan.delete((20, 22), "v1")


@pytest.mark.live
@pytest.mark.parametrize(("name", "value", "_arguments"), SETTINGS)
def test_setting_is_shown_as_set(
    filtering_netns: Namespace, name: str, value: Any, _arguments: str
) -> None:
    """`show` returns the settings of the given VLANs."""
    verbs = filtering_netns.bridge.vlan

    filtering_netns.ip.link.set("br0", Bridge(mcast_vlan_snooping=True))
    verbs.add((30, 32), "v1")

    try:
        verbs.set((30, 31), "v1", **{name: value})
    except (UnknownOption, RejectedByKernel) as error:
        verbs.delete((30, 32), "v1")
        if isinstance(error, RejectedByKernel) and "Unknown attribute" not in error.reason:
            raise
        pytest.skip(f"this kernel or iproute2: {error}")

    shown = {}

    for vid in (30, 31, 32):
        vlans = read_vlans(filtering_netns, "v1", vid=vid, details=True)
        shown[vid] = getattr(vlans[0], name)

    verbs.delete((30, 32), "v1")

    if shown[30] is None:
        pytest.skip(f"this kernel or iproute2: it does not show {name}")

    expected = "blocking" if value == 4 else value
    assert expected == shown[30]
    assert expected == shown[31]


@pytest.mark.live
def test_tunnel_is_shown_as_created(filtering_netns: Namespace) -> None:
    """The inverse of a tunnel keeps the port in the VLAN, also for a range."""
    verbs = filtering_netns.bridge.vlan

    filtering_netns.exec("ip", "link", "add", "vx2", "type", "vxlan", "dstport", "4791", "external")
    filtering_netns.ip.link.set("vx2", master="br0")
    filtering_netns.ip.link.set("vx2", BridgeSlave(vlan_tunnel=True))
    verbs.add((40, 42), "vx2")
    created = [
        *verbs.add(40, "vx2", tunnel_info=400).command.creates,
        *verbs.add((41, 42), "vx2", tunnel_info=(1041, 1042)).command.creates,
    ]

    (port,) = verbs.tunnelshow()
    listed_tunnels = [
        (tunnel.vlan, tunnel.vlanEnd, tunnel.tunid, tunnel.tunidEnd)
        for tunnel in port.tunnels or ()
    ]
    assert [(40, None, 400, None), (41, 42, 1041, 1042)] == listed_tunnels

    (port,) = verbs.tunnelshow("vx2", vid=40)
    tunnel_ids = [tunnel.tunid for tunnel in port.tunnels or ()]
    assert [400] == tunnel_ids

    for created_object in created:
        filtering_netns.exec(*delete_command(created_object).argv)

    assert [] == verbs.tunnelshow()

    vlans = read_vlans(filtering_netns, "vx2")
    vids = {vlan.vlan for vlan in vlans}
    assert {40, 41, 42} <= vids

    filtering_netns.ip.link.delete("vx2")


@pytest.mark.live
def test_setting_of_a_missing_vlan_is_not_found(filtering_netns: Namespace) -> None:
    """`set` refuses a VLAN without the port."""
    with pytest.raises(NotFound):
        filtering_netns.bridge.vlan.set(77, "v0", state=0)

    with pytest.raises((RejectedByKernel, NotFound)):
        filtering_netns.bridge.vlan.set((77, 78), "v0", state=0)


@pytest.mark.live
def test_kernel_without_vlan_filtering_is_not_supported(module_netns: Namespace) -> None:
    """A kernel without VLAN filtering shows no VLANs, and refuses `add` and details."""
    verbs = module_netns.bridge.vlan
    if verbs.show():
        pytest.skip("this kernel filters VLANs")

    assert [] == verbs.show("v0", stats=True)

    for call in (
        lambda: verbs.add(7, "v0"),
        lambda: verbs.show(details=True),
    ):
        with pytest.raises(NotSupported):
            call()


@pytest.mark.live
def test_missing_link_is_not_found(module_netns: Namespace) -> None:
    """Every verb raises `NotFound` for a missing link."""
    verbs = module_netns.bridge.vlan
    for call in (
        lambda: verbs.add(7, "nope"),
        lambda: verbs.delete(7, "nope"),
        lambda: verbs.show("nope"),
    ):
        with pytest.raises(NotFound, match="nope"):
            call()
