"""Generated topologies: saved and built again, and brought from one to another."""

from hypothesis import given, settings

from ipwrap import Session
from ipwrap.apply import remaining_differences, save
from ipwrap.state import State, take_snapshot
from ipwrap.state.snapshot import NETNS_NUMBERS
from tests import waiting
from tests.apply.topologies import build, topologies
from tests.labs import open_sandbox


def read_state(session: Session) -> State:
    """Return the state of a session's place, with what tells where the ends of links are."""
    return take_snapshot(session, requested=(NETNS_NUMBERS,))


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


@settings(max_examples=6)
@given(topologies())
def test_a_saved_topology_builds_the_same_state(lines: tuple[str, ...]) -> None:
    """The saved commands of a topology build an equal state in a new sandbox."""
    wanted = build_state(lines)
    script = save(wanted, format="plain")

    with open_sandbox() as session:
        result = session.exec("sh", "-c", script, check=False)
        differences = list_differences(session, wanted)

    assert ("", []) == (result.stderr, differences)


@settings(max_examples=5)
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
