"""Undo restores a host after changes of every kind, in a random order, cut off anywhere."""

import random

import pytest

from ipwrap import Command, Recording, Session
from ipwrap.recording import CommandEvent, ResultEvent
from tests.undo.conftest import UsedHost
from tests.undo.hosts import (
    CHANGES,
    list_differences,
    parse_lines,
    read_settled,
    snapshot_of,
    undo_recording,
)

ORDERS = 8  # `ORDERS = 1000` takes half an hour


@pytest.mark.live
@pytest.mark.parametrize("seed", range(ORDERS))
def test_undo_restores_a_host_whatever_the_order_of_changes(used_host: UsedHost, seed: int) -> None:
    """The last command has a result in the recording, or ran without a result, or never ran."""
    generator = random.Random(seed)
    commands = [*parse_lines(CHANGES)]
    generator.shuffle(commands)
    commands = commands[: generator.randint(1, len(commands))]

    host = used_host.session
    with Session(host.place) as session:
        last = generator.choice(("answered", "run", "asked"))
        recording = record_until_crash(session, commands, last=last)
        is_restored, undo_lines, warnings = undo_recording(host, recording)

    lines = [command.line for command in commands]
    log = "\n".join([*lines, "-- undone:", *undo_lines])
    assert (True, []) == (is_restored, warnings), log
    assert used_host.reading == read_settled(host, used_host.reading), log
    assert [] == list_differences(used_host.state, snapshot_of(host)), log


def record_until_crash(session: Session, commands: list[Command], *, last: str) -> Recording:
    """Run commands, whether or not a command fails, and return a recording cut off at the end.

    The last command is without effect and without a result for ``last="asked"``, without a result
    for "run", and complete for "answered".
    """
    for command in commands[:-1]:
        session.run(command, check=False)

    recording = session.recording
    if last == "asked":
        recording.append(CommandEvent(len(commands) + 1000, commands[-1]))
        return recording

    session.run(commands[-1], check=False)
    if last == "run" and isinstance(recording.events[-1], ResultEvent):
        return Recording(recording.header, recording.events[:-1])
    return recording
