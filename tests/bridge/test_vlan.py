"""`bridge vlan`: the words of every option, and, where the kernel has it, the VLANs of a port."""

from collections.abc import Callable
from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, NotSupported, RejectedByKernel, Session, UnknownOption
from ipwrap.bridge.vlan import VlanOptions, VlanSettings
from ipwrap.kinds import Bridge, BridgeSlave
from ipwrap.models import PortVlan
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

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


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.results[-1].line


def test_every_option_has_a_case() -> None:
    """No option of the table is left untested."""
    assert {row.name for row in options_of(VlanOptions)} == {name for name, *_ in OPTIONS}
    assert {row.name for row in options_of(VlanSettings)} == {name for name, *_ in SETTINGS}


@pytest.mark.parametrize("verb", ["add", "delete"])
@pytest.mark.parametrize(("vid", "number"), [(1, "1"), (4094, "4094")])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(
    dry: Session, verb: str, vid: int, number: str, name: str, value: Any, words: str
) -> None:
    """Each option of each verb is spelled as iproute2 spells it."""
    getattr(dry.bridge.vlan, verb)(vid, "v0", **{name: value})
    assert f"bridge vlan {verb} vid {number} dev v0{words}" == line(dry)


@pytest.mark.parametrize("verb", ["add", "delete"])
def test_range_becomes_words(dry: Session, verb: str) -> None:
    """With a range of tunnels that is as long."""
    run = getattr(dry.bridge.vlan, verb)
    run((10, 12), "v0", untagged=True)
    assert f"bridge vlan {verb} vid 10-12 dev v0 untagged" == line(dry)
    run((10, 12), "v0", tunnel_info=(1000, 1002))
    assert f"bridge vlan {verb} vid 10-12 dev v0 tunnel_info id 1000-1002" == line(dry)


@pytest.mark.parametrize(("vid", "number"), [(1, "1"), ((10, 12), "10-12")])
@pytest.mark.parametrize(("name", "value", "words"), SETTINGS)
def test_setting_becomes_words(
    dry: Session, vid: int | tuple[int, int], number: str, name: str, value: Any, words: str
) -> None:
    """Each option of `set` is spelled as iproute2 spells it, for one VLAN and for a range."""
    dry.bridge.vlan.set(vid, "v0", **{name: value})
    assert f"bridge vlan set vid {number} dev v0{words}" == line(dry)


def test_show_becomes_words(dry: Session) -> None:
    """`show` says what is asked of it, and asks for details only where they are wanted."""
    verbs = dry.netns("ns1").bridge.vlan
    verbs.show()
    assert "bridge -n ns1 -j vlan show" == line(dry)
    verbs.show("v0", vid=7)
    assert "bridge -n ns1 -j vlan show dev v0 vid 7" == line(dry)
    verbs.show(details=True, stats=True)
    assert "bridge -n ns1 -j -d -s vlan show" == line(dry)
    verbs.show(compress=True)
    assert "bridge -n ns1 -j -compressvlans vlan show" == line(dry)


def test_tunnelshow_becomes_words(dry: Session) -> None:
    """With a filter, which bridge never forgets, it has a process."""
    verbs = dry.netns("ns1").bridge.vlan
    verbs.tunnelshow()
    assert "bridge -n ns1 -j vlan tunnelshow" == line(dry)
    assert dry.recording.commands[-1].command.batch
    verbs.tunnelshow("v0", vid=7)
    assert "bridge -n ns1 -j vlan tunnelshow dev v0 vid 7" == line(dry)
    assert not dry.recording.commands[-1].command.batch


@pytest.mark.parametrize(
    "vid", [0, 4095, "10", True, (12, 10), (10, 10), (10,), (10, 12, 14), (0, 5), (10, 4095), None]
)
def test_number_that_is_none_is_refused(dry: Session, vid: Any) -> None:
    """What is no VLAN's number, and no range, is refused before anything runs."""
    runs: list[Callable[[], object]] = [
        lambda: dry.bridge.vlan.add(vid, "v0"),
        lambda: dry.bridge.vlan.delete(vid, "v0"),
        lambda: dry.bridge.vlan.set(vid, "v0", state=0),
    ]
    for run in runs:
        with pytest.raises(InvalidArgument):
            run()
    assert [] == dry.recording.commands


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
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """What cannot be is refused before anything runs: `bridge vlan` ignores what it does not know."""
    with pytest.raises(error):
        dry.bridge.vlan.add(7, "v0", **options)
    with pytest.raises(InvalidArgument):
        dry.bridge.vlan.show(vid=0)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("options", [{"pvid": True}, {"tunnel_info": 7}, {"tunnel_info": (7, 8)}])
