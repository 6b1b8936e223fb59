"""Ends of calls that no shim has written are found."""

import subprocess
import sys
from pathlib import Path

from ipwrap import Local
from ipwrap.shims.calls.call import read_calls
from ipwrap.shims.calls.call_ends import BackgroundShims, await_ends
from ipwrap.shims.calls.order import ORDER
from tests.waiting import until


def write_call(folder: Path, number: int, order: str = "") -> None:
    """Write a call that has not ended, and the order."""
    (folder / str(number)).write_bytes(b"\0\0\0ip\0netns\0exec\0red\0serve\0")
    (folder / ORDER).write_text(order)


def start_shim(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a program with the name of a shim in the background, and note it as call 1."""
    shim = folder / "through"
    shim.symlink_to(sys.executable)
    process = subprocess.Popen([str(shim), "-c", "import time; time.sleep(1000)"])
    (folder / "background").write_text(f"1 {process.pid}\n")
    return process


def test_end_of_a_killed_shim_is_written(tmp_path: Path) -> None:
    """A shim that was seen and is gone was killed."""
    write_call(tmp_path, 1, "+ 1 20\n")
    shims = BackgroundShims(tmp_path, Local())
    process = start_shim(tmp_path)
    stat = Path(f"/proc/{process.pid}/stat")
    assert until(lambda: "(through" in stat.read_text())

    shims.update()
    assert not (tmp_path / "1.done").exists()
    process.kill()
    process.wait()
    shims.update()
    shims.update()

    assert "137 KILL\n" == (tmp_path / "1.done").read_text()
    assert "+ 1 20\n- 1\n" == (tmp_path / ORDER).read_text()


def test_shim_that_was_never_seen_is_left_alone(tmp_path: Path) -> None:
    """In a pid namespace of its own a shim has another number."""
    write_call(tmp_path, 1)
    (tmp_path / "background").write_text("1 999999999\nnonsense\n")
    BackgroundShims(tmp_path, Local()).update()

    assert not (tmp_path / "1.done").exists()


def test_shim_that_ends_by_itself_writes_its_end(tmp_path: Path) -> None:
    """The end that a shim has written stays."""
    write_call(tmp_path, 1)
    (tmp_path / "1.done").write_text("0 \n")
    (tmp_path / "background").write_text("1 999999999\n")
    BackgroundShims(tmp_path, Local()).update()

    assert "0 \n" == (tmp_path / "1.done").read_text()


def test_killed_call_has_ended_without_its_file(tmp_path: Path) -> None:
    """The next shim has seen that a call was killed."""
    write_call(tmp_path, 1, "+ 1 20\nx 1\n")
    (call,) = await_ends(tmp_path, read_calls(tmp_path))

    assert (137, True) == (call.status, call.signalled)


def test_call_that_runs_on_has_no_end(tmp_path: Path) -> None:
    """A server that nobody has sent a signal is not waited for."""
    write_call(tmp_path, 1, "+ 1 20\n")

    assert [None] == [call.status for call in await_ends(tmp_path, read_calls(tmp_path))]
