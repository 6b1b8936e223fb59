"""A wait looks first, then listens or looks again; it ends in time and leaves nothing behind."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import define, field, frozen

from ipwrap import (
    Command,
    ExecutorError,
    InvalidArgument,
    IpwrapError,
    Local,
    Process,
    Sandbox,
    Session,
    WaitTimeout,
    until,
)
from ipwrap.conditions import Condition, Observation, Prober
from ipwrap.executors import Batch, Executor, Reply
from ipwrap.executors.stream import FinishedStream, ProcessStream
from ipwrap.kinds import Veth
from ipwrap.places import Place
from ipwrap.recording import WaitEvent
from ipwrap.result import Result
from ipwrap.sessions import waiting
from ipwrap.sessions.waiting import check_wait_timeout, wait_until
from tests.processes import running
from tests.waiting import LIMIT
from tests.waiting import until as is_reached

UP = until.link("v1", operstate="UP")


@pytest.fixture(params=[Batch, Process])
def pair_session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session of each executor, with a veth pair whose other end is in the namespace red."""
    with Session(Sandbox(), request.param()) as session:
        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
        session.netns("red").ip.link.set("v1", up=True)
        yield session


@pytest.fixture
def opened_streams(monkeypatch: pytest.MonkeyPatch) -> list[ProcessStream]:
    """The monitors that have been started."""
    streams: list[ProcessStream] = []
    open_stream = ProcessStream.open.__func__  # type: ignore[attr-defined]

    def open_and_note(cls: type[ProcessStream], *arguments: Any) -> ProcessStream:
        stream: ProcessStream = open_stream(cls, *arguments)
        streams.append(stream)
        return stream

    monkeypatch.setattr(ProcessStream, "open", classmethod(open_and_note))
    return streams


def waits_of(session: Session) -> list[WaitEvent]:
    """Return the waits in the recording of a session."""
    return [step for step, _ in session.recording.pairs() if isinstance(step, WaitEvent)]


def start_when(is_ready: Callable[[], bool], action: Callable[[], object]) -> threading.Thread:
    """Start a thread that acts as soon as something is the case."""

    def act() -> None:
        assert is_reached(is_ready)
        action()

    thread = threading.Thread(target=act)
    thread.start()
    return thread


def has_ended(stream: ProcessStream) -> bool:
    """Return whether a monitor is closed, and its helper has ended."""
    assert stream._own_helper is not None
    return stream.ended and stream._own_helper._process.poll() is not None


def test_a_condition_that_holds_returns_at_once(
    pair_session: Session, opened_streams: list[ProcessStream]
) -> None:
    """A first look is enough: no monitor is started, and the wait is recorded."""
    pair_session.wait_for(until.link("v0", exists=True))

    (wait,) = waits_of(pair_session)
    assert [] == opened_streams
    assert (until.link("v0"), None, 10.0, True) == (
        wait.condition,
        wait.netns,
        wait.timeout,
        wait.satisfied,
    )
    assert (wait.call_site or "").startswith("tests/sessions/test_waiting.py:")


