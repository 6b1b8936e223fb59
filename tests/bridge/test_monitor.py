"""`bridge monitor`: its arguments, and events equal to the output of `show`."""

from typing import Any

import attrs
import pytest

from ipwrap import CommandError, InvalidArgument, Session
from ipwrap.bridge.monitor import BridgeObject
from ipwrap.kinds import Bridge
from ipwrap.models import FdbEntry, Port, PortVlans
from ipwrap.session import Namespace
from tests.ip.test_monitor import diff_fields

MAC = "02:00:00:00:00:09"


@pytest.mark.parametrize(
    ("objects", "arguments"),
    [
        ((), "all"),
        (("fdb",), "fdb"),
        (("link", "fdb", "mdb", "vlan", "vni"), "link fdb mdb vlan vni"),
    ],
)
def test_objects_are_formatted(
    dry_session: Session, objects: tuple[BridgeObject, ...], arguments: str
) -> None:
    """The objects follow `monitor`, by default `all`."""
    dry_session.bridge.monitor(*objects)
    assert f"bridge -t monitor {arguments}" == dry_session.recording.commands[-1].command.line


def test_invalid_object_is_refused(dry_session: Session) -> None:
    """An unknown object is refused before a command runs."""
    wrong: Any = "port"
    with pytest.raises(InvalidArgument, match="is not one of fdb, link"):
        dry_session.bridge.monitor(wrong)


def is_added_entry(entry: Any) -> bool:
    """Return whether the entry is the added entry, and not an additional entry of a VLAN."""
    if not isinstance(entry, FdbEntry):
        return False

    return entry.mac == MAC and entry.vlan is None


@pytest.mark.parametrize("objects", [(), ("fdb",), ("link", "fdb")])
def test_entry_events_match_show(
    bridge_netns: Namespace, objects: tuple[BridgeObject, ...]
) -> None:
    """Events of an added and a deleted entry match `show`, with every selection of objects."""
    verbs = bridge_netns.bridge.fdb
    with bridge_netns.bridge.monitor(*objects) as monitor:
        verbs.add(MAC, dev="v0", master=True, static=True)
        entries = verbs.show("v0")
        (shown,) = [entry for entry in entries if is_added_entry(entry)]
        verbs.delete(MAC, dev="v0", master=True)
        events = monitor.events()
        added, deleted = [received for received in events if is_added_entry(received.model)]

    assert "fdb" == added.object
    assert False is added.deleted
    assert "fdb" == deleted.object
    assert True is deleted.deleted
    assert isinstance(added.model, FdbEntry)
    assert {} == diff_fields(attrs.evolve(added.model, ifname=shown.ifname), shown)


def test_port_event_matches_show(bridge_netns: Namespace) -> None:
    """The event of a port matches `show`."""
    with bridge_netns.bridge.monitor("link") as monitor:
        bridge_netns.bridge.link.set("v0", cost=7)
        event = monitor.wait(
            lambda received: isinstance(received.model, Port) and received.model.cost == 7
        )

    (shown,) = bridge_netns.bridge.link.show("v0")
    assert isinstance(event.model, Port)
    assert {} == diff_fields(event.model, shown)


def test_vlan_event_matches_show(bridge_netns: Namespace) -> None:
    """The event of a port's VLAN matches `show`."""
    try:
        bridge_netns.ip.link.set("br0", Bridge(vlan_filtering=True))
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")

    with bridge_netns.bridge.monitor("vlan", "mdb") as monitor:
        bridge_netns.bridge.vlan.add(10, dev="v0", pvid=True, untagged=True)
        events = monitor.events()
        (event,) = [
            received
            for received in events
            if received.object == "vlan" and "10 PVID" in received.text
        ]

    assert isinstance(event.model, PortVlans)

    (vlan,) = event.model.vlans
    assert "v0" == event.model.ifname
    assert 10 == vlan.vlan
    assert ("PVID", "Egress Untagged") == vlan.flags
