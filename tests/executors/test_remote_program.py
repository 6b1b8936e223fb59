"""`RemoteProgram`: programs on another machine, to their ends and in the background."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ipwrap import (
    Command,
    CommandTimeout,
    ConnectionLost,
    ExecutorError,
    InvalidArgument,
    ProcessEnded,
    Secret,
    Session,
    until,
)
from ipwrap.executors.remote_program import start_remote
from ipwrap.system.programs import find_program
from tests.cli.running import run_ipwrap
from tests.remote_hosts import FarHosts
from tests.waiting import until as wait_until

ODD_WORDS = ("a b", "$HOME", "`id`", "it's", 'say "x"', "new\nline", "tab\t", "é\\n", "*", "-n", "")


@pytest.fixture(scope="module")
def session(remote_hosts: FarHosts) -> Iterator[Session]:
    """A session on the first machine."""
    with Session(remote_hosts.place()) as remote_session:
        yield remote_session


def is_running(remote_hosts: FarHosts, line: str) -> bool:
    """Return whether a program with a command line runs."""
    return line in remote_hosts.run("ps", "-e", "-o", "args").splitlines()


def test_words_arrive_as_they_are(session: Session) -> None:
    """Quotes, blanks, dollars, newlines and letters of any kind mean nothing to the shell there."""
    result = session.exec("printf", "%s|", *ODD_WORDS, changes=False)
    assert "".join(f"{word}|" for word in ODD_WORDS) == result.stdout


@pytest.mark.parametrize(
    "text", ["one\n", "no newline", "$x 'y' \\n\n\n", "nul\0byte", "é" * 100_000]
)
def test_stdin_arrives_as_it_is(session: Session, text: str) -> None:
    """Also without a newline at the end, and with NUL."""
    assert text == session.exec("cat", stdin=text, changes=False).stdout


def test_both_outputs_come_back_whole(session: Session) -> None:
    """Long outputs are read to their ends, bytes that are no text as well."""
    script = "head -c 300000 /dev/zero | tr '\\0' x; printf '\\377'; echo err >&2"
    result = session.exec("sh", "-c", script, changes=False)
    assert ("x" * 300_000 + "\udcff", "err\n") == (result.stdout, result.stderr)


@pytest.mark.parametrize(("script", "status"), [("exit 255", 255), ("kill -9 $$", 137)])
def test_a_status_is_that_of_the_program(session: Session, script: str, status: int) -> None:
    """255 is not taken for an error of ssh, and a signal counts as in a shell."""
    result = session.exec("sh", "-c", script, check=False, changes=False)
    assert (status, "") == (result.status, result.stderr)


def test_variables_and_directory_are_those_of_the_command(session: Session) -> None:
    """They come by stdin, where no other user reads them."""
    script = 'printf "%s %s\\n" "${#KEY}" "$PWD"; ps -e -o args'
    environment = {"KEY": Secret("a'b $c", "KEY")}
    result = session.exec("sh", "-c", script, env=environment, cwd="/usr", changes=False)
    first_line, *processes = result.stdout.splitlines()

    assert ("6 /usr", []) == (first_line, [line for line in processes if "$c" in line])


def test_a_missing_directory_is_told(session: Session) -> None:
    """The program is not started elsewhere."""
    with pytest.raises(ExecutorError, match="directory is not there"):
        session.exec("true", cwd="/no/such", changes=False)


def test_a_variable_without_a_proper_name_is_refused(session: Session) -> None:
    """A shell passes on names of letters only."""
    with pytest.raises(InvalidArgument, match="no name of a variable"):
        session.exec("true", env={"a-b": "1"}, changes=False)


def test_a_missing_program_is_told(session: Session) -> None:
    """The error names the machine, and the package."""
    with pytest.raises(ExecutorError, match=r"no-such-program: .*on host1; install it there"):
        session.exec("no-such-program", changes=False)


def test_a_timeout_ends_the_program_there(remote_hosts: FarHosts, session: Session) -> None:
    """The output by then is in the error, and nothing runs on."""
    with pytest.raises(CommandTimeout) as error:
        session.exec("sh", "-c", "echo part; sleep 7654321; true", timeout=1)
    assert ("part\n", False) == (error.value.stdout, is_running(remote_hosts, "sleep 7654321"))


def test_a_child_that_is_left_goes_on(remote_hosts: FarHosts, session: Session) -> None:
    """Nobody waits for it, and the result tells of it."""
    result = session.exec("sh", "-c", "sleep 7654322 & echo $!")
    was_left = is_running(remote_hosts, "sleep 7654322")
    remote_hosts.run("kill", result.stdout.strip())
    assert (True, True) == (result.left_running, was_left)


def test_a_background_process_runs_there(remote_hosts: FarHosts, session: Session) -> None:
    """Its output comes while it runs, signals reach it, and `stop` ends it."""
    script = "trap 'echo hup' HUP; echo up; echo err >&2; while :; do sleep 0.05; done"
    process = session.spawn("sh", "-c", script, name="loop", ready=until.output("loop", "^up"))
    process.send_signal("HUP")
    has_hup = wait_until(lambda: "hup" in process.stdout)
    pid = remote_hosts.run("ps", "-p", str(process.pid), "-o", "pid=").strip()
    result = process.stop()

    assert (True, str(process.pid)) == (has_hup, pid)
    assert (143, "up\nhup\n", "err") == (result.status, result.stdout, result.stderr[:3])


def test_more_processes_than_a_connection_holds(session: Session) -> None:
    """A server allows ten shells on one, so that a second connection is made."""
    processes = [session.spawn("sleep", "1000") for _ in range(11)]
    statuses = {process.stop().status for process in processes}
    assert {143} == statuses


def test_the_children_of_a_background_process_end_with_it(
    remote_hosts: FarHosts, session: Session
) -> None:
    """The whole group gets the signals."""
    process = session.spawn("sh", "-c", "sleep 7654323 & wait")
    wait_until(lambda: is_running(remote_hosts, "sleep 7654323"))
    process.stop()
    assert not is_running(remote_hosts, "sleep 7654323")


def test_a_log_is_a_file_of_this_machine(session: Session, tmp_path: Path) -> None:
    """Both outputs come into it."""
    path = tmp_path / "server.log"
    session.spawn("sh", "-c", "echo out; echo err >&2", log=str(path)).wait(60)
    assert ["err", "out"] == sorted(path.read_text(encoding="utf-8").split())


def test_an_early_end_is_told(session: Session) -> None:
    """A process that ends before it is ready has its last words in the error."""
    with pytest.raises(ProcessEnded, match="cannot listen"):
        session.spawn("sh", "-c", "echo cannot listen >&2; exit 3", ready=until.listening(80))


@pytest.mark.skipif(find_program("tcpdump") is None, reason="tcpdump is missing")
def test_a_capture_comes_back(session: Session, tmp_path: Path) -> None:
    """The file is at the same path here when the capture has ended."""
    path = tmp_path / "lo.pcap"
    with session.capture("lo", path, filter="icmp") as capture:
        session.exec("ping", "-c", "1", "127.0.0.1", changes=False)
    assert (2, True) == (capture.packets, path.stat().st_size > 100)


def test_a_lost_connection_is_told_to_everybody(remote_hosts: FarHosts) -> None:
    """A program, a command and a process: each raises `ConnectionLost`, and closing does not."""
    session = Session(remote_hosts.place())
    session.open()
    process = session.spawn("sleep", "1000")
    session.ip.link.show()
    os.kill(session.place._connections[0].process.pid, signal.SIGKILL)  # type: ignore[attr-defined]

    for use in (
        lambda: session.ip.link.show(),
        lambda: process.wait(60),
        lambda: session.exec("true"),
        lambda: session.spawn("true"),
    ):
        with pytest.raises(ConnectionLost, match="connection to host1 was lost"):
            use()
    session.close()


LAB = """
import os, signal, sys, threading
from ipwrap import ConnectionLost, Session, Ssh, until
from ipwrap.kinds import Bridge, Veth