def test_an_event_ends_the_wait(
    pair_session: Session,
    opened_streams: list[ProcessStream],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A longer wait listens, and needs no further look by the clock; the monitor is closed."""
    monkeypatch.setattr(waiting, "LOOK_INTERVAL", LIMIT)
    red = pair_session.netns("red")

    thread = start_when(
        lambda: bool(opened_streams), lambda: pair_session.ip.link.set("v0", up=True)
    )
    red.wait_for(UP, timeout=LIMIT)
    thread.join()

    (stream,) = opened_streams
    assert has_ended(stream)
    assert waits_of(pair_session)[0].seconds < LIMIT / 2
    assert not [line for line in map(str, pair_session.recording.commands) if "monitor" in line]


def test_timeout(pair_session: Session, opened_streams: list[ProcessStream]) -> None:
    """A time-out says what was waited for, where, and what was seen last; it is recorded."""
    with pytest.raises(WaitTimeout) as caught:
        pair_session.netns("red").wait_for(UP, timeout=0.8)

    seen = "operstate DOWN, without a carrier"
    assert (UP, seen) == (caught.value.condition, caught.value.seen)
    text, _, call_site = str(caught.value).rpartition("\n  asked at:  ")
    assert text == (
        f"link v1 has operstate UP: not within 0.8 s\n  namespace: red\n  last seen: {seen}"
    )
    assert "test_waiting.py:" in call_site

    (wait,) = waits_of(pair_session)
    assert (False, seen, 0.8) == (wait.satisfied, wait.seen, wait.timeout)
    assert [True] == [has_ended(stream) for stream in opened_streams]


def test_namespace_that_comes_later(
    pair_session: Session, opened_streams: list[ProcessStream]
) -> None:
    """A namespace that does not exist yet is no error: it is seen when it comes."""
    with pytest.raises(WaitTimeout, match="last seen: Cannot open network namespace"):
        pair_session.netns("blue").wait_for(until.link("lo"), timeout=0.7)
    assert [] == opened_streams

    thread = threading.Timer(0.5, lambda: pair_session.ip.netns.add("blue"))
    thread.start()
    pair_session.netns("blue").wait_for(until.link("lo"), timeout=LIMIT)
    thread.join()


def test_namespace_that_is_deleted_meanwhile(
    pair_session: Session, opened_streams: list[ProcessStream]
) -> None:
    """The session deletes the namespace: the monitor does not keep it alive, the wait goes on."""
    thread = start_when(lambda: bool(opened_streams), lambda: pair_session.ip.netns.delete("red"))
    pair_session.netns("red").wait_for(until.gone(link="v1"), timeout=LIMIT)
    thread.join()

    pair_session.wait_for(until.gone(link="v0"), timeout=LIMIT)
    assert all(has_ended(stream) for stream in opened_streams)


def test_namespace_that_is_deleted_by_another_program(
    pair_session: Session, opened_streams: list[ProcessStream]
) -> None:
    """Somebody else deletes the namespace: the next look closes the monitor."""
    place = pair_session.place
    argv = ("ip", "netns", "delete", "red")
    thread = start_when(
        lambda: bool(opened_streams),
        lambda: Process().run(Command(argv), place),
    )
    with pytest.raises(WaitTimeout, match="last seen: Cannot open network namespace"):
        pair_session.netns("red").wait_for(UP, timeout=4)
    thread.join()

    assert [True] == [has_ended(stream) for stream in opened_streams]
    pair_session.wait_for(until.gone(link="v0"), timeout=LIMIT)


@pytest.mark.parametrize("executor", [Batch, Process])
@pytest.mark.parametrize("condition", [UP, until.listening(80), until.succeeds("false")], ids=str)
def test_sandbox_that_ends(executor: type[Executor], condition: Condition) -> None:
    """A sandbox whose holder is killed is an error at once, not a time-out."""
    sandbox = Sandbox()
    session = Session(sandbox, executor())
    session.open()

    thread = threading.Timer(0.8, lambda: os.kill(sandbox.pid or 0, signal.SIGKILL))
    thread.start()
    begin = time.monotonic()
    try:
        with pytest.raises(IpwrapError) as caught:
            session.wait_for(condition, timeout=2 * LIMIT)
    finally:
        thread.join()
        session.close()

    assert not isinstance(caught.value, WaitTimeout)
    assert time.monotonic() - begin < LIMIT


@pytest.mark.parametrize("delay", [0.1, 0.9])
def test_interrupted_wait(
    pair_session: Session, opened_streams: list[ProcessStream], delay: float
) -> None:
    """Ctrl-C ends a wait and its monitor; the session goes on."""
    thread = threading.Timer(delay, lambda: os.kill(os.getpid(), signal.SIGINT))
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        pair_session.netns("red").wait_for(UP, timeout=LIMIT)
    thread.join()

    assert all(has_ended(stream) for stream in opened_streams)
    pair_session.ip.link.set("v0", up=True)
    pair_session.netns("red").wait_for(UP, timeout=LIMIT)


def test_hanging_program(pair_session: Session, sleep_marker: str) -> None:
    """A program that hangs is killed when the time is up, and holds up the wait no longer."""
    condition = until.succeeds("sleep", sleep_marker)
    with pytest.raises(WaitTimeout, match="last seen: it still ran, and was killed"):
        pair_session.netns("red").wait_for(condition, timeout=0.5)

    assert is_reached(lambda: [] == running(sleep_marker))


def test_waits_in_threads(pair_session: Session) -> None:
    """Several threads wait at once, each for its own link."""
    red = pair_session.netns("red")
    names = [f"a{number}" for number in range(5)]
    threads = [
        threading.Thread(target=red.wait_for, args=(until.link(name),), kwargs={"timeout": LIMIT})
        for name in names
    ]
    for thread in threads:
        thread.start()
    for name in reversed(names):
        red.ip.link.add(name, Veth(peer=f"{name}-peer"))
    for thread in threads:
        thread.join(LIMIT)

    waits = [wait.condition for wait in waits_of(pair_session) if wait.satisfied]
    assert {until.link(name) for name in names} == set(waits)


def test_a_batch_block_is_sent_before(pair_session: Session) -> None:
    """Queued changes are made before the wait, which may wait for them."""
    with pair_session.batch():
        pair_session.ip.link.set("v0", up=True)
        pair_session.netns("red").wait_for(UP, timeout=LIMIT)

    assert waits_of(pair_session)[0].satisfied


def test_dry_run(dry_session: Session) -> None:
    """Where nothing runs, a wait is recorded and returns at once."""
    dry_session.netns("red").wait_for(until.listening(80), timeout=LIMIT)

    (wait,) = waits_of(dry_session)
    assert ("red", True, 0.0) == (wait.netns, wait.satisfied, wait.seconds)


def test_playback(pair_session: Session) -> None:
    """A played-back script does not wait."""
    pair_session.ip.link.set("v0", up=True)
    pair_session.netns("red").wait_for(UP, timeout=LIMIT)
    pair_session.close()

    with Session.playback(pair_session.recording) as player:
        player.ip.netns.add("red")
        player.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
        player.netns("red").ip.link.set("v1", up=True)
        player.ip.link.set("v0", up=True)
        player.netns("red").wait_for(UP, timeout=LIMIT)
        assert [] == player.unplayed


@pytest.mark.live
def test_the_first_namespace_of_a_sandbox(session: Session) -> None:
    """The error of a wait does not call the namespace of a sandbox the host's."""
    with pytest.raises(WaitTimeout, match="namespace: the sandbox's own"):
        session.wait_for(until.link("no-such-link"), timeout=0.1)


def test_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """On this host, as an ordinary user too, a look needs no rights."""
    with Session(Local()) as session:
        session.wait_for(until.link("lo"))
        with pytest.raises(WaitTimeout, match="namespace: the host namespace"):
            session.wait_for(until.link("no-such-link"), timeout=0.5)


@define
class Runs:
    """An executor that runs commands, and has neither monitors nor background processes."""

    live: bool = True
    process: Process = field(factory=Process)

    def run(self, command: Command, place: Place) -> Reply:
        """Run a command."""
        return self.process.run(command, place)

    def close(self) -> None:
        """Release nothing."""


def test_executor_without_monitors() -> None:
    """An executor that only runs commands is enough: looking goes on."""
    with Session(Sandbox(), Runs()) as session:
        thread = threading.Timer(1.0, lambda: session.ip.link.add("v0", Veth(peer="v1")))
        thread.start()
        session.wait_for(until.link("v0"), timeout=LIMIT)
        thread.join()

    assert waits_of(session)[0].satisfied


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), True, "1", None])
def test_refused_timeouts(dry_session: Session, timeout: float) -> None:
    """A limit that is no time above zero is refused."""
    with pytest.raises(InvalidArgument, match=r"timeout: .* is not a time in seconds above 0"):
        check_wait_timeout(timeout)
    with pytest.raises(InvalidArgument, match="timeout"):
        dry_session.wait_for(UP, timeout=timeout)


