"""Stopped and hanging programs: no wait is without limit, and nothing stays behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import ExecutorError, Local, PlaceError, Sandbox, Session
from ipwrap.executors import Batch, helper_process
from ipwrap.executors.helper_process import end_process
from ipwrap.executors.spawner import Spawner
from tests.executors.workers import CHANGES_KEY, LINK_READS_KEY, workers
from tests.processes import alive, running
from tests.waiting import LIMIT, until

pytestmark = pytest.mark.live

# Far more than closing takes, and less than the sum of two limits that are not reached.
PROMPT = 60.0


@pytest.fixture
def host_session() -> Iterator[Session]:
    """An open session on this host that has read the link `lo`: its helpers are our children."""
    with Session(Local()) as session:
        session.ip.link.show("lo")
        yield session


def spawner_of(session: Session) -> Spawner:
    """Return the spawner of a session."""
    assert isinstance(session.executor, Batch)
    spawner = session.executor.workers.starter.spawner
    assert spawner is not None
    return spawner


def worker_pid(session: Session) -> int:
    """Return the pid of the worker for reads of links."""
    return int(workers(session)[LINK_READS_KEY].started.get())


def names_of(session: Session) -> list[str]:
    """Return the name of `lo`, read by the session."""
    return [link.ifname for link in session.ip.link.show("lo")]


def test_closing_ends_a_stopped_worker(host_session: Session) -> None:
    """`close` is prompt with a stopped worker, and the worker is gone afterwards."""
    pid = worker_pid(host_session)
    os.kill(pid, signal.SIGSTOP)
    before = time.monotonic()
    host_session.close()

    assert time.monotonic() - before < PROMPT
    assert not alive(pid)


def test_closing_ends_a_stopped_spawner(host_session: Session) -> None:
    """`close` is prompt with a stopped spawner: spawner and workers are gone afterwards."""
    pids = [worker_pid(host_session), spawner_of(host_session)._process.pid]
    os.kill(pids[1], signal.SIGSTOP)
    before = time.monotonic()
    host_session.close()

    assert time.monotonic() - before < PROMPT
    assert until(lambda: not any(alive(pid) for pid in pids))


def test_command_goes_on_without_a_stopped_spawner(
    host_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command whose worker cannot start runs as a process; the next gets a new spawner."""
    monkeypatch.setattr(helper_process, "HELPER_SECONDS", 0.5)
    stopped = spawner_of(host_session)
    stopped._socket.settimeout(0.5)
    os.kill(stopped._process.pid, signal.SIGSTOP)

    addresses = host_session.ip.address.show(dev="lo")
    assert ["lo"] == [link.ifname for link in addresses]
    monkeypatch.undo()
    assert ["lo"] == names_of(host_session)
    assert until(lambda: not alive(stopped._process.pid))


