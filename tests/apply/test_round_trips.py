"""Generated topologies: saved and built again, and brought from one to another."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from ipwrap import Session
from ipwrap.apply import remaining_differences, save
from ipwrap.apply.saving import build_commands
from ipwrap.kinds import Bridge
from ipwrap.state import State
from ipwrap.state.snapshot import PROGRAM_NOUNS
from scripts.torture.topologies import build, drift_lines
from tests import waiting
from tests.apply.topologies import topologies
from tests.labs import open_sandbox


def read_state(session: Session) -> State:
    """Return the state of a session's place, without the rules of packet filters: none is saved."""
    state = session.snapshot().state
    return {
        netns: {noun: objects for noun, objects in nouns.items() if noun not in PROGRAM_NOUNS}
        for netns, nouns in state.items()
    }


def build_state(lines: tuple[str, ...]) -> State:
    """Return the state of a new sandbox in which a topology was built."""
    with open_sandbox() as session:
        build(session, lines)
        return read_state(session)


def list_differences(session: Session, wanted: State) -> list[str]:
    """Return what differs from a state, once the kernel had the time for its own part."""

    def read() -> list[str]:
        return [str(line) for line in remaining_differences(read_state(session), wanted)]

    return waiting.wait_until_equal(read, lambda lines: not lines)


@settings(max_examples=4)
@given(topologies())
def test_a_saved_topology_builds_the_same_state(lines: tuple[str, ...]) -> None:
    """The saved commands of a topology build an equal state in a new sandbox."""
    wanted = build_state(lines)
    script = save(wanted, format="plain")

    with open_sandbox() as session:
        result = session.exec("sh", "-c", script, check=False)
        differences = list_differences(session, wanted)

    assert ("", []) == (result.stderr, differences)


@settings(max_examples=2)
@given(topologies(), topologies())
def test_a_topology_becomes_another_one(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """An applied state is reached, and nothing is left to do for a second application."""
    wanted = build_state(after)

    with open_sandbox() as session:
        build(session, before)
        session.apply(wanted)
        again = session.apply(wanted)
        differences = list_differences(session, wanted)

    assert ((), []) == (again.commands, differences)


@settings(max_examples=2)
@given(topologies(), st.integers(0, 2**32))
def test_a_changed_topology_is_brought_back(lines: tuple[str, ...], seed: int) -> None:
    """What changes broke is made again, by fewer commands than to delete and build all of it."""
    with open_sandbox() as session:
        build(session, lines)
        wanted = session.snapshot()
        build(session, drift_lines(wanted.state, random.Random(seed)))

        applied = session.apply(wanted)
        again = session.apply(wanted)

    everything = build_commands(wanted.state).commands
    assert () == again.commands
    assert len(applied.commands) <= len(everything)


def test_other_namespaces_lose_no_packet() -> None:
    """A ping between two namespaces that are as wanted goes on while others are changed."""
    with open_sandbox() as session:
        for name in ("red", "blue", "green"):
            session.ip.netns.add(name)
        session.cable("red:eth0", "blue:eth0", addresses=("10.0.0.1/24", "10.0.0.2/24"))
        wanted = session.snapshot()
        session.ip.netns.delete("green")
        session.ip.netns.add("grey")
        session.cable("red:eth1", "grey:eth1", addresses=("10.1.0.1/24", "10.1.0.2/24"))
        session.ip.link.add("br0", Bridge(), up=True)

        ping = session.netns("red").spawn("ping", "-i", "0.02", "-c", "100", "10.0.0.2")
        session.apply(wanted)
        ping.wait(timeout=waiting.LIMIT)

    assert " 0% packet loss" in ping.stdout
