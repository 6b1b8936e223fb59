"""Evidence of where cables end."""

import json

import pytest

from ipwrap import Command, NotPermitted, Recording, Session
from ipwrap.kinds import Veth
from ipwrap.result import Result
from ipwrap.views.topology.evidence import read_namespace_numbers, recorded_evidence
from ipwrap.views.topology.graph import End
from tests.views.topology.states import pair_end, state_of


def test_numbers_by_the_kernel() -> None:
    """A number without a name is outside of all, or seen from there, of an unnamed namespace."""
    state = state_of(
        {
            "": [pair_end("a", 2, peer=9, number=0), pair_end("b", 3, peer=9, number=4)],
            "red": [pair_end("a", 2, peer=9, number=1)],
            "blue": [],
        }
    )
    commands: list[Command] = []

    def run(command: Command) -> Result:
        commands.append(command)
        return Result(command, stdout=json.dumps([{"nsid": 0, "name": "red"}, {"nsid": 4}]))

    numbers = read_namespace_numbers(run, state)

    assert {("", 0): "red", ("", 4): None, ("red", 1): ""} == numbers
    assert ["ip -j netns list-id", "ip -n red -j netns list-id"] == [
        command.line for command in commands
    ]


def test_unreadable_namespace_is_left_out() -> None:
    """A namespace that may not be entered, or prints no JSON, has no known numbers."""
    state = state_of({name: [pair_end("a", 2, peer=9)] for name in ("red", "blue")})

    def run(command: Command) -> Result:
        if command.netns == "red":
            raise NotPermitted(Result(command, status=1))
        return Result(command, stdout="not JSON")

    assert {} == read_namespace_numbers(run, state)


@pytest.mark.live
def test_pairs_follow_the_commands(session: Session) -> None:
    """Ends that were renamed and moved are known by their last name and namespace."""
    session.ip.netns.add("red")
    session.ip.link.add("v0", Veth(peer="v1"))
    session.ip.link.set("v1", netns="red")
    session.netns("red").ip.link.set("v1", name="eth0")

    pairs = set(recorded_evidence(session.recording).find_pairs())

    assert {(End("", "v0"), End("red", "eth0")), (End("red", "eth0"), End("", "v0"))} == pairs


def test_recording_without_commands_has_no_pairs() -> None:
    """An empty recording is no evidence."""
    assert [] == list(recorded_evidence(Recording()).find_pairs())
