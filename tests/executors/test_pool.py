"""The pool: number and place of workers, and the resources left behind."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Command, Local, Session
from ipwrap.executors import Batch
from ipwrap.executors import pool as pool_module
from ipwrap.executors.place_root import PlaceRoot
from ipwrap.executors.pool import Pool
from ipwrap.executors.worker import CLOSED
from ipwrap.executors.worker_key import key_of
from ipwrap.kinds import Bridge, Veth
from tests.executors.links import names_of
from tests.executors.workers import CHANGES_KEY, workers
from tests.waiting import LIMIT

pytestmark = pytest.mark.live


def test_one_worker_for_many_commands(session: Session) -> None:
    """Commands of a kind share a worker; commands of another kind get another worker."""
    for _ in range(5):
        session.ip.link.show("lo")
    before = workers(session)
    session.ip.link.show()

    assert before == workers(session)

    session.ip.link.add("br", Bridge())
    opened = workers(session).keys() - before.keys()

    changing = [key for key in opened if key.changes]
    assert [CHANGES_KEY] == changing


def test_pool_is_bounded(session: Session) -> None:
    """With more namespaces than workers, the least recently used workers are closed."""
    with Session(session.place, Batch(pool=4)) as small_session:
        for n in range(12):
            small_session.ip.netns.add(f"ns{n}")
            small_session.netns(f"ns{n}").ip.link.set("lo", up=True)
            assert len(workers(small_session)) <= 4
        for n in range(12):
            assert small_session.netns(f"ns{n}").ip.link.show("lo")[0].up
            assert len(workers(small_session)) <= 4


def test_no_descriptor_is_left_open(session: Session) -> None:
    """A closed session with many workers leaves no descriptor open."""
    before = len(os.listdir("/proc/self/fd"))
    with Session(session.place, Batch(pool=3)) as small_session:
        for n in range(8):
            small_session.ip.netns.add(f"ns{n}")
            small_session.netns(f"ns{n}").ip.link.show()
            small_session.ip.netns.delete(f"ns{n}")

    assert before >= len(os.listdir("/proc/self/fd"))


def test_namespaces_of_many_cables_are_not_held(session: Session) -> None:
    """A worker that has moved links into namespaces does not keep the namespaces alive."""
    for n in range(5):
        session.ip.netns.add(f"ns{n}")
        session.ip.link.add(f"v{n}", Veth(peer="eth0", peer_netns=f"ns{n}"))

    for n in range(5):
        session.ip.netns.delete(f"ns{n}")
    for _ in range(200):
        if len(session.ip.link.show()) == 1:
            break
        session.exec("sleep", "0.02", changes=False)

    assert ["lo"] == names_of(session.ip.link.show())


def batch_executor(session: Session) -> Batch:
    """Return the executor of a session, which is a `Batch`."""
    assert isinstance(session.executor, Batch)
    return session.executor


def test_ctrl_c_reaches_only_python(session: Session) -> None:
    """Workers have a separate session: a terminal's Ctrl-C does not reach them."""
    session.ip.link.show("lo")
    assert isinstance(session.executor, Batch)
    assert session.executor.workers.starter.spawner is not None

    leader = session.executor.workers.starter.spawner._process.pid

    assert leader != os.getsid(0)
    assert any("-batch" in argv for argv in read_argv_of_session(leader))


def read_argv_of_session(leader: int) -> Iterator[list[str]]:
    """Yield the argv of every process in the session with a leader, as seen on this host."""
    for process_folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getsid(int(process_folder.name)) == leader:
                yield (process_folder / "cmdline").read_text().split("\0")


