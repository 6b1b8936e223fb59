"""`ProcessStream`: a running command in a place, from its start to its end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ipwrap import Command, ExecutorError, Local, PlaceError, Sandbox
from ipwrap.executors import MonitorExecutor, Process
from ipwrap.executors.base import Reply
from ipwrap.executors.stream import FinishedStream, ProcessStream
from tests.processes import pids_with_mark
from tests.waiting import until

MONITOR = Command(("ip", "-o", "monitor", "link"), changes=False)
OWNER = """
import sys, time
from ipwrap import Local, Session
with Session(sandbox=True) if sys.argv[1] == "sandbox" else Session() as session:
    monitors = [session.ip.monitor("link"), session.bridge.monitor("link")]
    print("ready", flush=True)
    time.sleep(60)
"""


def is_mark_gone(mark: str) -> bool:
    """Return whether the processes with a mark end."""
    return until(lambda: not pids_with_mark(mark))


def read_to_end(stream: ProcessStream) -> list[bytes | None]:
    """Return all output up to the end."""
    output = list(stream.take())
    while not stream.ended:
        stream.wait(5)
        output += stream.take()
    return output


def test_output_and_status() -> None:
    """The output of a program that ends by itself is complete on both pipes."""
    stream = ProcessStream.open(Command(("sh", "-c", "echo out; echo err >&2; exit 7")), Local())

    assert [b"out\n"] == [data for data in read_to_end(stream) if data]
    assert Reply(7, "out\n", "err\n") == stream.reply

    stream.close()
    stream.close()


def test_output_larger_than_the_socket() -> None:
    """Output that is not read for a while is kept, whatever its size."""
    stream = ProcessStream.open(Command(("sh", "-c", "yes 0123456789 | head -n 200000")), Local())
    time.sleep(0.3)

    assert 200000 * 11 == sum(len(data or b"") for data in read_to_end(stream))
    assert 0 == stream.reply.status

    stream.close()


def test_signal_is_a_status() -> None:
    """A program ended by a signal has the status of a shell."""
    stream = ProcessStream.open(Command(("sh", "-c", "kill -TERM $$")), Local())

    read_to_end(stream)

    assert 128 + signal.SIGTERM == stream.reply.status
    stream.close()


def test_requested_end_is_no_failure() -> None:
    """A monitor stopped by `end` has the status 0."""
    stream = ProcessStream.open(MONITOR, Local())
    stream.end()

    read_to_end(stream)

    assert (
        Reply(0, "", "") == stream.reply or "link" in stream.reply.stdout
    )  # this host's links may change
    stream.close()


def test_missing_program_is_an_error() -> None:
    """The error names the missing program."""
    with pytest.raises(ExecutorError, match="no-such-program"):
        ProcessStream.open(Command(("no-such-program",)), Local())


def test_program_that_cannot_be_run(tmp_path: Path) -> None:
    """The reply has the status and the message of a shell."""
    program = tmp_path / "broken"
    program.write_text("\x7fELF nonsense")
    program.chmod(0o755)
    stream = ProcessStream.open(Command((str(program),)), Local())

    assert (127, f"{program}: Exec format error\n") == (stream.reply.status, stream.reply.stderr)
    stream.close()


def test_command_that_never_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command without an event loop is killed after a time limit."""
    monkeypatch.setattr("ipwrap.executors.helper_process.HELPER_SECONDS", 0.3)
    with pytest.raises(ExecutorError, match="did not begin to listen"):
        ProcessStream.open(Command(("sleep", "60")), Local())


def test_closed_place_is_an_error() -> None:
    """A command cannot be started in a closed place."""
    with pytest.raises(PlaceError, match="not open"):
        ProcessStream.open(MONITOR, Sandbox())


def test_place_that_ends_before_the_command() -> None:
    """A command ends with its place, with the status of a killed process."""
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    stream = ProcessStream.open(MONITOR, place)
    place.close()
    stream.request_sync()

    read_to_end(stream)

    assert 137 == stream.reply.status
    stream.close()


@pytest.mark.parametrize("place_name", ["sandbox", "host"])
def test_killed_owner_leaves_no_process(place_name: str) -> None:
    """Monitors and their helpers end with a killed owner."""
    mark = f"IPWRAP_TEST_MARK={time.monotonic_ns()}"
    name, _, value = mark.partition("=")
    argv = (sys.executable, "-c", OWNER, place_name)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env={**os.environ, name: value}) as owner:
        assert owner.stdout is not None
        if owner.stdout.readline() != b"ready\n":
            pytest.skip("no sandbox here")
        assert len(pids_with_mark(mark)) >= 5
        owner.kill()

    assert is_mark_gone(mark)


@pytest.mark.parametrize("hangup", [signal.SIG_DFL, signal.SIG_IGN], ids=["at a terminal", "nohup"])
def test_killed_helper_leaves_no_process(hangup: signal.Handlers) -> None:
    """The kernel ends a monitor with its terminal, and the stream has ended."""
    mark = f"IPWRAP_TEST_MARK={time.monotonic_ns()}"
    name, _, value = mark.partition("=")
    os.environ[name] = value
    previous_handler = signal.signal(signal.SIGHUP, hangup)
    try:
        stream = ProcessStream.open(MONITOR, Local())
    finally:
        signal.signal(signal.SIGHUP, previous_handler)
        del os.environ[name]

    assert 2 == len(pids_with_mark(mark))
    assert stream._own_helper is not None
    stream._own_helper._process.kill()

    assert is_mark_gone(mark)
    read_to_end(stream)
    assert 137 == stream.reply.status
    stream.close()


def test_recorded_stream() -> None:
    """A recorded stream returns its output once."""
    stream = FinishedStream(Reply(0, "a\n", ""))
    stream.wait(None)
    stream.end()

    assert [b"a\n", None] == stream.take()
    assert [] == stream.take()
    assert stream.request_sync() <= stream.syncs_seen

    stream.close()


def test_executors_with_monitors() -> None:
    """The executors of ipwrap can start monitors."""
    assert isinstance(Process(), MonitorExecutor)
