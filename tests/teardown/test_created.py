"""What a session made is found without a look at all of it."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from ipwrap import DryRun, Local, Session
from ipwrap.command import CreatedObject
from ipwrap.kinds import Bridge, Veth
from ipwrap.teardown.created import CreatedObjects
from ipwrap.teardown.ledger import teardown_commands

ETH0 = CreatedObject("link", "eth0", ("ip", "link", "delete", "dev", "eth0"), "red")
ADDRESS = CreatedObject(
    "address", "10.0.0.1 dev eth0", ("ip", "address", "delete"), "red", ("eth0",)
)
ALTNAME = CreatedObject(
    "altname",
    "eth0 wan",
    ("ip", "link", "property", "del", "dev", "eth0", "altname", "wan"),
    None,
    ("eth0",),
)


def test_a_thing_is_found_by_its_namespace_and_by_what_it_stands_on() -> None:
    """In order, and not in another namespace."""
    things = CreatedObjects()
    for each in (ETH0, ADDRESS, ALTNAME):
        things.put(each.key, each)

    assert ([ETH0.key, ADDRESS.key], []) == (things.inside("red"), things.inside("blue"))
    assert ([ADDRESS.key], [ALTNAME.key]) == (things.on("red", "eth0"), things.on(None, "eth0"))
    assert ("eth0", None) == (things.owner(None, "wan"), things.owner("red", "wan"))
    assert [ETH0.key, ADDRESS.key] == things.inside("*")


def test_a_thing_that_is_taken_out_is_not_found() -> None:
    """Taking it out twice does nothing."""
    things = CreatedObjects()
    things.put(ADDRESS.key, ADDRESS)

    assert (ADDRESS, None) == (things.take(ADDRESS.key), things.take(ADDRESS.key))
    assert ({}, [], []) == (things.objects, things.on("red", "eth0"), things.inside("red"))


def test_a_thing_that_is_put_again_keeps_its_place() -> None:
    """And is found by what it is now."""
    things = CreatedObjects()
    for each in (ADDRESS, ETH0):
        things.put(each.key, each)
    things.put(
        ADDRESS.key, CreatedObject("address", ADDRESS.name, ADDRESS.delete_argv, "red", ("lan",))
    )

    assert [ADDRESS.key, ETH0.key] == list(things.objects)
    assert ([], [ADDRESS.key]) == (things.on("red", "eth0"), things.on("red", "lan"))


def opcodes(work: Callable[[], object]) -> int:
    """Return how many steps Python takes for a work."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def pods(session: Session, number: int) -> None:
    """Build pods, and take every second away."""
    session.ip.link.add("br0", Bridge())
    for n in range(number):
        session.ip.netns.add(f"pod{n}")
        session.ip.link.add(f"veth{n}", Veth(peer="eth0", peer_netns=f"pod{n}"), master="br0")
        session.ip.link.property_add(f"veth{n}", f"port{n}")
        session.ip.link.set(f"veth{n}", name=f"cable{n}")
        session.netns(f"pod{n}").ip.address.add("10.0.0.1/24", dev="eth0")
        if n % 2:
            session.ip.netns.delete(f"pod{n}")


def links(session: Session, number: int) -> None:
    """Build links, each with an address, and take some of them away."""
    for n in range(number):
        session.ip.link.add(f"br{n}", Bridge())
        session.ip.address.add("10.0.0.1/24", dev=f"br{n}")
        if n % 3 == 0:
            session.ip.link.delete(f"br{n}")


def links_that_were_there(session: Session, number: int) -> None:
    """Rename and move links that were there, and delete the namespaces that some are in."""
    for n in range(number):
        session.ip.netns.add(f"pod{n}")
        session.ip.link.set(f"eth{n}", netns=f"pod{n}", name="eth0")
        if n % 2:
            session.ip.netns.delete(f"pod{n}")


@pytest.mark.parametrize("lab", [pods, links, links_that_were_there], ids=lambda lab: lab.__name__)
def test_the_ledger_of_ten_times_as_much_takes_ten_times_as_long(
    lab: Callable[[Session, int], None],
) -> None:
    """Counted in steps, not in seconds."""
    steps = []
    for number in (30, 300):
        with Session(Local(), DryRun()) as session:
            lab(session, number)
            steps.append(opcodes(lambda session=session: teardown_commands(session.recording)))  # type: ignore[misc]

    assert steps[1] < 12 * steps[0], steps
