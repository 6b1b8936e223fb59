"""`ipwrap record` writes while the script runs, and completes the file when it is told to end."""

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Recording, RecordingError, Sandbox, Session
from ipwrap.export.shell import shell
from ipwrap.recording import Header, Note
from ipwrap.shims.calls.call import Call, read_call
from ipwrap.shims.events import live_recording
from ipwrap.shims.events.live_recording import LiveRecording
from tests.labs import open_sandbox
from tests.processes import pids_with_mark
from tests.waiting import until

LAB = """
ip netns add red
ip netns exec red bash -c 'ip link set lo up; ip -j link >/dev/null'
printf 'link set lo down\\nlink set lo up\\n' | ip -batch -
echo 'netns exec red ip link set lo mtu 1400' | ip -batch /dev/stdin
ip netns exec red true
ip link add x type veth peer name y
sleep 1000 &
sleep 1000
"""
LINES = [
    "ip netns add red",
    "ip -n red link set lo up",
    "ip -n red -j link",
    "ip link set lo down",
    "ip link set lo up",
    "ip -n red link set lo mtu 1400",
    "ip netns exec red true",
    "ip link add x type veth peer name y",
]
WRAPPER = "ip netns exec red bash -c 'ip link set lo up; ip -j link >/dev/null'"
NOTE = f"{WRAPPER}: the calls that it made follow"


