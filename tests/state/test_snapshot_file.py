"""The file of a snapshot is told from others, and is written as a whole."""

from pathlib import Path

import pytest

from ipwrap import RecordingError, Snapshot
from ipwrap.state.snapshot_file import is_snapshot


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"ipwrap_snapshot": 1}', True),
        ('\n {\n "ipwrap_snapshot": 99', True),
        ('{"event": "header"}', False),
        ("", False),
    ],
)
def test_a_snapshot_is_told_by_its_first_key(text: str, expected: bool, tmp_path: Path) -> None:
    """The first key decides, also in a file that cannot be read further."""
    path = tmp_path / "file"
    path.write_text(text)

    assert expected == is_snapshot(path)


def test_a_folder_is_no_snapshot(tmp_path: Path) -> None:
    """What cannot be read is an error with its path."""
    with pytest.raises(RecordingError, match="cannot be read"):
        is_snapshot(tmp_path)


def test_a_link_to_a_file_stays(tmp_path: Path) -> None:
    """The target of a symbolic link is replaced, and the text is the same each time."""
    link, target = tmp_path / "link.json", tmp_path / "target.json"
    link.symlink_to(target)
    snapshot = Snapshot({"": {"link": [{"ifname": "a\udcff"}]}})
    snapshot.save(link)

    assert (True, snapshot.to_json()) == (link.is_symlink(), target.read_text())
    assert "a\udcff" == Snapshot.load(target)[""].links[0].ifname
