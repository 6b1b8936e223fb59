"""Output goes to stdout piece by piece, and to a file after the last piece."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import IpwrapError, RecordingError
from ipwrap.cli.output import write, write_bytes


def failing_pieces() -> Iterator[str]:
    """Yield a piece, then raise an error."""
    yield "half"
    raise RecordingError("damaged", "x.jsonl", line=5)


def test_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    """A new file has the usual mode, and the folder contains no temporary file."""
    write(["a", "b\udcff\n"], str(tmp_path / "x"))
    (tmp_path / "usual").touch()

    assert b"ab\xff\n" == (tmp_path / "x").read_bytes()
    assert (tmp_path / "usual").stat().st_mode == (tmp_path / "x").stat().st_mode
    assert {"x", "usual"} == {path.name for path in tmp_path.iterdir()}


def test_existing_file_keeps_its_mode_and_links(tmp_path: Path) -> None:
    """An executable script stays executable, and a symbolic link stays a link."""
    file, link = tmp_path / "x.sh", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o750)
    link.symlink_to("x.sh")

    write(["new"], str(link))

    assert "new" == file.read_text()
    assert 0o750 == (file.stat().st_mode & 0o777)
    assert link.is_symlink()


@pytest.mark.parametrize("before", [None, "as it was"])
def test_failure_leaves_no_partial_file(tmp_path: Path, before: str | None) -> None:
    """After a failure, the folder is unchanged: no partial and no temporary file."""
    file = tmp_path / "x"
    if before:
        file.write_text(before)

    with pytest.raises(RecordingError):
        write(failing_pieces(), str(file))

    assert ([before] if before else []) == [path.read_text() for path in tmp_path.iterdir()]


def test_failure_on_stdout_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """After a failure, incomplete output on stdout is reported on stderr."""
    with pytest.raises(RecordingError):
        write(failing_pieces(), "-")

    assert ("half", "ipwrap: the output is incomplete\n") == tuple(capsys.readouterr())


def test_failure_before_the_first_piece_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """Without any output on stdout, nothing is reported as incomplete."""

    def failing_at_once() -> Iterator[str]:
        raise RecordingError("damaged", "x.jsonl", line=5)
        yield ""

    with pytest.raises(RecordingError):
        write(failing_at_once(), "-")

    assert ("", "") == tuple(capsys.readouterr())


def test_pipe_is_not_replaced(tmp_path: Path) -> None:
    """A named pipe receives the text, and is not replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    texts: list[str] = []
    reader = threading.Thread(target=lambda: texts.append(pipe.read_text()))
    reader.start()

    write(["a", "b"], str(pipe))
    reader.join()

    assert ["ab"] == texts
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["none/x", "folder"])
def test_unwritable_file_is_reported(tmp_path: Path, name: str) -> None:
    """The error has the file's name and the reason."""
    (tmp_path / "folder").mkdir()

    with pytest.raises(
        IpwrapError, match=f"{name}: cannot be written: (No such file|Is a directory)"
    ):
        write(["a"], str(tmp_path / name))


def test_bytes_are_written_to_a_device(tmp_path: Path) -> None:
    """A device is written to, and not replaced; a link's target is replaced."""
    (tmp_path / "device").symlink_to("/dev/null")
    (tmp_path / "link").symlink_to("file")

    write_bytes(b"a", str(tmp_path / "device"))
    write_bytes(b"a", str(tmp_path / "link"))

    assert Path("/dev/null").is_char_device()
    assert (tmp_path / "link").is_symlink()
    assert b"a" == (tmp_path / "file").read_bytes()


def test_unwritable_bytes_are_an_error(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(IpwrapError, match="missing/a: cannot be written"):
        write_bytes(b"a", str(tmp_path / "missing" / "a"))
