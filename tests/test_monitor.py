"""`Monitor`: a stream of events, from the start of the command to its recording."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from ipwrap import (
    Command,
    CommandError,
    CommandTimeout,
    DryRun,
    ExecutorError,
    InvalidArgument,
    IpwrapError,
    Local,
    Playback,
    Process,
    Recording,
    Sandbox,
    Session,
    WaitTimeout,
    until,
)
from ipwrap.executors import Reply
from ipwrap.ip import Ip
from ipwrap.kinds import Veth
from ipwrap.models import Link, Netns
from ipwrap.models.event import Event
from ipwrap.monitor import Monitor
from ipwrap.places import Place
from ipwrap.recording import WaitEvent
from ipwrap.replay import replay
from ipwrap.result import Result
from tests.waiting import LIMIT


def mtu_of(event: Event) -> int | None:
    """Return the MTU in an event, None for another event."""
    return event.model.mtu if isinstance(event.model, Link) else None


@pytest.mark.parametrize("number", range(5))
def test_no_event_is_missed(session: Session, number: int) -> None:
    """A change right after the start is an event, without waiting for a fixed time."""
    with session.ip.monitor("link") as monitor:
        session.ip.link.set("lo", mtu=2000 + number)

        assert [2000 + number] == [mtu_of(event) for event in monitor.events()]


def test_each_event_is_returned_once(session: Session) -> None:
    """`wait` takes the matching event; `events` returns the rest; `seen` has every event."""
    monitor = session.ip.monitor("link")
    for value in (2001, 2002, 2003):
        session.ip.link.set("lo", mtu=value)

    match = monitor.wait(lambda event: mtu_of(event) == 2002)
    rest = [mtu_of(event) for event in monitor.events()]
    session.ip.link.set("lo", mtu=2004)

    assert (2002, [2001, 2003]) == (mtu_of(match), rest)
    assert 2004 == mtu_of(monitor.wait())
    assert [] == list(monitor.events())
    assert [2001, 2002, 2003, 2004] == [mtu_of(event) for event in monitor.seen]


def test_missing_event(session: Session) -> None:
    """The error shows the command and the events seen instead, which stay unread."""
    monitor = session.ip.monitor("link")
    for value in range(2000, 2030):
        session.ip.link.set("lo", mtu=value)
    list(monitor.events())
    session.ip.link.set("lo", mtu=2100)

    with pytest.raises(
        CommandTimeout, match=r"ip -o -ts monitor link label: no such event: none within 0\.2 s"
    ) as caught:
        monitor.wait(lambda event: mtu_of(event) == 1, timeout=0.2)

    assert "31 events, of which the last are\n" in str(caught.value)
    assert "mtu 2100 " in str(caught.value)
    assert [2100] == [mtu_of(event) for event in monitor.events()]


def test_no_event_at_all(session: Session) -> None:
    """The error states that no event was seen."""
    with (
        session.ip.monitor("rule") as monitor,
        pytest.raises(CommandTimeout, match="seen: nothing"),
    ):
        monitor.wait(timeout=0)


def test_events_of_the_next_seconds(session: Session) -> None:
    """With a timeout, `events` waits for more, and ends with the timeout."""
    session.ip.link.set("lo", mtu=2000)  # the first change takes a snapshot, which is slow
    monitor = session.ip.monitor("link")
    later = threading.Timer(0.1, lambda: session.ip.link.set("lo", mtu=2001))
    later.start()
    before = time.monotonic()

    assert [2001] == [mtu_of(event) for event in monitor.events(timeout=1.5)]
    assert 1.5 <= time.monotonic() - before

    later.join()


def test_events_until_the_end(session: Session) -> None:
    """Without a timeout, `events` ends when another thread closes the monitor."""
    monitor = session.ip.monitor("link")
    mtus: list[int | None] = []
    reader = threading.Thread(
        target=lambda: mtus.extend(mtu_of(event) for event in monitor.events(timeout=None))
    )
    reader.start()
    session.ip.link.set("lo", mtu=2001)
    session.ip.link.set("lo", mtu=2002)
    monitor.close()
    reader.join(LIMIT)

    assert (False, [2001, 2002], True) == (reader.is_alive(), mtus, monitor.ended)


def test_several_threads(session: Session) -> None:
    """Each thread waits for a different event, and takes no other event."""
    monitor = session.ip.monitor("link")
    mtus: dict[int, int | None] = {}

    def wait_for_mtu(value: int) -> None:
        mtus[value] = mtu_of(monitor.wait(lambda event: mtu_of(event) == value, timeout=LIMIT))

    threads = [threading.Thread(target=wait_for_mtu, args=(value,)) for value in range(2000, 2010)]
    for thread in threads:
        thread.start()
    for value in reversed(range(2000, 2010)):
        session.ip.link.set("lo", mtu=value)
    for thread in threads:
        thread.join(20)

    assert {value: value for value in range(2000, 2010)} == mtus


def test_events_after_closing(session: Session) -> None:
    """Events caused before the end can be read after it; a second close has no effect."""
    with session.ip.monitor("link") as monitor:
        session.ip.link.set("lo", mtu=2001)
    monitor.close()

    assert [2001] == [mtu_of(event) for event in monitor.events()]
    with pytest.raises(CommandTimeout, match="it has ended"):
        monitor.wait(timeout=None)


def test_session_closes_its_monitors(session: Session) -> None:
    """A monitor is recorded with all events, at its place among the commands."""
    monitor = session.ip.monitor("link")
    session.ip.link.set("lo", mtu=2001)
    session.close()

    first, second = session.recording.results

    assert monitor.ended
    assert ("ip -o -ts monitor link label", 0, False) == (
        first.line,
        first.status,
        first.command.changes,
    )
    assert "mtu 2001" in first.stdout
    assert "ip link set dev lo mtu 2001" == second.line
    assert (first.call_site or "").startswith("tests/test_monitor.py:")
    assert first.seconds > 0


def test_deleted_namespace_ends_its_monitors(session: Session) -> None:
    """A running monitor would keep the namespace and its links alive."""
    session.ip.netns.add("red")
    session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
    inside = session.netns("red").ip.monitor("link")
    outside = session.ip.monitor("link")
    session.ip.netns.delete("red")

    deletion = outside.wait(
        lambda event: event.deleted and isinstance(event.model, Link) and event.model.ifname == "v0"
    )

    assert deletion.deleted
    assert (True, False) == (inside.ended, outside.ended)


def test_delete_all_ends_the_monitors(session: Session) -> None:
    """`delete_all` ends the monitors of every namespace."""
    session.ip.netns.add("red")
    inside = session.netns("red").bridge.monitor()
    session.ip.netns.delete_all()

    assert inside.ended


def test_killed_monitor(session: Session) -> None:
    """A killed monitor is an error after its last event; the recording has its status."""
    monitor = session.ip.monitor("link")
    session.ip.link.set("lo", mtu=2001)

    assert [2001] == [mtu_of(event) for event in monitor.events()]
    session.exec("pkill", "-KILL", "-x", "ip", check=False)

    with pytest.raises(CommandError, match="137"):
        monitor.wait(timeout=LIMIT)
    monitor.close()

    assert 137 == session.recording.results[0].status


def test_lost_events(session: Session) -> None:
    """After an overrun of its socket, a monitor reports lost events."""
    monitor = session.ip.monitor("link")
    session.exec("pkill", "-STOP", "-x", "ip")
    with session.batch():
        for number in range(1500):
            session.ip.link.set("lo", mtu=2000 + number)

    session.exec("pkill", "-CONT", "-x", "ip")
    events = list(monitor.events())

    assert (True, True) == (monitor.lost, len(events) < 1500)


def test_in_a_batch_block(session: Session) -> None:
    """Queued changes run before a monitor starts."""
    with session.batch():
        session.ip.link.set("lo", mtu=2001)
        monitor = session.ip.monitor("link")
        session.ip.link.set("lo", mtu=2002)

    assert [2002] == [mtu_of(event) for event in monitor.events()]


@pytest.mark.parametrize("place", [Sandbox, Local])
def test_monitors_of_processes(place: type[Sandbox] | type[Local]) -> None:
    """Monitors need no workers; on this host, an ordinary user can start monitors."""
    with Session(place(), Process()) as session, session.ip.monitor("link") as monitor:
        assert [] == [event for event in monitor.events() if event.object != "link"]


def test_wait_for_a_condition(session: Session) -> None:
    """A condition ends the wait when it holds, at once if it does already; events stay unread."""
    session.ip.netns.add("red")
    red = session.netns("red")
    session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
    red.ip.link.set("v1", up=True)

    with red.ip.monitor("link") as monitor:
        monitor.wait(until.link("v1"))
        later = threading.Timer(0.5, lambda: session.ip.link.set("v0", up=True))
        later.start()
        monitor.wait(until.link("v1", operstate="UP"), timeout=LIMIT)
        later.join()
        monitor.wait(until.link("v1", operstate="UP"), timeout=LIMIT)

        assert monitor.wait(timeout=LIMIT).object == "link"

    waits = [step for step, _ in session.recording.pairs() if isinstance(step, WaitEvent)]
    assert [("red", until.link("v1"), 10.0)] == [
        (wait.netns, wait.condition, wait.timeout) for wait in waits[:1]
    ]
    assert [True] * 3 == [wait.satisfied for wait in waits]
    assert (waits[0].call_site or "").startswith("tests/test_monitor.py:")


def test_wait_for_a_condition_in_vain(session: Session) -> None:
    """The time-out says what was seen; a limit is needed, which a script has too."""
    monitor = session.ip.monitor("link")

    with pytest.raises(WaitTimeout, match=r'last seen: Device "v0" does not exist\.'):
        monitor.wait(until.link("v0"), timeout=0.3)
    with pytest.raises(InvalidArgument, match="needs a limit in seconds"):
        monitor.wait(until.link("v0"), timeout=None)
    with pytest.raises(InvalidArgument, match="timeout: 0 is not a time"):
        monitor.wait(until.link("v0"), timeout=0)


def test_wait_of_a_monitor_without_a_session(session: Session) -> None:
    """Only a session can look for a condition."""
    monitor = session.ip.monitor("link")
    lone_monitor = Monitor(monitor.command, monitor._stream, monitor._reader, lambda *_: None)

    with pytest.raises(IpwrapError, match="has no session"):
        lone_monitor.wait(until.link("lo"))


def test_playback(session: Session) -> None:
    """Recorded events are returned at once, and the monitor has ended."""
    session.ip.netns.add("red")
    monitor = session.netns("red").ip.monitor("link")
    session.netns("red").ip.link.set("lo", up=True)
    recorded_events = [*monitor.events()]
    names = session.ip.netns.monitor()
    session.ip.netns.delete("red")
    session.close()

    with Session(Local(), Playback(session.recording)) as playback_session:
        playback_session.ip.netns.add("red")
        monitor = playback_session.netns("red").ip.monitor("link")
        playback_session.netns("red").ip.link.set("lo", up=True)
        assert recorded_events == list(monitor.events())
        names = playback_session.ip.netns.monitor()
        playback_session.ip.netns.delete("red")
        assert Netns(name="red") == names.wait(timeout=None).model
        assert names.ended


def test_playback_of_a_failure(session: Session) -> None:
    """A failed monitor fails in the playback as well."""
    with pytest.raises(CommandError) as first:
        session.ip.monitor("link", dev="nosuch")
    session.close()

    with (
        Session(Local(), Playback(session.recording)) as playback_session,
        pytest.raises(CommandError) as second,
    ):
        playback_session.ip.monitor("link", dev="nosuch")

    assert first.value.result.stderr == second.value.result.stderr


def test_monitor_of_a_dry_run(dry_session: Session) -> None:
    """A dry run has no events."""
    monitor = dry_session.ip.monitor()

    assert ([], True, False) == (list(monitor.events(timeout=None)), monitor.ended, monitor.lost)


def test_scripts_and_replays_skip_monitors(session: Session, tmp_path: Path) -> None:
    """A script cannot wait for a monitor: with reads, the line has no effect."""
    session.ip.monitor("link").close()
    session.ip.netns.monitor().close()
    session.ip.link.set("lo", mtu=2001)
    session.close()
    path = session.recording.save(tmp_path / "x.jsonl")

    for kind in ("sh", "plain"):
        assert ": ip -o -ts monitor link label  # it goes on until it is ended" in session.export(
            kind, reads=True
        )
        assert "monitor" not in session.export(kind)

    assert "$ ip netns monitor" in session.export("console")
    with Session(sandbox=True) as playback_session:
        replayed = replay(Recording.load(path), playback_session)

        assert (1, []) == (replayed.commands, replayed.differences)


class Once:
    """An executor that only runs commands that end."""

    live = False

    def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - as `Runner`
        """Return an empty reply."""
        return Reply()

    def close(self) -> None:
        """Do nothing: no resources are held."""


def test_executor_without_monitors() -> None:
    """An executor without monitors is an error, which is recorded."""
    session = Session(Local(), Once())
    with pytest.raises(ExecutorError, match="a Once runs only commands that end"):
        session.ip.monitor()

    assert 127 == session.recording.results[0].status


def test_runner_without_monitors() -> None:
    """A runner that is no session, and only runs commands, is an error."""

    class Runs:
        def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002
            return Result(command)

    with pytest.raises(IpwrapError, match="a Runs only runs commands that end"):
        Ip(Runs()).monitor()


@pytest.mark.parametrize("name", ["é", "a[0]", "x\x1b[31m"])
def test_names_of_any_kind(session: Session, name: str) -> None:
    """Unusual names of namespaces arrive unchanged."""
    with session.ip.netns.monitor() as monitor:
        session.ip.netns.add(name)
        session.ip.netns.delete(name)

    assert [f"add {name}", f"delete {name}"] == [event.text for event in monitor.seen]


def test_helper_ends_with_its_monitor() -> None:
    """The helper process of a monitor ends when the monitor is closed."""
    with Session(Local(), DryRun()):
        pass
    with Session(sandbox=True) as session:
        monitor = session.ip.monitor("link")
        assert isinstance(monitor, Monitor)
        helper_pid = monitor._stream._own_helper._process.pid  # type: ignore[attr-defined]
        os.kill(helper_pid, 0)
        monitor.close()
        with pytest.raises(ProcessLookupError):
            os.kill(helper_pid, signal.SIGKILL)
