"""A file that replaces another one, or leaves nothing."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ipwrap import IpwrapError
from ipwrap.system import temporary
from ipwrap.system.temporary import replaced_file, temporary_files
from tests.waiting import LIMIT

# Waits in the middle of the file, for the signal in its first argument.
WRITER = """
import os, pathlib, signal, sys
from ipwrap.system.temporary import replaced_file
number = int(sys.argv[1])
if sys.argv[2] == "ignored":
    signal.signal(number, signal.SIG_IGN)
with replaced_file(pathlib.Path("x")) as partial:
    partial.write_text("half")
    os.kill(os.getpid(), number)
    partial.write_text("whole")
"""


def run_writer(folder: Path, number: int, handling: str = "default") -> int:
    """Run a program that gets a signal while it writes; return its exit status."""
    argv = (sys.executable, "-c", WRITER, str(int(number)), handling)
    completed = subprocess.run(
        argv, cwd=folder, stderr=subprocess.DEVNULL, check=False, timeout=LIMIT
    )
    return completed.returncode


def texts_of(folder: Path) -> list[str]:
    """Return the content of the files of a folder."""
    return [path.read_text() for path in folder.iterdir()]


@pytest.mark.parametrize("before", [None, "as it was"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_leaves_nothing(tmp_path: Path, number: signal.Signals, before: str | None) -> None:
    """The process ends by the signal, and the folder is as it was."""
    if before:
        (tmp_path / "x").write_text(before)

    assert -number == run_writer(tmp_path, number)
    assert ([before] if before else []) == texts_of(tmp_path)


def test_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    """Below nohup(1), the file is written to its end."""
    assert 0 == run_writer(tmp_path, signal.SIGHUP, "ignored")
    assert ["whole"] == texts_of(tmp_path)


def test_file_of_a_killed_process_is_removed_by_the_next_run(tmp_path: Path) -> None:
    """SIGKILL leaves the half of a file, which the next run for the same target removes."""
    assert -signal.SIGKILL == run_writer(tmp_path, signal.SIGKILL)
    assert ["half"] == texts_of(tmp_path)

    with replaced_file(tmp_path / "other") as partial:
        partial.write_text("other")
    assert {"half", "other"} == set(texts_of(tmp_path))
    with replaced_file(tmp_path / "x") as partial:
        partial.write_text("whole")
    assert {"whole", "other"} == set(texts_of(tmp_path))


def test_files_of_others_stay(tmp_path: Path) -> None:
    """Only what a dead process has left is removed: not a user's file, nor one being written."""
    file = tmp_path / "x"
    users_file, parents_file = tmp_path / ".x.12", tmp_path / f".x.ipwrap-{os.getppid()}-1"
    for path in (users_file, parents_file, tmp_path / f".x.ipwrap-{2**22 + 1}-1"):
        path.touch()

    with replaced_file(file) as partial:
        thread = threading.Thread(target=lambda: temporary._remove_stale(tmp_path, ".x.ipwrap-"))
        thread.start()
        thread.join()
        assert {users_file, parents_file, partial} == set(tmp_path.iterdir())

    assert {users_file, parents_file, file} == set(tmp_path.iterdir())


def test_file_that_may_be_a_process_of_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may not be signalled runs."""

    def refuse(_: int, __: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert temporary._is_running(1)


def test_another_thread_handles_no_signal(tmp_path: Path) -> None:
    """Only the main thread can handle signals; the file is replaced all the same."""

    def replace() -> None:
        with replaced_file(tmp_path / "x") as partial:
            handlers.append(signal.getsignal(signal.SIGTERM))
            partial.write_text("whole")

    handlers: list[object] = []
    handler = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=replace)
    thread.start()
    thread.join()

    assert [handler] == handlers
    assert ["whole"] == texts_of(tmp_path)


def test_mode_is_that_of_a_new_file(tmp_path: Path) -> None:
    """The file is private by default; the mask of the process applies to another mode."""
    mask = os.umask(0o027)
    try:
        with replaced_file(tmp_path / "x"):
            pass
        with replaced_file(tmp_path / "y", mode=0o666):
            pass
    finally:
        os.umask(mask)

    assert 0o600 == (tmp_path / "x").stat().st_mode & 0o777
    assert 0o640 == (tmp_path / "y").stat().st_mode & 0o777


def test_long_name(tmp_path: Path) -> None:
    """A name of the greatest length, in characters of several bytes, is no obstacle."""
    name = "\N{HIRAGANA LETTER A}" * 85
    with replaced_file(tmp_path / name) as partial:
        assert len(os.fsencode(partial.name)) <= 255

    assert [name] == [path.name for path in tmp_path.iterdir()]


def test_temporary_file_that_cannot_be_written() -> None:
    """The error says which setting helps."""
    with pytest.raises(IpwrapError, match="set TMPDIR"), temporary_files():
        raise PermissionError(13, "Permission denied")
