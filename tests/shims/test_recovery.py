"""After a crash of `ipwrap record` on a host, here a namespace that stands in for it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Recording, Session
from ipwrap.recording import Header
from ipwrap.shims.calls import read_calls
from ipwrap.shims.recovery import calls_folder, delete_kept, recover
from tests.labs import opened
from tests.waiting import until

LAB = """
ip netns add red
ip link add x type veth peer name y netns red
ip link set keep name kept
ip netns exec red sleep 1000
"""


@pytest.fixture
def host() -> Iterator[Session]:
    """A place that stands in for this host, with a link of its own."""
    with opened() as session:
        subprocess.run(
            session.place.wrap(("ip", "link", "add", "keep", "type", "veth", "peer", "kept2")),
            check=True,
        )
        yield session


def ipwrap(
    host: Session, state: Path, *words: str, out: int = subprocess.PIPE
) -> "subprocess.Popen[str]":
    """Start ipwrap there."""
    env = {**os.environ, "XDG_STATE_HOME": str(state), "XDG_RUNTIME_DIR": str(state)}
    argv = host.place.wrap((sys.executable, "-m", "ipwrap", *words))
    return subprocess.Popen(argv, env=env, stdout=out, stderr=out, text=True)


def killed(host: Session, state: Path) -> Path:
    """Record a lab there, kill the recorder in the middle, and return the recording that it kept."""
    (state / "lab.sh").write_text(LAB)
    words = ("record", "-o", str(state / "lab.jsonl"), "--", "bash", str(state / "lab.sh"))
    process = ipwrap(
        host, state, *words, out=subprocess.DEVNULL
    )  # what the lab leaves running would hold a pipe open
    assert until(lambda: _is_at_its_last_call(state) or process.poll() is not None)
    (path,) = state.glob("ipwrap/*.jsonl")
    owner = Recording.load(path).header.owner
    assert owner is not None
    inside = subprocess.run(
        ("pgrep", "-f", f"ipwrap record -o {state}"), capture_output=True, text=True, check=False
    )
    for pid in inside.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    process.wait()
    return path


def _is_at_its_last_call(state: Path) -> bool:
    """Tell whether the lab has come to the call that does not end."""
    found = list(state.glob("ipwrap/*.jsonl"))
    return bool(found) and calls_folder(found[0]).is_dir() and len(read_calls(calls_folder(found[0]))) == 4


@pytest.mark.live
def test_a_recording_that_was_cut_short_is_read_with_its_calls(
    host: Session, tmp_path: Path
) -> None:
    """What it lacks lies beside it; nothing is left behind when it is forgotten."""
    path = killed(host, tmp_path)

    recording = recover(path)
    folder = calls_folder(path).resolve()

    assert [] == Recording.load(path).commands
    assert [
        "ip netns add red",
        "ip link add x type veth peer name y netns red",
        "ip link set keep name kept",
    ] == [asked.command.line for asked in recording.commands]
    assert not (tmp_path / "lab.jsonl").exists()
    assert folder.is_dir()
    delete_kept(path)
    assert [] == list((tmp_path / "ipwrap").iterdir())
    assert not folder.exists()


@pytest.mark.live
@pytest.mark.parametrize("how", ["undo", "clean"])
def test_what_a_crash_left_is_taken_away(how: str, host: Session, tmp_path: Path) -> None:
    """`ipwrap undo` of what was kept, or `ipwrap clean`, which finds it."""
    path = killed(host, tmp_path)

    process = ipwrap(host, tmp_path, how, *([str(path)] if how == "undo" else ["--yes"]))
    out, err = process.communicate()

    state = host.state()
    assert (0, [""]) == (process.returncode, list(state)), err
    assert ["keep", "kept2", "lo"] == sorted(link["ifname"] for link in state[""]["link"])
    assert "ip link set dev kept name keep" in out
    assert (how == "clean") == (not path.exists())


def test_calls_of_which_nothing_is_known_are_left_out(tmp_path: Path) -> None:
    """A crash may come between a number and the words."""
    path = Recording(Header(place="local")).save(tmp_path / "x.jsonl")
    folder = calls_folder(path)
    folder.mkdir()
    (folder / "1").write_bytes(b"")
    (folder / "2").write_bytes(b"/run/netns/red\0\0\0ip\0link\0set\0lo\0up\0")
    (folder / "2.out").write_bytes(b"\xff")
    (folder / "last").write_bytes(b"2\n")

    (call,) = read_calls(folder)

    assert (2, "red", None, None, "\udcff") == (
        call.number,
        call.netns,
        call.inside,
        call.status,
        call.stdout,
    )
    assert ["ip -n red link set lo up"] == [asked.command.line for asked in recover(path).commands]
