"""`bridge mst`: its arguments, and the states of a port in several spanning trees."""

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


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(
    ("msti", "state", "arguments"),
    [
        (1, "disabled", "msti 1 state disabled"),
        (4095, "blocking", "msti 4095 state blocking"),
        (3, 0, "msti 3 state 0"),
        (3, 4, "msti 3 state 4"),
    ],
)
def test_set_is_formatted(
    dry_session: Session, msti: int, state: str | int, arguments: str
) -> None:
    """The state is a keyword or a number."""
    dry_session.bridge.mst.set("v0", msti=msti, state=state)
    assert f"bridge mst set dev v0 {arguments}" == last_line(dry_session)


def test_show_is_formatted(dry_session: Session) -> None:
    """A filtered query is not batched, since bridge never resets a filter."""
    verbs = dry_session.netns("ns1").bridge.mst
    assert [] == verbs.show()
    assert "bridge -n ns1 -j mst show" == last_line(dry_session)
    assert dry_session.recording.commands[-1].command.batch

    verbs.show("v0")
    assert "bridge -n ns1 -j mst show dev v0" == last_line(dry_session)
    assert not dry_session.recording.commands[-1].command.batch


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
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.bridge.mst.set("v0", **options)

    assert [] == dry_session.recording.commands


@pytest.fixture
def mst_netns(bridge_netns: Namespace) -> Namespace:
    """A namespace with two spanning trees on br1: VLAN 10 belongs to instance 3."""
    bridge_netns.ip.link.delete("br0")
    try:
        bridge_netns.ip.link.add("br1", Bridge(vlan_filtering=True, mst_enabled=True), up=True)
        bridge_netns.bridge.mst.show()
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason.splitlines()[0]}")

    bridge_netns.ip.link.set("v0", master="br1")
    bridge_netns.bridge.vlan.add(10, "br1", self_=True)
    bridge_netns.bridge.vlan.add(10, "v0")
    bridge_netns.bridge.vlan.global_.set(10, "br1", msti=3)

    return bridge_netns


def read_states(netns: Namespace) -> list[Any]:
    """Return the states of v0 with their instances."""
    ports = netns.bridge.mst.show("v0")
    return [(entry.msti, entry.state) for port in ports for entry in port.mst]


@pytest.mark.live
@pytest.mark.parametrize("state", ["disabled", "listening", "learning", "forwarding", "blocking"])
def test_state_is_shown_as_set(mst_netns: Namespace, state: str) -> None:
    """`set` changes the state in a single instance."""
    mst_netns.bridge.mst.set("v0", msti=3, state=state)
    assert [(0, "forwarding"), (3, state)] == read_states(mst_netns)

    ports = mst_netns.bridge.mst.show()
    names = {port.ifname for port in ports}
    assert {"v0"} == names


@pytest.mark.live
def test_bridge_without_mst_fails_the_dump(mst_netns: Namespace) -> None:
    """iproute2 stops at a port of a bridge without `mst_enabled`."""
    mst_netns.ip.link.add("br2", Bridge())
    mst_netns.ip.link.set("v1", master="br2")
    with pytest.raises(CommandError, match="Dump terminated"):
        mst_netns.bridge.mst.show("v0")


@pytest.mark.live
def test_instance_without_vlans_is_ignored(mst_netns: Namespace) -> None:
    """The kernel silently ignores an instance without VLANs."""
    mst_netns.bridge.mst.set("v0", msti=4095, state=0)
    assert [0, 3] == [msti for msti, _ in read_states(mst_netns)]


@pytest.mark.live
def test_refusals_raise_their_errors(mst_netns: Namespace) -> None:
    """Every refusal raises its own error class."""
    mst = mst_netns.bridge.mst
    with pytest.raises(NotSupported):
        mst.set("v1", msti=3, state=0)

    for call in (lambda: mst.set("nope", msti=3, state=0), lambda: mst.show("nope")):
        with pytest.raises(NotFound):
            call()
