"""A script for a place leaves no file, however its process ends; a folder goes with its block."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

from ipwrap import Command, IpwrapError, Local, Recording, Result, Session
from ipwrap.places.scratch import scratch_file, scratch_folder
from ipwrap.recording import CommandEvent, Event, Header, ResultEvent
from tests.labs import open_sandbox
from tests.processes import pids_with_mark
from tests.remote_hosts import FarHosts
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def test_a_host_gets_a_file_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell reads the file several times; undecodable bytes are as before."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    with scratch_file(Local(), ["echo 'a\n", "\udcff'\n"]) as (path, inside):
        outputs = [subprocess.check_output(("sh", inside)) for _ in range(2)]
        content = path.read_bytes()
        assert [] == list(tmp_path.iterdir())

    assert [b"a\n\xff\n"] * 2 == outputs
    assert b"echo 'a\n\xff'\n" == content
    assert not path.exists()


@pytest.mark.live
def test_a_sandbox_gets_a_file_of_its_own() -> None:
    """The path inside leads to the file, which is not on the host."""
    with open_sandbox() as session:
        with scratch_file(session.place, ["echo a\n"]) as (path, inside):
            assert "a\n" == session.exec("sh", inside).stdout
            assert "echo a\n" == path.read_text()
            assert not Path(inside).exists()

        assert not path.exists()
        assert 0 != session.exec("test", "-e", inside, check=False).status


@pytest.mark.live
def test_a_sandbox_may_end_before_the_block() -> None:
    """Nothing is left to delete then."""
    with open_sandbox() as session, scratch_file(session.place, ["x"]) as (path, _):
        session.place.close()

    assert not path.exists()


def test_a_failing_generator_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the lines is passed on."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = len(os.listdir("/proc/self/fd"))

    with (
        pytest.raises(IpwrapError, match="a temporary file cannot be written"),
        scratch_file(Local(), (os.readlink(name) for name in ["/nonexistent"])),
    ):
        pytest.fail("the block has no script")

    assert before == len(os.listdir("/proc/self/fd"))


def test_a_folder_of_a_host_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every user may write to it, and it goes with what is in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    with scratch_folder(Local()) as name:
        folder = Path(name)
        assert (tmp_path, 0o1777) == (folder.parent, stat.S_IMODE(folder.stat().st_mode))
        (folder / "a").mkdir()
        (folder / "a" / "b").write_text("x")

    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is that of mkdir(1)."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with pytest.raises(IpwrapError, match="no temporary folder: mkdir: "), scratch_folder(Local()):
        pytest.fail("the block has no folder")


@pytest.mark.live
def test_a_folder_of_a_sandbox_is_in_it() -> None:
    """It is not on the host, and may be gone with the sandbox before the end of the block."""
    with open_sandbox() as session, scratch_folder(session.place) as folder:
        assert session.exec("test", "-d", folder).ok
        assert not Path(folder).exists()
        session.place.close()


@pytest.mark.live
def test_a_folder_of_another_machine_is_removed(remote_hosts: FarHosts) -> None:
    """It is made and removed there."""
    with Session(remote_hosts.place("host1")) as session:
        with scratch_folder(session.place) as folder:
            assert session.exec("test", "-d", folder, check=False).ok
        assert not session.exec("test", "-e", folder, check=False).ok

    assert folder.startswith("/tmp/ipwrap-")


@pytest.mark.live
@pytest.mark.parametrize("via", ["sh", "batch"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("place", ["--sandbox", "--host"])
def test_a_killed_replay_leaves_no_folder(
    tmp_path: Path, via: str, number: signal.Signals, place: str
) -> None:
    """Neither SIGTERM nor SIGKILL leaves a file in TMPDIR, and no process in a sandbox."""
    with open_sandbox():
        pass
    folder = tmp_path / "tmp"
    folder.mkdir()
    marker = tmp_path / "marker"
    nap = Command(("sh", "-c", 'touch "$0"; exec sleep 1000', str(marker)))
    events: list[Event] = [CommandEvent(1, nap), ResultEvent(1, Result(nap))]
    path = Recording(Header(place="sandbox"), events).save(tmp_path / "x.jsonl")

    mark = f"ipwrap-{uuid.uuid4()}"
    argv = (sys.executable, "-m", "ipwrap", "replay", place, "--yes", "--via", via, str(path))
    # The session on the host is killed, and would be kept for `ipwrap clean`.
    state = str(tmp_path / "state")
    env = {**os.environ, "TMPDIR": str(folder), "XDG_STATE_HOME": state, "MARK": mark}
    process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        assert until(lambda: marker.exists() or process.poll() is not None)
        process.send_signal(number)
        # SIGTERM closes the session, and the status is that of a shell.
        assert process.wait() in (-number, 128 + number)
        if place == "--sandbox":
            assert until(lambda: not pids_with_mark(mark))
    finally:
        for pid in pids_with_mark(mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    assert [] == list(folder.iterdir())
