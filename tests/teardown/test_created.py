"""Created objects are found by an index, in constant time."""

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from ipwrap import DryRun, Local, Recording, Session
from ipwrap.command import CreatedObject
from ipwrap.kinds import Bridge, Veth
from ipwrap.teardown.created import CreatedObjects
from ipwrap.teardown.ledger import teardown_commands

ETH0 = CreatedObject("link", "eth0", {"dev": "eth0"}, "red")
ADDRESS = CreatedObject(
    "address", "10.0.0.1 dev eth0", {"local": "10.0.0.1", "dev": "eth0"}, "red", ("eth0",)
)
ALTNAME = CreatedObject(
    "altname",
    "eth0 wan",
    {"dev": "eth0", "altname": "wan"},
    None,
    ("eth0",),
)


def collect(*objects: CreatedObject) -> CreatedObjects:
    """Return a collection of created objects."""
    collection = CreatedObjects()
    for created in objects:
        collection.add(created.key, created)
    return collection


def test_object_is_found_by_namespace_link_and_altname() -> None:
    """Lookups keep the order of creation, and respect namespaces."""
    collection = collect(ETH0, ADDRESS, ALTNAME)

    assert [ETH0.key, ADDRESS.key] == collection.in_netns("red")
    assert [ETH0.key, ADDRESS.key] == collection.in_netns("*")
    assert [] == collection.in_netns("blue")
    assert [ADDRESS.key] == collection.dependents("red", "eth0")
    assert [ALTNAME.key] == collection.dependents(None, "eth0")
    assert "eth0" == collection.link_with_altname(None, "wan")
    assert collection.link_with_altname("red", "wan") is None


def test_removed_object_is_not_found() -> None:
    """A second removal does nothing."""
    collection = collect(ADDRESS)

    assert ADDRESS == collection.remove(ADDRESS.key)
    assert collection.remove(ADDRESS.key) is None
    assert {} == collection.objects
    assert [] == collection.dependents("red", "eth0")
    assert [] == collection.in_netns("red")


def test_replaced_object_keeps_its_position() -> None:
    """The new object is found by its own link, and no longer by the former one."""
    collection = collect(ADDRESS, ETH0)
    moved = CreatedObject("address", ADDRESS.name, ADDRESS.identity, "red", ("lan",))
    collection.add(ADDRESS.key, moved)

    assert [ADDRESS.key, ETH0.key] == list(collection.objects)
    assert [] == collection.dependents("red", "eth0")
    assert [ADDRESS.key] == collection.dependents("red", "lan")


def count_opcodes(function: Callable[[], object]) -> int:
    """Return the number of bytecode instructions that a call executes."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    previous_trace = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(previous_trace)
    return count


def pods(session: Session, number: int) -> None:
    """Create pods, and delete every second one."""
    session.ip.link.add("br0", Bridge())
    for index in range(number):
        session.ip.netns.add(f"pod{index}")
        session.ip.link.add(
            f"veth{index}", Veth(peer="eth0", peer_netns=f"pod{index}"), master="br0"
        )
        session.ip.link.property_add(f"veth{index}", f"port{index}")
        session.ip.link.set(f"veth{index}", name=f"cable{index}")
        session.netns(f"pod{index}").ip.address.add("10.0.0.1/24", dev="eth0")
        if index % 2:
            session.ip.netns.delete(f"pod{index}")


def links(session: Session, number: int) -> None:
    """Create links with an address, and delete every third one."""
    for index in range(number):
        session.ip.link.add(f"br{index}", Bridge())
        session.ip.address.add("10.0.0.1/24", dev=f"br{index}")
        if index % 3 == 0:
            session.ip.link.delete(f"br{index}")


def preexisting_links(session: Session, number: int) -> None:
    """Rename and move pre-existing links, and delete half of the target namespaces."""
    for index in range(number):
        session.ip.netns.add(f"pod{index}")
        session.ip.link.set(f"eth{index}", netns=f"pod{index}", name="eth0")
        if index % 2:
            session.ip.netns.delete(f"pod{index}")


@pytest.mark.parametrize("lab", [pods, links, preexisting_links], ids=lambda lab: lab.__name__)
def test_ledger_takes_linear_time(lab: Callable[[Session, int], None]) -> None:
    """Ten times as many objects take about ten times as many instructions."""
    opcodes = []
    for number in (30, 300):
        with Session(Local(), DryRun()) as session:
            lab(session, number)
            # A long session encodes its older events: only the ledger is measured.
            recording = Recording(events=list(session.recording.events))
        opcodes.append(count_opcodes(partial(teardown_commands, recording)))

    assert opcodes[1] < 12 * opcodes[0], opcodes
