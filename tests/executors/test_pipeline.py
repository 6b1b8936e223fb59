"""Changes in a row: a batch block has the same outcome as its commands one by one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ipwrap import Command, ExecutorError, NotFound, Session, UsageError
from ipwrap.executors.pipeline import MAX_LINES
from ipwrap.executors.worker_key import WorkerKey
from ipwrap.kinds import Bridge, Macvlan, Veth
from tests.executors.links import names_of
from tests.executors.workers import CHANGES_KEY, killed_during_command, stop_worker, workers
from tests.waiting import LIMIT, until

pytestmark = pytest.mark.live


def test_batch_block_is_recorded_as_single_commands(session: Session) -> None:
    """The commands of a block are recorded, exported and numbered as without a block."""
    session.ip.link.add("br", Bridge())
    with session.batch():
        queued = session.ip.link.add("br2", Bridge(), up=True)
        session.ip.address.add("10.0.0.1/24", dev="br2")
        session.ip.netns.add("red")
        session.netns("red").ip.link.set("lo", up=True)
        session.ip.link.set("br2", name="br3")
        session.ip.link.set("br3", mtu=1400)

    assert queued.queued
    statuses = [result.status for result in session.recording.results]
    assert [0] * 7 == statuses
    numbers = [event.number for event in session.recording.commands]
    assert list(range(1, 8)) == numbers
    assert 1400 == session.ip.link.show("br3")[0].mtu
    assert "ip link set br3 mtu 1400" in session.export("sh")


def test_failures_of_a_block_are_raised_at_its_end(session: Session) -> None:
    """The end of a block raises the first failure, with call site and a note of later failures."""
    with pytest.raises(NotFound) as caught, session.batch():
        session.ip.link.set("nope", up=True)
        session.ip.link.add("br", Bridge())
        session.run(
            Command(
                ("ip", "link", "add", "name", "b2", "type", "bridge", "stp_state", "x"), batch=True
            )
        )
        session.ip.link.add("br2", Bridge())

    assert "test_pipeline.py" in str(caught.value)
    summary, further_failure = caught.value.__notes__
    assert summary.startswith("in a batch: 2 changes were done, 2 failed")
    assert further_failure.startswith("  also failed: Error: argument")
    assert {"br", "br2"} <= set(names_of(session.ip.link.show()))
    statuses = [result.status for result in session.recording.results]
    assert [1, 0, 255, 0] == statuses[:4]


def test_failures_of_a_block_are_raised_at_the_next_read(session: Session) -> None:
    """A read in a block raises the failures of the changes before."""
    with session.batch():
        session.ip.link.set("nope", up=True)
        with pytest.raises(NotFound):
            session.ip.link.show()
        session.ip.link.add("br", Bridge())
        assert ["lo", "br"] == names_of(session.ip.link.show())


def test_block_that_ends_by_an_error_of_the_script(session: Session) -> None:
    """An error of the script is raised; a full pipeline was sent, the rest is not."""
    with pytest.raises(ZeroDivisionError) as caught, session.batch():
        for number in range(MAX_LINES + 3):
            session.ip.link.add(f"br{number}", Bridge())
        raise ZeroDivisionError

    assert MAX_LINES + 1 == len(session.ip.link.show())
    assert [
        f"in a batch: {MAX_LINES} of {MAX_LINES + 3} queued commands had run, 3 were not sent"
    ] == caught.value.__notes__
    added = [asked for asked in session.recording.commands if asked.command.changes]
    assert MAX_LINES == len(added)
    assert all(result.ok for result in session.recording.results)


def test_error_of_the_script_during_a_command_that_never_ends(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replies to sent commands are waited for with a limit, and then their outcome is unknown."""
    monkeypatch.setattr("ipwrap.executors.pipeline.ABORT_SECONDS", 0.2)
    session.ip.link.add("br", Bridge())
    pid = int(workers(session)[CHANGES_KEY].started.get())
    session.exec("kill", "-STOP", str(pid), changes=False)

    with pytest.raises(ZeroDivisionError) as caught, session.batch():
        for number in range(MAX_LINES):
            session.ip.link.set("br", mtu=1000 + number)
        raise ZeroDivisionError

    assert [
        f"in a batch: 0 of {MAX_LINES} queued commands had run, {MAX_LINES} may or may not have run"
    ] == caught.value.__notes__
    session.ip.link.set("br", mtu=1300)
    assert 1300 == session.ip.link.show("br")[0].mtu


def test_worker_killed_in_the_middle_of_a_block(session: Session) -> None:
    """Changes behind the command at which a worker was killed go to a new worker."""
    session.ip.link.add("br", Bridge())
    worker = workers(session)[CHANGES_KEY]

    with (
        killed_during_command(session, worker),
        pytest.raises(ExecutorError, match="may or may not"),
        session.batch(),
    ):
        for n in range(200):
            session.ip.route.add(f"10.0.{n}.0/24", type="blackhole")

    assert 199 <= len(session.ip.route.show()) <= 200


