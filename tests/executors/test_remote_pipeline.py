"""`RemotePipeline`: the changes of a block go to another machine together, in their order."""

import os
import signal
from collections.abc import Iterator
from operator import attrgetter

import pytest

from ipwrap import AlreadyExists, ConnectionLost, Process, Session
from ipwrap.kinds import Bridge, Veth
from ipwrap.recording import ResultEvent
from tests.remote_hosts import FarHosts


@pytest.fixture
def session(remote_hosts: FarHosts) -> Iterator[Session]:
    """A session on the first machine, which leaves no link and no namespace."""
    with Session(remote_hosts.place()) as remote_session:
        yield remote_session
    script = "for name in $(ip -br link | grep -o '^t[0-9]*'); do ip link delete $name; done; true"
    remote_hosts.run("sh", "-c", f"{script}; ip netns delete red 2>/dev/null || true")


def results_of(session: Session) -> list[ResultEvent]:
    """Return the recorded results, in the order of their commands."""
    events = [event for event in session.recording.events if isinstance(event, ResultEvent)]
    return sorted(events, key=attrgetter("number"))


def test_a_block_is_recorded_as_without_it(session: Session) -> None:
    """Each result has the link, and the namespace, that its change has made."""
    with session.batch():
        session.ip.netns.add("red")
        session.ip.link.add("t1", Veth(peer="t2", peer_netns="red"))
        session.netns("red").ip.link.set("t2", up=True)

    first, second, third = [event.result for event in results_of(session)]
    assert first.namespaces is not None
    assert second.links is not None
    assert (["red"], ["t1", "t2"]) == (
        [namespace.name for namespace in first.namespaces],
        [link.name for link in second.links],
    )
    assert (True, None) == (third.ok, third.links)


def test_a_failure_does_not_stop_later_changes(session: Session) -> None:
    """It is raised at the end of the block."""
    with pytest.raises(AlreadyExists), session.batch():
        for name in ("t1", "t1", "t3"):
            session.ip.link.add(name, Bridge())
    assert [0, 2, 0] == [event.result.status for event in results_of(session)]
    assert "t3" in [link.ifname for link in session.ip.link.show()]


def test_a_loss_in_a_block_leaves_no_result_of_what_nobody_knows(remote_hosts: FarHosts) -> None:
    """The change is in the recording, without a result: undo looks whether it was made."""
    session = Session(remote_hosts.place())
    session.open()
    session.ip.link.add("t7", Bridge())
    session.ip.link.delete("t7")
    os.kill(session.place._connections[0].process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    with pytest.raises(ConnectionLost), session.batch():
        session.ip.link.add("t8", Bridge())
    session.close()

    numbers = [event.number for event in session.recording.commands]
    assert (3, [1, 2]) == (len(numbers), [event.number for event in results_of(session)])


def test_lines_and_processes_give_the_same(remote_hosts: FarHosts, session: Session) -> None:
    """Status, output and errors of both executors are equal."""
    lines = (
        *("ip -j link show lo", "ip link show none", "ip link nonsense", "bridge link add"),
        "ip -j link xstats type bond",  # aborts in some releases, and a shell would say so
    )
    with Session(remote_hosts.place(), Process()) as other:
        for line in lines:
            one, two = session.run(line, check=False), other.run(line, check=False)
            assert (one.status, one.stdout, one.stderr) == (two.status, two.stdout, two.stderr)


def test_a_name_is_given_again_in_a_block(session: Session) -> None:
    """A rename and a deletion are sent in a row with the changes around them."""
    with session.batch():
        session.ip.link.add("t1", Bridge())
        session.ip.link.set("t1", name="t2")
        session.ip.link.add("t1", Bridge(), mtu=1300)
        session.ip.link.delete("t2")
        session.ip.link.add("t2", Bridge(), mtu=1400)
        session.ip.netns.add("red")
        session.ip.netns.delete("red")
        session.ip.netns.add("red")
        session.netns("red").ip.link.add("t3", Bridge())

    shown = {link.ifname: link for link in session.ip.link.show()}
    assert (1300, 1400) == (shown["t1"].mtu, shown["t2"].mtu)
    assert "t3" in [link.ifname for link in session.netns("red").ip.link.show()]
    links = [event.result.links for event in results_of(session)]
    first, renamed, second, deleted, third = links[:5]
    assert first
    assert renamed
    assert second
    assert third
    assert deleted is None
    assert ("t1", "t2", first[0].ifindex) == (first[0].name, renamed[0].name, renamed[0].ifindex)
    assert (shown["t1"].ifindex, shown["t2"].ifindex) == (second[0].ifindex, third[0].ifindex)