def start_recorder(
    folder: Path, mark: str, *options: str, host: Session | None = None
) -> "subprocess.Popen[str]":
    """Start `ipwrap record` of the lab, as the leader of a new session."""
    (folder / "lab.sh").write_text(LAB)
    env = {
        **os.environ,
        "MARK": mark,
        "XDG_STATE_HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
    }
    arguments = (*options, "-o", str(folder / "x.jsonl"), "bash", str(folder / "lab.sh"))
    argv: tuple[str, ...] = (sys.executable, "-m", "ipwrap", "record", *arguments)
    if host is not None:
        argv = host.place.wrap(argv)

    return subprocess.Popen(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def command_lines(path: Path) -> list[str]:
    """Return the finished commands in the file so far; none without a file."""
    try:
        return [result.line for result in Recording.load(path).results]
    except RecordingError:
        return []


@pytest.fixture
def mark() -> Iterator[str]:
    """A text in the environment of the recorder's processes, which are ended after the test."""
    text = f"ipwrap-{uuid.uuid4()}"
    yield text
    for pid in pids_with_mark(text):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of the recording; skips the test without a sandbox."""
    with open_sandbox():
        return tmp_path / "x.jsonl"


@pytest.mark.live
def test_a_killed_recorder_leaves_every_call(path: Path, mark: str) -> None:
    """The file is there while the script runs, and is whole after SIGKILL."""
    process = start_recorder(path.parent, mark, "--sandbox")
    assert until(lambda: command_lines(path) == LINES or process.poll() is not None), command_lines(
        path
    )

    process.kill()
    process.communicate()

    recording = Recording.load(path)
    assert LINES == [event.command.line for event in recording.commands]
    assert list(range(1, len(LINES) + 1)) == [event.number for event in recording.commands]
    assert NOTE in [event.text for event in recording.events if isinstance(event, Note)]
    assert recording.initial_state is not None
    assert recording.end is None
    assert "ip netns add red" in shell(recording)
    assert until(lambda: not pids_with_mark(mark))


@pytest.mark.live
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("is_on_host", [False, True], ids=["sandbox", "host"])
def test_a_signal_completes_the_recording(
    path: Path, mark: str, number: signal.Signals, is_on_host: bool
) -> None:
    """The script's processes end, in the background as well, and the recording has an end."""
    with open_sandbox() as session:
        options = () if is_on_host else ("--sandbox",)
        process = start_recorder(path.parent, mark, *options, host=session if is_on_host else None)
        assert until(lambda: command_lines(path) == LINES or process.poll() is not None), (
            command_lines(path)
        )

        recorders = [pid for pid in pids_with_mark(mark) if is_recorder(pid)]
        os.kill(min(recorders), number)
        _, stderr = process.communicate()

        recording = Recording.load(path)
        assert 128 + number == process.returncode, stderr
        assert f"ipwrap: {len(LINES)} commands in {path}\n" in stderr
        assert LINES == [event.command.line for event in recording.commands]
        assert recording.end is not None
        error = f"status {128 + number}, ended by {number.name}"
        assert f"bash {path.parent}/lab.sh: {error}" == recording.end.error
        assert ["", "red"] == list(recording.end.state or ())
        assert until(lambda: not pids_with_mark(mark))
        assert {"lab.sh", "x.jsonl", "ipwrap"} >= {entry.name for entry in path.parent.iterdir()}
        assert [] == list(path.parent.glob("ipwrap/*"))


def is_recorder(pid: int) -> bool:
    """Return whether a process is `ipwrap record` itself."""
    with contextlib.suppress(OSError):
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return arguments[1:4] == [b"-m", b"ipwrap", b"record"]
    return False


@pytest.mark.live
def test_ctrl_c_completes_the_recording(path: Path, mark: str) -> None:
    """Ctrl-C, which a terminal sends to every process, ends the script and not the recorder."""
    process = start_recorder(path.parent, mark, "--sandbox")
    assert until(lambda: command_lines(path) == LINES or process.poll() is not None), command_lines(
        path
    )

    os.killpg(process.pid, signal.SIGINT)
    process.communicate()

    recording = Recording.load(path)
    assert 130 == process.returncode
    assert LINES == [event.command.line for event in recording.commands]
    assert recording.end is not None
    assert str(recording.end.error).endswith("status 130, ended by SIGINT")
    assert [path.name] == [entry.name for entry in path.parent.glob("*x.jsonl*")]


@pytest.mark.live
def test_a_signal_during_the_start_ends_the_script(path: Path, mark: str) -> None:
    """A signal that comes before the script does not start it for long."""
    process = start_recorder(path.parent, mark, "--sandbox")
    assert until(lambda: path.exists() or process.poll() is not None)

    process.send_signal(signal.SIGTERM)
    process.communicate()

    assert 143 == process.returncode
    assert Recording.load(path).end is not None


@pytest.mark.live
def test_a_full_disk_leaves_the_calls_before(path: Path, tmp_path: Path, mark: str) -> None:
    """On a disk of 16 KiB the script runs to its end; the file has whole lines, and is named."""
    script = tmp_path / "long.sh"
    script.write_text("ip netns add red\nfor i in $(seq 30); do ip -d link >/dev/null; done\n")
    disk = tmp_path / "disk"
    disk.mkdir()
    target = disk / "x.jsonl"

    with Session(Sandbox()) as session:
        session.exec("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk))
        argv = (sys.executable, "-m", "ipwrap", "record", "-o", str(target), "bash", str(script))
        env = ("env", f"XDG_STATE_HOME={tmp_path}", f"MARK={mark}")
        result = session.exec(*env, *argv, check=False)
        copy = session.exec("cat", str(target)).stdout

    assert 1 == result.status
    assert "No space left on device; the file holds the calls, and no end" in result.stderr
    (tmp_path / "copy.jsonl").write_text(copy)
    recording = Recording.load(tmp_path / "copy.jsonl")
    assert recording.truncated_line is None
    assert "ip netns add red" == recording.commands[0].command.line
    assert 1 < len(recording.commands) < 31


@pytest.mark.live
def test_an_old_file_keeps_its_mode_and_its_link(path: Path, mark: str) -> None:
    """A file that others may read stays readable, and a symbolic link stays a link."""
    real = path.with_name("real.jsonl")
    real.touch(mode=0o644)
    real.chmod(0o644)
    path.symlink_to(real)
    argv = (sys.executable, "-m", "ipwrap", "record", "--sandbox", "-o", str(path), "ip", "link")

    subprocess.run(argv, check=True, capture_output=True, env={**os.environ, "MARK": mark})

    assert path.is_symlink()
    assert 0o644 == real.stat().st_mode & 0o777
    assert ["ip link"] == command_lines(path)


@pytest.mark.live
def test_a_pipe_gets_the_final_recording(path: Path, mark: str) -> None:
    """A path that cannot be replaced, such as /dev/stderr, is written at the end."""
    argv = (
        sys.executable,
        "-m",
        "ipwrap",
        "record",
        "--sandbox",
        "-o",
        "/dev/stderr",
        "ip",
        "link",
    )
    completed = subprocess.run(
        argv, check=True, capture_output=True, text=True, env={**os.environ, "MARK": mark}
    )
    lines = completed.stderr.splitlines(keepends=True)
    path.write_text("".join(line for line in lines if line.startswith("{")))

    assert ["ip link"] == command_lines(path)
    assert Recording.load(path).end is not None


def write_call(folder: Path, number: int, *fields: str, status: str | None = None) -> None:
    """Write the files of a call, as a shim does."""
    (folder / str(number)).write_text("".join(f"{field}\0" for field in fields))
    if status is not None:
        (folder / f"{number}.done").write_text(f"{status}\n")


def test_a_change_is_recorded_before_it_ends(tmp_path: Path) -> None:
    """The command of a change comes first; other calls are recorded with their result."""
    live = LiveRecording(tmp_path, Recording(Header()))
    (tmp_path / "1").write_bytes(b"")
    live.update()
    write_call(tmp_path, 1, "", "", "", "ip", "link", "set", "lo", "up")
    write_call(tmp_path, 2, "", "", "", "ip", "link")
    live.update()
    live.update()
    lines = [event.command.line for event in live.recording.commands]
    (tmp_path / "2.done").write_text("")  # the shim is about to write the status
    live.update()
    (tmp_path / "1.done").write_text("2\n")
    (tmp_path / "2.done").write_text("0\n")
    live.update()

    assert ["ip link set lo up"] == lines
    assert [2, 0] == [result.status for result in live.recording.results]
    assert [1, 2] == [event.number for event in live.recording.commands]


def test_calls_that_end_during_a_look_stay_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls that ran one behind the other while the recorder looked are recorded so."""
    live = LiveRecording(tmp_path, Recording(Header()))
    write_call(tmp_path, 1, "", "", "", "ip", "link")
    write_call(tmp_path, 2, "", "", "", "ip", "rule")

    def read_slowly(path: Path) -> Call | None:
        call = read_call(path)
        for number in (1, 2):
            (tmp_path / f"{number}.done").write_text("0\n")
        return call

    monkeypatch.setattr(live_recording, "read_call", read_slowly)
    live.update()
    live.update()

    assert ["ip link", "ip rule"] == [result.line for result in live.recording.results]


def test_only_the_outermost_program_is_noted(tmp_path: Path) -> None:
    """A program in a program in a namespace is one note, before the change of the innermost."""
    live = LiveRecording(tmp_path, Recording(Header()))
    write_call(tmp_path, 1, "", "", "", "ip", "netns", "exec", "red", "bash", "a.sh")
    write_call(tmp_path, 2, "/run/netns/red", "1", "", "env", "bash", "b.sh")
    write_call(tmp_path, 3, "/run/netns/red", "2", "", "ip", "link", "set", "lo", "up", status="0")
    live.update()
    for number in (2, 1):
        (tmp_path / f"{number}.done").write_text("0\n")
        live.update()

    texts = [event.text for event in live.recording.events if isinstance(event, Note)]
    assert ["ip netns exec red bash a.sh: the calls that it made follow"] == texts
    assert ["ip -n red link set lo up"] == [result.line for result in live.recording.results]


def test_calls_that_no_replay_repeats_are_notes(tmp_path: Path) -> None:
    """A killed server, a nameless namespace, and a call without a program are notes."""
    live = LiveRecording(tmp_path, Recording(Header()))
    write_call(tmp_path, 1, "", "", "", "ip", "netns", "exec", "red", "nc", "-l", status="143")
    write_call(tmp_path, 2, "?", "", "", "ip", "link", "set", "lo", "up", status="0")
    write_call(tmp_path, 3, "?", "", "", "ip", "link", "set", "lo", "down")
    live.update()

    texts = [event.text for event in live.recording.events if isinstance(event, Note)]
    assert [
        "was ended by a signal, and is not repeated: ip netns exec red nc -l",
        "in a namespace without a name, and not repeated: ip link set lo up",
    ] == texts
    assert [] == live.recording.commands


def test_a_failed_write_is_kept(tmp_path: Path) -> None:
    """After the first failure nothing is written, and the script is not disturbed."""
    recording = Recording.start(Header(), tmp_path / "x.jsonl")
    full = os.open("/dev/full", os.O_WRONLY)

    assert recording._file is not None
    os.dup2(full, recording._file.fileno())
    os.close(full)
    live = LiveRecording(tmp_path, recording)
    write_call(tmp_path, 1, "", "", "", "ip", "link", status="0")
    live.update()
    failure = live.failure
    live.update()

    assert "No space left on device" in str(failure)
    assert failure is live.failure
    with pytest.raises(RecordingError, match="No space left on device"):
        recording.close()
