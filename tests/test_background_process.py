"""`BackgroundProcess`: programs beside the session, well-behaved ones and others."""

import contextlib
import os
import pickle
import resource
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import (
    Batch,
    CommandTimeout,
    ExecutorError,
    InvalidArgument,
    IpwrapError,
    Local,
    Process,
    ProcessEnded,
    Recording,
    RecordingError,
    Result,
    Secret,
    Session,
    WaitTimeout,
    until,
)
from ipwrap.background_process import RECORDED_BYTES, BackgroundProcess, shorten_output
from ipwrap.export import FORMATS
from ipwrap.kinds import Bridge
from ipwrap.recording import ProcessAction, ProcessEvent, ProcessStarted, ResultEvent
from ipwrap.session import Namespace
from tests.labs import open_sandbox
from tests.processes import alive, running
from tests.waiting import LIMIT
from tests.waiting import until as wait_until_true

pytestmark = pytest.mark.live

SERVER = (sys.executable, "-m", "http.server", "8000")
ROOT = Path(__file__).parents[1]


@pytest.fixture
def session() -> Iterator[Session]:
    """A session in a sandbox of its own."""
    with open_sandbox() as session:
        yield session


@pytest.fixture
def pod(session: Session) -> Namespace:
    """A namespace with `lo` up."""
    session.ip.netns.add("pod")
    pod = session.netns("pod")
    pod.ip.link.set("lo", up=True)
    return pod


def is_shown(process: BackgroundProcess, text: str) -> bool:
    """Wait until a process has printed a text."""
    return wait_until_true(lambda: text in process.stdout)


