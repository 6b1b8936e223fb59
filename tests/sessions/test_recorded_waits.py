"""Waits and pauses are recorded when they have ended, also those in vain."""

import itertools
import threading
import time
from typing import Any

import pytest
from attrs import define, field, frozen

from ipwrap import Command, ExecutorError, InvalidArgument, Result, WaitTimeout
from ipwrap.conditions import Condition, Observation, Prober
from ipwrap.executors import Executor, Playback
from ipwrap.places import Place
from ipwrap.recording import Recording, Sleep, WaitEvent
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.recorded_waits import RecordedWaits
from ipwrap.sessions.unrecorded import UnrecordedRunner
from tests.doubles import ExecutorDouble, PlaceDouble


@frozen
class Nth(Condition):
    """A condition that holds at the n-th look."""

    tag = "nth"

    number: int
    looks: Any = field(factory=itertools.count, eq=False, repr=False)

    def look(self, prober: Prober, netns: str | None) -> Observation:  # noqa: ARG002 - as scripted
        """Count a look."""
        look = next(self.looks) + 1
        return Observation(look >= self.number, f"look {look}")

    def shell_test(self, netns: str | None) -> str:  # noqa: ARG002 - of no use
        """Return a test."""
        return "true"

    def __str__(self) -> str:
        return f"the look number {self.number}"


class SilentProber:
    """A prober of a session with a secret, which no condition here asks."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Fail."""
        raise AssertionError((command, check))

    def process_output(self, name: str) -> str:
        """Fail."""
        raise AssertionError(name)

    def process_pid(self, name: str) -> int:
        """Fail."""
        raise AssertionError(name)

    def redact_text(self, text: str) -> str:
        """Return a text without the secret."""
        return text.replace("number 13", "number $UNLUCKY")


@define
class StreamDouble:
    """A monitor without events."""

    ended: bool = False

    def end(self) -> None:
        """Note the end."""
        self.ended = True


@define
class MonitorDouble(ExecutorDouble):
    """An executor that starts monitors."""

    streams: list[StreamDouble] = field(factory=list)

    def listen(self, command: Command, place: Place) -> Any:  # noqa: ARG002 - as scripted
        """Start a monitor."""
        self.streams.append(StreamDouble())
        return self.streams[-1]


def waits_of(executor: Executor) -> RecordedWaits:
    """Return the waits of a session with an executor."""
    journal = Journal(UnrecordedRunner(PlaceDouble(), executor), None, (), time.time)
    return RecordedWaits(journal, SilentProber())


def wait(waits: RecordedWaits, number: int, *, timeout: float, limit: float | None = None) -> None:
    """Wait for the n-th look."""
    waits.wait_for(Nth(number), "red", timeout=timeout, limit=limit, site="lab.py:4")


def test_a_wait_is_recorded_with_what_it_has_seen() -> None:
    """The time that it took is its own."""
    waits = waits_of(ExecutorDouble(live=True))
    wait(waits, 3, timeout=60.0)

    (event,) = waits.journal.recording.events
    assert isinstance(event, WaitEvent)
    assert WaitEvent(Nth(3), "red", 60.0, event.seconds, True, "look 3", "lab.py:4") == event
    assert 0 < event.seconds < 60


def test_a_wait_in_vain_is_recorded_and_raised() -> None:
    """The error says what was seen last and where it was asked; the limit is not recorded."""
    waits = waits_of(ExecutorDouble(live=True))
    with pytest.raises(WaitTimeout, match=r"look number 1000000: not within 0.01 s") as caught:
        wait(waits, 10**6, timeout=60.0, limit=0.01)

    (event,) = waits.journal.recording.events
    assert isinstance(event, WaitEvent)
    assert (60.0, False) == (event.timeout, event.satisfied)
    assert f"  last seen: {event.seen}\n  asked at:  lab.py:4" in str(caught.value)


def test_a_condition_with_a_secret_is_refused() -> None:
    """Nothing is looked at, and nothing recorded."""
    waits = waits_of(ExecutorDouble(live=True))
    with pytest.raises(InvalidArgument, match=r"number \$UNLUCKY: .* the value of a secret"):
        wait(waits, 13, timeout=1.0)

    assert [] == waits.journal.recording.events


def test_without_a_kernel_a_wait_is_satisfied_at_once() -> None:
    """As of a dry run: there is nothing to look at."""
    waits = waits_of(ExecutorDouble())
    wait(waits, 10**6, timeout=60.0)

    (event,) = waits.journal.recording.events
    assert WaitEvent(Nth(10**6), "red", 60.0, 0.0, True, "", "lab.py:4") == event


@pytest.mark.parametrize("satisfied", [True, False])
def test_a_playback_has_the_recorded_outcome(satisfied: bool) -> None:
    """It returns or raises at once, whatever the limit was."""
    recorded = WaitEvent(Nth(5), "red", 600.0, 599.0, satisfied, "it was so")
    waits = waits_of(Playback(Recording(events=[recorded])))
    if satisfied:
        wait(waits, 5, timeout=600.0)
    else:
        with pytest.raises(WaitTimeout, match="it was so"):
            wait(waits, 5, timeout=600.0)

    (event,) = waits.journal.recording.events
    assert isinstance(event, WaitEvent)
    assert (satisfied, "it was so") == (event.satisfied, event.seen)


def test_a_pause_is_recorded_behind_its_end() -> None:
    """A thread that pauses does not record it before."""
    waits = waits_of(ExecutorDouble())
    begin = time.monotonic()
    waits.sleep(0.05, site="lab.py:5")

    assert time.monotonic() - begin >= 0.05
    assert [Sleep(0.05, "lab.py:5")] == waits.journal.recording.events


def test_a_playback_does_not_pause() -> None:
    """An hour passes at once."""
    waits = waits_of(Playback(Recording(events=[Sleep(3600.0)])))
    waits.sleep(3600.0, site=None)

    assert [Sleep(3600.0)] == waits.journal.recording.events


def test_monitors_of_waits_end_with_their_namespace() -> None:
    """A monitor would keep the deleted namespace alive; those elsewhere go on."""
    executor = MonitorDouble()
    waits = waits_of(executor)
    for netns in ("red", "blue"):
        assert isinstance(waits._listen(Command(("ip", "monitor"), netns)), StreamDouble)

    waits.end_deleted(Command(("ip", "netns", "delete", "red"), deletes=(("netns", None, "red"),)))

    assert [True, False] == [stream.ended for stream in executor.streams]


def test_an_executor_without_monitors_has_looks_only() -> None:
    """The wait goes on with looks where no monitor can be started."""
    with pytest.raises(ExecutorError, match="ip monitor: this executor runs only commands"):
        waits_of(ExecutorDouble())._listen(Command(("ip", "monitor")))


def test_waits_of_threads_are_recorded_in_the_order_of_their_ends() -> None:
    """The one that ends first comes first."""
    waits = waits_of(ExecutorDouble(live=True))
    thread = threading.Thread(target=wait, args=(waits, 40), kwargs={"timeout": 60.0})
    thread.start()
    wait(waits, 1, timeout=60.0)
    thread.join()

    numbers = [event.condition for event in waits.journal.recording.events]  # type: ignore[union-attr]
    assert [Nth(1), Nth(40)] == numbers
