"""Background processes of a recording run again, and their ends are compared."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, field

from ipwrap import (
    Command,
    CommandTimeout,
    ExecutorError,
    IpwrapError,
    ProcessEnded,
    Recording,
    Result,
    WaitTimeout,
    until,
)
from ipwrap.recording import End, Event, ProcessAction, ProcessEvent, ProcessStarted, ResultEvent
from ipwrap.replay import Limits, Replay
from ipwrap.replay.comparison import Comparison
from ipwrap.replay.outcomes import Outcomes
from ipwrap.replay.processes import ProcessReplay
from ipwrap.sessions.processes import SpawnOptions

WEB = Command(("httpd",))
HUNG = "~ process 1, web, httpd: status 0 after 0 s -> still ran after 0.05 s, and was ended"
HASTY = Limits(step=0.05, factor=0.0, missed_wait=0.01)


@define
class ProcessDouble:
    """A process that ends with a status when it is waited for, or never."""

    ends_with: int | None = None
    result: Result | None = None
    pid: int = 77
    calls: list[object] = field(factory=list)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.result is None

    def wait(self, timeout: float | None = None, *, limit: float | None = None) -> Result:
        """Note the limits, and end."""
        self.calls.append(("wait", timeout, limit))
        if self.ends_with is None:
            raise CommandTimeout("it still runs")
        self.result = Result(WEB, self.ends_with)
        return self.result

    def stop(self, grace: float) -> Result:
        """Note the grace, and end."""
        self.calls.append(("stop", grace))
        self.result = self.result or Result(WEB, 143)
        return self.result

    def end(self) -> Result:
        """Note the end."""
        self.calls.append("end")
        self.result = Result(WEB, 143)
        return self.result

    def send_signal(self, signal: str) -> None:
        """Note a signal; this system has no NOPE."""
        if signal == "NOPE":
            raise IpwrapError("NOPE is no signal of this system")
        self.calls.append(signal)


@define
class SessionDouble:
    """A session that starts one process, or raises an error."""

    outcome: ProcessDouble | Exception
    started: list[tuple[Command, SpawnOptions]] = field(factory=list)

    def start_process(self, command: Command, options: SpawnOptions) -> Any:
        """Note the command."""
        self.started.append((command, options))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def replay_events(
    outcome: ProcessDouble | Exception, *events: Event, limits: Limits = HASTY
) -> tuple[list[str], SessionDouble, ProcessReplay]:
    """Return the differences of a recording's processes, the session, and the replay."""
    recording = Recording(events=[*events])
    session: Any = SessionDouble(outcome)
    comparison = Comparison(Replay(), Outcomes.of(recording))
    processes = ProcessReplay(session, comparison, limits)

    for event, result in recording.pairs():
        processes.note_pid(event)
        if isinstance(event, ProcessEvent):
            processes.start(event, result)
        elif isinstance(event, ProcessAction):
            processes.act(event)
    processes.finish()
    return comparison.report.differences, session, processes


def recorded(*actions: ProcessAction, status: int | None, **options: Any) -> list[Event]:
    """Return the events of a process that has started."""
    events: list[Event] = [ProcessEvent(1, WEB, "web", **options), ProcessStarted(1, 20), *actions]
    if status is not None:
        events.append(ResultEvent(1, Result(WEB, status)))
    return events


def test_a_process_is_started_as_it_was() -> None:
    """With its name and readiness; its log may be a file of the user, and is not written."""
    ready = until.listening(80)
    events = recorded(status=None, ready=ready, ready_timeout=2.0, log="web.log")
    differences, session, _ = replay_events(ProcessDouble(), *events)

    options = SpawnOptions(
        ready=ready,
        ready_timeout=2.0,
        ready_limit=2.0,
        log="web.log",
        writes_log=False,
        name="web",
        outlives_netns=True,  # a script may delete the namespace of a process that runs on
    )
    assert ([], [(WEB, options)]) == (differences, session.started)


def test_signals_stops_and_waits_are_repeated() -> None:
    """A stop has the recorded grace, but not a longer one than the limit of a step."""
    actions = (
        ProcessAction(1, "signal", "HUP"),
        ProcessAction(1, "wait", seconds=9.0, timed_out=True),
        ProcessAction(1, "stop", seconds=3.0),
        ProcessAction(1, "stop", seconds=3.0),
    )
    process = ProcessDouble()
    differences, _, _ = replay_events(process, *recorded(*actions, status=143))

    assert [] == differences
    assert ["HUP", ("wait", 9.0, 0.01), ("stop", 0.05)] == process.calls


