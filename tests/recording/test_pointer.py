"""A pointer in the state directory leads to a recording somewhere else."""

from pathlib import Path

import pytest

from ipwrap import Recording, RecordingError
from ipwrap.recording import Header
from ipwrap.recording.pointer import read_pointer, write_pointer
from ipwrap.system.process_identity import ProcessIdentity


def test_pointer_has_the_path_and_the_owner(tmp_path: Path) -> None:
    """The path is absolute, and only the user can read the file."""
    owner = ProcessIdentity.current()
    recording = Recording.start(Header(owner=owner), tmp_path / "x.jsonl")
    recording.close()

    path = write_pointer(tmp_path / "1-2.jsonl", recording)

    pointer = read_pointer(path)
    assert (tmp_path / "x.jsonl", owner) == (pointer.recording, pointer.owner)
    assert tmp_path / "1-2.pointer" == path
    assert 0o600 == path.stat().st_mode & 0o777


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"recording": 5}', '{"recording": "x", "owner": null}', '{"recording": "x"}', "\0"],
)
def test_damaged_pointer_is_reported(text: str, tmp_path: Path) -> None:
    """The error names the file."""
    path = tmp_path / "x.pointer"
    path.write_text(text)
    with pytest.raises(RecordingError, match=r"x\.pointer"):
        read_pointer(path)
    with pytest.raises(RecordingError, match=r"none\.pointer"):
        read_pointer(tmp_path / "none.pointer")
