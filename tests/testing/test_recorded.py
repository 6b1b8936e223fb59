"""Sessions that are recorded once, and played back from then on."""

from pathlib import Path

import pytest

from ipwrap import PlaybackError, Recording, RecordingError, Session
from ipwrap.testing import Mode, open_recorded, save_recording


def lab(path: Path, mode: Mode, *more: str) -> Session:
    """Run a small lab in a mode, keep its recording, and return its closed session."""
    with open_recorded(path, mode) as session:
        for name in ("red", *more):
            session.ip.netns.add(name)
    save_recording(session, path)
    return session


@pytest.mark.live
def test_once_records_and_then_plays(tmp_path: Path) -> None:
    """The folder is made, the file is for everyone to read, and nothing else is left beside it."""
    path = tmp_path / "recordings" / "lab.jsonl"
    first = lab(path, "once")
    again = lab(path, "once")

    assert ("sandbox", "nowhere") == (first.place.name, again.place.name)
    assert [path] == [*path.parent.iterdir()]
    assert 0o644 == path.stat().st_mode & 0o777


@pytest.mark.live
def test_all_records_anew(tmp_path: Path) -> None:
    """Whatever is there."""
    path = tmp_path / "lab.jsonl"
    path.write_text("nonsense")
    lab(path, "all")

    assert ["ip netns add red"] == [asked.command.line for asked in Recording.load(path).commands]


@pytest.mark.live
def test_new_records_what_is_new(tmp_path: Path) -> None:
    """A longer lab makes the recording longer; another one is refused."""
    path = tmp_path / "lab.jsonl"
    lab(path, "new")
    before = path.read_bytes()
    lab(path, "new")
    assert before == path.read_bytes()
    lab(path, "new", "blue")
    longer = Recording.load(path)

    assert ["red", "blue"] == [asked.command.argv[-1] for asked in longer.commands]
    assert longer.initial_state is not None
    assert longer.end is not None
    assert ["", "blue", "red"] == [*(longer.end.state or ())]
    with pytest.raises(PlaybackError):
        lab(path, "new", "green")


def test_none_only_plays(tmp_path: Path) -> None:
    """Without a recording it is an error with the path."""
    with pytest.raises(RecordingError, match=r"lab\.jsonl: does not exist"):
        open_recorded(tmp_path / "lab.jsonl", "none")
