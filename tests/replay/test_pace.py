"""What follows the deletion of a namespace runs no sooner behind it than in the recording."""

import time

import pytest

from ipwrap import Command, Result
from ipwrap.replay.pace import DeletionPace

DELETION = Command(("ip", "netns", "delete", "red"), deletes=(("netns", None, "red"),))
LINK = Command(("ip", "link", "add", "name", "v0", "type", "veth"))
SHORT = 0.2


def seconds_of_wait(pace: DeletionPace, recorded: Result | None) -> float:
    """Return how long a pace waits before a command."""
    started = time.monotonic()
    pace.wait(recorded)
    return time.monotonic() - started


def test_a_command_waits_behind_a_deletion() -> None:
    """The interval between both is at least that of the recording."""
    pace = DeletionPace()
    pace.note(DELETION, Result(DELETION, started=100.0, seconds=0.5))

    assert seconds_of_wait(pace, Result(LINK, started=100.5 + SHORT)) >= SHORT * 0.9


@pytest.mark.parametrize(
    ("deletion", "recorded"),
    [
        (Result(LINK, started=100.0), Result(LINK, started=200.0)),
        (Result(DELETION, 1, started=100.0), Result(LINK, started=200.0)),
        (Result(DELETION, started=100.0), None),
        (Result(DELETION, started=100.0), Result(LINK, started=99.0)),
        (Result(DELETION, started=100.0), Result(LINK)),
        (None, Result(LINK, started=200.0)),
    ],
)
def test_other_commands_do_not_wait(
    deletion: Result | None, recorded: Result | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a deletion that was successful, and without times, nothing waits."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    pace = DeletionPace()
    pace.note(DELETION if deletion is None else deletion.command, deletion)
    pace.wait(recorded)

    assert [] == pauses


def test_a_long_interval_is_cut_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an hour in the recording, a second is kept, once."""
    clock = [1000.0]
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", pause)
    pace = DeletionPace()
    pace.note(DELETION, Result(DELETION, started=100.0))
    for later in (3700.0, 3800.0, 3900.0):
        pace.wait(Result(LINK, started=later))
        clock[0] += 1.0

    assert [1.0] == pauses