session = Session(Ssh("host1", config=sys.argv[1]), record=sys.argv[2])
session.open()
session.ip.netns.add("red")
session.ip.link.add("br0", Bridge(), up=True)
session.ip.link.add("veth0", Veth(peer="eth0", peer_netns="red"), master="br0")
session.netns("red").spawn("sleep", "1000")
session.sysctl.set("net.ipv4.ip_forward", 1)
cut = (os.kill, (session.place._connections[0].process.pid, signal.SIGKILL))
try:
    {last}
except ConnectionLost as error:
    print(error)
session.close()
"""
DURING_PROGRAM = (
    "threading.Timer(0.3, *cut).start(); "
    "session.exec('sh', '-c', 'ip link add late type bridge; sleep 1000')"
)
BEFORE_COMMAND = "cut[0](*cut[1]); session.ip.link.add('late', Bridge())"


def lose_connection(last: str, config: str, *, recording: str) -> str:
    """Run a lab whose connection is cut off, in a process of its own; return what it printed."""
    argv = (sys.executable, "-c", LAB.format(last=last), config, recording)
    completed = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def test_undo_restores_the_state_over_a_new_connection(
    remote_hosts: FarHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only on the machine that the recording names; `clean` tells how until then."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    config, recording = str(remote_hosts.config), str(tmp_path / "lab.jsonl")
    before = remote_hosts.run("ip", "-br", "link")
    printed = lose_connection(DURING_PROGRAM, config, recording=recording)
    assert "connection to host1 was lost" in printed

    def undo(*options: str) -> str:
        return run_ipwrap("undo", *options, recording).output

    advice = "made on another machine, host1: ipwrap undo --ssh DESTINATION"
    assert advice in undo()
    assert "not made where --ssh host2 leads" in undo("--ssh", "host2", "--ssh-config", config)
    assert advice in run_ipwrap("clean", "--yes").output

    # The program may have done anything: undo says so, and restores what it knows.
    assert "cannot be undone" in undo("--ssh", "host1", "--ssh-config", config)
    remote_hosts.run("sh", "-c", "ip link delete late || true")
    assert (before, "", "0\n") == (
        remote_hosts.run("ip", "-br", "link"),
        remote_hosts.run("ip", "netns", "list"),
        remote_hosts.run("sysctl", "-n", "net.ipv4.ip_forward"),
    )


def test_undo_forgets_a_session_that_is_undone(
    remote_hosts: FarHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab without other programs is restored to the last link, and `clean` has nothing left."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    config, recording = str(remote_hosts.config), str(tmp_path / "lab.jsonl")
    lose_connection(BEFORE_COMMAND, config, recording=recording)

    undone = run_ipwrap("undo", "--ssh", "host1", "--ssh-config", config, recording)
    assert (0, "") == (undone.exit_code, remote_hosts.run("ip", "netns", "list"))
    assert "nothing to clean" in run_ipwrap("clean").output


def test_a_log_that_is_still_written_to_stays_open(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program is closed while its reader waits: what comes later is in no other file."""
    monkeypatch.setattr("ipwrap.executors.remote_program.CLOSE_SECONDS", 0.05)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    command = Command(("head", "-c", "300000", "/dev/zero"), changes=True)
    program = start_remote(command, session.place, log=str(path))  # type: ignore[arg-type]
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    wait_until(lambda: is_full(reader))
    program.close()

    others = [os.open(tmp_path / f"other{number}", os.O_RDWR | os.O_CREAT) for number in range(3)]
    assert program._reader is not None
    while program._reader.is_alive():
        drain(reader)
    sizes = [os.fstat(other).st_size for other in others]
    for descriptor in (reader, *others):
        os.close(descriptor)

    assert [0, 0, 0] == sizes


def is_full(descriptor: int) -> bool:
    """Return whether a pipe holds all that it takes."""
    size = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    return int.from_bytes(size, sys.byteorder) == fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ)


def drain(descriptor: int) -> None:
    """Read what a pipe holds."""
    with suppress(BlockingIOError):
        os.read(descriptor, 1 << 16)
