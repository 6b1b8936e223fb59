"""The limits of a replay follow from what the steps took when they were recorded."""

import pytest

from ipwrap import Command, Recording, Result, until
from ipwrap.recording import CommandEvent, Event, Header, Note, ResultEvent, Sleep, WaitEvent
from ipwrap.replay import Limits

COMMAND = Command(("true",))


@pytest.mark.parametrize(
    ("seconds", "given", "expected"),
    [(0.0, None, 30.0), (4.0, None, 40.0), (4.0, 50.0, 50.0), (1e12, None, 86_400.0)],
)
def test_a_step_may_take_ten_times_as_long(
    seconds: float, given: float | None, expected: float
) -> None:
    """A step has ten times its seconds, half a minute, or the script's own limit; a day at most."""
    assert expected == Limits().of_step(seconds, given)


def test_a_script_may_take_ten_times_as_long_as_its_steps() -> None:
    """Commands, waits and pauses count; a script has a minute besides."""
    events: list[Event] = [
        Note("text"),
        CommandEvent(1, COMMAND),
        ResultEvent(1, Result(COMMAND, seconds=1.0)),
        WaitEvent(until.link("a"), None, 10.0, 2.0),
        Sleep(3.0),
        CommandEvent(2, COMMAND),
    ]

    assert 120.0 == Limits().of_script(Recording(events=events))
    assert 86_400.0 == Limits().of_script(Recording(events=[Sleep(1e12)]))


def test_a_script_has_time_to_start_the_programs_of_a_large_batch() -> None:
    """Lines of a batch took no time when they were recorded; a script starts a program for each."""
    events: list[Event] = []
    for number in range(1, 2001):
        events.append(CommandEvent(number, COMMAND))
        events.append(ResultEvent(number, Result(COMMAND, seconds=0.0)))

    assert pytest.approx(160.0) == Limits().of_script(Recording(events=events))


@pytest.mark.parametrize(("timeout", "expected"), [(None, 1.0), (0.2, 0.2), (30.0, 1.0)])
def test_a_wait_in_vain_is_short(timeout: float | None, expected: float) -> None:
    """A wait that was in vain takes a second at most."""
    assert expected == Limits().of_missed_wait(timeout)


def test_a_recording_without_times_has_generous_limits() -> None:
    """A recording whose times are placeholders does not tell how long a step may take."""
    assert Limits() == Limits.for_recording(Header())
    assert 300.0 == Limits.for_recording(Header(normalised=("mac", "time"))).of_step(0.0)
