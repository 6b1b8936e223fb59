"""What is written goes to stdout as it comes, and to a file when all of it is there."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import IpwrapError, RecordingError
from ipwrap.cli.out import write


def broken() -> Iterator[str]:
    """Yield a piece, and find that the rest is damaged."""
    yield "half"
    raise RecordingError("damaged", "x.jsonl", line=5)


def test_a_file_is_written_with_a_new_files_mode(tmp_path: Path) -> None:
    """Nothing else is left in its folder."""
    write(["a", "b\udcff\n"], str(tmp_path / "x"))
    (tmp_path / "usual").touch()

    assert b"ab\xff\n" == (tmp_path / "x").read_bytes()
    assert (tmp_path / "usual").stat().st_mode == (tmp_path / "x").stat().st_mode
    assert {"x", "usual"} == {each.name for each in tmp_path.iterdir()}


def test_a_file_that_is_there_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    """A script that was made executable stays so; a symbolic link leads where it led."""
    file, link = tmp_path / "x.sh", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o750)
    link.symlink_to("x.sh")

    write(["new"], str(link))

    assert ("new", 0o750, True) == (
        file.read_text(),
        file.stat().st_mode & 0o777,
        link.is_symlink(),
    )


@pytest.mark.parametrize("before", [None, "as it was"])
def test_what_fails_midway_leaves_no_half_file(tmp_path: Path, before: str | None) -> None:
    """The file is as it was, or not there; nor is anything else."""
    file = tmp_path / "x"
    if before:
        file.write_text(before)

    with pytest.raises(RecordingError):
        write(broken(), str(file))

    assert [before] * bool(before) == [each.read_text() for each in tmp_path.iterdir()]


def test_what_fails_midway_on_stdout_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Half of it stands there already."""
    with pytest.raises(RecordingError):
        write(broken(), "-")

    assert ("half", "ipwrap: what was written is not whole\n") == tuple(capsys.readouterr())


def test_what_fails_before_the_first_piece_is_no_half(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to say of stdout."""

    def never() -> Iterator[str]:
        raise RecordingError("damaged", "x.jsonl", line=5)
        yield ""

    with pytest.raises(RecordingError):
        write(never(), "-")

    assert ("", "") == tuple(capsys.readouterr())


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    """And not replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()

    write(["a", "b"], str(pipe))
    reader.join()

    assert (["ab"], True) == (read, pipe.is_fifo())


@pytest.mark.parametrize("name", ["none/x", "folder"])
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    """With the name of the file, and why."""
    (tmp_path / "folder").mkdir()

    with pytest.raises(
        IpwrapError, match=f"{name}: cannot be written: (No such file|Is a directory)"
    ):
        write(["a"], str(tmp_path / name))
