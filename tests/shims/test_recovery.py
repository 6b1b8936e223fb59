"""`ipwrap record` on a host, which a namespace replaces, is killed and recovered."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Recording, Session
from ipwrap.recording import Header
from ipwrap.shims.calls.call import read_calls
from ipwrap.shims.recovery import calls_folder, delete_kept, recover
from tests.labs import open_sandbox
from tests.waiting import until

LAB = """
ip netns add red
ip link add x type veth peer name y netns red
ip link set keep name kept
ip netns exec red sleep 1000
"""


@pytest.fixture
def host_session() -> Iterator[Session]:
    """A place that replaces this host, with a pair of links."""
    with open_sandbox() as session:
        subprocess.run(
            session.place.wrap(("ip", "link", "add", "keep", "type", "veth", "peer", "kept2")),
            check=True,
        )
        yield session


def ipwrap(
    host_session: Session, state: Path, *arguments: str, stream: int = subprocess.PIPE
) -> "subprocess.Popen[str]":
    """Start ipwrap in the place."""
    env = {**os.environ, "XDG_STATE_HOME": str(state), "XDG_RUNTIME_DIR": str(state)}
    argv = host_session.place.wrap((sys.executable, "-m", "ipwrap", *arguments))
    return subprocess.Popen(argv, env=env, stdout=stream, stderr=stream, text=True)


def kill_recorder(host_session: Session, state: Path) -> Path:
    """Kill the recorder of a lab, and return the path of the kept recording."""
    (state / "lab.sh").write_text(LAB)
    arguments = ("record", "-o", str(state / "lab.jsonl"), "--", "bash", str(state / "lab.sh"))
    # A background process of the lab would keep a pipe open.
    process = ipwrap(host_session, state, *arguments, stream=subprocess.DEVNULL)
    assert until(lambda: _has_reached_last_call(state) or process.poll() is not None)
    (path,) = state.glob("ipwrap/*.jsonl")
    owner = Recording.load(path).header.owner
    assert owner is not None
    pids = subprocess.run(
        ("pgrep", "-f", f"ipwrap record -o {state}"), capture_output=True, text=True, check=False
    )
    for pid in pids.stdout.split():
        with contextlib.suppress(ProcessLookupError):  # the command ended by itself meanwhile
            os.kill(int(pid), signal.SIGKILL)
    process.wait()
    return path


def _has_reached_last_call(state: Path) -> bool:
    """Return whether the lab has reached its endless call."""
    paths = list(state.glob("ipwrap/*.jsonl"))
    if not paths:
        return False

    folder = calls_folder(paths[0])
    # Four calls of the lab, and that of `sleep` inside the namespace.
    return folder.is_dir() and len(read_calls(folder)) == 5


@pytest.mark.live
def test_unfinished_recording_is_recovered(host_session: Session, tmp_path: Path) -> None:
    """The calls beside a kept recording complete it, and are deleted with it."""
    path = kill_recorder(host_session, tmp_path)

    recording = recover(path)
    assert isinstance(recording, Recording)
    folder = calls_folder(path).resolve()

    assert [] == Recording.load(path).commands
    assert [
        "ip netns add red",
        "ip link add x type veth peer name y netns red",
        "ip link set keep name kept",
    ] == [event.command.line for event in recording.commands]
    assert "local" == Recording.load(tmp_path / "lab.jsonl").header.place
    assert folder.is_dir()
    delete_kept(path)
    assert [] == list((tmp_path / "ipwrap").iterdir())
    assert not folder.exists()


@pytest.mark.live
@pytest.mark.parametrize("command", ["undo", "clean"])
def test_leftovers_of_a_crash_are_removed(
    command: str, host_session: Session, tmp_path: Path
) -> None:
    """`ipwrap undo` takes the kept recording, and `ipwrap clean` finds it."""
    path = kill_recorder(host_session, tmp_path)

    process = ipwrap(
        host_session, tmp_path, command, "--kill", str(path) if command == "undo" else "--yes"
    )
    stdout, stderr = process.communicate()

    state = host_session.state()
    assert (0, [""]) == (process.returncode, list(state)), stderr
    assert ["keep", "kept2", "lo"] == sorted(link["ifname"] for link in state[""]["link"])
    assert "ip link set dev kept name keep" in stdout
    assert (command == "clean") == (not path.exists())


def test_calls_without_arguments_are_omitted(tmp_path: Path) -> None:
    """A crash may come before a call's arguments are written."""
    path = Recording(Header(place="local")).save(tmp_path / "x.jsonl")
    folder = calls_folder(path)
    folder.mkdir()
    (folder / "1").write_bytes(b"")
    (folder / "2").write_bytes(b"/run/netns/red\0\0\0ip\0link\0set\0lo\0up\0")
    (folder / "2.out").write_bytes(b"\xff")
    (folder / "last").write_bytes(b"2\n")

    (call,) = read_calls(folder)

    assert 2 == call.number
    assert "red" == call.netns
    assert call.caller is None
    assert call.status is None
    assert "\udcff" == call.stdout
    recording = recover(path)
    assert isinstance(recording, Recording)
    assert ["ip -n red link set lo up"] == [event.command.line for event in recording.commands]
