"""A full disk: `RecordingError` from whatever writes, and a file that is whole up to there."""

import contextlib
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipwrap import (
    Batch,
    CommandError,
    Process,
    Recording,
    RecordingError,
    Sandbox,
    Session,
)
from ipwrap.kinds import Veth
from ipwrap.recording import Note
from tests.labs import open_sandbox


def queue_changes(session: Session) -> None:
    """Send changes together."""
    with session.batch():
        session.ip.link.set("lo", alias="queued " * 20)
        session.ip.link.set("lo", alias="once more " * 20)


def use_monitor(session: Session) -> None:
    """Record the output of a monitor."""
    with session.ip.monitor("link"):
        session.ip.link.set("lo", alias="seen " * 20)


ACTIONS: dict[str, Callable[[Session], object]] = {
    "change": lambda session: session.ip.link.set("lo", alias="an alias " * 20),
    "failure": lambda session: session.ip.link.add("lo", Veth(peer="lo")),
    "read": lambda session: session.ip.link.show(),
    "exec": lambda session: session.exec("true", "argument " * 40),
    "note": lambda session: session.note("a note " * 40),
    "state": lambda session: session.state(),
    "batch": queue_changes,
    "monitor": use_monitor,
    "close": lambda session: session.close(),
}


@contextlib.contextmanager
def file_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: a write fails in its middle, as on a full
    disk.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def place() -> Iterator[Sandbox]:
    """An open sandbox, shared by the sessions of this file."""
    with open_sandbox() as session:
        assert isinstance(session.place, Sandbox)
        yield session.place


def repeat(action: str, session: Session) -> None:
    """Do something until it raises a `RecordingError`: once it may fit into the room."""
    while True:
        with contextlib.suppress(CommandError):  # of the action that fails by itself
            ACTIONS[action](session)
        if action == "close":
            return


@pytest.mark.live
@pytest.mark.parametrize("executor", [Batch, Process])
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("room", [0, 1, 50])
def test_whatever_writes_reports_a_full_disk(
    room: int, action: str, executor: type[Batch | Process], place: Sandbox, tmp_path: Path
) -> None:
    """The error is a `RecordingError` with the path; the file has every command before it."""
    path = tmp_path / "recording.jsonl"
    session = Session(place, executor(), record=path)
    session.ip.link.set("lo", up=True)
    session.note("before")

    with file_limit(path.stat().st_size + room):
        with pytest.raises(RecordingError, match="cannot be written: File too large") as info:
            repeat(action, session)
        with contextlib.suppress(RecordingError):  # its end does not fit either
            session.close()

    assert str(path) == info.value.path
    loaded = Recording.load(path)
    assert Note("before") in loaded.events
    assert "ip link set dev lo up" == loaded.results[0].line


def test_a_place_and_its_executor_are_closed_on_a_full_disk(tmp_path: Path) -> None:
    """A recording that cannot be ended does not keep the sandbox alive."""
    path = tmp_path / "recording.jsonl"
    with open_sandbox():  # skips the test without sandboxes
        place = Sandbox()
    session = Session(place, record=path)
    session.ip.link.set("lo", up=True)

    with file_limit(path.stat().st_size), pytest.raises(RecordingError):
        session.close()
    assert place.pid is None
    session.close()