def test_place_without_python_runs_processes(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no worker can start, commands run as processes."""
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with Session(session.place, Batch()) as batch_session:
        batch_session.ip.link.add("br", Bridge())
        assert "br" == batch_session.ip.link.show("br")[0].ifname
        assert {} == workers(batch_session)


def test_closing_twice_does_nothing(session: Session) -> None:
    """A Batch can be closed twice, also before its first use."""
    executor = Batch()
    executor.close()
    executor.run(Command(("ip", "-j", "link", "show"), changes=False, batch=True), session.place)
    executor.close()
    executor.close()


def test_namespace_replaced_during_the_start_of_a_worker(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a name leads to another namespace than the watched one, a process runs the command."""
    session.ip.netns.add("red")
    for key in workers(session):
        batch_executor(session).workers.discard_worker(key)
    monkeypatch.setattr(PlaceRoot, "read_netns_identity", lambda *_: (0, 0))

    assert "lo" == session.netns("red").ip.link.show("lo")[0].ifname
    assert [] == [key for key in workers(session) if key.netns == "red"]


def test_namespace_deleted_by_another_program_during_a_command(session: Session) -> None:
    """Commands elsewhere do not wait for the running one, whose worker is closed at its end."""
    session.ip.netns.add("red")
    session.netns("red").ip.link.set("lo", up=True)
    executor = batch_executor(session)
    command = Command(("ip", "link", "set", "dev", "lo", "up"), "red", batch=True)
    line = executor.to_line(command)
    worker = executor.workers.acquire(key_of(command, line), line, place=session.place)
    subprocess.run(session.place.wrap(("ip", "netns", "delete", "red")), check=True)

    def finish_command() -> None:
        executor.workers.release(worker)

    for step in (session.ip.link.show, finish_command):
        thread = threading.Thread(target=step, daemon=True)
        thread.start()
        thread.join(LIMIT)
        assert not thread.is_alive(), step

    assert worker.user is None
    assert worker.stdin == CLOSED


def test_namespace_files_of_etc_are_honoured(session: Session) -> None:
    """A worker enters by `-n` where /etc/netns holds files: only `ip` binds them."""
    if os.geteuid() != 0:
        pytest.skip("not root: /etc/netns is root's")
    name = "ipwrap-test-etc"
    subprocess.run(["mkdir", "-p", f"/etc/netns/{name}"], check=True)
    try:
        session.ip.netns.add(name)
        session.netns(name).ip.link.set("lo", up=True)
        assert session.netns(name).ip.link.show("lo")[0].up
        process_list = session.exec("ps", "-eo", "args", changes=False).stdout
        assert f"-n {name} -batch -" in process_list
    finally:
        subprocess.run(
            ["rmdir", "--ignore-fail-on-non-empty", "-p", f"/etc/netns/{name}"], check=False
        )


def test_what_cannot_be_started_ahead_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first command meets the same failure, and runs as a process."""
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    pool = Pool(4)
    pool.start_ahead(Local())

    assert pool.starter.spawner is None
    assert not pool.starter.unavailable


def test_a_forked_child_starts_nothing_ahead() -> None:
    """The pool is its parent's."""
    pool = Pool(4)
    pool._owner_pid = -1
    pool.start_ahead(Local())

    assert pool.starter.spawner is None
    assert -1 == pool._owner_pid


def test_names_that_a_worker_may_remember_are_bounded(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker with very many names counts as one that remembers all: it is replaced in time."""
    monkeypatch.setattr(pool_module, "MAX_CACHED_NAMES", 10)
    session.ip.link.add("old", Bridge())
    worker = workers(session)[CHANGES_KEY]
    for number in range(20):
        session.ip.address.add(f"10.0.0.{number + 1}/24", dev="old")
    assert worker.cached_names is None
    assert worker is workers(session)[CHANGES_KEY]

    # By another program; the kernel notifies of it.
    rename = "ip link set old name first && ip link add old type bridge"
    subprocess.run(session.place.wrap(("sh", "-c", rename)), check=True)
    session.ip.address.add("10.0.1.1/24", dev="old")

    assert worker is not workers(session)[CHANGES_KEY]
    (interface,) = session.ip.address.show("old")
    assert ["10.0.1.1"] == [address.local for address in interface.addr_info]


def test_names_of_own_links_are_bounded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of links of long ago are forgotten, those of the latest command are not."""
    monkeypatch.setattr(pool_module, "MAX_OWN_NAMES", 3)
    for number in range(20):
        session.ip.link.add(f"br{number}", Bridge())

    own_names = batch_executor(session).workers._names_from_own_commands
    assert "br19" in own_names
    assert len(own_names) <= 4
    assert {f"br{number}" for number in range(20)} <= set(names_of(session.ip.link.show()))


def test_a_worker_is_replaced_after_many_lines(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An `ip` that keeps some memory of each line never grows large."""
    monkeypatch.setattr(pool_module, "MAX_LINES", 10)
    session.ip.link.add("br0", Bridge())
    first_worker = workers(session)[CHANGES_KEY]
    for mtu in range(1000, 1010):
        session.ip.link.set("br0", mtu=mtu)

    assert first_worker is not workers(session)[CHANGES_KEY]
    assert 1009 == session.ip.link.show("br0")[0].mtu
