"""A large recording shows on a terminal how far its reading has come."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap import Command, Recording, Result
from ipwrap.cli import progress
from ipwrap.recording import CommandEvent, ResultEvent, StreamedRecording


def recording(path: Path, *, commands: int = 1, said: str = "") -> Path:
    """Write a recording of reads that all said the same."""
    made = Recording()
    for number in range(commands):
        command = Command(("cat", "x"), changes=False)
        made.append(CommandEvent(number, command))
        made.append(ResultEvent(number, Result(command, 0, said)))
    return made.save(path)


def on_a_terminal(*words: str, stdout: int = subprocess.DEVNULL) -> str:
    """Run ipwrap with a terminal as its stderr, and return what it shows there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        (sys.executable, "-m", "ipwrap", *words), stdout=stdout, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # the terminal's other end is closed
            pass
    os.close(ours)
    assert 0 == process.returncode
    return shown.decode()


def test_a_large_recording_has_a_bar_on_a_terminal(tmp_path: Path) -> None:
    """One for each reading, which ends at 100%; data goes to stdout alone."""
    path = recording(tmp_path / "x.jsonl", commands=300, said="x" * 4096)

    shown = on_a_terminal("export", str(path), "-o", str(tmp_path / "x.sh"))

    assert [True, True] == [f"{path}, reading {number}" in shown for number in (1, 2)]
    assert "reading 3" not in shown
    assert 2 == shown.count("100%")


def test_a_small_recording_has_none(tmp_path: Path) -> None:
    """It is read in no time."""
    assert "" == on_a_terminal("export", str(recording(tmp_path / "x.jsonl")))


def test_where_stderr_is_no_terminal_there_is_none(tmp_path: Path) -> None:
    """A log has no use for it."""
    path = recording(tmp_path / "x.jsonl", commands=300, said="x" * 4096)
    argv = (sys.executable, "-m", "ipwrap", "export", str(path))

    assert b"" == subprocess.run(argv, capture_output=True, check=True).stderr


def test_a_replay_has_a_bar_too(tmp_path: Path) -> None:
    """The commands are run as they are read."""
    path = recording(tmp_path / "x.jsonl", commands=1, said="x" * 2**20)
    path.write_text(path.read_text().replace('"cat","x"', '"true"'))

    assert "reading 1" in on_a_terminal("replay", "--host", str(path))


def test_commands_that_are_shown_as_they_run_have_no_bar_between(tmp_path: Path) -> None:
    """`-v` writes to stderr itself."""
    path = recording(tmp_path / "x.jsonl", commands=1, said="x" * 2**20)
    path.write_text(path.read_text().replace('"cat","x"', '"true"'))

    assert "reading" not in on_a_terminal("-v", "replay", "--host", str(path))


def test_a_recording_from_a_pipe_is_read_once(tmp_path: Path) -> None:
    """`ipwrap export /dev/stdin` works, by keeping all of it."""
    path = recording(tmp_path / "x.jsonl")
    argv = (sys.executable, "-m", "ipwrap", "export", "--reads", "/dev/stdin")
    done = subprocess.run(argv, input=path.read_bytes(), capture_output=True, check=True)

    assert b"\n    cat x\n" in done.stdout


def test_a_file_is_not_held_in_memory(tmp_path: Path) -> None:
    """It is a `StreamedRecording`; with a torn line, that is said."""
    path = recording(tmp_path / "x.jsonl")

    assert isinstance(progress.load(str(path)), StreamedRecording)


def test_a_torn_line_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr."""
    path = recording(tmp_path / "x.jsonl")
    path.write_bytes(path.read_bytes()[:-9])

    progress.load(str(path))

    assert (
        f"ipwrap: {path}:3: the last line is torn; the rest was read\n" == capsys.readouterr().err
    )
