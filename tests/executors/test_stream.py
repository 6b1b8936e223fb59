"""`ProcessStream`: a command that goes on in a place: it listens when it is opened, and ends with us, however we end."""

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


def bearing(mark: str) -> list[int]:
    """Return the processes that have inherited a mark in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it ended meanwhile, or is another's
    return found


def ends(mark: str) -> bool:
    """Tell whether the processes that bear a mark end."""
    return until(lambda: not bearing(mark))


def gather(stream: ProcessStream) -> list[bytes | None]:
    """Take all until the end."""
    found = list(stream.take())
    while not stream.ended:
        stream.wait(5)
        found += stream.take()
    return found


def test_all_that_it_prints_and_its_status() -> None:
    """A program that ends by itself, with what it said on both ends."""
    stream = ProcessStream.open(Command(("sh", "-c", "echo out; echo err >&2; exit 7")), Local())

    assert [b"out\n"] == [data for data in gather(stream) if data]
    assert Reply(7, "out\n", "err\n") == stream.reply
    stream.close()
    stream.close()


def test_more_than_the_owner_takes() -> None:
    """What nobody takes for a while is kept, whatever its size."""
    stream = ProcessStream.open(Command(("sh", "-c", "yes 0123456789 | head -n 200000")), Local())
    time.sleep(0.3)

    assert 200000 * 11 == sum(len(data or b"") for data in gather(stream))
    assert 0 == stream.reply.status
    stream.close()


def test_a_signal_is_a_status() -> None:
    """One that is ended from outside has the status that a shell would give it."""
    stream = ProcessStream.open(Command(("sh", "-c", "kill -TERM $$")), Local())

    gather(stream)
    assert 128 + signal.SIGTERM == stream.reply.status
    stream.close()


def test_our_end_is_no_failure() -> None:
    """The status of a monitor that we end is 0."""
    stream = ProcessStream.open(MONITOR, Local())
    stream.end()

    gather(stream)
    assert (
        Reply(0, "", "") == stream.reply or "link" in stream.reply.stdout
    )  # this host's links may change
    stream.close()


def test_a_program_that_there_is_not() -> None:
    """The error names it."""
    with pytest.raises(ExecutorError, match="no-such-program"):
        ProcessStream.open(Command(("no-such-program",)), Local())


def test_a_program_that_cannot_be_run(tmp_path: Path) -> None:
    """It says why, as a shell does."""
    program = tmp_path / "broken"
    program.write_text("\x7fELF nonsense")
    program.chmod(0o755)
    stream = ProcessStream.open(Command((str(program),)), Local())

    assert (127, f"{program}: Exec format error\n") == (stream.reply.status, stream.reply.stderr)
    stream.close()


def test_one_that_never_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up, and ended."""
    monkeypatch.setattr("ipwrap.executors.stream.TIMEOUT_SECONDS", 0.3)
    with pytest.raises(ExecutorError, match="did not begin to listen"):
        ProcessStream.open(Command(("sleep", "60")), Local())


def test_a_closed_place() -> None:
    """There is nowhere to start it."""
    with pytest.raises(PlaceError, match="not open"):
        ProcessStream.open(MONITOR, Sandbox())


def test_one_without_its_place() -> None:
    """When the place goes, it has ended, and its status says that it was not our doing."""
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    stream = ProcessStream.open(MONITOR, place)
    place.close()
    stream.request_sync()

    gather(stream)
    assert 137 == stream.reply.status
    stream.close()


@pytest.mark.parametrize("where", ["sandbox", "here"])
def test_nothing_outlives_an_owner_that_is_killed(where: str) -> None:
    """Neither the monitors nor what keeps them."""
    mark = f"IPWRAP_TEST_MARK={time.monotonic_ns()}"
    name, _, value = mark.partition("=")
    argv = (sys.executable, "-c", OWNER, where)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env={**os.environ, name: value}) as owner:
        assert owner.stdout is not None
        if owner.stdout.readline() != b"ready\n":
            pytest.skip("no sandbox here")
        assert len(bearing(mark)) >= 5
        owner.kill()

    assert ends(mark)


@pytest.mark.parametrize("hangup", [signal.SIG_DFL, signal.SIG_IGN], ids=["at a terminal", "nohup"])
def test_nothing_outlives_a_keeper_that_is_killed(hangup: signal.Handlers) -> None:
    """The monitor's terminal goes with it, and the kernel ends the monitor; to us it has ended."""
    mark = f"IPWRAP_TEST_MARK={time.monotonic_ns()}"
    name, _, value = mark.partition("=")
    os.environ[name], kept = value, signal.signal(signal.SIGHUP, hangup)
    try:
        stream = ProcessStream.open(MONITOR, Local())
    finally:
        signal.signal(signal.SIGHUP, kept)
        del os.environ[name]
    assert 2 == len(bearing(mark))
    stream._process.kill()

    assert ends(mark)
    gather(stream)
    assert 137 == stream.reply.status
    stream.close()


def test_a_recorded_one() -> None:
    """It gives all at once, and then nothing."""
    told = FinishedStream(Reply(0, "a\n", ""))
    told.wait(None)
    told.end()

    assert [b"a\n", None] == told.take()
    assert [] == told.take()
    assert told.request_sync() <= told.syncs_seen
    told.close()


def test_which_executors_can() -> None:
    """Those of ipwrap can."""
    assert isinstance(Process(), MonitorExecutor)
