"""Background processes, waits and pauses are played back."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipwrap import (
    CommandTimeout,
    ExecutorError,
    Playback,
    PlaybackError,
    ProcessEnded,
    Recording,
    Session,
    WaitTimeout,
    until,
)
from ipwrap.errors import UnknownOption
from ipwrap.executors import RecordNewPlayback
from ipwrap.placeholders import EVERY
from ipwrap.places import NullPlace

SERVER = ("python3", "-m", "http.server", "8000", "--bind", "127.0.0.1")
FETCH = (
    "python3",
    "-c",
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/').status)",
)
DAEMON = ("sh", "-c", "trap 'echo again' HUP; echo up; while :; do sleep 0.05; done")


def open_pod(session: Session) -> Any:
    """Return a namespace whose loopback is up."""
    session.ip.netns.add("pod")
    pod = session.netns("pod")
    pod.ip.link.set("lo", up=True)
    pod.wait_for(until.link("lo", carrier=True))
    return pod


def serve(session: Session) -> list[object]:
    """Serve and fetch a page; return what the script saw."""
    pod = open_pod(session)
    seen: list[object] = []

    with pod.spawn(*SERVER, ready=until.listening(8000), name="web") as web:
        seen += [pod.exec(*FETCH).stdout, web.running]
        session.sleep(0.01)
    seen += [web.running, web.result.status, "GET /" in web.stderr, web.stop().status]
    return seen


def control(session: Session) -> list[object]:
    """Signal a daemon that runs until the session ends."""
    pod = open_pod(session)
    daemon = pod.spawn(*DAEMON, name="daemon")
    session.sleep(0.3)
    daemon.send_signal("HUP")
    pod.exec("kill", "-HUP", str(daemon.pid))
    session.exec("sh", "-c", f"kill -HUP {daemon.pid}")
    session.sleep(0.3)
    return [daemon.stdout.split()[0], "again" in daemon.stdout, daemon.running]


def fail(session: Session) -> list[object]:
    """Wait in vain, and start what fails; return the errors."""
    pod = open_pod(session)
    nap = pod.spawn("sleep", "0.3")

    with pytest.raises(CommandTimeout) as too_early:
        nap.wait(timeout=0.01)
    seen: list[object] = [type(too_early.value), nap.wait().status, nap.running]

    with pytest.raises(WaitTimeout) as timed_out:
        pod.wait_for(until.listening(9), timeout=0.05)
    seen += [timed_out.value.seen, timed_out.value.condition]

    with pytest.raises(ProcessEnded) as ended:
        pod.spawn("sh", "-c", "echo broken >&2; exit 3", ready=until.listening(9))
    seen += [ended.value.result.status, ended.value.result.stderr]

    with pytest.raises(WaitTimeout):
        pod.spawn("sleep", "1000", ready=until.listening(9), ready_timeout=0.05)
    with pytest.raises(ExecutorError) as missing:
        pod.spawn("no-such-program")
    return [*seen, str(missing.value)]


SCRIPTS = {"serve": serve, "control": control, "fail": fail}


@pytest.mark.live
@pytest.mark.parametrize("normalise", [(), EVERY], ids=["exact", "normalised"])
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_played_script_sees_what_it_saw(
    script: Any, normalise: tuple[str, ...], tmp_path: Path
) -> None:
    """Processes, waits, pauses and errors are those of the recording, in every order mode."""
    path = tmp_path / "lab.jsonl"
    with Session(sandbox=True, record=path, normalise=normalise) as session:
        expected = script(session)

    for ordered in ("strict", "per-namespace", "any"):
        with Session.playback(path, ordered) as played:
            assert expected == script(played)
            assert [] == played.unplayed


@pytest.mark.live
def test_two_normalised_recordings_are_equal(tmp_path: Path) -> None:
    """Pids and times of processes and waits are replaced: a second recording is the same."""
    texts = []
    for name in ("first", "second"):
        path = tmp_path / f"{name}.jsonl"
        with Session(sandbox=True, record=path, normalise=EVERY) as session:
            session.exec("true")
            if name == "second":  # other pids from here on
                session.exec("true")
            control(session)
        lines = path.read_text().splitlines()
        steps = ('{"event":"process', '{"event":"wait', '{"event":"sleep')
        texts.append([line.partition(',"n":')[0] for line in lines if line.startswith(steps)])
        assert '"pid":1001,"seconds":0.0}' in path.read_text()

    assert texts[0] == texts[1]


RECORDING = b"""\
{"event":"recording","format":2,"ipwrap":"0"}
{"event":"process","n":1,"name":"web","argv":["httpd","-p","80"],"netns":"red"}
{"event":"process-started","n":1,"pid":20}
{"event":"wait","until":{"until":"listening","port":80},"netns":"red","timeout":5,"seconds":1,\
"satisfied":true,"seen":""}
{"event":"command","n":2,"argv":["curl","x"],"netns":"blue","changes":true}
{"event":"result","n":2,"status":0,"stdout":"","stderr":"","started":0,"seconds":0}
{"event":"sleep","seconds":20}
{"event":"process-action","n":1,"action":"stop"}
{"event":"result","n":1,"status":143,"stdout":"served","stderr":"","started":0,"seconds":2}
{"event":"process","n":3,"name":"nap","argv":["sleep","5"],"netns":null}
{"event":"process-started","n":3,"pid":21}
{"event":"command","n":4,"argv":["true"],"netns":null,"changes":true}
{"event":"result","n":3,"status":0,"stdout":"","stderr":"","started":0,"seconds":5}
{"event":"result","n":4,"status":0,"stdout":"","stderr":"","started":0,"seconds":0}
{"event":"process","n":5,"name":"late","argv":["crashed"],"netns":null}
"""


@pytest.fixture
def recorded_file(tmp_path: Path) -> Path:
    """A recording with processes, waits and pauses."""
    path = tmp_path / "lab.jsonl"
    path.write_bytes(RECORDING)
    return path


@pytest.fixture
def played(recorded_file: Path) -> Iterator[Session]:
    """A session that plays the recording back."""
    with Session.playback(recorded_file) as session:
        yield session


def test_unplayed_steps_are_calls_and_command_lines(played: Session) -> None:
    """`unplayed` lists every kind of step."""
    assert [
        "ip netns exec red httpd -p 80 &",
        "session.netns('red').wait_for(until.listening(80))",
        "ip netns exec blue curl x",
        "session.sleep(20)",
        "web.stop()",
        "sleep 5 &",
        "true",
        "crashed &",
    ] == played.unplayed


def test_another_process_than_recorded(played: Session) -> None:
    """The error shows both command lines and their difference."""
    with pytest.raises(PlaybackError) as mismatch:
        played.netns("red").spawn("httpd", "-p", "81")

    error = mismatch.value
    assert ("ip netns exec red httpd -p 81 &", "ip netns exec red httpd -p 80 &") == (
        error.asked,
        error.recorded,
    )
    assert "ip netns exec red httpd -p [-80-]{+81+} &" == error.differs


def test_a_process_in_place_of_a_command(played: Session) -> None:
    """A command that was recorded as a process is told from it."""
    with pytest.raises(PlaybackError) as mismatch:
        played.netns("red").exec("httpd", "-p", "80")
    assert "ip netns exec red httpd -p 80 [-&-]" == mismatch.value.differs


def test_another_wait_than_recorded(played: Session) -> None:
    """The nearest recorded wait is shown, and the difference."""
    with pytest.raises(PlaybackError) as mismatch:
        played.netns("red").wait_for(until.listening(81))

    error = mismatch.value
    assert "session.netns('red').wait_for(until.listening(81))" == error.asked
    assert "ip netns exec red httpd -p 80 &" == error.recorded
    assert "session.netns('red').wait_for(until.listening(80))" == error.nearest


def test_another_pause_than_recorded(played: Session) -> None:
    """A pause of another length is a mismatch; nothing pauses."""
    begin = time.monotonic()
    with pytest.raises(PlaybackError, match=r"asked:    session.sleep\(21\)"):
        played.sleep(21)
    assert time.monotonic() - begin < 20


def test_a_process_runs_until_its_recorded_end(played: Session) -> None:
    """A process that ended by itself has ended once everything before its end is played."""
    red = played.netns("red")
    web = red.spawn("httpd", "-p", "80")
    red.wait_for(until.listening(80), timeout=1)
    played.netns("blue").exec("curl", "x")
    played.sleep(20)
    assert (20, True, None, "served") == (web.pid, web.running, web.result, web.stdout)
    assert (143, "served") == (web.stop().status, web.stdout)

    nap = played.spawn("sleep", "5")
    assert nap.running
    played.exec("true")
    assert (False, 0) == (nap.running, nap.stop().status)


def test_an_action_out_of_order(played: Session) -> None:
    """To stop a process earlier than recorded is a mismatch."""
    web = played.netns("red").spawn("httpd", "-p", "80")
    with pytest.raises(PlaybackError) as mismatch:
        web.stop()

    assert ("web.stop()", "session.netns('red').wait_for(until.listening(80))") == (
        mismatch.value.asked,
        mismatch.value.recorded,
    )


def test_another_signal_than_recorded(played: Session) -> None:
    """To signal a process that was not signalled is a mismatch, which names the signal."""
    web = played.netns("red").spawn("httpd", "-p", "80")
    with pytest.raises(PlaybackError, match=r"asked:    web\.send_signal\('HUP'\)"):
        web.send_signal("HUP")


def test_the_error_of_a_block_is_raised_and_not_that_of_its_process(played: Session) -> None:
    """A `with` block that an error leaves ends its process, whose turn it is not."""
    with pytest.raises(ZeroDivisionError), played.netns("red").spawn("httpd", "-p", "80") as web:
        raise ZeroDivisionError

    assert not web.running
    assert isinstance(played.executor, Playback)
    assert ["web.stop()"] == [error.asked for error in played.executor.mismatches]


def test_a_block_that_ends_too_early_is_a_mismatch(played: Session) -> None:
    """Without another error the mismatch is raised, and the process has ended."""
    with (
        pytest.raises(PlaybackError, match=r"web\.stop"),
        played.netns("red").spawn("httpd", "-p", "80") as web,
    ):
        pass
    assert not web.running


def test_a_process_without_a_recorded_end(recorded_file: Path) -> None:
    """A process of a session that crashed runs until the playback ends it."""
    with Session.playback(recorded_file, "any") as session:
        late = session.spawn("crashed")
        assert (True, 0) == (late.running, late.pid)
    assert 137 == late.stop().status


def test_satisfied_waits_may_be_repeated(recorded_file: Path) -> None:
    """With repeats allowed a wait is answered again, a process is not."""
    with Session.playback(recorded_file, "any", allow_playback_repeats=True) as session:
        red = session.netns("red")
        for _ in range(3):
            red.wait_for(until.listening(80))
        red.spawn("httpd", "-p", "80")
        with pytest.raises(PlaybackError, match="less often"):
            red.spawn("httpd", "-p", "80")


@pytest.mark.live
def test_new_steps_run_behind_a_recording(tmp_path: Path) -> None:
    """Processes that had not ended run again, waits wait, and new steps find them."""

    def build(session: Session) -> Any:
        pod = open_pod(session)
        pod.spawn("true").wait()
        with pod.spawn(*DAEMON) as daemon:
            daemon.send_signal("HUP")
            session.sleep(0.01)
        return pod, pod.spawn(*SERVER, ready=until.listening(8000), name="web")

    with Session(sandbox=True, normalise=EVERY) as recorded:
        build(recorded)

    executor = RecordNewPlayback(recorded.recording)
    with Session(NullPlace("sandbox"), executor, normalise=EVERY) as session:
        pod, web = build(session)
        assert (False, True) == (executor.live, web.running)

        pod.wait_for(until.listening(8000))
        assert "200\n" == pod.exec(*FETCH).stdout
        assert (True, True) == (executor.live, web.running)
        assert "GET /" in web.stderr

        session.sleep(0.01)
        with pod.spawn("cat", ready=until.link("lo"), stdin="hello") as cat:
            assert (0, "hello") == (cat.wait().status, cat.stdout)
        nap = pod.spawn("sleep", "1000")
        pod.exec("kill", str(nap.pid))
        assert 128 + signal.SIGTERM == nap.wait(timeout=60).status
        web.send_signal("TERM")
        assert 128 + signal.SIGTERM == web.wait(timeout=60).status


NO_LINK = """\
{"event":"recording","format":2,"ipwrap":"0"}
{"event":"wait","until":{"until":"link","dev":"nope"},"netns":null,"timeout":0.1,"seconds":0,\
"satisfied":true,"seen":""}
"""


@pytest.mark.live
def test_a_recorded_wait_that_is_not_satisfied_here(tmp_path: Path) -> None:
    """A wait that holds in the recording only is a mismatch when the recording is continued."""
    path = tmp_path / "lab.jsonl"
    path.write_text(NO_LINK)

    with Session(NullPlace("sandbox"), RecordNewPlayback(path)) as session:
        session.wait_for(until.link("nope"), timeout=0.1)
        with pytest.raises(PlaybackError) as mismatch:
            session.exec("true")
    assert "link nope exists: not within 0.1 s; last seen: no such link" == mismatch.value.differs


def test_an_unknown_order_is_refused(recorded_file: Path) -> None:
    """The three orders are the same for processes."""
    with pytest.raises(UnknownOption):
        Session.playback(Recording.load(recorded_file), "random")  # type: ignore[arg-type]
