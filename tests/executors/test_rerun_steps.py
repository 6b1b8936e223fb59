"""Recorded processes, waits and pauses are run again before a recording is continued."""

import signal
from typing import Any

import pytest
from attrs import define, field

from ipwrap import (
    Command,
    ExecutorError,
    InvalidArgument,
    Recording,
    Result,
    Secret,
    Session,
    until,
)
from ipwrap.executors import RecordNewPlayback, Reply
from ipwrap.executors.background import BackgroundProgram
from ipwrap.executors.recorded_entries import read_entries
from ipwrap.executors.rerun_steps import RerunSteps
from ipwrap.placeholders import PlaceholderMapper
from ipwrap.places import NullPlace
from ipwrap.recording import (
    Event,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    WaitEvent,
)
from tests.doubles import ExecutorDouble, PlaceDouble

WEB = Command(("httpd",))
STARTED: list[Event] = [ProcessEvent(1, WEB, "web"), ProcessStarted(1, 20)]


@define(eq=False)
class ProgramDouble:
    """A program that notes what is done to it, and ends by SIGTERM if it ``obeys``."""

    obeys: bool = True
    pid: int = 77
    status: int | None = None
    calls: list[object] = field(factory=list)

    def wait(self, seconds: float | None) -> bool:
        """Return whether the program has ended."""
        self.calls.append(("wait", seconds))
        return self.status is not None

    def send_signal(self, number: int) -> None:
        """Note a signal."""
        self.calls.append(signal.Signals(number).name)
        if number == signal.SIGTERM and self.obeys:
            self.status = 143

    def output(self) -> tuple[bytes, bytes]:
        """Return some output."""
        return b"out", b"err\xff"

    def close(self) -> None:
        """Note the end."""
        self.calls.append("close")


def steps_of(program: ProgramDouble, *events: Event) -> tuple[RerunSteps, list[Any]]:
    """Return the steps of a recording, whose programs are all the same one, and its entries."""
    entries = read_entries(Recording(events=[*events]))

    def start(command: Command, /, *, log: str | None) -> BackgroundProgram:
        assert (WEB, None) == (command, log)
        return program

    def run(command: Command) -> Reply:
        return Reply(0, f"{command.line}\n")

    return RerunSteps(start, run, PlaceholderMapper(("pid",)), entries), entries


def test_actions_are_done_again() -> None:
    """A signal is sent, and a stop gives the recorded time before it forces the end."""
    program = ProgramDouble()
    steps, entries = steps_of(
        program,
        *STARTED,
        ProcessAction(1, "signal", "HUP"),
        ProcessAction(1, "wait", seconds=0.5, timed_out=True),
        ProcessAction(1, "stop", seconds=0.25),
        ResultEvent(1, Result(WEB, 143)),
    )
    assert [None] * 4 == [steps.rerun(entry) for entry in entries]
    assert ["SIGHUP", "SIGTERM", "SIGCONT", ("wait", 0.25), "close"] == program.calls
    assert {} == steps.take_running()


def test_a_signal_that_the_system_does_not_have() -> None:
    """It is a difference; a real-time signal is sent."""
    program = ProgramDouble()
    steps, entries = steps_of(
        program,
        *STARTED,
        ProcessAction(1, "signal", "NOPE"),
        ProcessAction(1, "signal", "RTMIN"),
    )
    differences = [steps.rerun(entry) for entry in entries]

    assert [None, "signal: 'NOPE' is no signal of this system", None] == differences
    assert ["SIGRTMIN"] == program.calls


def test_what_is_seen_has_names_for_secrets() -> None:
    """The difference that a wait reports is shown to the user."""
    command = Command(("httpd",), env={"KEY": Secret("out", "KEY"), "OTHER": Secret(None, "NONE")})
    event = ProcessEvent(1, command, "web")
    steps, _ = steps_of(ProgramDouble(), event, ProcessStarted(1, 20))

    assert "with$KEY" == steps.redact_text("without")


def test_a_process_that_does_not_end_again() -> None:
    """A wait has a limit of ten times what it took, and is a difference then."""
    program = ProgramDouble()
    events = (*STARTED, ProcessAction(1, "wait"), ResultEvent(1, Result(WEB, seconds=7.0)))
    steps, entries = steps_of(program, *events)
    assert [None, "the process has not ended again"] == [steps.rerun(entry) for entry in entries]
    assert [("wait", 70.0)] == program.calls

    program.status = 0
    assert None is steps.rerun(entries[1])


def test_a_process_that_had_not_ended_is_handed_over() -> None:
    """The others are ended, and after an error all of them."""
    program = ProgramDouble()
    steps, entries = steps_of(program, *STARTED)
    assert "outerr\udcff" == (steps.rerun(entries[0]), steps.process_output("web"))[1]
    with pytest.raises(InvalidArgument, match="no process 'other'"):
        steps.process_output("other")

    steps.close()
    assert ["close"] == program.calls
    assert {1: program} == steps.take_running()


def test_what_had_failed_is_not_run_again() -> None:
    """A process that did not become ready, actions on it, and waits in vain are left out."""
    ready = until.listening(80)
    steps, entries = steps_of(
        ProgramDouble(),
        ProcessEvent(1, WEB, "web", ready, 10.0),
        ProcessAction(1, "stop"),
        ResultEvent(1, Result(WEB, 1)),
        WaitEvent(ready, None, 1.0, satisfied=False),
    )
    assert [None] * 3 == [steps.rerun(entry) for entry in entries]
    assert {} == steps.take_running()


def test_a_process_that_becomes_ready_again() -> None:
    """The condition is looked at by the commands of the place."""
    events = (ProcessEvent(1, WEB, "web", until.listening(80), 10.0), ProcessStarted(1, 20))
    steps, entries = steps_of(ProgramDouble(), *events)
    assert None is steps.rerun(entries[0])
    assert "true\n" == steps.run(Command(("true",))).stdout


def test_an_executor_without_background_processes() -> None:
    """The error says what cannot be done."""
    executor = RecordNewPlayback(
        Recording(events=[*STARTED]), place=PlaceDouble(), executor=ExecutorDouble()
    )
    with Session(NullPlace("sandbox"), executor) as session:
        session.spawn("httpd")
        with pytest.raises(ExecutorError, match="ExecutorDouble starts no background processes"):
            session.exec("true")
