"""Every kind of change, in orders that nobody thought of, cut off anywhere: the state before comes back."""

import random

import pytest

from ipwrap import Command, Recording, Session
from ipwrap.recording import CommandEvent, ResultEvent
from tests.undo.conftest import Used
from tests.undo.hosts import CHANGES, calls, seen, still, undone, unlike

ORDERS = 8  # `ORDERS = 1000` takes half an hour


@pytest.mark.live
@pytest.mark.parametrize("seed", range(ORDERS))
def test_what_was_before_comes_back_in_whatever_order_it_was_changed(used: Used, seed: int) -> None:
    """Of the last command nobody knows whether it ran: it did, it did not, or its answer was still recorded."""
    chance = random.Random(seed)
    commands = [*calls(CHANGES)]
    chance.shuffle(commands)
    commands = commands[: chance.randint(1, len(commands))]
    host = used.host
    with Session(host.place) as session:
        recording = cut_off(session, commands, chance.choice(("answered", "run", "asked")))

        done, said, warned = undone(host, recording)

    told = "\n".join([*(each.line for each in commands), "-- undone:", *said])
    assert (True, []) == (done, warned), told
    assert (used.before, []) == (still(host, used.before), unlike(used.state, seen(host))), told


def cut_off(session: Session, commands: list[Command], last: str) -> Recording:
    """Run commands, whatever comes of them, and return the recording as it is when it ends in the last of them."""
    for command in commands[:-1]:
        session.run(command, check=False)
    recording = session.recording
    if last == "asked":
        recording.append(CommandEvent(len(commands) + 1000, commands[-1]))
        return recording
    session.run(commands[-1], check=False)
    if last == "run" and isinstance(recording.events[-1], ResultEvent):
        recording.events.pop()
    return recording
