"""Commands run by the executor of a session, and failures to run one are recorded."""

import itertools

import pytest
from attrs import define, field

from ipwrap import Command, ExecutorError, PlaceError, Result
from ipwrap.executors import Executor, Reply
from ipwrap.places import Place
from ipwrap.recording import CommandEvent, ResultEvent
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.recorded_runner import RecordedRunner, Stopwatch, to_result
from ipwrap.sessions.unrecorded import UnrecordedRunner
from tests.doubles import ExecutorDouble, PlaceDouble

PING = Command(("ping", "10.0.0.1"), "red", timeout=5.0)
EVENT = CommandEvent(7, PING, "lab.py:3")


@define
class KeepingExecutor:
    """An executor that keeps its commands; ``live`` as a kernel's, or not, as a playback."""

    live: bool
    commands: list[Command] = field(factory=list)

    def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - as `Executor`
        """Keep a command."""
        self.commands.append(command)
        return Reply()

    def close(self) -> None:
        """Do nothing: no resources are held."""


def runner_of(executor: Executor) -> RecordedRunner:
    """Return a runner whose clock begins at 1000 and ticks with each call."""
    ticks = itertools.count(1000)
    unrecorded = UnrecordedRunner(PlaceDouble(), executor)
    return RecordedRunner(Journal(unrecorded, None, (), lambda: float(next(ticks))))


def test_a_result_has_all_that_the_reply_has() -> None:
    """Status, outputs, and how the command ended; the call site is that of its event."""
    reply = Reply(124, "out", "err", timed_out=True, left_running=True)
    result = runner_of(ExecutorDouble([reply])).run(EVENT)

    assert Result(PING, 124, "out", "err", timed_out=True) == result
    assert ("lab.py:3", True, 1001.0) == (result.call_site, result.left_running, result.started)
    assert 0 <= result.seconds < 60


@pytest.mark.parametrize(("live", "timeout"), [(True, 30.0), (False, 5.0)])
def test_a_limit_takes_the_place_of_the_timeout(live: bool, timeout: float) -> None:
    """A playback compares the recorded timeout, and needs no limit."""
    executor = KeepingExecutor(live)
    result = runner_of(executor).run(EVENT, limit=30.0)

    assert [timeout] == [command.timeout for command in executor.commands]
    assert PING == result.command


@pytest.mark.parametrize("error", [ExecutorError("ping: no such program"), PlaceError("gone")])
def test_a_failure_to_run_is_recorded_and_raised(error: Exception) -> None:
    """The recording has the words of the error, with the status of a shell."""
    runner = runner_of(ExecutorDouble([error]))
    with pytest.raises(type(error), match=str(error)):
        runner.run(EVENT)

    (event,) = runner.journal.recording.events
    assert ResultEvent(7, Result(PING, 127, "", str(error))) == event
    assert "lab.py:3" == event.result.call_site


def test_an_executor_without_monitors_is_recorded_as_a_failure() -> None:
    """A command that goes on cannot be started by it."""
    runner = runner_of(ExecutorDouble())
    with pytest.raises(ExecutorError, match="a ExecutorDouble runs only commands that end"):
        runner.start(EVENT, Stopwatch.start(lambda: 5.0))

    (event,) = runner.journal.recording.events
    assert isinstance(event, ResultEvent)
    assert (127, 5.0) == (event.result.status, event.result.started)


def test_a_clock_that_is_set_back_changes_no_duration() -> None:
    """The start is of the session's clock, and the duration is not."""
    times = iter((1000.0, 10.0))
    stopwatch = Stopwatch.start(lambda: next(times))
    result = to_result(EVENT, Reply(), stopwatch=stopwatch)

    assert 1000.0 == result.started
    assert 0 <= result.seconds < 60