@pytest.mark.parametrize("executor", [Batch, Process])
def test_server_is_ready_answers_and_ends(
    executor: type[Batch | Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both executors; the recording holds the start, the pid, the stop and the end."""
    # On a busy machine the server may take longer than usual to end by SIGTERM.
    monkeypatch.setattr(BackgroundProcess.stop, "__defaults__", (LIMIT,))
    with Session(sandbox=True, executor=executor()) as session:
        session.ip.netns.add("pod")
        pod = session.netns("pod")
        pod.ip.link.set("lo", up=True)

        with pod.spawn(*SERVER, ready=until.listening(8000), name="web") as web:
            assert [web] == session.processes
            assert str(web.pid) in pod.exec("ss", "-Hltnp", "sport = :8000").stdout
            pod.exec(
                sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 8000))"
            )
            assert web.running

        assert web.result is not None
        assert (143, False, []) == (web.result.status, web.running, session.processes)

    events = [
        event for event in session.recording.events if getattr(event, "number", None) == web.number
    ]
    kinds = [type(event) for event in events]
    assert [ProcessEvent, ProcessStarted, ProcessAction, ResultEvent] == kinds


def test_output_is_read_while_it_runs(pod: Namespace) -> None:
    """stdout and stderr apart, stdin at hand, and the result has all of it."""
    script = "cat; echo later; echo bad >&2; exec sleep 1000"
    process = pod.spawn("sh", "-c", script, stdin="first\n")

    assert wait_until_true(lambda: process.stderr == "bad\n")
    assert "first\nlater\n" == process.stdout
    result = process.stop()
    assert ("first\nlater\n", "bad\n") == (result.stdout, result.stderr)


def test_variables_and_directory(pod: Namespace, tmp_path: Path) -> None:
    """As of `exec`, also a variable that a sandbox withholds, and in the recording."""
    variables = {"GREETING": "hello", "AWS_SECRET": Secret("s3cret", "AWS_SECRET")}
    script = 'echo "$GREETING $AWS_SECRET"; pwd'
    result = pod.spawn("sh", "-c", script, env=variables, cwd=tmp_path).wait(timeout=60)

    assert f"hello $AWS_SECRET\n{tmp_path}\n" == recorded_result(pod.session).stdout
    assert f"hello s3cret\n{tmp_path}\n" == result.stdout
    saved = pod.session.recording.save(tmp_path / "x.jsonl").read_text()
    assert "s3cret" not in saved


def recorded_result(session: Session) -> Result:
    """Return the last result of a recording."""
    return [event for event in session.recording.events if isinstance(event, ResultEvent)][
        -1
    ].result


def test_missing_directory(pod: Namespace) -> None:
    """The helper tells which."""
    with pytest.raises(ExecutorError, match="/no/such/directory: No such file"):
        pod.spawn("true", cwd="/no/such/directory")


def test_log_has_both_outputs(pod: Namespace, tmp_path: Path) -> None:
    """And is emptied first, as by `>` of a shell; the recording has the path only."""
    log = tmp_path / "web.log"
    log.write_text("old\n")
    process = pod.spawn("sh", "-c", "echo out; echo err >&2", log=log)

    result = process.wait(timeout=60)
    assert ("out\nerr\n", "out\nerr\n", "") == (log.read_text(), process.stdout, result.stdout)


def test_program_that_ends_by_itself(pod: Namespace) -> None:
    """`wait` returns its result, whatever the status; a second `stop` changes nothing."""
    process = pod.spawn("sh", "-c", "exit 3")

    assert 3 == process.wait(timeout=60).status
    assert 3 == process.stop().status
    assert process.result is process.stop()


def test_wait_that_takes_too_long(pod: Namespace) -> None:
    """The error shows what was printed last, and the process goes on."""
    process = pod.spawn("sh", "-c", "echo busy; exec sleep 1000", name="busy")
    assert is_shown(process, "busy")

    with pytest.raises(CommandTimeout, match=r"busy .* still runs after 0.01 s .*\n(.|\n)*busy"):
        process.wait(timeout=0.01)
    assert process.running


def test_process_that_dies_before_it_is_ready(pod: Namespace) -> None:
    """The error has its last lines, and no process stays."""
    with pytest.raises(ProcessEnded) as failure:
        pod.spawn("sh", "-c", "echo 'no such file' >&2; exit 7", ready=until.listening(8000))

    assert "it ended before it was ready: a TCP socket listens on port 8000" in str(failure.value)
    assert "no such file" in str(failure.value)
    assert [] == pod.session.processes


def test_daemon_becomes_ready_after_its_parent_has_ended(pod: Namespace, tmp_path: Path) -> None:
    """A daemon ends with status 0 while its child goes on: the child has a moment more."""
    ready = tmp_path / "ready"
    daemon = f"(sleep 0.5; : >{ready}; exec sleep 1000) >/dev/null 2>&1 &"

    with pod.spawn("sh", "-c", daemon, ready=until.succeeds("test", "-e", str(ready))) as process:
        assert 0 == process.wait(timeout=60).status


def test_daemon_whose_child_never_gets_ready(pod: Namespace, sleep_marker: str) -> None:
    """The error comes soon, and the child is ended, too."""
    daemon = f"sleep {sleep_marker} >/dev/null 2>&1 &"

    with pytest.raises(ProcessEnded, match="it ended before it was ready"):
        pod.spawn("sh", "-c", daemon, ready=until.listening(8000), ready_timeout=600)

    assert [] == running(sleep_marker)


def test_process_that_never_gets_ready_is_ended(pod: Namespace, sleep_marker: str) -> None:
    """The error says what was seen last, and what the process has printed."""
    with pytest.raises(WaitTimeout, match="last seen: no such socket") as failure:
        pod.spawn("sleep", sleep_marker, ready=until.listening(8000), ready_timeout=0.1)

    assert "\n  printed:   nothing\n  asked at:  tests/test_background" in str(failure.value)
    assert [] == running(sleep_marker)


def test_error_of_a_process_that_is_not_ready(pod: Namespace) -> None:
    """The message alone tells where it was asked, and what was printed last on both outputs."""
    lines = "seq 1 9; echo wrong >&2; exec sleep 1000"
    with pytest.raises(WaitTimeout) as failure:
        pod.spawn("sh", "-c", lines, ready=until.listening(8000), ready_timeout=2)

    message = str(failure.value)
    assert "  stdout:    … (4 lines before)\n             5\n             6\n" in message
    assert "  stderr:    wrong\n  asked at:  tests/test_background_process.py:" in message
    assert message == str(pickle.loads(pickle.dumps(failure.value)))


def test_error_of_a_process_that_has_ended(pod: Namespace, tmp_path: Path) -> None:
    """The message has the last lines of stdout, stderr and of a log, and the line of the script."""
    script = "seq 1 3; echo wrong >&2; exit 4"
    for log, lines in (
        (None, "  stdout:    1\n             2\n             3\n  stderr:    wrong\n"),
        (
            tmp_path / "x.log",
            "  log:       1\n             2\n             3\n             wrong\n",
        ),
    ):
        with pytest.raises(ProcessEnded) as failure:
            pod.spawn("sh", "-c", script, ready=until.listening(8000), log=log)

        message = str(failure.value)
        assert f"  status:    4\n{lines}  asked at:  tests/test_background_process.py:" in message
        assert message == str(pickle.loads(pickle.dumps(failure.value)))


def test_error_of_a_wait_says_where_it_was_asked(pod: Namespace) -> None:
    """As every other error of a command does."""
    with pytest.raises(WaitTimeout, match=r"\n  asked at:  tests/test_background_process.py:\d+$"):
        pod.wait_for(until.listening(8000), timeout=0.05)


SECRET_VALUE = "correct-horse-battery"
SAY_SECRET = "echo out $KEY; cat; echo; echo err $KEY >&2; exec sleep 1000"


def test_secrets_of_a_process_are_nowhere(pod: Namespace, tmp_path: Path) -> None:
    """Errors, waits, the recording and each export have the name of what env and stdin gave."""
    key = Secret(SECRET_VALUE, "KEY")
    session = pod.session
    process = pod.spawn("sh", "-c", SAY_SECRET, env={"KEY": key}, stdin=key, name="say")
    pod.wait_for(until.output(process, "^err "))
    errors: list[Exception] = []
    with pytest.raises(CommandTimeout) as failure:
        process.wait(0.01)
    errors.append(failure.value)
    with pytest.raises(WaitTimeout) as failure:
        pod.wait_for(until.output(process, "never"), timeout=0.05)
    errors.append(failure.value)
    with pytest.raises(WaitTimeout) as failure:
        pod.spawn(
            "sh", "-c", SAY_SECRET, env={"KEY": key}, ready=until.link("missing"), ready_timeout=0.5
        )
    errors.append(failure.value)
    with pytest.raises(ProcessEnded) as ended:
        pod.spawn("sh", "-c", "echo $KEY; exit 3", env={"KEY": key}, ready=until.listening(1))
    errors.append(ended.value)
    process.stop()
    session.close()

    assert f"out {SECRET_VALUE}\n{SECRET_VALUE}\n" == process.stdout
    assert [] == [error for error in map(repr, errors) if SECRET_VALUE in error]
    assert [] == [error for error in map(str, errors) if SECRET_VALUE in error]
    assert isinstance(ended.value.result, Result)
    assert SECRET_VALUE not in ended.value.result.stdout
    path = tmp_path / "x.jsonl"
    session.recording.save(path)
    texts = {"recording": path.read_text()} | {name: session.export(name) for name in FORMATS}
    assert [] == [name for name, text in texts.items() if SECRET_VALUE in text]


def test_secret_at_the_cut_of_a_long_output(session: Session) -> None:
    """No part of a secret is left where the middle of a long output is left out."""
    key = Secret(SECRET_VALUE, "KEY")
    fill = "import os, sys; sys.stdout.write('x' * {} + os.environ['KEY'] + 'y' * 100000)"
    program = fill.format(RECORDED_BYTES - 5)
    process = session.spawn("python3", "-c", program, env={"KEY": key})
    process.wait(60)

    recorded = next(result for result in session.recording.results if result.stdout)
    assert "corre\n[..." in process.result.stdout  # type: ignore[union-attr]
    assert "x$KEY" in recorded.stdout
    assert "corre" not in recorded.stdout


def test_condition_with_the_value_of_a_secret(session: Session) -> None:
    """A condition is recorded as it is, so it must not name the value of a secret."""
    process = session.spawn("cat", stdin=Secret(SECRET_VALUE, "KEY"))
    for condition in (
        until.output(process, SECRET_VALUE),
        until.all_of(until.succeeds("test", SECRET_VALUE)),
    ):
        with pytest.raises(InvalidArgument, match=r"the value of a secret"):
            session.wait_for(condition)
        with pytest.raises(InvalidArgument, match=r"\$KEY.*the value of a secret"):
            session.spawn("true", ready=condition)

    assert SECRET_VALUE not in session.export("python")


def test_real_time_signal(session: Session) -> None:
    """It has a name in the recording, and its number in a script."""
    program = (
        "import signal; signal.signal(signal.SIGRTMIN + 1, lambda *_: print('got', flush=True));"
        "print('on', flush=True); signal.pause(); signal.pause()"
    )
    process = session.spawn("python3", "-c", program, name="rt", ready=until.output("rt", "on"))
    process.send_signal("RTMIN+1")
    session.wait_for(until.output(process, "got"))
    process.send_signal(signal.SIGRTMIN + 2)

    assert 128 + signal.SIGRTMIN + 2 == process.wait(60).status
    assert 'rt.send_signal("RTMIN+1")' in session.export("python")
    assert f'send {signal.SIGRTMIN + 1} "$rt"' in session.export("plain")
    assert 'kill -RTMIN+1 "$rt"' in session.export("console")


def test_missing_program(pod: Namespace) -> None:
    """As of `exec`, before anything is started."""
    with pytest.raises(ExecutorError, match="no-such-program: no such program"):
        pod.spawn("no-such-program")

    assert [] == pod.session.processes


def test_program_that_cannot_be_executed(session: Session, tmp_path: Path) -> None:
    """The helper tells why."""
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF nonsense")
    program.chmod(0o755)

    with pytest.raises(ExecutorError, match="Exec format error"):
        session.spawn(str(program))


def test_program_that_ignores_sigterm(pod: Namespace) -> None:
    """SIGKILL follows after the grace."""
    process = pod.spawn("sh", "-c", "trap '' TERM; echo set; while :; do sleep 0.1; done")
    assert is_shown(process, "set")

    assert 137 == process.stop(grace=0.05).status


def test_stopped_program(pod: Namespace) -> None:
    """A program under SIGSTOP ends as well."""
    process = pod.spawn("sleep", "1000")
    process.send_signal("STOP")

    assert 143 == process.stop(grace=60).status


def test_signals(pod: Namespace) -> None:
    """By name or number, to the whole group, and recorded."""
    process = pod.spawn("sh", "-c", "trap 'echo hup' HUP; echo set; while :; do sleep 0.01; done")
    assert is_shown(process, "set")
    process.send_signal(signal.SIGHUP)
    assert is_shown(process, "hup")
    process.send_signal("SIGKILL")

    assert 137 == process.wait(timeout=60).status
    process.send_signal("HUP")  # of no effect
    with pytest.raises(InvalidArgument, match="'NOPE' is no signal"):
        process.send_signal("NOPE")
    signals = [
        event.signal
        for event in pod.session.recording.events
        if isinstance(event, ProcessAction) and event.action == "signal"
    ]
    assert ["HUP", "KILL"] == signals


def test_program_that_forks(pod: Namespace, sleep_marker: str) -> None:
    """What it has left in the background, in a session of its own, ends with the process."""
    script = f"setsid sleep {sleep_marker} & echo left"
    process = pod.spawn("sh", "-c", script)

    assert 0 == process.wait(timeout=60).status
    assert wait_until_true(lambda: len(running(sleep_marker)) == 1)
    process.stop()
    assert [] == running(sleep_marker)


def test_program_killed_from_outside(pod: Namespace) -> None:
    """Its end is noticed, with the status of a shell."""
    process = pod.spawn("sleep", "1000")
    pod.exec("kill", "-KILL", str(process.pid))

    assert 137 == process.wait(timeout=60).status


def test_helper_killed_from_outside(pod: Namespace, sleep_marker: str) -> None:
    """The kernel kills the program with its helper."""
    process = pod.spawn("sleep", sleep_marker)
    parent = f"/proc/{process.pid}/stat"
    read_parent = f"sed 's/.*) . //; s/ .*//' {parent}"
    pod.exec("sh", "-c", f"kill -KILL $({read_parent})")

    assert 137 == process.wait(timeout=60).status
    assert wait_until_true(lambda: running(sleep_marker) == [])


def test_program_that_floods(pod: Namespace) -> None:
    """100 MB of output delay nobody; the recording holds the beginning and the end."""
    process = pod.spawn("sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' x; echo end")

    result = process.wait(timeout=600)
    assert 0 == result.status
    assert 100_000_004 == len(process.stdout)
    assert len(result.stdout) < 3 * RECORDED_BYTES
    assert result.stdout.endswith("xxend\n")
    assert "bytes left out" in result.stdout


def test_long_output_is_cut_in_the_middle() -> None:
    """Short output stays as it is."""
    assert b"short" == shorten_output(b"short")
    text = shorten_output(b"a" * RECORDED_BYTES + b"b" * 1000 + b"c" * RECORDED_BYTES)
    assert b"a\n[... 1000 bytes left out ...]\nc" == text[RECORDED_BYTES - 1 : -RECORDED_BYTES + 1]


def test_deleted_namespace_stops_its_processes(pod: Namespace) -> None:
    """Before it is deleted, and recorded as a stop; those elsewhere go on."""
    process = pod.spawn("sleep", "1000")
    other = pod.session.spawn("sleep", "1000")
    pod.session.ip.netns.delete("pod")

    assert (False, True) == (process.running, other.running)
    actions = [event for event in pod.session.recording.events if isinstance(event, ProcessAction)]
    assert [(process.number, "stop")] == [(event.number, event.action) for event in actions]


def test_session_ends_its_processes_last_first(tmp_path: Path, sleep_marker: str) -> None:
    """Their ends are recorded before the end of the recording, without a stop."""
    with Session(sandbox=True, record=tmp_path / "x.jsonl") as session:
        numbers = [session.spawn("sleep", sleep_marker).number for _ in range(3)]

    assert [] == running(sleep_marker)
    events = Recording.load(tmp_path / "x.jsonl").events
    ends = [event.number for event in events if isinstance(event, ResultEvent)]
    assert numbers[::-1] == ends
    assert not any(isinstance(event, ProcessAction) for event in events)


def test_names(session: Session) -> None:
    """Derived from the program, unique, and fit for a variable."""
    names = [session.spawn("/bin/sleep", "1000").name for _ in range(2)]
    assert ["sleep", "sleep_2"] == names
    assert "web" == session.spawn("sleep", "1000", name="web").name
    assert ["nap", "web_2"] == [session.free_process_name(name) for name in ("nap", "web")]

    with pytest.raises(InvalidArgument, match="has had a process 'web' already"):
        session.spawn("sleep", "1000", name="web")
    with pytest.raises(InvalidArgument, match="not fit for a variable"):
        session.spawn("sleep", "1000", name="$(reboot)")


def test_derived_name_of_odd_program(session: Session, tmp_path: Path) -> None:
    """A name that begins with a digit, or has no letter at all."""
    for name, expected in (("7up", "process_7up"), ("_-_", "process")):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexec sleep 1000\n")
        program.chmod(0o755)
        assert expected == session.spawn(str(program)).name


def test_threads_share_a_process(pod: Namespace) -> None:
    """All of them wait for the same end, which is recorded once."""
    process = pod.spawn("sleep", "0.2")
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(process.wait(timeout=60).status))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [0] * 8 == statuses
    ends = [
        event
        for event in pod.session.recording.events
        if isinstance(event, ResultEvent) and event.number == process.number
    ]
    assert 1 == len(ends)


def test_forked_child_leaves_the_process_alone(pod: Namespace) -> None:
    """The end of a child of os.fork() does not end the parent's processes."""
    process = pod.spawn("sleep", "1000")
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)

    assert process.running


CRASH = """
import os, signal, sys
from ipwrap import Session
session = Session()
session.open()
for number in range(3):
    session.spawn("sh", "-c", "setsid sleep {marker} & trap '' HUP TERM; sleep {marker}; :")
print("ready", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_python_leaves_no_process_on_a_host(tmp_path: Path, sleep_marker: str) -> None:
    """Three processes that ignore SIGTERM, with children in sessions of their own."""
    script = tmp_path / "crash.py"
    script.write_text(textwrap.dedent(CRASH).format(marker=sleep_marker))
    crashed = subprocess.run(
        (*HOST, sys.executable, str(script)),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path)},
    )

    assert ("ready\n", "") == (crashed.stdout, crashed.stderr)
    assert wait_until_true(lambda: running(sleep_marker) == [])


HOST = ("unshare", "--user", "--map-root-user", "--net")


def test_process_on_this_host(sleep_marker: str) -> None:
    """A place without a sandbox: pids are those of the machine."""
    with Session(Local()) as session:
        process = session.spawn("sleep", sleep_marker)
        assert alive(process.pid)

    assert [] == running(sleep_marker)


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), 1e13, "3", True])
def test_time_that_is_none(pod: Namespace, timeout: float) -> None:
    """A wait and a stop refuse what is no time, and what a recording could not hold."""
    process = pod.spawn("sleep", "1000")

    with pytest.raises(InvalidArgument, match=r"^timeout: .* is not a time in seconds$"):
        process.wait(timeout)
    with pytest.raises(InvalidArgument, match=r"^grace: .* is not a time in seconds$"):
        process.stop(timeout)
    assert process.running


def test_longest_times(session: Session) -> None:
    """A limit of thirty thousand years is no error of the kernel's functions."""
    assert session.spawn("true").wait(1e12).ok
    assert 143 == session.spawn("sleep", "1000").stop(1e12).status
    assert session.exec("true", timeout=1e12).ok
    session.wait_for(until.succeeds("true"), timeout=1e12)
    with session.ip.monitor("link") as monitor:
        session.ip.link.add("br0", Bridge())
        assert monitor.wait(timeout=1e12) is not None


def test_log_that_cannot_be_read_back(pod: Namespace, tmp_path: Path) -> None:
    """A named pipe as the log is written; its output is not that of the process."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    process = pod.spawn("sh", "-c", "echo hello; exec sleep 1000", log=str(path))

    with open(path, "rb") as reader:
        assert b"hello\n" == reader.readline()
    assert "" == process.stdout
    assert 143 == process.stop().status


def test_many_short_programs_leave_nothing_open(session: Session) -> None:
    """Programs that have ended by themselves or were stopped hold neither descriptors nor helpers,
    and their output can still be read.
    """
    earlier = session.spawn("echo", "hello")
    earlier.wait(LIMIT)
    session.spawn("true").wait(LIMIT)
    descriptors = len(os.listdir("/proc/self/fd"))

    for number in range(10):
        process = session.spawn("true")
        process.wait(LIMIT)
        if number % 2:
            process.stop()

    # The helper of the last one may not have ended yet.
    assert wait_until_true(lambda: session.spawn("true").stop().ok and children() <= 4)
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    assert "hello\n" == earlier.stdout


def children() -> int:
    """Return how many child processes this process has, zombies as well."""
    return len(Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split())


def test_long_output_stays_readable(session: Session) -> None:
    """The output of an ended program that is too long for the memory can be read as a whole."""
    process = session.spawn("head", "-c", "200000", "/dev/zero")
    process.wait(LIMIT)
    process.stop()

    assert 200_000 == len(process.stdout)


def test_program_that_left_a_child_keeps_its_helper(session: Session, sleep_marker: str) -> None:
    """What a program has left running runs on when it has ended, until it is stopped."""
    process = session.spawn("sh", "-c", f"sleep {sleep_marker} & :")
    assert process.wait(LIMIT).ok
    session.spawn("true").wait(LIMIT)
    assert 1 == len(running(sleep_marker))

    process.stop()
    assert [] == running(sleep_marker)


def test_full_disk_lets_no_program_go_on(tmp_path: Path, sleep_marker: str) -> None:
    """Where the recording cannot be written, `with`, `stop` and the session end every program."""
    path = tmp_path / "lab.jsonl"
    session = Session(Local(), record=str(path))
    first, *_, last = [session.spawn("sleep", sleep_marker) for _ in range(4)]

    with full_disk(path):
        with pytest.raises(RecordingError), first:
            pass
        assert 3 == len(running(sleep_marker))

        with pytest.raises(RecordingError):
            last.stop()
        assert 2 == len(running(sleep_marker))

        with pytest.raises(RecordingError):
            session.spawn("sleep", sleep_marker)
        assert 2 == len(running(sleep_marker))

        with pytest.raises(RecordingError, match="cannot be written"):
            session.close()
    assert [] == running(sleep_marker)


@contextlib.contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """Let no file become larger than a file is, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_forked_child_writes_no_recording(tmp_path: Path) -> None:
    """For a forked child a process has ended; the recording of the parent says nothing of it."""
    path = tmp_path / "lab.jsonl"
    with Session(sandbox=True, record=str(path)) as session:
        process = session.spawn("sleep", "1000")
        child = os.fork()
        if child == 0:
            is_over = process.running or process.stop().status
            os._exit(0 if is_over == 137 else 1)

        assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert process.running

    steps = [type(event) for event in Recording.load(path).events]
    assert 1 == steps.count(ResultEvent)
    assert ProcessAction not in steps


def test_spawn_beside_the_end_of_the_session(session: Session, sleep_marker: str) -> None:
    """A program that a thread starts while another one closes the session is ended as well."""
    session.open()
    session._background.processes.close()

    with pytest.raises(IpwrapError, match="another thread has closed this session"):
        session.spawn("sleep", sleep_marker)
    assert [] == running(sleep_marker)


def test_helper_without_proc_ends_its_program(sleep_marker: str) -> None:
    """Where /proc is not mounted, the end of the owner ends the program nevertheless."""
    code = textwrap.dedent(
        f"""
        import os, socket, sys
        sys.path.insert(0, {str(ROOT)!r})
        from ipwrap.executors import background_main
        os.listdir = lambda path: open("/nonexistent")
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.execvp("sleep", ["sleep", "{sleep_marker}"])
        keeper = background_main.Keeper(socket.socket(), pid, wakeup=-1)
        keeper.end_everything()
        """
    )
    subprocess.run((sys.executable, "-c", code), check=True, timeout=LIMIT)
    assert [] == running(sleep_marker)
