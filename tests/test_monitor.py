"""`Monitor`: a stream of events as a whole: when it listens, who is told of what, how it ends, what is recorded."""

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
    IpwrapError,
    Local,
    Playback,
    Process,
    Recording,
    Sandbox,
    Session,
)
from ipwrap.executors import Reply
from ipwrap.ip import Ip
from ipwrap.kinds import Veth
from ipwrap.models import Link, Netns
from ipwrap.models.event import Event
from ipwrap.monitor import Monitor
from ipwrap.places import Place
from ipwrap.replay import replay
from ipwrap.result import Result
from tests.waiting import LIMIT


def mtu(event: Event) -> int | None:
    """Return the MTU that an event tells of."""
    return event.model.mtu if isinstance(event.model, Link) else None


@pytest.mark.parametrize("number", range(5))
def test_nothing_is_missed(session: Session, number: int) -> None:
    """What changes right behind the start is told of, and is there without waiting for a time."""
    with session.ip.monitor("link") as monitor:
        session.ip.link.set("lo", mtu=2000 + number)

        assert [2000 + number] == [mtu(event) for event in monitor.events()]


def test_each_event_is_told_of_once(session: Session) -> None:
    """`wait` takes the one it looks for out of the others; `events` gives the rest; `seen` has all."""
    monitor = session.ip.monitor("link")
    for value in (2001, 2002, 2003):
        session.ip.link.set("lo", mtu=value)

    found = monitor.wait(lambda event: mtu(event) == 2002)
    rest = [mtu(event) for event in monitor.events()]
    session.ip.link.set("lo", mtu=2004)

    assert (2002, [2001, 2003]) == (mtu(found), rest)
    assert 2004 == mtu(monitor.wait())
    assert [] == list(monitor.events())
    assert [2001, 2002, 2003, 2004] == [mtu(event) for event in monitor.seen]


def test_what_does_not_come(session: Session) -> None:
    """The error shows what was asked, and what came instead; that is still there to be told of."""
    monitor = session.ip.monitor("link")
    for value in range(2000, 2030):
        session.ip.link.set("lo", mtu=value)
    list(monitor.events())
    session.ip.link.set("lo", mtu=2100)

    with pytest.raises(
        CommandTimeout, match=r"ip -o -ts monitor link label: no such event: none within 0\.2 s"
    ) as caught:
        monitor.wait(lambda event: mtu(event) == 1, timeout=0.2)

    assert "31 events, of which the last are\n" in str(caught.value)
    assert "mtu 2100 " in str(caught.value)
    assert [2100] == [mtu(event) for event in monitor.events()]


def test_that_nothing_came(session: Session) -> None:
    """The error says so."""
    with (
        session.ip.monitor("rule") as monitor,
        pytest.raises(CommandTimeout, match="seen: nothing"),
    ):
        monitor.wait(timeout=0)


def test_events_of_the_next_seconds(session: Session) -> None:
    """With a timeout `events` waits for more, and ends when it is over."""
    session.ip.link.set("lo", mtu=2000)  # the first change takes a snapshot, which takes its time
    monitor = session.ip.monitor("link")
    later = threading.Timer(0.1, lambda: session.ip.link.set("lo", mtu=2001))
    later.start()
    before = time.monotonic()

    assert [2001] == [mtu(event) for event in monitor.events(timeout=1.5)]
    assert 1.5 <= time.monotonic() - before
    later.join()


def test_events_as_long_as_it_goes_on(session: Session) -> None:
    """Without a timeout `events` ends when another thread closes the monitor."""
    monitor = session.ip.monitor("link")
    seen: list[int | None] = []
    reader = threading.Thread(
        target=lambda: seen.extend(mtu(event) for event in monitor.events(timeout=None))
    )
    reader.start()
    session.ip.link.set("lo", mtu=2001)
    session.ip.link.set("lo", mtu=2002)
    monitor.close()
    reader.join(LIMIT)

    assert (False, [2001, 2002], True) == (reader.is_alive(), seen, monitor.ended)


def test_several_threads(session: Session) -> None:
    """Each waits for its own event, and none takes another's."""
    monitor = session.ip.monitor("link")
    found: dict[int, int | None] = {}

    def look(value: int) -> None:
        found[value] = mtu(monitor.wait(lambda event: mtu(event) == value, timeout=LIMIT))

    threads = [threading.Thread(target=look, args=(value,)) for value in range(2000, 2010)]
    for thread in threads:
        thread.start()
    for value in reversed(range(2000, 2010)):
        session.ip.link.set("lo", mtu=value)
    for thread in threads:
        thread.join(20)

    assert {value: value for value in range(2000, 2010)} == found


def test_closing_tells_the_rest(session: Session) -> None:
    """What was caused before the end is told of after it; closing again does nothing."""
    with session.ip.monitor("link") as monitor:
        session.ip.link.set("lo", mtu=2001)
    monitor.close()

    assert [2001] == [mtu(event) for event in monitor.events()]
    with pytest.raises(CommandTimeout, match="it has ended"):
        monitor.wait(timeout=None)


def test_the_session_ends_it(session: Session) -> None:
    """A monitor is recorded with all it told, where it was asked for, before the session's end."""
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


def test_a_namespace_that_goes_ends_its_monitors(session: Session) -> None:
    """One that went on would keep the namespace, and its links, alive."""
    session.ip.netns.add("red")
    session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
    inside, outside = session.netns("red").ip.monitor("link"), session.ip.monitor("link")
    session.ip.netns.delete("red")

    gone = outside.wait(
        lambda event: event.deleted and isinstance(event.model, Link) and event.model.ifname == "v0"
    )
    assert gone.deleted
    assert (True, False) == (inside.ended, outside.ended)


