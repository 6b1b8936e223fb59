"""Background processes, waits and pauses are run again and compared, and every step is bounded."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from ipwrap import Command, Local, Recording, Result, Session, until
from ipwrap.conditions import Condition, Observation, Prober
from ipwrap.errors import CommandTimeout, ExecutorError, InvalidArgument, ProcessEnded, WaitTimeout
from ipwrap.executors import Reply
from ipwrap.kinds import Bridge
from ipwrap.places import Place
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    ProcessAction,
    ProcessEvent,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from ipwrap.replay import Limits, Replay, replay, replay_export, replay_script
from tests.labs import Lab, open_sandbox, record_lab
from tests.waiting import until as wait_until

# Short, for the tests in which a step hangs.
HASTY = Limits(step=1.0, factor=0.0)

# Of a program that is ready when its link exists.
READY = until.link("ready")
MAKE_READY = "ip link add ready type bridge"
LOOP = "while :; do sleep 0.02; done"


def edit(recording: Recording, change: Callable[[dict[str, Any]], bool | None]) -> Recording:
    """Return a recording whose lines were changed; a line for which False is returned is left
    out.
    """
    assert recording.path is not None
    path = Path(recording.path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    kept = [line for line in lines if change(line) is not False]
    path.write_text("".join(json.dumps(line) + "\n" for line in kept))
    return Recording.load(path)


def replay_in_sandbox(recording: Recording, limits: Limits | None = None) -> Replay:
    """Run a recording again in a new sandbox."""
    with open_sandbox() as session:
        return replay(recording, session, limits=limits)


def steps_of(session: Session) -> list[Event]:
    """Return the events of a session without results and states."""
    kept = (CommandEvent, ProcessEvent, ProcessAction, WaitEvent, Sleep)
    return [event for event in session.recording.events if isinstance(event, kept)]


@pytest.mark.live
def test_a_server_is_replayed_beside_its_client(tmp_path: Path) -> None:
    """Process, wait, client, pause and stop run again; the log of the user is not written."""
    log = tmp_path / "web.log"

    def lab(session: Session) -> None:
        session.ip.link.set("lo", up=True)
        server = ("python3", "-u", "-m", "http.server", "8000", "--bind", "127.0.0.1")
        client = "import socket; socket.create_connection(('127.0.0.1', 8000))"
        with session.spawn(*server, ready=until.listening(8000), log=log, name="web"):
            session.wait_for(until.link("lo", exists=True))
            session.exec("python3", "-c", client)
            session.sleep(0.01)

    recording = record_lab(lab, tmp_path / "a.jsonl")
    log.write_text("of the user")

    with open_sandbox() as session:
        report = replay(recording, session)
        replayed = steps_of(session)
        assert [] == session.processes

    assert [] == report.differences
    assert (2, 1, 1) == (report.commands, report.processes, report.waits)
    assert "2 commands, 1 background process and 1 wait run again; compared" in str(report)
    kinds = [type(event) for event in replayed]
    assert [CommandEvent, ProcessEvent, WaitEvent, CommandEvent, Sleep, ProcessAction] == kinds
    _, process, wait, *_ = replayed
    assert isinstance(process, ProcessEvent)
    assert isinstance(wait, WaitEvent)
    assert (str(log), 10.0, 10.0) == (process.log, process.ready_timeout, wait.timeout)
    assert "of the user" == log.read_text()


def die_early(session: Session) -> None:
    """Start a program that ends before it is ready."""
    with pytest.raises(ProcessEnded):
        session.spawn("sh", "-c", "exit 3", ready=READY)


def miss_program(session: Session) -> None:
    """Start a program that does not exist."""
    with pytest.raises(ExecutorError):
        session.spawn("no-such-program-here")


def never_get_ready(session: Session) -> None:
    """Start a program that does not become ready."""
    with pytest.raises(WaitTimeout):
        session.spawn("sleep", "1000", ready=READY, ready_timeout=0.2)


def wait_for_signalled(session: Session) -> None:
    """Wait for a program that ends by a signal, first in vain."""
    script = f"trap 'exit 7' USR1; {MAKE_READY}; {LOOP}"
    process = session.spawn("sh", "-c", script, ready=READY)
    with pytest.raises(CommandTimeout):
        process.wait(0.05)

    process.send_signal("USR1")
    assert 7 == process.wait().status


def leave_ended(session: Session) -> None:
    """Leave a program alone that ends by itself."""
    process = session.spawn("sh", "-c", f"{MAKE_READY}; sleep 2; exit 7", ready=READY)
    assert wait_until(lambda: not process.running)


def leave_running(session: Session) -> None:
    """End a session beside a program that takes its link away when it is stopped."""
    script = f"trap 'ip link delete ready; exit 0' TERM; {MAKE_READY}; {LOOP}"
    session.spawn("sh", "-c", script, ready=READY)


@pytest.mark.live
@pytest.mark.parametrize(
    "lab", [die_early, miss_program, wait_for_signalled, leave_ended, leave_running]
)
def test_ends_of_processes_are_the_same_again(lab: Lab, tmp_path: Path) -> None:
    """A process ends, fails or goes on as in the recording, and the state is compared beside it."""
    recording = record_lab(lab, tmp_path / "a.jsonl")
    report = replay_in_sandbox(recording)

    assert [] == report.differences
    assert 1 == report.processes
    assert report.state_compared


@pytest.mark.live
def test_a_process_that_never_got_ready_is_not_expected_to(tmp_path: Path) -> None:
    """A process that was ended because it did not become ready is ended again."""
    recording = record_lab(never_get_ready, tmp_path / "a.jsonl")

    assert [] == replay_in_sandbox(recording, HASTY).differences


@pytest.mark.live
@pytest.mark.parametrize(
    ("lab", "expected"),
    [
        (die_early, "process 1, sh, sh -c 'exit 3': status 4 -> 3"),
        (wait_for_signalled, ": status 4 -> 7"),
        (leave_ended, ": status 4 -> 7"),
    ],
)
def test_another_status_of_a_process_is_a_difference(
    lab: Lab, expected: str, tmp_path: Path
) -> None:
    """The status of a process that ended by itself is compared, and only once."""

    def change(line: dict[str, Any]) -> None:
        if line["event"] == "result":
            line["status"] = 4

    recording = edit(record_lab(lab, tmp_path / "a.jsonl"), change)
    (difference,) = replay_in_sandbox(recording).differences

    assert difference.startswith("~ process 1, sh, sh -c ")
    assert expected in difference


@pytest.mark.live
def test_a_process_that_does_not_become_ready_is_a_difference(tmp_path: Path) -> None:
    """A process that was ready in the recording, and is not, is named with what was seen."""

    def lab(session: Session) -> None:
        session.ip.link.add("ready", Bridge())
        session.spawn("sleep", "1000", ready=READY)

    def change(line: dict[str, Any]) -> bool:
        return line.get("n") != 1

    recording = edit(record_lab(lab, tmp_path / "a.jsonl"), change)
    difference, *_ = replay_in_sandbox(recording, Limits(step=0.3, factor=0.0)).differences

    assert difference.startswith("~ process 2, sleep, sleep 1000: ")
    assert "last seen" in difference


@pytest.mark.live
@pytest.mark.parametrize("stops", [True, False], ids=["stopped", "to the end"])
def test_a_process_that_ends_too_early_is_a_difference(stops: bool, tmp_path: Path) -> None:
    """A program that ran until it was stopped, and fails here, is a difference."""
    flag = tmp_path / "flag"
    flag.touch()

    def lab(session: Session) -> None:
        script = f"{MAKE_READY}; test -e {flag} && exec sleep 1000; echo oh >&2; exit 5"
        process = session.spawn("sh", "-c", script, ready=READY)
        with pytest.raises(CommandTimeout):
            process.wait(60.0 if not flag.exists() else 0.05)
        if stops:
            process.stop()

    def change(line: dict[str, Any]) -> None:
        if line.get("action") == "wait":
            line["seconds"] = 60.0

    recording = edit(record_lab(lab, tmp_path / "a.jsonl"), change)
    flag.unlink()
    (difference,) = replay_in_sandbox(recording, Limits(missed_wait=60.0)).differences

    assert difference.startswith("~ process 1, sh, sh -c ")
    assert difference.endswith(": ran until it was stopped -> ended, status 5 oh")


@pytest.mark.live
def test_a_process_that_dies_before_it_is_ready_is_a_difference(tmp_path: Path) -> None:
    """A server that ran in the recording, and cannot start here, is a difference."""
    flag = tmp_path / "flag"
    flag.touch()

    def lab(session: Session) -> None:
        script = f"test -e {flag} || exit 5; {MAKE_READY}; exec sleep 1000"
        session.spawn("sh", "-c", script, ready=READY).stop()

    recording = record_lab(lab, tmp_path / "a.jsonl")
    flag.unlink()
    difference, *_ = replay_in_sandbox(recording).differences

    assert difference.endswith(": ran until it was stopped -> ended, status 5")


@pytest.mark.live
def test_a_wait_in_vain_is_a_difference(tmp_path: Path) -> None:
    """A condition that does not hold here is reported with its line and what was seen."""

    def lab(session: Session) -> None:
        session.ip.link.add("ready", Bridge())
        session.wait_for(READY, timeout=1.0)

    recording = edit(record_lab(lab, tmp_path / "a.jsonl"), lambda line: line.get("n") != 1)
    begin = time.monotonic()
    difference, *_ = replay_in_sandbox(recording, Limits(step=0.2, factor=0.0)).differences

    assert re.match(rf"~ wait for {READY} \(\S*test_steps\.py:\d+\): after ", difference)
    assert "-> not within 1 s; last seen: " in difference
    assert time.monotonic() - begin >= 1  # the limit of the script is kept


@pytest.mark.live
def test_a_wait_in_vain_is_not_repeated_in_full(tmp_path: Path) -> None:
    """A wait whose time was up in the recording is no difference, and takes a second at most."""

    def lab(session: Session) -> None:
        with pytest.raises(WaitTimeout):
            session.wait_for(READY, timeout=0.1)

    def change(line: dict[str, Any]) -> None:
        if line["event"] == "wait":
            line["timeout"] = 1e6

    recording = edit(record_lab(lab, tmp_path / "a.jsonl"), change)
    report = replay_in_sandbox(recording)

    assert [] == report.differences
    assert 1 == report.waits


@pytest.mark.live
def test_a_command_that_hangs_is_a_difference(tmp_path: Path) -> None:
    """A command that does not end is ended, and reported with its line; the next one runs."""
    flag = tmp_path / "flag"
    flag.touch()

    def lab(session: Session) -> None:
        session.exec("sh", "-c", f"test -e {flag} || sleep 1000")
        session.exec("true")

    recording = record_lab(lab, tmp_path / "a.jsonl")
    flag.unlink()
    with open_sandbox() as session:
        report = replay(recording, session, limits=HASTY)
        commands = [event.command for event in session.recording.commands]

    (difference,) = report.differences
    assert difference.startswith(f"~ command 1, sh -c 'test -e {flag} || sleep 1000': status 0 ")
    assert " -> still ran after " in difference
    assert difference.endswith("and was ended")
    # The limit is no part of the commands.
    assert [event.command for event in recording.commands] == commands


@pytest.mark.live
def test_a_process_that_hangs_is_a_difference(tmp_path: Path) -> None:
    """A process that ended by itself, and does not, is ended and reported."""
    flag = tmp_path / "flag"
    flag.touch()

    def lab(session: Session) -> None:
        session.spawn("sh", "-c", f"test -e {flag} || exec sleep 1000").wait()

    recording = record_lab(lab, tmp_path / "a.jsonl")
    flag.unlink()
    with open_sandbox() as session:
        report = replay(recording, session, limits=HASTY)
        assert [] == session.processes

    (difference,) = report.differences
    assert "-> still ran after 1 s, and was ended" in difference


@pytest.mark.live
def test_a_command_with_a_timeout_reaches_it_again(tmp_path: Path) -> None:
    """A command that its own timeout ended is ended by it again, and is no difference."""

    def lab(session: Session) -> None:
        with pytest.raises(CommandTimeout):
            session.exec("sleep", "1000", timeout=0.2)

    recording = record_lab(lab, tmp_path / "a.jsonl")

    assert [] == replay_in_sandbox(recording).differences


def test_an_executor_without_processes_is_a_difference() -> None:
    """Where nothing can be started, the report says so, and actions are left out."""
    command = Command(("sleep", "9"))
    events: list[Event] = [
        ProcessEvent(1, command, "sleep"),
        ProcessAction(1, "stop", seconds=3.0),
        ResultEvent(1, Result(command, 143)),
        End(),
    ]

    with Session(Local(), _Commands()) as session:
        report = replay(Recording(events=events), session, check=False)

    (difference,) = report.differences
    assert difference.startswith("~ process 1, sleep, sleep 9: ran until it was stopped -> ended")


def test_a_script_needs_no_background_process() -> None:
    """An executor that starts no processes runs a script as a command."""
    with Session(Local(), _Commands()) as session:
        report = replay_script(Recording(), session, script="x.sh")
        lines = [event.command.line for event in session.recording.commands]

    assert [] == report.differences
    assert ["sh x.sh"] == lines


class _Commands:
    """An executor that runs commands only."""

    live = False

    def run(self, command: Command, _place: Place) -> Reply:
        """Return a success."""
        return Reply(0, command.line)

    def close(self) -> None:
        """Do nothing."""


@frozen
class ImpossibleCondition(Condition):
    """A condition that cannot be looked at."""

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Raise an error."""
        raise InvalidArgument(f"{prober and netns}: there is no process 'web'")

    def to_json(self) -> dict[str, Any]:
        """Return nothing that is recorded again."""
        return {}