def test_refused_condition(dry_session: Session) -> None:
    """Anything but a condition is refused with its value."""
    with pytest.raises(InvalidArgument, match=r"wait_for: 'eth0' is no condition of ipwrap\.until"):
        dry_session.wait_for("eth0")  # type: ignore[arg-type]


class NoProber:
    """A prober that is not asked."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Fail."""
        raise AssertionError(command, check)

    def process_pid(self, name: str) -> int:
        """Return no pid: these conditions ask for none."""
        raise AssertionError(name)

    def process_output(self, name: str) -> str:
        """Fail."""
        raise AssertionError(name)

    def redact_text(self, text: str) -> str:
        """Return the text: there are no secrets."""
        return text


@frozen(eq=False)
class Scripted(Condition):
    """A condition that never holds, and counts the looks."""

    tag = "scripted"

    is_monitored: bool = True
    _looks: list[str] = field(factory=list)

    @property
    def looks(self) -> int:
        """The number of looks."""
        return len(self._looks)

    @property
    def monitored(self) -> tuple[str, ...]:
        """The objects of `ip monitor`."""
        return ("link", "address") if self.is_monitored else ()

    def look(self, prober: Prober, netns: str | None) -> Observation:  # noqa: ARG002 - as scripted
        """Count the look."""
        self._looks.append(f"look {self.looks + 1}")
        return Observation(False, self._looks[-1])


