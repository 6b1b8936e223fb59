"""The monitors of a session: their commands and outputs are recorded, and all of them end."""

import os
import time
from typing import Any

import pytest
from attrs import define, evolve, field

from ipwrap import Command, CommandError, Result, until
from ipwrap.conditions import Condition
from ipwrap.executors import Reply
from ipwrap.executors.stream import FinishedStream
from ipwrap.models.event import IP
from ipwrap.monitor import Monitor
from ipwrap.places import Place
from ipwrap.recording import CommandEvent, ResultEvent
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.monitors import OpenMonitors
from ipwrap.sessions.unrecorded import UnrecordedRunner
from tests.doubles import ExecutorDouble, PlaceDouble

LINE = "2: v0: <UP> mtu 1500 state UP \n"
MONITOR = Command(("ip", "monitor", "link"), changes=False)
SECRET_VALUE = "correct-horse"


@define
class MonitorDouble(ExecutorDouble):
    """An executor whose monitors have printed all that they will print."""

    reply: Reply = field(factory=lambda: Reply(0, LINE))

    def listen(self, command: Command, place: Place) -> FinishedStream:  # noqa: ARG002 - scripted
        """Start a monitor."""
        return FinishedStream(self.reply)


def redact(result: Result) -> Result:
    """Return a result without the secret."""
    return evolve(result, stdout=result.stdout.replace(SECRET_VALUE, "$KEY"))


def monitors_of(reply: Reply | None = None) -> OpenMonitors:
    """Return the monitors of a session, which print a reply."""
    executor = MonitorDouble() if reply is None else MonitorDouble(reply=reply)
    journal = Journal(UnrecordedRunner(PlaceDouble(), executor), None, (), time.time)
    return OpenMonitors(journal, redact)


def start(monitors: OpenMonitors, netns: str | None = None, **options: Any) -> Monitor:
    """Start a monitor in a namespace."""
    options = {"wait_for_condition": never, "site": "lab.py:6", **options}
    return monitors.start(evolve(MONITOR, netns=netns), IP, **options)


def never(condition: Condition, netns: str | None, *, timeout: float) -> None:
    """Fail: no condition is waited for."""
    raise AssertionError((condition, netns, timeout))


def results_of(monitors: OpenMonitors) -> list[tuple[int, Result]]:
    """Return the recorded results."""
    events = monitors.journal.recording.events
    return [(event.number, event.result) for event in events if isinstance(event, ResultEvent)]


def test_the_command_is_recorded_at_the_start_and_the_output_at_the_end() -> None:
    """A crash between leaves a command without a result."""
    monitors = monitors_of()
    monitor = start(monitors, "red")
    command = evolve(MONITOR, netns="red")
    assert [CommandEvent(1, command, "lab.py:6")] == monitors.journal.recording.events

    assert ["v0"] == [event.model.ifname for event in monitor.events()]  # type: ignore[union-attr]
    for _ in range(2):
        monitor.close()

    assert [(1, Result(command, 0, LINE))] == results_of(monitors)
    assert "lab.py:6" == results_of(monitors)[0][1].call_site


def test_the_recorded_output_has_names_for_secrets() -> None:
    """As that of every other command."""
    monitors = monitors_of(Reply(0, f"key {SECRET_VALUE}\n"))
    start(monitors).close()

    assert ["key $KEY\n"] == [result.stdout for _, result in results_of(monitors)]


def test_all_monitors_end_with_the_session() -> None:
    """Also those that nobody has closed; one that was closed is not recorded twice."""
    monitors = monitors_of()
    start(monitors).close()
    start(monitors)
    start(monitors)
    for _ in range(2):
        monitors.close()

    assert [1, 2, 3] == sorted(number for number, _ in results_of(monitors))


def test_monitors_of_a_deleted_namespace_end() -> None:
    """The others go on, also those of the host."""
    monitors = monitors_of()
    for netns in ("red", "blue", None):
        start(monitors, netns)
    delete = Command(("ip", "netns", "delete", "red"), deletes=(("netns", None, "red"),))
    monitors.close_deleted(delete)
    assert [1] == [number for number, _ in results_of(monitors)]

    delete_all = Command(("ip", "-all", "netns", "delete"), deletes=(("netns", None, "*"),))
    monitors.close_deleted(delete_all)
    assert [1, 2] == [number for number, _ in results_of(monitors)]


def test_a_program_that_refuses_its_arguments_is_an_error() -> None:
    """Its end is recorded once, and there is nothing left to close."""
    monitors = monitors_of(Reply(255, "", 'Object "links" is unknown, try "ip monitor help".\n'))
    with pytest.raises(CommandError, match='Object "links" is unknown'):
        start(monitors)
    monitors.close()

    assert [(1, 255)] == [(number, result.status) for number, result in results_of(monitors)]


def test_a_forked_child_records_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The monitor is still that of the parent, which records its end."""
    monitors = monitors_of()
    monitor = start(monitors)
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    monitor.close()

    assert [] == results_of(monitors)


def test_a_wait_for_a_condition_is_that_of_the_session() -> None:
    """It has the namespace of the monitor."""
    calls: list[object] = []

    def note(condition: Condition, netns: str | None, *, timeout: float) -> None:
        calls.append((condition, netns, timeout))

    start(monitors_of(), "red", wait_for_condition=note).wait(until.link("v0"), timeout=3)

    assert [(until.link("v0"), "red", 3)] == calls