@pytest.mark.live
@pytest.mark.parametrize("satisfied", [True, False])
def test_a_wait_that_cannot_be_looked_at_is_a_difference(satisfied: bool) -> None:
    """A wait for what the replay does not have ends with its own error, at once."""
    wait = WaitEvent(ImpossibleCondition(), "red", 10.0, satisfied=satisfied)
    (difference,) = replay_in_sandbox(Recording(events=[wait])).differences

    assert difference.startswith("~ wait for ")
    assert difference.endswith(" in red: red: there is no process 'web'")


@pytest.mark.live
@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (ProcessEvent(2, Command(("true",)), "sleep"), "has had a process 'sleep' already"),
        (ProcessAction(1, "signal", signal="NONSENSE"), "is no signal of this system"),
    ],
    ids=["name", "signal"],
)
def test_a_step_that_cannot_be_done_is_a_difference(event: Event, expected: str) -> None:
    """A recording that asks for what no session does is no error of the replay."""
    events = [ProcessEvent(1, Command(("sleep", "1000")), "sleep"), event, End(running=(1,))]
    (difference,) = replay_in_sandbox(Recording(events=events)).differences

    assert expected in difference


@pytest.mark.live
def test_pids_are_those_of_the_replay(tmp_path: Path) -> None:
    """A command that names the pid of a process reaches it, by session and by Python."""

    def lab(session: Session) -> None:
        session.ip.netns.add("pod")
        process = session.netns("pod").spawn("sleep", "1000", name="napper")
        session.exec("kill", "-KILL", str(process.pid))
        process.wait(timeout=60)

    recording = record_lab(lab, tmp_path / "x.jsonl")
    with open_sandbox() as session:
        session.exec("sh", "-c", "for _ in 1 2 3 4 5 6 7; do true | true; done")  # other pids
        assert "no difference" in str(replay(recording, session))
    with open_sandbox() as session:
        session.exec("sh", "-c", "for _ in 1 2 3 4 5 6 7; do true | true; done")
        assert "no difference" in str(replay_export(recording, session, export_format="python"))