def test_all_namespaces_that_go_end_their_monitors(session: Session) -> None:
    """The same of all at once."""
    session.ip.netns.add("red")
    inside = session.netns("red").bridge.monitor()
    session.ip.netns.delete_all()

    assert inside.ended


def test_one_that_is_killed(session: Session) -> None:
    """What it told is given, and then it is an error; the recording has its status."""
    monitor = session.ip.monitor("link")
    session.ip.link.set("lo", mtu=2001)
    assert [2001] == [mtu(event) for event in monitor.events()]
    session.exec("pkill", "-KILL", "-x", "ip", check=False)

    with pytest.raises(CommandError, match="137"):
        monitor.wait(timeout=LIMIT)
    monitor.close()
    assert 137 == session.recording.results[0].status


def test_events_that_were_lost(session: Session) -> None:
    """Where more comes than the kernel keeps for a monitor that cannot run, it says that some are missing."""
    monitor = session.ip.monitor("link")
    session.exec("pkill", "-STOP", "-x", "ip")
    with session.batch():
        for number in range(1500):
            session.ip.link.set("lo", mtu=2000 + number)
    session.exec("pkill", "-CONT", "-x", "ip")
    events = list(monitor.events())

    assert (True, True) == (monitor.lost, len(events) < 1500)


def test_in_a_batch_block(session: Session) -> None:
    """What was queued before it is done before it listens."""
    with session.batch():
        session.ip.link.set("lo", mtu=2001)
        monitor = session.ip.monitor("link")
        session.ip.link.set("lo", mtu=2002)

    assert [2002] == [mtu(event) for event in monitor.events()]


@pytest.mark.parametrize("place", [Sandbox, Local])
def test_a_process_each(place: type[Sandbox] | type[Local]) -> None:
    """Monitors need no workers; on this host an ordinary user may have them, too."""
    with Session(place(), Process()) as session, session.ip.monitor("link") as monitor:
        assert [] == [event for event in monitor.events() if event.object != "link"]


def test_playback(session: Session) -> None:
    """The recorded events are there at once, and the monitor has ended."""
    session.ip.netns.add("red")
    monitor = session.netns("red").ip.monitor("link")
    session.netns("red").ip.link.set("lo", up=True)
    told = [*monitor.events()]
    names = session.ip.netns.monitor()
    session.ip.netns.delete("red")
    session.close()

    with Session(Local(), Playback(session.recording)) as again:
        again.ip.netns.add("red")
        monitor = again.netns("red").ip.monitor("link")
        again.netns("red").ip.link.set("lo", up=True)
        assert told == list(monitor.events())
        names = again.ip.netns.monitor()
        again.ip.netns.delete("red")
        assert Netns(name="red") == names.wait(timeout=None).model
        assert names.ended


def test_playback_of_a_failure(session: Session) -> None:
    """It fails as it did."""
    with pytest.raises(CommandError) as first:
        session.ip.monitor("link", dev="nosuch")
    session.close()

    with (
        Session(Local(), Playback(session.recording)) as again,
        pytest.raises(CommandError) as second,
    ):
        again.ip.monitor("link", dev="nosuch")
    assert first.value.result.stderr == second.value.result.stderr


def test_a_dry_run(dry: Session) -> None:
    """There are no events."""
    monitor = dry.ip.monitor()

    assert ([], True, False) == (list(monitor.events(timeout=None)), monitor.ended, monitor.lost)


def test_scripts_and_replays_leave_it_out(session: Session, tmp_path: Path) -> None:
    """A script cannot wait for what never ends: with reads, it is a line that does nothing."""
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
    with Session(sandbox=True) as again:
        assert (1, []) == (
            (found := replay(Recording.load(path), again)).commands,
            found.differences,
        )


class Once:
    """An executor that only runs commands that end."""

    live = False

    def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - as the protocol has it
        """Say nothing."""
        return Reply()

    def close(self) -> None:
        """There is nothing to give up."""


def test_an_executor_that_cannot() -> None:
    """It is an error that says so, and is recorded."""
    session = Session(Local(), Once())
    with pytest.raises(ExecutorError, match="a Once runs only commands that end"):
        session.ip.monitor()

    assert 127 == session.recording.results[0].status


def test_a_runner_that_cannot() -> None:
    """What is no session, and only runs commands, says so."""

    class Runs:
        def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - as the protocol has it
            return Result(command)

    with pytest.raises(IpwrapError, match="a Runs only runs commands that end"):
        Ip(Runs()).monitor()


@pytest.mark.parametrize("name", ["é", "a[0]", "x\x1b[31m"])
def test_names_of_any_kind(session: Session, name: str) -> None:
    """What a name holds arrives as it is."""
    with session.ip.netns.monitor() as monitor:
        session.ip.netns.add(name)
        session.ip.netns.delete(name)

    assert [f"add {name}", f"delete {name}"] == [event.text for event in monitor.seen]


def test_it_does_not_outlive_us() -> None:
    """The process that keeps it ends with the monitor."""
    with Session(Local(), DryRun()):
        pass
    with Session(sandbox=True) as session:
        monitor = session.ip.monitor("link")
        assert isinstance(monitor, Monitor)
        keeper = monitor._stream._process.pid  # type: ignore[attr-defined]
        os.kill(keeper, 0)
        monitor.close()
        with pytest.raises(ProcessLookupError):
            os.kill(keeper, signal.SIGKILL)
