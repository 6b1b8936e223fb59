"""The processes of a recorded script are ended, and no others."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from ipwrap.shims import termination
from ipwrap.shims.termination import Terminator, descendants, end_processes
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
