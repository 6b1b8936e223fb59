"""`touched_namespaces`: the namespaces that a change depends on or affects."""

from collections.abc import Callable

import pytest

from ipwrap import Command, DryRun, Local, Session
from ipwrap.executors.batch_line import parse_line
from ipwrap.executors.dependencies import find_new_netns, touched_namespaces
from ipwrap.kinds import Macvlan, Veth, Vlan

Touched = frozenset[str | None] | None


def command_of(call: Callable[[Session], object]) -> Command:
    """Return the command that a verb runs."""
    with Session(Local(), DryRun()) as session:
        call(session)
        return session.recording.commands[-1].command


def touched_by(call: Callable[[Session], object]) -> Touched:
    """Return the namespaces that the command of a verb touches."""
    command = command_of(call)
    return touched_namespaces(command, parse_line(command.argv))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda s: s.ip.address.add("10.0.0.1/24", dev="eth0"), {None}),
        (lambda s: s.netns("red").ip.route.add("default", via="10.0.0.1"), {"red"}),
        (lambda s: s.netns("red").bridge.vlan.add(dev="eth0", vid=7), {"red"}),
        (lambda s: s.ip.netns.add("red"), {None, "red"}),
        (lambda s: s.ip.link.add("v0", Veth(peer="eth0")), {None}),
        (lambda s: s.ip.link.add("v0", Veth(peer="eth0", peer_netns="red")), {None, "red"}),
        (
            lambda s: s.ip.link.add("v0", Veth(peer="v1", peer_netns="red"), netns="blue"),
            {None, "red", "blue"},
        ),
        (lambda s: s.run("ip link set dev eth0 up"), {None}),
    ],
)
def test_namespaces_that_a_change_touches(
    call: Callable[[Session], object], expected: frozenset[str | None]
) -> None:
    """A change touches its own namespace, and those in which it creates an object."""
    assert frozenset(expected) == touched_by(call)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.ip.netns.set("red", 5),
        lambda s: s.ip.netns.attach("red", 1),
        lambda s: s.ip.link.add("eth0.7", Vlan(id=7), link="eth0", netns="red"),
        lambda s: s.ip.link.add("mv0", Macvlan(), link="eth0", netns="red"),
        lambda s: s.ip.link.add("v0", Veth(peer="eth0", peer_netns="1")),
        lambda s: s.run("ip link add eth0.7 link-netnsid 3 link eth0 type vlan id 7"),
        lambda s: s.run("ip l set dev eth0 up"),
    ],
)
def test_changes_that_may_touch_any_namespace(call: Callable[[Session], object]) -> None:
    """A link on a link elsewhere, and what the arguments do not tell, run alone."""
    assert touched_by(call) is None


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda s: s.ip.netns.add("red"), "red"),
        (lambda s: s.ip.netns.attach("red", 1), None),
        (lambda s: s.ip.link.set("lo", up=True), None),
    ],
)
def test_namespace_that_a_change_makes(
    call: Callable[[Session], object], expected: str | None
) -> None:
    """Only `ip netns add` makes a namespace: `attach` names one that has links already."""
    assert expected == find_new_netns(command_of(call))
