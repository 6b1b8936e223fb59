"""The steps of a recording, as a report shows them."""

import math

import pytest

from ipwrap import until
from ipwrap.command import Command
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    Recording,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from ipwrap.recording.captures import CAPTURE_PROGRAMS, CaptureOptions
from ipwrap.result import Result
from ipwrap.views.report.steps import StepRow, read_rows
from tests.views.report.recordings import begun_at, command, recording_of

SERVER = Command(("python3", "-m", "http.server"), "red", changes=False)


def rows_of(recording: Recording) -> list[StepRow]:
    """Return the steps of a recording, without its notes."""
    return [row for row in read_rows(recording) if isinstance(row, StepRow)]


def process(number: int = 1, **fields: object) -> ProcessEvent:
    """Return the start of a web server."""
    return ProcessEvent(number, SERVER, f"web{number}", call_site="lab.py:3", **fields)  # type: ignore[arg-type]


def ended(number: int = 1, *, status: int, seconds: float = 2.0) -> ResultEvent:
    """Return the end of a web server."""
    return ResultEvent(number, Result(SERVER, status, started=begun_at, seconds=seconds))


def test_command_has_its_line_call_site_and_time() -> None:
    """A command is shown as typed, with the line of the script that asked."""
    (row,) = rows_of(recording_of(*command(1, begin=2, seconds=0.5)))

    assert (1, "ip link add v1 type dummy", "lab.py:7") == (row.number, row.line, row.call_site)
    assert (begun_at + 2, 0.5) == (row.begin, row.seconds)
    assert not row.failed


def test_failed_command_has_its_status_and_message() -> None:
    """A failure has the status, and what the kernel said."""
    (row,) = rows_of(recording_of(*command(1, status=2, stderr="File exists\n")))

    assert (True, "status 2", "File exists") == (row.failed, row.outcome, row.output)


def test_timed_out_command_is_a_failure() -> None:
    """A command that took too long says so."""
    asked = Command(("sleep", "9"), timeout=1.0)
    result = Result(asked, 124, timed_out=True)
    (row,) = rows_of(recording_of(CommandEvent(1, asked), ResultEvent(1, result)))

    assert (True, "timed out") == (row.failed, row.outcome)


def test_command_without_a_result_is_shown() -> None:
    """The last command of a session that was cut short has no outcome."""
    (row,) = rows_of(recording_of(CommandEvent(1, Command(("ip", "link"))), end=None))

    assert ("no result", False, begun_at) == (row.outcome, row.failed, row.begin)


def test_notes_are_kept_in_order() -> None:
    """Notes stand between the steps, and an empty one is left out."""
    note = Note("Part two")

    entries = list(read_rows(recording_of(*command(1), note, Note(" \n"), *command(2))))

    assert [1, "Part two", 2] == [
        entry.text if isinstance(entry, Note) else entry.number for entry in entries
    ]


def test_wait_and_pause_follow_the_step_before() -> None:
    """A wait and a pause have no time of their own: they begin when the step before has ended."""
    wait = WaitEvent(until.link("eth0"), "red", 10.0, seconds=3.0)

    _, sleep, waited = rows_of(recording_of(*command(1, seconds=1), Sleep(2.0), wait))

    assert (begun_at + 1, begun_at + 3) == (sleep.begin, sleep.end)
    assert (begun_at + 3, begun_at + 6) == (waited.begin, waited.end)
    assert ("sleep 2", "wait until link eth0 exists") == (sleep.line, waited.line)


def test_wait_in_vain_is_a_failure() -> None:
    """A wait whose time was up tells what was seen last."""
    wait = WaitEvent(until.link("eth0"), None, 1.5, satisfied=False, seen="down")

    (row,) = rows_of(recording_of(wait))

    assert (True, "not within 1.5 s: down") == (row.failed, row.outcome)


