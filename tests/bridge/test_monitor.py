"""`bridge monitor`: the words, and that the events say what `show` says."""

from typing import Any

import attrs
import pytest

from ipwrap import CommandError, InvalidArgument, Session
from ipwrap.bridge.monitor import BridgeObject
from ipwrap.kinds import Bridge
from ipwrap.models import FdbEntry, Port, PortVlans
from ipwrap.session import Namespace
from tests.ip.test_monitor import agrees

MAC = "02:00:00:00:00:09"


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ((), "all"),
        (("fdb",), "fdb"),
        (("link", "fdb", "mdb", "vlan", "vni"), "link fdb mdb vlan vni"),
    ],
)
def test_the_words(dry: Session, objects: tuple[BridgeObject, ...], words: str) -> None:
    """Objects as one types them; with none it is all."""
    dry.bridge.monitor(*objects)

    assert f"bridge -t monitor {words}" == dry.recording.commands[-1].command.line


def test_an_object_that_there_is_not(dry: Session) -> None:
    """It is refused before anything runs."""
    wrong: Any = "port"
    with pytest.raises(InvalidArgument, match="is not one of fdb, link"):
        dry.bridge.monitor(wrong)


def own(entry: Any) -> bool:
    """Tell whether this is the entry that was added: a kernel with VLANs adds one more for each of them."""
    return isinstance(entry, FdbEntry) and (entry.mac, entry.vlan) == (MAC, None)


@pytest.mark.parametrize("objects", [(), ("fdb",), ("link", "fdb")])
def test_entries(there: Namespace, objects: tuple[BridgeObject, ...]) -> None:
    """An entry is told of as `show` shows it, and so is that it has gone, whatever else is monitored."""
    with there.bridge.monitor(*objects) as monitor:
        there.bridge.fdb.add(MAC, dev="v0", master=True, static=True)
        (shown,) = [each for each in there.bridge.fdb.show("v0") if own(each)]
        there.bridge.fdb.delete(MAC, dev="v0", master=True)
        added, deleted = [each for each in monitor.events() if own(each.model)]

    assert ("fdb", False, "fdb", True) == (
        added.object,
        added.deleted,
        deleted.object,
        deleted.deleted,
    )
    assert isinstance(added.model, FdbEntry)
    assert {} == agrees(attrs.evolve(added.model, ifname=shown.ifname), shown)


def test_ports(there: Namespace) -> None:
    """A port is told of as `show` shows it."""
    with there.bridge.monitor("link") as monitor:
        there.bridge.link.set("v0", cost=7)
        event = monitor.wait(lambda each: isinstance(each.model, Port) and each.model.cost == 7)
    (shown,) = there.bridge.link.show("v0")

    assert isinstance(event.model, Port)
    assert {} == agrees(event.model, shown)


def test_vlans(there: Namespace) -> None:
    """A VLAN of a port is told of as `show` shows it."""
    try:
        there.ip.link.set("br0", Bridge(vlan_filtering=True))
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    with there.bridge.monitor("vlan", "mdb") as monitor:
        there.bridge.vlan.add(10, dev="v0", pvid=True, untagged=True)
        (event,) = [
            each for each in monitor.events() if each.object == "vlan" and "10 PVID" in each.text
        ]

    assert isinstance(event.model, PortVlans)
    (vlan,) = event.model.vlans
    assert ("v0", 10, ("PVID", "Egress Untagged")) == (event.model.ifname, vlan.vlan, vlan.flags)
