"""A recorder that gets a signal at a bad moment records every call, and leaves no process."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Local, Recording, Sandbox, Session
from ipwrap.shims import recorder, termination
from ipwrap.shims.calls.call import read_calls
from ipwrap.shims.events.live_recording import LiveRecording
from ipwrap.shims.recorder import record
from ipwrap.shims.termination import Processes, descendants
from tests.labs import open_sandbox
from tests.processes import alive
from tests.waiting import until

pytestmark = pytest.mark.live

BRIEF_LAB = "ip netns add red\nip -n red link set lo up\n"
BRIEF_LINES = ["ip netns add red", "ip -n red link set lo up"]

# Starts a program when the pipe `go` gets a line; the program would go on with the script.
FORKING_LAB = """
ip -V
touch ready
read -r _ <go
sh -c 'echo $$ >pid; mv pid forked; sleep 1000; ip -V' &
wait
"""


def write_lab(folder: Path, text: str) -> tuple[str, ...]:
    """Write a script, and return the command that runs it."""
    script = folder / "lab.sh"
    script.write_text(text)
    return ("sh", str(script))


def lines_of(path: Path) -> list[str]:
    """Return the commands of a recording."""
    return [event.command.line for event in Recording.load(path).commands]


def send_when_ready(folder: Path) -> None:
    """Send SIGTERM to this process when the script waits."""
    assert until((folder / "ready").exists)
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def forking_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, ...]]:
    """The command of a script that gets SIGTERM, and forks just before the signal is sent on."""
    send = termination._send
    os.mkfifo(tmp_path / "go")

    def fork_and_send(processes: Processes, number: int) -> None:
        if not (tmp_path / "forked").exists():
            (tmp_path / "go").write_text("\n")
            assert until((tmp_path / "forked").exists)
        send(processes, number)

    monkeypatch.setattr(termination, "_send", fork_and_send)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    sender = threading.Thread(target=send_when_ready, args=(tmp_path,))
    sender.start()

    yield write_lab(tmp_path, FORKING_LAB)
    sender.join()


def test_program_started_while_the_signal_is_sent(
    forking_lab: tuple[str, ...], tmp_path: Path
) -> None:
    """A part of the script that lost its parent by the signal is ended as well."""
    with open_sandbox() as session:
        place = session.place
        assert isinstance(place, Sandbox)
        assert place.pid is not None
        before = descendants(place.pid)
        status, _ = record(forking_lab, place, target=tmp_path / "x.jsonl")

        assert 128 + signal.SIGTERM == status
        assert before == descendants(place.pid)
    assert ["ip -V"] == lines_of(tmp_path / "x.jsonl")


def test_program_started_on_a_host_while_the_signal_is_sent(
    forking_lab: tuple[str, ...], tmp_path: Path
) -> None:
    """On a host, where the program becomes a child of another process, it is ended as well."""
    status, _ = record(forking_lab, Local(), target=tmp_path / "x.jsonl")

    assert 128 + signal.SIGTERM == status
    assert not alive((tmp_path / "forked").read_text().strip())
    assert ["ip -V"] == lines_of(tmp_path / "x.jsonl")


def interrupting(
    function: Callable[..., Any], *, times: int, only_main: bool = False
) -> Callable[..., Any]:
    """Return a function during which Ctrl-C comes so many times, before it does anything."""

    def interrupted(*arguments: Any, **options: Any) -> Any:
        is_main = threading.current_thread() is threading.main_thread()
        for _ in range(times if is_main or not only_main else 0):
            signal.raise_signal(signal.SIGINT)
        return function(*arguments, **options)

    return interrupted


def record_brief_lab(session: Session, folder: Path) -> Recording:
    """Record the brief script, and return the recording."""
    _, recording = record(write_lab(folder, BRIEF_LAB), session.place, target=folder / "x.jsonl")
    return recording


def test_ctrl_c_while_the_last_calls_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it comes, the calls of the script are read to their end."""
    interrupted = interrupting(LiveRecording.update, times=3, only_main=True)
    monkeypatch.setattr(LiveRecording, "update", interrupted)
    # Only the last look finds the calls, as on a loaded machine.
    monkeypatch.setattr("ipwrap.shims.events.live_recording.INTERVAL", 1000.0)

    with open_sandbox() as session:
        recording = record_brief_lab(session, tmp_path)

    assert recording.end is not None
    assert recording.end.error is None
    assert BRIEF_LINES == lines_of(tmp_path / "x.jsonl")


def test_one_ctrl_c_during_the_final_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the script has ended, the first Ctrl-C lets the recording be completed."""
    monkeypatch.setattr(recorder, "read_calls", interrupting(read_calls, times=1))

    with open_sandbox() as session:
        recording = record_brief_lab(session, tmp_path)

    assert recording.end is not None
    assert recording.end.state is not None
    assert recording.events == Recording.load(tmp_path / "x.jsonl").events


@pytest.mark.parametrize("name", ["read_calls", "_end_event", "_replace_file"])
def test_second_ctrl_c_during_the_final_recording(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder ends; the file has the calls and no state, and nothing is beside it."""
    interrupted = interrupting(getattr(recorder, name), times=2)
    monkeypatch.setattr(recorder, name, interrupted)

    with open_sandbox() as session, pytest.raises(KeyboardInterrupt):
        record_brief_lab(session, tmp_path)

    recording = Recording.load(tmp_path / "x.jsonl")
    assert BRIEF_LINES == [event.command.line for event in recording.commands]
    assert recording.end is not None
    assert "KeyboardInterrupt: " == recording.end.error
    assert {"lab.sh", "x.jsonl"} == {path.name for path in tmp_path.iterdir()}