@define
class QuietStream:
    """A monitor without events, which may end."""

    waits: list[float | None] = field(factory=list)
    ended: bool = False
    closed: bool = False
    syncs_seen: int = 0
    reply: Reply = Reply(0, "", "")

    def wait(self, seconds: float | None) -> None:
        """Sleep: no event comes."""
        self.waits.append(seconds)
        time.sleep(seconds or 0)

    def take(self) -> list[bytes | None]:
        """Return no output."""
        return []

    def request_sync(self) -> int:
        """Return a number."""
        return 0

    def end(self) -> None:
        """End."""
        self.ended = True

    def close(self) -> None:
        """Note the call."""
        self.closed = True


def test_few_looks_while_nothing_happens() -> None:
    """A monitored wait looks about once a second, and at the end; it asks for one monitor."""
    stream = QuietStream()
    commands: list[Command] = []

    def listen(command: Command) -> QuietStream:
        commands.append(command)
        return stream

    condition = Scripted()
    waited = wait_until(condition, NoProber(), netns="red", timeout=3, listen=listen)

    assert [Command(("ip", "monitor", "link", "address"), "red", changes=False)] == commands
    assert not waited.satisfied
    assert stream.closed
    assert all(seconds is not None and seconds <= 1 for seconds in stream.waits)
    # Before it listens: 0.3 s in growing steps. Then one look a second.
    assert condition.looks <= 20


def test_few_looks_without_a_monitor() -> None:
    """Where nothing tells, looks come at pauses of up to 40 ms."""
    condition = Scripted(is_monitored=False)
    waited = wait_until(condition, NoProber(), netns=None, timeout=2)

    assert (False, f"look {condition.looks}") == (waited.satisfied, waited.observation.seen)
    assert condition.looks <= 2 / 0.04 + 6


@pytest.mark.parametrize("is_refused", [True, False])
def test_monitor_that_cannot_start(*, is_refused: bool) -> None:
    """Where no monitor can be started, or it ends at once, looking goes on."""
    commands: list[Command] = []

    def listen(command: Command) -> FinishedStream:
        commands.append(command)
        if is_refused:
            raise ExecutorError("no monitor")
        return FinishedStream(Reply(255, "", "Cannot open network namespace"))

    condition = Scripted()
    waited = wait_until(condition, NoProber(), netns="red", timeout=2, listen=listen)

    assert not waited.satisfied
    assert 1 <= len(commands) <= 3
    assert condition.looks > 10 or waited.seconds > LIMIT / 10


def test_impossible_condition() -> None:
    """What cannot hold any more ends the wait by its own error, and the monitor is closed."""
    stream = QuietStream()
    condition = Scripted()

    def require_possible() -> None:
        if stream.waits:
            raise ExecutorError("the server has ended")

    with pytest.raises(ExecutorError, match="the server has ended"):
        wait_until(
            condition,
            NoProber(),
            netns=None,
            timeout=LIMIT,
            listen=lambda _: stream,
            require_possible=require_possible,
        )
    assert stream.closed
