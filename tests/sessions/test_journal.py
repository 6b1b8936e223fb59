"""What a session writes down: commands, how it ended, and the states before and after."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from attrs import define, field

from ipwrap import (
    AlreadyExists,
    Command,
    CommandError,
    DryRun,
    ExecutorError,
    Local,
    Recording,
    Session,
)
from ipwrap.executors import Reply
from ipwrap.kinds import Bridge
from ipwrap.places import Place
from ipwrap.recording import CommandEvent, End, Note, ResultEvent, Snapshot
from ipwrap.state import keep_covered_by_all
from ipwrap.system.release import version_of
from tests.doubles import Scripted


def test_recording_is_kept_in_memory() -> None:
    """Without a path nothing is written, and the recording is there."""
    with Session(Local(), DryRun(), clock=lambda: 1000.0) as session:
        session.note("first")
        session.ip.link.add("br0", Bridge())
        session.ip.link.show()
    header = session.recording.header
    assert (None, "local", 1000.0) == (session.recording.path, header.place, header.started)
    assert [Note, CommandEvent, ResultEvent, CommandEvent, ResultEvent, End] == [
        type(event) for event in session.recording.events
    ]
    assert [1, 2] == [asked.number for asked in session.recording.commands]
    assert [1000.0, 1000.0] == [result.started for result in session.recording.results]


def test_recording_grows_on_disk(tmp_path: Path) -> None:
    """With a path each event has left the process when the call returns: a change before it runs."""
    path = tmp_path / "x.jsonl"

    @define
    class Looks:
        live: bool = False
        seen: list[str] = field(factory=list)

        def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - as the protocol has it
            """Look at what is on the disk while the command runs."""
            self.seen.append(json.loads(path.read_text().splitlines()[-1])["event"])
            return Reply()

        def close(self) -> None:
            """There is nothing to close."""

    executor = Looks()
    with Session(Local(), executor, path) as session:
        assert 1 == len(path.read_text().splitlines())
        session.note("x")
        assert 2 == len(path.read_text().splitlines())
        session.exec("true")
        assert 4 == len(path.read_text().splitlines())
    assert ["command"] == executor.seen
    assert session.recording.events == Recording.load(path).events


def test_end_tells_which_error_ended_the_session() -> None:
    """The error that left the `with` block is recorded, with the number of the command that raised it."""
    session = Session(
        Local(), Scripted([Reply(), Reply(2, "", "RTNETLINK answers: File exists\n")])
    )
    with pytest.raises(AlreadyExists), session:
        session.exec("true")
        session.exec("ip", "link", "add", "x", "type", "bridge")
    assert End("AlreadyExists: RTNETLINK answers: File exists (EEXIST)", 2) == session.recording.end


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("two\nlines"), "RuntimeError: two"),
        (KeyboardInterrupt(), "KeyboardInterrupt: "),
    ],
)
def test_end_tells_an_error_of_the_script(error: BaseException, said: str) -> None:
    """An error that no command raised is recorded without a number, also after a command that failed and was caught."""
    session = Session(Local(), Scripted([Reply(1)]))
    with pytest.raises(type(error)), session:
        with pytest.raises(CommandError):
            session.exec("false")
        raise error
    assert End(said, None) == session.recording.end


def test_end_without_an_error_is_none() -> None:
    """A session that ended well says so, also when a command failed and was caught."""
    session = Session(Local(), Scripted([Reply(1)]))
    with session:
        session.exec("false", check=False)
    assert End() == session.recording.end


def test_command_that_cannot_run_is_recorded() -> None:
    """What was said of a program that is not there is recorded as its result, and the session goes on."""
    session = Session(Local(), Scripted([ExecutorError("no such program")]))
    with pytest.raises(ExecutorError), session:
        session.exec("nothing")
    (result,) = session.recording.results
    assert (127, "no such program") == (result.status, result.stderr)
    assert End("ExecutorError: no such program", 1) == session.recording.end


@pytest.mark.live
def test_states_before_and_after_are_recorded(session: Session, tmp_path: Path) -> None:
    """The state before the first change and the state reached are in the recording; a copy in mid-session has both."""
    session.ip.link.show()
    assert session.recording.initial_state is None
    session.ip.netns.add("ns1")
    session.ip.link.add("br0", Bridge())
    before = session.recording.initial_state
    assert before is not None
    assert (["lo"], [""]) == ([link["ifname"] for link in before[""]["link"]], list(before))
    end = Recording.load(session.recording.save(tmp_path / "copy.jsonl")).end
    assert end is not None
    then, now = keep_covered_by_all(end.state, session.state())
    assert then == now
    assert ["", "ns1"] == list(session.state())
    session.close()
    assert session.recording.end == end


@pytest.mark.live
def test_session_that_changes_nothing_records_no_state(session: Session) -> None:
    """A session that only looks has no states."""
    session.ip.link.show()
    session.exec("true", changes=False)
    session.close()
    assert [] == [event for event in session.recording.events if isinstance(event, Snapshot)]
    assert End() == session.recording.end


@pytest.mark.live
def test_header_tells_where_and_with_what(session: Session) -> None:
    """The header has the release of iproute2, the kernel's, and the place."""
    header = session.recording.header
    said = subprocess.run(["ip", "-V"], capture_output=True, text=True, check=True).stdout
    assert (version_of(said), "sandbox") == (header.iproute2, header.place)
    assert header.kernel is not None
    assert os.uname().release.startswith(header.kernel)
