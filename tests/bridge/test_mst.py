"""`bridge mst`: its words, and, where the kernel and iproute2 have it, a port's states in several spanning trees."""

from typing import Any

import pytest

from ipwrap import (
    CommandError,
    InvalidArgument,
    NotFound,
    NotSupported,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.kinds import Bridge
from ipwrap.session import Namespace


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(
    ("msti", "state", "words"),
    [
        (1, "disabled", "msti 1 state disabled"),
        (4095, "blocking", "msti 4095 state blocking"),
        (3, 0, "msti 3 state 0"),
        (3, 4, "msti 3 state 4"),
    ],
)
def test_set_becomes_words(dry: Session, msti: int, state: str | int, words: str) -> None:
    """The state is a word or a number."""
    dry.bridge.mst.set("v0", msti=msti, state=state)
    assert f"bridge mst set dev v0 {words}" == line(dry)


def test_show_becomes_words(dry: Session) -> None:
    """With a filter, which bridge never forgets, it has a process."""
    verbs = dry.netns("ns1").bridge.mst
    assert [] == verbs.show()
    assert "bridge -n ns1 -j mst show" == line(dry)
    assert dry.recording.commands[-1].command.batch
    verbs.show("v0")
    assert "bridge -n ns1 -j mst show dev v0" == line(dry)
    assert not dry.recording.commands[-1].command.batch


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"msti": 0, "state": "blocking"}, InvalidArgument),
        ({"msti": 4096, "state": "blocking"}, InvalidArgument),
        ({"msti": "3", "state": "blocking"}, InvalidArgument),
        ({"msti": 3, "state": "asleep"}, InvalidArgument),
        ({"msti": 3, "state": 5}, InvalidArgument),
        ({"mst": 3, "state": 4}, UnknownOption),
    ],
)
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """What cannot be is refused before anything runs: `bridge mst` ignores words that it does not know."""
    with pytest.raises(error):
        dry.bridge.mst.set("v0", **options)
    assert [] == dry.recording.commands


@pytest.fixture
def trees(there: Namespace) -> Namespace:
    """A namespace whose br1 has two spanning trees: VLAN 10 belongs to that with the number 3."""
    there.ip.link.delete("br0")
    try:
        there.ip.link.add("br1", Bridge(vlan_filtering=True, mst_enabled=True), up=True)
        there.bridge.mst.show()
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason.splitlines()[0]}")
    there.ip.link.set("v0", master="br1")
    there.bridge.vlan.add(10, "br1", self_=True)
    there.bridge.vlan.add(10, "v0")
    there.bridge.vlan.global_.set(10, "br1", msti=3)
    return there


def states(there: Namespace) -> list[Any]:
    """Return the states of v0."""
    return [(each.msti, each.state) for port in there.bridge.mst.show("v0") for each in port.mst]


@pytest.mark.live
@pytest.mark.parametrize("state", ["disabled", "listening", "learning", "forwarding", "blocking"])
def test_state_is_shown_as_it_was_set(trees: Namespace, state: str) -> None:
    """In that tree alone."""
    trees.bridge.mst.set("v0", msti=3, state=state)
    assert [(0, "forwarding"), (3, state)] == states(trees)
    assert {"v0"} == {port.ifname for port in trees.bridge.mst.show()}


@pytest.mark.live
def test_port_of_another_bridge_is_in_the_way(trees: Namespace) -> None:
    """iproute2 gives up at a port whose bridge has one spanning tree."""
    trees.ip.link.add("br2", Bridge())
    trees.ip.link.set("v1", master="br2")
    with pytest.raises(CommandError, match="Dump terminated"):
        trees.bridge.mst.show("v0")


@pytest.mark.live
def test_tree_without_vlans_is_passed_over(trees: Namespace) -> None:
    """The kernel says nothing."""
    trees.bridge.mst.set("v0", msti=4095, state=0)
    assert [0, 3] == [msti for msti, _ in states(trees)]


@pytest.mark.live
def test_what_cannot_be_says_so(trees: Namespace) -> None:
    """Each refusal is its own class."""
    mst = trees.bridge.mst
    with pytest.raises(NotSupported):
        mst.set("v1", msti=3, state=0)
    for run in (lambda: mst.set("nope", msti=3, state=0), lambda: mst.show("nope")):
        with pytest.raises(NotFound):
            run()