def test_process_that_the_session_ended_is_no_failure() -> None:
    """A server runs until the session ends; that it was ready is a wait of its own."""
    events: tuple[Event, ...] = (
        process(ready=until.listening(8000)),
        ProcessStarted(1, 21, seconds=0.5),
        *command(2, begin=0.5),
        ended(status=143),
    )

    server, readiness, _ = rows_of(recording_of(*events, end=End(running=(1,))))

    assert ("process", "ended by the session", False) == (
        server.kind,
        server.outcome,
        server.failed,
    )
    assert ("wait", 0.5, server.begin) == (readiness.kind, readiness.seconds, readiness.begin)


@pytest.mark.parametrize(
    ("event", "result", "outcome"),
    [
        (process(), ended(status=1), "status 1"),
        (process(ready=until.listening(8000)), ended(status=1), "ended before it was ready"),
        (
            process(ready=until.listening(8000), ready_timeout=1.0),
            ended(status=143),
            "not ready in time",
        ),
        (
            process(),
            ResultEvent(1, Result(SERVER, 127, stderr="python3: no such program")),
            "could not be started",
        ),
    ],
)
def test_process_that_fails_tells_how(
    event: ProcessEvent, result: ResultEvent, outcome: str
) -> None:
    """A process that crashes, or does not become ready, is a failure."""
    (row,) = rows_of(recording_of(event, result))

    assert (True, outcome) == (row.failed, row.outcome)


def test_process_that_ends_by_itself_succeeds() -> None:
    """A process with the status 0 has ended well."""
    (row,) = rows_of(recording_of(process(), ended(status=0)))

    assert (False, "ended by itself") == (row.failed, row.outcome)


def test_process_without_a_result_is_shown() -> None:
    """A process of a session that was cut short has no outcome, nor a wait nobody asked for."""
    (row,) = rows_of(recording_of(process(), ProcessStarted(1, 21), end=None))

    assert ("no result", False) == (row.outcome, row.failed)


def test_actions_on_a_process_are_steps() -> None:
    """A signal is a step; a wait that took too long has failed; an unknown process is left out."""
    events = (
        process(),
        ProcessAction(1, "signal", "HUP"),
        ProcessAction(1, "wait", seconds=1.0, timed_out=True),
        ProcessAction(7, "stop"),
        ProcessStarted(7, 99),
        ended(status=129),
    )

    server, signal, wait = rows_of(recording_of(*events))

    assert (False, "ended by the session") == (server.failed, server.outcome)
    assert ('kill -HUP "$web1"', False) == (signal.line, signal.failed)
    assert ('wait "$web1"', True, "not in time") == (wait.line, wait.failed, wait.outcome)


def test_monitor_that_was_stopped_is_no_failure() -> None:
    """A monitor runs until it is stopped, and the next step does not wait for it."""
    monitor = Command(("ip", "monitor"), changes=False)
    result = Result(monitor, 143, started=begun_at, seconds=9.0)

    row, sleep = rows_of(recording_of(CommandEvent(1, monitor), ResultEvent(1, result), Sleep(1)))

    assert not row.failed
    assert begun_at == sleep.begin


def test_capture_has_its_file() -> None:
    """A capture leads to the file with the packets."""
    program = CAPTURE_PROGRAMS["tcpdump"]
    argv = program.argv(CaptureOptions(dev="eth0", path="web.pcap"))
    event = ProcessEvent(1, Command(argv, "red"), "tcpdump", ready=program.readiness("tcpdump"))

    (row,) = rows_of(recording_of(event))

    assert "web.pcap" == row.capture


@pytest.mark.parametrize("seconds", [math.inf, math.nan, -1.0, 1e300])
def test_times_of_a_file_are_bounded(seconds: float) -> None:
    """A file that anybody may have written has no time that breaks the page."""
    (row,) = rows_of(recording_of(Sleep(seconds)))

    assert math.isfinite(row.end)
    assert row.end >= row.begin >= 0
