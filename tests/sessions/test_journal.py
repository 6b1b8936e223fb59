"""The journal: commands, the end, and the states before and after."""

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
from ipwrap.system.release import parse_version
from tests.doubles import ExecutorDouble


def test_recording_is_kept_in_memory() -> None:
    """Without a path the recording is in memory only."""
    with Session(Local(), DryRun(), clock=lambda: 1000.0) as session:
        session.note("first")
        session.ip.link.add("br0", Bridge())
        session.ip.link.show()

    recording = session.recording
    event_types = [type(event) for event in recording.events]

    assert recording.path is None
    assert "local" == recording.header.place
    assert 1000.0 == recording.header.started
    assert [Note, CommandEvent, ResultEvent, CommandEvent, ResultEvent, End] == event_types
    assert [1, 2] == [asked.number for asked in recording.commands]
    assert [1000.0, 1000.0] == [result.started for result in recording.results]


def test_recording_grows_on_disk(tmp_path: Path) -> None:
    """With a path an event is written when the call returns: a change before it runs."""
    path = tmp_path / "x.jsonl"

    @define
    class FileReader:
        live: bool = False
        event_kinds: list[str] = field(factory=list)

        def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - a protocol
            """Read the last event on disk while the command runs."""
            self.event_kinds.append(json.loads(path.read_text().splitlines()[-1])["event"])
            return Reply()

        def close(self) -> None:
            """There is nothing to close."""

    executor = FileReader()
    with Session(Local(), executor, path) as session:
        assert 1 == len(path.read_text().splitlines())

        session.note("x")

        assert 2 == len(path.read_text().splitlines())

        session.exec("true")

        assert 4 == len(path.read_text().splitlines())

    assert ["command"] == executor.event_kinds
    assert session.recording.events == Recording.load(path).events


def test_the_end_has_the_error_that_ended_the_session() -> None:
    """The error that left the `with` block is recorded with the number of its command."""
    session = Session(
        Local(), ExecutorDouble([Reply(), Reply(2, "", "RTNETLINK answers: File exists\n")])
    )
    with pytest.raises(AlreadyExists), session:
        session.exec("true")
        session.exec("ip", "link", "add", "x", "type", "bridge")

    assert End("AlreadyExists: RTNETLINK answers: File exists (EEXIST)", 2) == session.recording.end


@pytest.mark.parametrize(
    ("error", "summary"),
    [
        (RuntimeError("two\nlines"), "RuntimeError: two"),
        (KeyboardInterrupt(), "KeyboardInterrupt: "),
    ],
)
def test_the_end_has_an_error_of_the_script(error: BaseException, summary: str) -> None:
    """An error that no command raised is recorded without a number."""
    session = Session(Local(), ExecutorDouble([Reply(1)]))
    with pytest.raises(type(error)), session:
        with pytest.raises(CommandError):
            session.exec("false")

        raise error

    assert End(summary, None) == session.recording.end


def test_the_end_without_an_error() -> None:
    """A session that ended well has no error, also after a failed command."""
    session = Session(Local(), ExecutorDouble([Reply(1)]))
    with session:
        session.exec("false", check=False)

    assert End() == session.recording.end


def test_a_command_that_cannot_run_is_recorded() -> None:
    """The error of a missing program is recorded as a result, and the session continues."""
    session = Session(Local(), ExecutorDouble([ExecutorError("no such program")]))
    with pytest.raises(ExecutorError), session:
        session.exec("nothing")

    (result,) = session.recording.results

    assert 127 == result.status
    assert "no such program" == result.stderr
    assert End("ExecutorError: no such program", 1) == session.recording.end


@pytest.mark.live
def test_states_before_and_after_are_recorded(session: Session, tmp_path: Path) -> None:
    """The recording has the initial state and the end state; a copy in mid-session as well."""
    session.ip.link.show()
    assert session.recording.initial_state is None

    session.ip.netns.add("ns1")
    session.ip.link.add("br0", Bridge())
    initial_state = session.recording.initial_state
    assert initial_state is not None

    (link,) = initial_state[""]["link"]
    assert "lo" == link["ifname"]
    assert [""] == list(initial_state)

    copy = Recording.load(session.recording.save(tmp_path / "copy.jsonl"))
    assert copy.end is not None

    saved, current = keep_covered_by_all(copy.end.state, session.state())
    assert saved == current
    assert ["", "ns1"] == list(session.state())

    session.close()
    assert session.recording.end == copy.end


@pytest.mark.live
def test_a_read_only_session_records_no_state(session: Session) -> None:
    """A session without changes has no states."""
    session.ip.link.show()
    session.exec("true", changes=False)
    session.close()

    assert [] == [event for event in session.recording.events if isinstance(event, Snapshot)]
    assert End() == session.recording.end


@pytest.mark.live
def test_the_header_has_place_and_releases(session: Session) -> None:
    """The header has the release of iproute2, the kernel's, and the place."""
    header = session.recording.header
    version_text = subprocess.run(["ip", "-V"], capture_output=True, text=True, check=True).stdout

    assert parse_version(version_text) == header.iproute2
    assert "sandbox" == header.place
    assert header.kernel is not None
    assert os.uname().release.startswith(header.kernel)


@pytest.mark.live
def test_interrupted_initial_state_is_recorded_by_the_next_change(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-C while the first state is read, the next change still has a state before it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ipwrap.sessions.journal.take_snapshot", interrupt)
        with pytest.raises(KeyboardInterrupt):
            session.ip.link.add("br0", Bridge())
    session.ip.link.add("br0", Bridge())

    assert session.recording.initial_state is not None
    assert ["lo"] == [link["ifname"] for link in session.recording.initial_state[""]["link"]]
