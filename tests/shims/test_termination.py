"""The processes of a recorded script are ended, and no others."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap.shims import termination
from ipwrap.shims.termination import (
    Processes,
    Terminator,
    descendants,
    end_processes,
    processes_with,
)
from tests.processes import alive
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.fixture
def shell() -> Iterator["subprocess.Popen[str]"]:
    """A shell that waits for another one, which ignores SIGTERM and has a child."""
    inner = 'trap "" TERM; sleep 1000 & echo ready; wait; wait'
    process = subprocess.Popen(
        ("sh", "-c", f"sh -c '{inner}'; exit 7"), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "ready\n" == process.stdout.readline()
    yield process

    for pid in descendants(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def test_descendants_are_children_and_their_children(shell: "subprocess.Popen[str]") -> None:
    """A process is not its own descendant, and a zombie is none."""
    pids = list(descendants(shell.pid))

    assert 2 == len(pids)
    assert shell.pid not in pids
    assert pids[1] in descendants(pids[0])
    assert {} == descendants(pids[1])


def test_a_process_that_ignores_the_signal_is_killed(
    shell: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the grace the rest gets SIGKILL; the shell that waits reports the status."""
    pids = list(descendants(shell.pid))
    monkeypatch.setattr(termination, "GRACE", 0.1)

    end_processes(shell.pid, signal.SIGTERM, grace=0.1)

    assert 7 == shell.wait()
    assert until(lambda: not any(map(alive, pids)))


def test_a_reused_number_is_left_alone(shell: "subprocess.Popen[str]") -> None:
    """A process that started at another time is another process."""
    (pid, start_ticks), *_ = descendants(shell.pid).items()
    termination._send({pid: start_ticks + 1, 2**22 + 1: 1}, signal.SIGKILL)

    assert pid in descendants(shell.pid)


def test_a_signal_ends_the_script(shell: "subprocess.Popen[str]") -> None:
    """The handler ends the descendants; a second signal does not wait for them."""
    terminator = Terminator()
    with terminator.installed():
        signal.raise_signal(signal.SIGTERM)
        assert signal.SIGTERM == terminator.received
        assert shell.poll() is None

        terminator.pid = shell.pid
        signal.raise_signal(signal.SIGTERM)

    assert 7 == shell.wait()
    assert signal.SIG_DFL is signal.getsignal(signal.SIGTERM)


def test_a_signal_before_the_start_ends_the_script(
    shell: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script that starts after the signal is ended at once."""
    monkeypatch.setattr(termination, "GRACE", 0.1)
    terminator = Terminator()
    terminator.received = signal.SIGTERM

    terminator.start(shell.pid)

    assert 7 == shell.wait()


def test_an_ignored_signal_stays_ignored() -> None:
    """Below nohup(1), SIGHUP ends nothing."""
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Terminator().installed():
            assert signal.SIG_IGN is signal.getsignal(signal.SIGHUP)
            assert signal.SIG_DFL is not signal.getsignal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, previous)


def test_another_thread_installs_nothing() -> None:
    """Python lets only the main thread handle signals."""
    handlers: list[object] = []

    def install() -> None:
        with Terminator().installed():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=install)
    thread.start()
    thread.join()

    assert [signal.SIG_DFL] == handlers


FORKING = "read -r _; sleep 1000 & echo $!; wait"


@pytest.fixture
def forking_shell(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A shell that waits for another one, which starts a program when it gets a line.

    Its PATH begins with a folder of the test.
    """
    process = subprocess.Popen(
        ("sh", "-c", f"sh -c '{FORKING}'; exit 7"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    assert until(lambda: bool(descendants(process.pid)))
    yield process

    for pid in processes_with(str(tmp_path)):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def fork_before_the_signal(
    monkeypatch: pytest.MonkeyPatch, shell: "subprocess.Popen[str]"
) -> list[int]:
    """Let a shell start a program between the look at its processes and the signal to them.

    Return a list, which gets the pid of the program.
    """
    pids: list[int] = []
    send = termination._send

    def fork_and_send(processes: Processes, number: int) -> None:
        if not pids:
            assert shell.stdin is not None
            assert shell.stdout is not None
            shell.stdin.write("go\n")
            shell.stdin.flush()
            pids.append(int(shell.stdout.readline()))
        send(processes, number)

    monkeypatch.setattr(termination, "_send", fork_and_send)
    return pids


def test_a_program_started_just_before_the_signal_is_ended(
    forking_shell: "subprocess.Popen[str]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal has ended its parent, so that it is no descendant of the script any more."""
    pids = fork_before_the_signal(monkeypatch, forking_shell)
    terminator = Terminator(lambda: processes_with(str(tmp_path)))
    terminator.pid = forking_shell.pid

    with terminator.installed():
        signal.raise_signal(signal.SIGTERM)

    assert 1 == len(pids)
    assert not alive(pids[0])


def test_a_program_started_just_before_sigkill_is_ended(
    forking_shell: "subprocess.Popen[str]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a time of grace, too, nothing of the script is left."""
    pids = fork_before_the_signal(monkeypatch, forking_shell)
    end_processes(
        forking_shell.pid, signal.SIGKILL, grace=0, find_left=lambda: processes_with(str(tmp_path))
    )

    assert 1 == len(pids)
    assert not alive(pids[0])


def test_a_program_left_in_the_background_is_spared(
    forking_shell: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    """What had lost its parent before the signal, such as a server, runs on."""
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    start = "exec 3>&1; setsid sleep 1000 >/dev/null 3>&- & echo $!"
    started = subprocess.run(
        ("sh", "-c", start), env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    server = int(started.stdout)
    terminator = Terminator(lambda: processes_with(str(tmp_path)))
    terminator.start(forking_shell.pid)

    with terminator.installed():
        signal.raise_signal(signal.SIGTERM)

    assert 7 == forking_shell.wait()
    assert alive(server)


def test_nothing_is_ended_after_the_script(shell: "subprocess.Popen[str]") -> None:
    """When the script has ended, its number may be the number of another process."""
    terminator = Terminator()
    terminator.start(shell.pid)
    terminator.holds_calls = True
    with terminator.installed():
        signal.raise_signal(signal.SIGTERM)

    assert 2 == len(descendants(shell.pid))


def test_ctrl_c_is_left_to_the_script() -> None:
    """Before the script, Ctrl-C ends the recorder; after it, the second one does."""
    terminator = Terminator()

    with terminator.installed():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        terminator.start(os.getpid())
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)

        terminator.holds_calls = True
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert signal.default_int_handler is signal.getsignal(signal.SIGINT)