def test_range_that_iproute2_would_not_heed_is_refused(
    dry: Session, options: dict[str, Any]
) -> None:
    """There is one pvid, and there are as many tunnels as VLANs."""
    with pytest.raises(InvalidArgument):
        dry.bridge.vlan.add((10, 12), "v0", **options)
    assert [] == dry.recording.commands


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
def test_setting_that_cannot_be_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """Before anything runs."""
    with pytest.raises(error):
        dry.bridge.vlan.set(7, "v0", **options)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("options", [{}, {"self_": True, "untagged": True}])
def test_add_says_what_it_makes(dry: Session, options: dict[str, Any]) -> None:
    """A VLAN is known by its number and port; `delete` names it alike, and the bridge's own by `self`."""
    (made,) = dry.netns("ns1").bridge.vlan.add((10, 12), "br0", **options).command.creates
    own = ("self",) if "self_" in options else ()
    assert ("bridge", "vlan", "delete", "vid", "10-12", "dev", "br0", *own) == made.delete_argv
    assert ("br0",) == made.depends_on
    assert "ns1" == made.netns
    tunnel = ("vlan tunnel", *made.key[1:])
    assert (made.key, tunnel) == dry.netns("ns1").bridge.vlan.delete(
        (10, 12), "br0", **options
    ).command.deletes


def test_tunnel_is_a_thing_of_its_own(dry: Session) -> None:
    """Its undo leaves the port in the VLAN, and `delete` of the tunnel too."""
    (made,) = dry.bridge.vlan.add(7, "vx0", tunnel_info=1000).command.creates
    assert ("vlan tunnel", None, "7 dev vx0") == made.key
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
    ) == made.delete_argv
    assert (made.key,) == dry.bridge.vlan.delete(7, "vx0", tunnel_info=1000).command.deletes


@pytest.fixture
def filtering(kept: Namespace) -> Namespace:
    """The same, where br0 filters VLANs."""
    try:
        kept.ip.link.set("br0", Bridge(vlan_filtering=True))
    except NotSupported as error:
        pytest.skip(f"this kernel has no CONFIG_BRIDGE_VLAN_FILTERING: {error.reason}")
    return kept


def vlans(there: Namespace, dev: str, **how: Any) -> list[PortVlan]:
    """Return the VLANs of one port."""
    return [vlan for port in there.bridge.vlan.show(dev, **how) for vlan in port.vlans]


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
def test_vlan_is_shown_as_it_was_made(
    filtering: Namespace, vid: int | tuple[int, int], options: dict[str, Any], shown: list[Any]
) -> None:
    """A port is in the VLANs that it was let into, until it is taken out."""
    if vlans(filtering, "v0"):
        filtering.bridge.vlan.delete(1, "v0")
    filtering.bridge.vlan.add(vid, "v0", **options)
    assert shown == [(each.vlan, each.vlanEnd, each.flags or ()) for each in vlans(filtering, "v0")]
    filtering.bridge.vlan.delete(vid, "v0")
    assert [] == vlans(filtering, "v0")


@pytest.mark.live
def test_bridge_itself_is_in_a_vlan(filtering: Namespace) -> None:
    """`self` speaks of the bridge."""
    filtering.bridge.vlan.add(7, "br0", self_=True)
    assert [7] == [each.vlan for each in vlans(filtering, "br0", vid=7)]


@pytest.mark.live
def test_details_are_shown(filtering: Namespace) -> None:
    """`details` adds what each VLAN is like, twice in a row."""
    for _ in range(2):
        assert {"forwarding"} == {each.state for each in vlans(filtering, "v1", details=True)}
    assert None not in [each.rx_bytes for each in vlans(filtering, "v1", stats=True)]