def test_many_thousand_commands(session: Session) -> None:
    """A block can run many thousand commands."""
    session.ip.link.add("br", Bridge())
    with session.batch():
        for n in range(25_000):
            session.ip.link.set("br", mtu=1000 + n % 500)

    assert 1499 == session.ip.link.show("br")[0].mtu
    assert 25_002 == len(session.recording.results)


def changes_key(netns: str) -> WorkerKey:
    """Return the key of the worker for changes in a namespace."""
    return WorkerKey("ip", netns, (), changes=True, reads_links=False)


@pytest.fixture
def netns_session(session: Session) -> Session:
    """A session with the namespaces red and blue, and a worker for changes in each."""
    for name in ("red", "blue"):
        session.ip.netns.add(name)
        session.netns(name).ip.link.set("lo", up=True)

    return session


@contextmanager
def running_beside(session: Session, key: WorkerKey, block: Callable[[], None]) -> Iterator[None]:
    """Run a block in a thread while a worker is stopped; behind it the worker goes on."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with session.batch():
                block()
        except BaseException as error:
            failures.append(error)

    pid = stop_worker(session, workers(session)[key])
    thread = threading.Thread(target=run)
    with Session(session.place) as other_session:
        thread.start()
        try:
            yield
        finally:
            other_session.exec("kill", "-CONT", pid, changes=False)
            thread.join(LIMIT)

    assert not thread.is_alive()
    if failures:
        raise failures[0]


def mtu_of(session: Session, netns: str | None, link: str = "lo") -> int:
    """Return the MTU of a link."""
    commands = session if netns is None else session.netns(netns)
    (model,) = commands.ip.link.show(link)
    assert model.mtu is not None
    return model.mtu


def test_a_namespace_does_not_wait_for_another(netns_session: Session) -> None:
    """A worker that is busy holds up its own namespace only; the order is recorded."""

    def change_both() -> None:
        netns_session.netns("red").ip.link.set("lo", mtu=1401)
        netns_session.netns("blue").ip.link.set("lo", mtu=1402)
        netns_session.netns("red").ip.link.set("lo", mtu=1403)

    with (
        Session(netns_session.place) as other_session,
        running_beside(netns_session, changes_key("red"), change_both),
    ):
        assert until(lambda: mtu_of(other_session, "blue") == 1402)
        assert 65536 == mtu_of(other_session, "red")

    assert 1403 == mtu_of(netns_session, "red")
    changed = [
        (result.command.netns, result.status)
        for result in netns_session.recording.results
        if "mtu" in result.command.argv
    ]
    assert [("red", 0), ("blue", 0), ("red", 0)] == changed


def test_a_change_waits_for_a_link_made_in_its_namespace(netns_session: Session) -> None:
    """A link that another worker creates is there before the next command in the namespace."""
    netns_session.ip.link.set("lo", up=True)

    def create_and_set() -> None:
        netns_session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"))
        netns_session.netns("red").ip.link.set("eth0", up=True)
        netns_session.netns("red").ip.link.add("v2", Veth(peer="eth0", peer_netns="blue"))
        netns_session.netns("blue").ip.link.set("eth0", mtu=1400)

    with running_beside(netns_session, CHANGES_KEY, create_and_set):
        pass

    assert 1400 == mtu_of(netns_session, "blue", "eth0")


def test_a_link_made_elsewhere_waits_for_the_changes_of_its_namespace(
    netns_session: Session,
) -> None:
    """A link is not created in a namespace before the pending changes of that namespace."""
    red = netns_session.netns("red")

    def set_and_create() -> None:
        red.ip.link.add("first", Bridge())
        netns_session.ip.link.add("v0", Veth(peer="second", peer_netns="red"))

    with running_beside(netns_session, changes_key("red"), set_and_create):
        pass

    assert ["lo", "first", "second"] == names_of(red.ip.link.show())


def test_a_link_on_a_link_of_another_namespace_ties_both(netns_session: Session) -> None:
    """A macvlan that was moved cannot have a larger MTU than its lower link: it waits for it."""
    netns_session.ip.link.add("v0", Veth(peer="v1"))
    netns_session.ip.link.add("mv0", Macvlan(), link="v0", netns="red")
    red = netns_session.netns("red")

    def enlarge_both() -> None:
        netns_session.ip.link.set("v0", mtu=3000)
        red.ip.link.set("mv0", mtu=2500)
        netns_session.ip.link.set("v0", mtu=2600)
        netns_session.netns("blue").ip.link.set("lo", mtu=1402)

    with running_beside(netns_session, CHANGES_KEY, enlarge_both):
        pass

    assert 2500 == mtu_of(netns_session, "red", "mv0")
    assert 2600 == mtu_of(netns_session, None, "v0")
    assert 1402 == mtu_of(netns_session, "blue")


def test_a_link_that_the_block_puts_on_a_link_elsewhere(netns_session: Session) -> None:
    """The tie of two namespaces is seen in the block that makes it."""
    netns_session.ip.link.add("v0", Veth(peer="v1"))
    with netns_session.batch():
        netns_session.ip.netns.add("green")
        netns_session.ip.link.add("mv0", Macvlan(), link="v0", netns="green")
        for number in range(2 * MAX_LINES):
            netns_session.ip.link.set("v0", mtu=3000 + number)
            netns_session.netns("green").ip.link.set("mv0", mtu=3000 + number)

    assert 2999 + 2 * MAX_LINES == mtu_of(netns_session, "green", "mv0")


def test_bridge_and_ip_keep_their_order_in_a_namespace(netns_session: Session) -> None:
    """Two programs are two workers, and wait for each other within a namespace."""
    red = netns_session.netns("red")

    def create_and_set() -> None:
        red.ip.link.add("br", Bridge())
        red.bridge.fdb.add("02:00:00:00:00:07", "br", self_=True)
        red.ip.link.set("br", mtu=1400)

    with running_beside(netns_session, changes_key("red"), create_and_set):
        pass

    assert 1400 == mtu_of(netns_session, "red", "br")


def test_many_namespaces_in_a_block(session: Session) -> None:
    """Namespaces, cables and what is inside are built in one block, in more than a window."""
    count = MAX_LINES // 2
    with session.batch():
        session.ip.link.add("br0", Bridge(), up=True)
        for n in range(count):
            session.ip.netns.add(f"pod{n}")
            session.ip.link.add(f"v{n}", Veth(peer="eth0", peer_netns=f"pod{n}"), master="br0")
            pod = session.netns(f"pod{n}")
            pod.ip.address.add(f"10.1.0.{n + 1}/16", dev="eth0")
            pod.ip.link.set("eth0", up=True)
            pod.ip.route.add("default", via="10.1.255.254")

    assert all(result.ok for result in session.recording.results)
    assert list(range(1, 5 * count + 2)) == [event.number for event in session.recording.commands]
    for n in (0, count - 1):
        assert 2 == len(session.netns(f"pod{n}").ip.route.show())


def test_error_of_the_script_behind_changes_that_wait(netns_session: Session) -> None:
    """What is recorded has run when an error leaves the block, also what had to wait."""
    red = netns_session.netns("red")
    with pytest.raises(ZeroDivisionError) as caught, netns_session.batch():
        netns_session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"))
        for number in range(MAX_LINES - 1):
            red.ip.link.set("eth0", mtu=1300 + number)
        red.ip.link.set("eth0", mtu=1000)
        raise ZeroDivisionError

    assert [
        f"in a batch: {MAX_LINES} of {MAX_LINES + 1} queued commands had run, 1 were not sent"
    ] == caught.value.__notes__
    assert 1300 + MAX_LINES - 2 == mtu_of(netns_session, "red", "eth0")


def test_end_of_a_worker_beside_others(netns_session: Session) -> None:
    """A line that ends its worker fails alone, also while other workers are busy."""
    bad_command = ("ip", "link", "add", "name", "bad", "type", "bridge", "stp_state", "x")
    with pytest.raises(UsageError) as caught, netns_session.batch():
        for number in range(200):
            for name in ("red", "blue"):
                netns_session.netns(name).ip.link.add(f"br{number}", Bridge())
            if number % 50 == 7:
                netns_session.run(Command(bad_command, "red", batch=True))

    assert caught.value.__notes__[0].startswith("in a batch: 400 changes were done, 4 failed")
    assert 201 == len(netns_session.netns("red").ip.link.show())
    assert 201 == len(netns_session.netns("blue").ip.link.show())


def test_missing_namespace_in_a_block(netns_session: Session) -> None:
    """Commands of a namespace that does not exist fail, each with its own line."""
    with pytest.raises(NotFound) as caught, netns_session.batch():
        netns_session.netns("red").ip.link.set("lo", mtu=1401)
        netns_session.netns("ghost").ip.link.set("lo", mtu=1402)
        netns_session.netns("blue").ip.link.set("lo", mtu=1403)

    assert "test_pipeline.py" in str(caught.value)
    assert "ip -n ghost link set dev lo mtu 1402" in str(caught.value)
    assert [1401, 1403] == [mtu_of(netns_session, name) for name in ("red", "blue")]


def test_blocks_of_threads_in_opposite_order(netns_session: Session) -> None:
    """Threads whose blocks use the same workers in another order do not wait for each other."""

    def change(first: str, second: str) -> None:
        for number in range(10):
            with netns_session.batch():
                for name in (first, second) * MAX_LINES:
                    netns_session.netns(name).ip.link.set("lo", mtu=1300 + number)

    threads = [
        threading.Thread(target=change, args=names, daemon=True)
        for names in (("red", "blue"), ("blue", "red"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)

    assert not any(thread.is_alive() for thread in threads)
    assert [1309, 1309] == [mtu_of(netns_session, name) for name in ("red", "blue")]
    assert all(result.ok for result in netns_session.recording.results)