def test_change_whose_worker_does_not_start_is_an_error(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change in the pipe of a worker that does not start is an error that says so."""
    monkeypatch.setattr(helper_process, "HELPER_SECONDS", 0.5)
    session.ip.link.set("lo", up=True)
    session.ip.link.show("lo")  # its worker keeps the namespace watched: no reply is waited for
    assert isinstance(session.executor, Batch)
    session.executor.workers.discard_worker(CHANGES_KEY)
    stopped = spawner_of(session)
    stopped._socket.settimeout(0.5)
    os.killpg(stopped._process.pid, signal.SIGSTOP)

    with pytest.raises(ExecutorError, match="may or may not have been made"):
        session.ip.link.set("lo", mtu=1400)
    monkeypatch.undo()
    session.ip.link.set("lo", mtu=1300)
    assert 1300 == session.ip.link.show("lo")[0].mtu


def test_reply_that_does_not_come_is_an_error() -> None:
    """A stopped spawner is killed at the limit, and the error tells what happened."""
    spawner = Spawner.open(Local())
    spawner.request(b"O").get()
    spawner._socket.settimeout(0.2)
    os.kill(spawner._process.pid, signal.SIGSTOP)
    reply = spawner.request(b"O")

    with pytest.raises(ExecutorError, match="did not reply within"):
        reply.get()
    assert spawner.is_closed
    assert spawner._process.returncode is not None
    spawner.close()


def test_request_that_is_not_taken_is_an_error() -> None:
    """A stopped spawner whose socket is full takes no request, which has a limit too."""
    spawner = Spawner.open(Local())
    spawner._socket.settimeout(0.2)
    os.kill(spawner._process.pid, signal.SIGSTOP)

    with pytest.raises(ExecutorError, match="did not reply within"):
        for _ in range(10_000):
            spawner.request(b"O")
    spawner.close()


@pytest.mark.parametrize("stops", [False, True], ids=["ignores", "stopped"])
def test_program_that_does_not_end_is_killed(*, stops: bool) -> None:
    """The status of a program that outlives its input is that of SIGKILL."""
    spawner = Spawner.open(Local())
    null_fd = os.open("/dev/null", os.O_RDWR)
    script = b"kill -STOP $$" if stops else b"trap '' TERM; while :; do sleep 0.1; done"
    pid = spawner.request(b"S\0sh\0-c\0" + script, (null_fd,) * 3).get()
    os.close(null_fd)

    assert b"-9" == spawner.request(b"Q" + pid).get()
    with pytest.raises(ExecutorError, match="not a program of this helper"):
        spawner.request(b"Q" + pid).get()
    spawner.close()


def test_process_that_is_no_program_of_the_helper_is_not_killed() -> None:
    """A pid that the helper has not started, or has reaped, is left alone."""
    bystander = subprocess.Popen(("sleep", "1000"))
    spawner = Spawner.open(Local())
    spawner.request(b"K%d" % bystander.pid).get()
    spawner.close()

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_ctrl_c_during_a_command_of_a_stopped_worker(host_session: Session) -> None:
    """A command waits for a stopped worker until Ctrl-C; the next command has a new worker."""
    pid = worker_pid(host_session)
    os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()

    with pytest.raises(KeyboardInterrupt):
        host_session.ip.link.show("lo")
    timer.join()

    assert ["lo"] == names_of(host_session)
    assert pid != worker_pid(host_session)
    host_session.close()
    assert not alive(pid)


def test_monitor_whose_helper_is_stopped(
    host_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A monitor with a stopped helper is closed, and its helper is killed."""
    monkeypatch.setattr("ipwrap.monitor.SYNC_SECONDS", 0.2)
    monitor = host_session.ip.monitor("link")
    process = monitor._stream._own_helper._process  # type: ignore[attr-defined]
    os.kill(process.pid, signal.SIGSTOP)
    before = time.monotonic()
    monitor.close()

    assert time.monotonic() - before < PROMPT
    assert process.returncode is not None


def test_process_group_is_ended_with_its_leader() -> None:
    """What a leader such as nsenter(1) has started is ended as well."""
    process = subprocess.Popen(
        ("sh", "-c", "trap '' TERM; sleep 1000.25 & wait; wait"), start_new_session=True
    )
    assert until(lambda: bool(running("1000.25")))

    assert end_process(process, seconds=0)
    assert until(lambda: not running("1000.25"))


@pytest.fixture
def hanging_ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `ip` at the beginning of PATH that never ends."""
    ip = tmp_path / "ip"
    ip.write_text("#!/bin/sh\nexec sleep 1000\n")
    ip.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("ipwrap.system.programs.VERSION_TIMEOUT", 0.1)
    monkeypatch.setattr("ipwrap.places.iproute2.TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr("ipwrap.places.holder.OPEN_SECONDS", 0.5)


@pytest.mark.usefixtures("hanging_ip")
def test_hanging_ip_on_the_host() -> None:
    """A session on a host whose `ip` hangs is refused with the command that hangs."""
    with pytest.raises(ExecutorError, match="ip -V: no answer within"):
        Session(Local()).open()


@pytest.mark.usefixtures("hanging_ip")
def test_hanging_ip_in_a_sandbox() -> None:
    """A sandbox in which `ip` hangs is refused, and nothing of it stays."""
    sandbox = Sandbox()
    before = set(running("unshare"))
    with pytest.raises(PlaceError, match="was not ready within"):
        sandbox.open()

    assert sandbox.pid is None
    assert until(lambda: set(running("unshare")) <= before)


def test_nothing_stays_after_sigterm() -> None:
    """SIGTERM, which Python does not handle, ends helpers, stopped workers and the sandbox."""
    script = """
import os, signal, sys
from ipwrap import Session
from ipwrap.places import Local
host, inside = Session(Local()), Session(sandbox=True)
pids = []
for session in (host, inside):
    session.ip.link.show("lo")
    monitor = session.ip.monitor("link")
    pids += [session.executor.workers.starter.spawner._process.pid]
    pids += [monitor._stream._own_helper._process.pid]
worker = [*host.executor.workers.store.by_key().values()][0]
os.kill(int(worker.started.get()), signal.SIGSTOP)
pids += [int(worker.started.get()), inside.place.pid]
print(*pids, flush=True)
signal.pause()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pids = [int(text) for text in process.stdout.readline().split()]
    process.terminate()
    _, stderr = process.communicate(timeout=LIMIT)
    if "PlaceError" in stderr:
        pytest.skip("no sandbox here")

    assert -signal.SIGTERM == process.returncode
    assert 6 == len(pids)
    assert until(lambda: not any(alive(pid) for pid in pids))