@pytest.mark.live
def test_ranges_are_compressed(filtering: Namespace) -> None:
    """Into one object, if that is asked for."""
    filtering.bridge.vlan.add((20, 22), "v1")
    assert [(20, 22)] == [
        (each.vlan, each.vlanEnd) for each in vlans(filtering, "v1", compress=True) if each.vlanEnd
    ]
    filtering.bridge.vlan.delete((20, 22), "v1")


@pytest.mark.live
@pytest.mark.parametrize(("name", "value", "_words"), SETTINGS)
def test_setting_is_read_back_as_it_was_set(
    filtering: Namespace, name: str, value: Any, _words: str
) -> None:
    """For the VLANs that were said."""
    filtering.ip.link.set("br0", Bridge(mcast_vlan_snooping=True))
    filtering.bridge.vlan.add((30, 32), "v1")
    try:
        filtering.bridge.vlan.set((30, 31), "v1", **{name: value})
    except (UnknownOption, RejectedByKernel) as error:
        filtering.bridge.vlan.delete((30, 32), "v1")
        if isinstance(error, RejectedByKernel) and "Unknown attribute" not in error.reason:
            raise
        pytest.skip(f"this kernel or iproute2: {error}")
    shown = {
        vid: getattr(vlans(filtering, "v1", vid=vid, details=True)[0], name) for vid in (30, 31, 32)
    }
    filtering.bridge.vlan.delete((30, 32), "v1")
    if shown[30] is None:
        pytest.skip(f"this kernel or iproute2: it does not show {name}")
    assert ["blocking" if value == 4 else value] * 2 == [shown[30], shown[31]]


@pytest.mark.live
def test_tunnel_is_shown_as_it_was_made(filtering: Namespace) -> None:
    """A VLAN's and those of a range; without it the port stays in the VLAN."""
    filtering.exec("ip", "link", "add", "vx2", "type", "vxlan", "dstport", "4791", "external")
    filtering.ip.link.set("vx2", master="br0")
    filtering.ip.link.set("vx2", BridgeSlave(vlan_tunnel=True))
    filtering.bridge.vlan.add((40, 42), "vx2")
    made = [
        *filtering.bridge.vlan.add(40, "vx2", tunnel_info=400).command.creates,
        *filtering.bridge.vlan.add((41, 42), "vx2", tunnel_info=(1041, 1042)).command.creates,
    ]
    (port,) = filtering.bridge.vlan.tunnelshow()
    assert [(40, None, 400, None), (41, 42, 1041, 1042)] == [
        (each.vlan, each.vlanEnd, each.tunid, each.tunidEnd) for each in port.tunnels or ()
    ]
    (port,) = filtering.bridge.vlan.tunnelshow("vx2", vid=40)
    assert [400] == [each.tunid for each in port.tunnels or ()]
    for each in made:
        filtering.exec(*each.delete_argv)
    assert [] == filtering.bridge.vlan.tunnelshow()
    assert {40, 41, 42} <= {each.vlan for each in vlans(filtering, "vx2")}
    filtering.ip.link.delete("vx2")


@pytest.mark.live
def test_setting_of_a_vlan_that_a_port_is_not_in_is_not_found(filtering: Namespace) -> None:
    """The kernel says so; and a state it has no right to is refused."""
    with pytest.raises(NotFound):
        filtering.bridge.vlan.set(77, "v0", state=0)
    with pytest.raises((RejectedByKernel, NotFound)):
        filtering.bridge.vlan.set((77, 78), "v0", state=0)


@pytest.mark.live
def test_kernel_without_vlans_says_so(kept: Namespace) -> None:
    """A kernel without VLAN filtering shows no VLANs, and refuses to make one."""
    if kept.bridge.vlan.show():
        pytest.skip("this kernel filters VLANs")
    assert [] == kept.bridge.vlan.show("v0", stats=True)
    for run in (lambda: kept.bridge.vlan.add(7, "v0"), lambda: kept.bridge.vlan.show(details=True)):
        with pytest.raises(NotSupported):
            run()


@pytest.mark.live
def test_link_that_is_not_there_is_not_found(kept: Namespace) -> None:
    """Every verb says that the link is missing."""
    verbs = kept.bridge.vlan
    for run in (
        lambda: verbs.add(7, "nope"),
        lambda: verbs.delete(7, "nope"),
        lambda: verbs.show("nope"),
    ):
        with pytest.raises(NotFound, match="nope"):
            run()
