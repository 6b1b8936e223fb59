"""A session is recorded once, and played back from then on."""

from pathlib import Path

import pytest

from ipwrap import PlaybackError, Recording, RecordingError, Session, until
from ipwrap.recording import ProcessEvent
from ipwrap.testing import Mode, open_recorded, save_recording


def run_lab(path: Path, mode: Mode, *more_names: str) -> Session:
    """Run a small lab in a mode, save its recording, and return the closed session."""
    with open_recorded(path, mode) as session:
        for name in ("red", *more_names):
            session.ip.netns.add(name)
    save_recording(session, path)
    return session


@pytest.mark.live
def test_once_records_and_then_plays(tmp_path: Path) -> None:
    """The mode once creates the folder and a readable file, and later plays the recording."""
    path = tmp_path / "recordings" / "lab.jsonl"
    recorded_session = run_lab(path, "once")
    played_session = run_lab(path, "once")

    assert "sandbox" == recorded_session.place.name
    assert "nowhere" == played_session.place.name
    assert [path] == [*path.parent.iterdir()]
    assert 0o644 == path.stat().st_mode & 0o777


@pytest.mark.live
def test_all_replaces_the_recording(tmp_path: Path) -> None:
    """The mode all replaces an existing file, whatever its content."""
    path = tmp_path / "lab.jsonl"
    path.write_text("nonsense")
    run_lab(path, "all")

    assert ["ip netns add red"] == [event.command.line for event in Recording.load(path).commands]


@pytest.mark.live
def test_new_appends_new_commands(tmp_path: Path) -> None:
    """The mode new appends the commands of a longer lab, and refuses a different lab."""
    path = tmp_path / "lab.jsonl"
    run_lab(path, "new")
    before = path.read_bytes()
    run_lab(path, "new")
    assert before == path.read_bytes()
    run_lab(path, "new", "blue")
    longer = Recording.load(path)

    assert ["red", "blue"] == [event.command.argv[-1] for event in longer.commands]
    assert longer.initial_state is not None
    assert longer.end is not None
    assert ["", "blue", "red"] == [*(longer.end.state or ())]
    with pytest.raises(PlaybackError):
        run_lab(path, "new", "green")


def test_none_needs_a_recording(tmp_path: Path) -> None:
    """The mode none without a recording is an error with the path."""
    with pytest.raises(RecordingError, match=r"lab\.jsonl: does not exist"):
        open_recorded(tmp_path / "lab.jsonl", "none")


def run_server(path: Path, mode: Mode, *more_files: str) -> Session:
    """Serve and fetch files in a mode, save the recording, and return the closed session."""
    with open_recorded(path, mode) as session:
        server = session.spawn(
            *("python3", "-m", "http.server", "8000", "--bind", "127.0.0.1"),
            ready=until.listening(8000),
            name="web",
        )
        for name in ("red", *more_files):
            url = f"http://127.0.0.1:8000/{name}"
            script = "import sys, urllib.request as r; r.urlopen(sys.argv[1])"
            session.exec("python3", "-c", script, url, check=False)
            session.exec("kill", "-0", str(server.pid), changes=False)
    save_recording(session, path)
    return session


@pytest.mark.live
def test_a_server_is_recorded_once_and_continued(tmp_path: Path) -> None:
    """A server is played back, and runs again for new commands; its recording is reproducible."""
    path = tmp_path / "lab.jsonl"
    run_server(path, "once")
    first = path.read_bytes()
    assert "nowhere" == run_server(path, "once").place.name
    assert b'"pid":1001,' in first
    assert b'"kill","-0","1001"' in first

    run_server(path, "new", "blue")
    longer = Recording.load(path)
    steps = [type(step).__name__ for step, _ in longer.pairs()]
    assert ["ProcessEvent", "ProcessStarted", *["CommandEvent"] * 4] == steps
    assert {0, 1} == {result.status for _, result in longer.pairs() if result} - {143}
    assert longer.initial_state is not None

    (server_result,) = [
        result for step, result in longer.pairs() if isinstance(step, ProcessEvent) and result
    ]
    assert "GET /blue" in server_result.stderr