@pytest.mark.parametrize(
    ("ends_with", "expected"),
    [
        (0, []),
        (4, ["~ process 1, web, httpd: status 0 -> 4"]),
        (None, [HUNG]),
    ],
)
def test_the_end_that_was_waited_for_is_compared(
    ends_with: int | None, expected: list[str]
) -> None:
    """Another status is a difference, and a process that hangs is ended."""
    process = ProcessDouble(ends_with)
    differences, _, _ = replay_events(process, *recorded(ProcessAction(1, "wait"), status=0))

    assert expected == differences
    assert ("end" in process.calls) == (ends_with is None)


def test_an_end_that_nobody_waited_for_is_compared_at_last() -> None:
    """A process that ended by itself has to end again, within its limit."""
    process = ProcessDouble()
    differences, _, _ = replay_events(process, *recorded(status=0))

    assert ["end"] == process.calls
    assert 1 == len(differences)


def test_a_process_that_ran_to_the_end_may_go_on() -> None:
    """It ended with the session, so that its replay ends with its own."""
    process = ProcessDouble()
    events = (*recorded(status=143), End(running=(1,)))
    assert ([], []) == (replay_events(process, *events)[0], process.calls)


@pytest.mark.parametrize("stops", [True, False])
def test_a_process_that_ends_early_is_a_difference(stops: bool) -> None:
    """In the recording it still ran; success may come early."""
    actions = (ProcessAction(1, "stop"),) if stops else ()
    end = () if stops else (End(running=(1,)),)
    events = (*recorded(*actions, status=143), *end)

    failed = ProcessDouble(result=Result(WEB, 3, stderr="no port\n"))
    (difference,) = replay_events(failed, *events)[0]
    assert difference.endswith("ran until it was stopped -> ended, status 3 no port")
    assert [] == replay_events(ProcessDouble(result=Result(WEB, 0)), *events)[0]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ProcessEnded(Result(WEB, 3, stderr="no port\n")), 3),
        (ExecutorError("httpd: no such program"), 127),
    ],
)
def test_a_start_that_failed_in_both_is_no_difference(error: Exception, status: int) -> None:
    """With another status it is one, and so it is if the process was stopped in the recording."""
    event = ProcessEvent(1, WEB, "web", until.listening(80), 1.0)
    same = (event, ResultEvent(1, Result(WEB, status)))
    other = (event, ResultEvent(1, Result(WEB, 7)))
    stopped = recorded(ProcessAction(1, "stop"), status=143)

    counts = [len(replay_events(error, *events)[0]) for events in (same, other, stopped)]
    assert [0, 1, 1] == counts


def test_a_process_that_is_not_ready_in_time_is_a_difference() -> None:
    """But for one that was ended for that in the recording; actions on it are left out."""
    error = WaitTimeout("a TCP socket listens on port 80: not within 1 s\n  asked at:  lab.py:4")
    event = ProcessEvent(1, WEB, "web", until.listening(80), 1.0)
    unready = (event, ResultEvent(1, Result(WEB, 143)))
    assert [] == replay_events(error, *unready)[0]

    (difference,) = replay_events(error, *recorded(ProcessAction(1, "stop"), status=143))[0]
    assert "not within 1 s\n  asked at:  lab.py:4" in difference


@pytest.mark.parametrize(
    ("outcome", "actions"),
    [
        (IpwrapError("nothing runs here"), ()),
        (ProcessDouble(), (ProcessAction(1, "signal", "NOPE"),)),
    ],
)
def test_a_refusal_is_a_difference(
    outcome: ProcessDouble | Exception, actions: tuple[ProcessAction, ...]
) -> None:
    """A recording may name a signal that the system does not have."""
    (difference,) = replay_events(outcome, *recorded(*actions, status=None))[0]

    assert difference.startswith("~ process 1, web, httpd: ")


def pid_command(pid: int) -> Command:
    """Return a command with a pid."""
    return Command(("kill", "-0", str(pid)))


@pytest.mark.parametrize(
    ("outcome", "expected"), [(ProcessDouble, 77), (lambda: ExecutorError("none"), 20)]
)
def test_commands_get_the_present_pid(
    outcome: Callable[[], ProcessDouble | Exception], expected: int
) -> None:
    """The recorded one stays where the process could not be started."""
    _, _, processes = replay_events(outcome(), *recorded(status=None))

    assert pid_command(expected) == processes.with_present_pids(pid_command(20))
    assert pid_command(21) == processes.with_present_pids(pid_command(21))
