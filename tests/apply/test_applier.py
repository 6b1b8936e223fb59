"""Tests of `Applier`: what was shown is what runs."""

from collections.abc import Iterator
from typing import Any

import pytest

from ipwrap import Session
from ipwrap.apply import Applier
from ipwrap.kinds import Bridge, Veth
from ipwrap.sessions.unrecorded import UnrecordedRunner
from tests.labs import open_sandbox


@pytest.fixture
def session() -> Iterator[Session]:
    """A session with a bridge."""
    with open_sandbox() as session:
        session.ip.link.add("br0", Bridge(), address="02:00:00:00:00:01")
        yield session


def applier_of(session: Session) -> Applier:
    """Return an applier of the present state."""
    reader = UnrecordedRunner(session.place, session.executor)
    return Applier(session, reader, session.state(), sleep=lambda _: None)


def test_what_came_after_the_preview_is_left(session: Session) -> None:
    """Links and namespaces that nobody was shown are not deleted, and are told."""
    applier = applier_of(session)
    session.ip.link.set("br0", mtu=1400)
    session.ip.link.add("v0", Veth(peer="v1"))
    shown = applier.preview()
    session.ip.link.add("w0", Veth(peer="w1"))
    session.ip.netns.add("red")

    applied = applier.run()

    names = {link.ifname for link in session.ip.link.show()}
    assert shown.commands == applied.commands
    assert ({"lo", "br0", "w0", "w1"}, ["red"]) == (
        names,
        [netns.name for netns in session.ip.netns.list()],
    )
    assert {("", "w0"), ("", "w1"), ("red", "lo")} == {
        (difference.netns, difference.name[0]) for difference in applied.differences
    }


def test_what_went_after_the_preview_fails(session: Session) -> None:
    """The command for a link that is gone fails; where the state is not reached, it is told."""
    applier = applier_of(session)
    session.ip.link.set("br0", mtu=1400)
    applier.preview()
    session.ip.link.delete("br0")

    applied = applier.run()

    assert [
        "ip link set dev br0 mtu 1500",
        "ip link add name br0 address 02:00:00:00:00:01 type bridge",
    ] == [command.line for command in applied.commands]
    assert applied.is_complete


@pytest.mark.parametrize(
    ("changed", "restoring"),
    [
        ({"mtu": 1300}, "ip link set dev br1 mtu 1400"),
        ({"address": "02:00:00:00:00:99"}, "ip link set dev br1 address 02:00:00:00:00:02"),
    ],
    ids=["mtu", "address"],
)
def test_what_no_longer_follows_the_ports_is_set(
    session: Session, changed: dict[str, Any], restoring: str
) -> None:
    """A bridge keeps what somebody has set, though the wanted value is that of its port.

    The preview, too, knows that the kernel will not bring it.
    """
    session.ip.link.add("br1", Bridge())
    port = Veth(peer="v1")
    session.ip.link.add("v0", port, address="02:00:00:00:00:02", mtu=1400, master="br1")
    applier = applier_of(session)
    session.ip.link.set("br1", **changed)

    shown = [command.line for command in applier.preview().commands]
    applied = applier.run()

    assert ([restoring], [restoring], ()) == (
        shown,
        [command.line for command in applied.commands],
        applied.differences,
    )


def test_what_follows_the_ports_is_left_to_the_kernel(session: Session) -> None:
    """A bridge whose MTU nobody has set gets that of its port back without a command."""
    session.ip.link.add("br1", Bridge())
    session.ip.link.add("v0", Veth(peer="v1"), mtu=1400, master="br1")
    applier = applier_of(session)
    session.ip.link.set("v0", mtu=1300)

    shown = [command.line for command in applier.preview().commands]
    applied = applier.run()

    assert (["ip link set dev v0 mtu 1400"], ()) == (shown, applied.differences)
    assert shown == [command.line for command in applied.commands]
