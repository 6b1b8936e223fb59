"""A progress bar appears on a terminal for a large recording."""

import io
import itertools
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap import Command, Recording, Result
from ipwrap.cli import progress
from ipwrap.recording import CommandEvent, ResultEvent, StreamedRecording


def save_recording(path: Path, *, commands: int = 1, output: str = "") -> Path:
    """Save a recording of reads with equal output."""
    recording = Recording()
    for number in range(commands):
        command = Command(("cat", "x"), changes=False)
        recording.append(CommandEvent(number, command))
        recording.append(ResultEvent(number, Result(command, 0, output)))
    return recording.save(path)


def run_on_terminal(*arguments: str, stdout: int = subprocess.DEVNULL) -> str:
    """Run ipwrap with a terminal as stderr, and return the text on the terminal."""
    terminal, stderr_end = pty.openpty()
    with subprocess.Popen(
        (sys.executable, "-m", "ipwrap", *arguments), stdout=stdout, stderr=stderr_end
    ) as process:
        os.close(stderr_end)
        shown = b""
        try:
            while piece := os.read(terminal, 4096):
                shown += piece
        except OSError:  # the terminal's other end is closed
            pass
    os.close(terminal)
    assert 0 == process.returncode
    return shown.decode()


def test_large_recording_has_a_bar_on_a_terminal(tmp_path: Path) -> None:
    """Every reading of a large recording has a bar that ends at 100%."""
    path = save_recording(tmp_path / "x.jsonl", commands=300, output="x" * 4096)

    shown = run_on_terminal("export", str(path), "-o", str(tmp_path / "x.sh"))

    assert f"{path}, reading 1" in shown
    assert f"{path}, reading 2" in shown
    assert "reading 3" not in shown
    assert 2 == shown.count("100%")


class Terminal(io.StringIO):
    """What a terminal shows."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.mark.parametrize(("seconds", "has_bar"), [(0.1, False), (2.0, True)])
def test_slow_reading_has_a_bar(
    seconds: float, has_bar: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small recording gets a bar when some seconds have passed, as in a replay that waits."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    times = itertools.count(0, seconds)
    watch = progress.Progress("lab.jsonl", clock=lambda: next(times))

    lines = [*watch([b"line\n"] * 5, 25)]

    assert [b"line\n"] * 5 == lines
    assert has_bar == ("lab.jsonl, reading 1" in terminal.getvalue())
    assert has_bar == ("100%" in terminal.getvalue())


def test_small_recording_has_no_bar(tmp_path: Path) -> None:
    """A small recording has no bar."""
    assert "" == run_on_terminal("export", str(save_recording(tmp_path / "x.jsonl")))


def test_no_bar_without_a_terminal(tmp_path: Path) -> None:
    """A redirected stderr receives no bar."""
    path = save_recording(tmp_path / "x.jsonl", commands=300, output="x" * 4096)
    argv = (sys.executable, "-m", "ipwrap", "export", str(path))

    assert b"" == subprocess.run(argv, capture_output=True, check=True).stderr


def test_replay_has_a_bar(tmp_path: Path) -> None:
    """A replay has a bar, which advances as the commands run."""
    path = save_recording(tmp_path / "x.jsonl", commands=1, output="x" * 2**20)
    path.write_text(path.read_text().replace('"cat","x"', '"true"'))

    assert "reading 1" in run_on_terminal("replay", "--host", "--yes", str(path))


def test_verbose_replay_has_no_bar(tmp_path: Path) -> None:
    """`-v` prints the commands on stderr, so a replay has no bar."""
    path = save_recording(tmp_path / "x.jsonl", commands=1, output="x" * 2**20)
    path.write_text(path.read_text().replace('"cat","x"', '"true"'))

    assert "reading" not in run_on_terminal("-v", "replay", "--host", "--yes", str(path))


def test_recording_is_read_from_a_pipe(tmp_path: Path) -> None:
    """`ipwrap export /dev/stdin` works, although a pipe can be read only once."""
    path = save_recording(tmp_path / "x.jsonl")
    argv = (sys.executable, "-m", "ipwrap", "export", "--reads", "/dev/stdin")
    completed = subprocess.run(argv, input=path.read_bytes(), capture_output=True, check=True)

    assert b"\n    cat x\n" in completed.stdout


def test_file_is_streamed(tmp_path: Path) -> None:
    """A file is loaded as a `StreamedRecording`."""
    path = save_recording(tmp_path / "x.jsonl")

    assert isinstance(progress.load(str(path)), StreamedRecording)


def test_truncated_line_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A truncated last line is reported on stderr."""
    path = save_recording(tmp_path / "x.jsonl")
    path.write_bytes(path.read_bytes()[:-9])

    progress.load(str(path))

    assert (
        f"ipwrap: {path}:3: the last line is torn; the rest was read\n" == capsys.readouterr().err
    )
