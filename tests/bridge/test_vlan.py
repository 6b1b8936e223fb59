"""`bridge vlan`: the words of every option, and, where the kernel has it, the VLANs of a port."""

from collections.abc import Callable
from typing import Any

import pytest

from ipwrap import BadOption, BadValue, NotFound, NotSupported, Session
from ipwrap.bridge.vlan import VlanOptions
from ipwrap.kinds import Bridge
from ipwrap.models import PortVlan
from ipwrap.option import table
from ipwrap.session import Inside

OPTIONS: list[tuple[str, Any, str]] = [
    ("tunnel_info", 1000, " tunnel_info id 1000"),
    ("tunnel_info", (1000, 1002), " tunnel_info id 1000-1002"),
    ("pvid", True, " pvid"),
    ("pvid", False, ""),
    ("untagged", True, " untagged"),
    ("self_", True, " self"),
    ("master", True, " master"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.results[-1].line


def test_every_option_has_a_case() -> None:
    """No option of the table is left untested."""
    assert {row.name for row in table(VlanOptions)} == {name for name, *_ in OPTIONS}


@pytest.mark.parametrize("verb", ["add", "delete"])
@pytest.mark.parametrize(("vid", "number"), [(1, "1"), (4094, "4094"), ((10, 12), "10-12")])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(
    dry: Session, verb: str, vid: int | tuple[int, int], number: str, name: str, value: Any, words: str
) -> None:
    """Each option of each verb is spelled as iproute2 spells it, for one VLAN and for a range."""
    getattr(dry.bridge.vlan, verb)(vid, "v0", **{name: value})
    assert f"bridge vlan {verb} vid {number} dev v0{words}" == line(dry)


def test_show_becomes_words(dry: Session) -> None:
    """`show` says what is asked of it, and asks for details only where they are wanted."""
    verbs = dry.netns("ns1").bridge.vlan
    verbs.show()
    assert "bridge -n ns1 -j vlan show" == line(dry)
    verbs.show("v0", vid=7)
    assert "bridge -n ns1 -j vlan show dev v0 vid 7" == line(dry)
    verbs.show(details=True, stats=True)
    assert "bridge -n ns1 -j -d -s vlan show" == line(dry)


@pytest.mark.parametrize(
    "vid", [0, 4095, "10", True, (12, 10), (10, 10), (10,), (10, 12, 14), (0, 5), (10, 4095), None]
)
def test_number_that_is_none_is_refused(dry: Session, vid: Any) -> None:
    """What is no VLAN's number, and no range, is refused before anything runs."""
    runs: list[Callable[[], object]] = [
        lambda: dry.bridge.vlan.add(vid, "v0"),
        lambda: dry.bridge.vlan.delete(vid, "v0"),
    ]
    for run in runs:
        with pytest.raises(BadValue):
            run()
    assert [] == dry.recording.commands


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"tunnel_info": 0}, BadValue),
        ({"tunnel_info": 2**24}, BadValue),
        ({"pvid": 1}, BadValue),
        ({"pvidd": True}, BadOption),
    ],
)
def test_what_iproute2_cannot_take_is_refused(dry: Session, options: dict[str, Any], error: type[BadValue]) -> None:
    """What cannot be is refused before anything runs: `bridge vlan` ignores what it does not know."""
    with pytest.raises(error):
        dry.bridge.vlan.add(7, "v0", **options)
    with pytest.raises(BadValue):
        dry.bridge.vlan.show(vid=0)
    assert [] == dry.recording.commands


@pytest.mark.parametrize("options", [{}, {"self_": True, "pvid": True}])
def test_add_says_what_it_makes(dry: Session, options: dict[str, Any]) -> None:
    """A VLAN is known by its number and port; `delete` names it alike, and the bridge's own by `self`."""
    (made,) = dry.netns("ns1").bridge.vlan.add((10, 12), "br0", **options).command.makes
    own = ("self",) if "self_" in options else ()
    assert ("bridge", "vlan", "delete", "vid", "10-12", "dev", "br0", *own) == made.undo
    assert ("br0",) == made.on
    assert "ns1" == made.netns
    assert (made.key,) == dry.netns("ns1").bridge.vlan.delete((10, 12), "br0", **options).command.drops


@pytest.fixture
def filtering(kept: Inside) -> Inside:
    """The same, where br0 filters VLANs."""
    try:
        kept.ip.link.set("br0", Bridge(vlan_filtering=True))
    except NotSupported as error:
        pytest.skip(f"this kernel has no CONFIG_BRIDGE_VLAN_FILTERING: {error.reason}")
    return kept


def vlans(there: Inside, dev: str, **how: Any) -> list[PortVlan]:
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
    filtering: Inside, vid: int | tuple[int, int], options: dict[str, Any], shown: list[Any]
) -> None:
    """A port is in the VLANs that it was let into, until it is taken out."""
    if vlans(filtering, "v0"):
        filtering.bridge.vlan.delete(1, "v0")
    filtering.bridge.vlan.add(vid, "v0", **options)
    assert shown == [(each.vlan, each.vlanEnd, each.flags or ()) for each in vlans(filtering, "v0")]
    filtering.bridge.vlan.delete(vid, "v0")
    assert [] == vlans(filtering, "v0")


@pytest.mark.live
def test_bridge_itself_is_in_a_vlan(filtering: Inside) -> None:
    """`self` speaks of the bridge."""
    filtering.bridge.vlan.add(7, "br0", self_=True)
    assert [7] == [each.vlan for each in vlans(filtering, "br0", vid=7)]


@pytest.mark.live
def test_details_are_shown(filtering: Inside) -> None:
    """`details` adds what each VLAN is like, twice in a row."""
    for _ in range(2):
        assert {"forwarding"} == {each.state for each in vlans(filtering, "v1", details=True)}
    assert None not in [each.rx_bytes for each in vlans(filtering, "v1", stats=True)]


@pytest.mark.live
def test_kernel_without_vlans_says_so(kept: Inside) -> None:
    """A kernel without VLAN filtering shows no VLANs, and refuses to make one."""
    if kept.bridge.vlan.show():
        pytest.skip("this kernel filters VLANs")
    assert [] == kept.bridge.vlan.show("v0", stats=True)
    for run in (lambda: kept.bridge.vlan.add(7, "v0"), lambda: kept.bridge.vlan.show(details=True)):
        with pytest.raises(NotSupported):
            run()


@pytest.mark.live
def test_link_that_is_not_there_is_not_found(kept: Inside) -> None:
    """Every verb says that the link is missing."""
    verbs = kept.bridge.vlan
    for run in (lambda: verbs.add(7, "nope"), lambda: verbs.delete(7, "nope"), lambda: verbs.show("nope")):
        with pytest.raises(NotFound, match="nope"):
            run()
