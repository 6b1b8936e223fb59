"""`Monitor`: a command that goes on and tells of changes, such as `ip monitor`, as a stream of events."""

import codecs
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import CommandTimeout, IpwrapError
from ipwrap.executors import Reply, Stream
from ipwrap.result import Result

if TYPE_CHECKING:
    from ipwrap.models.event import Event, Reader

__all__ = ["Listener", "Matches", "Monitor", "OpenMonitors", "listener"]

Matches = Callable[["Event"], bool]
SETTLED = 10.0  # seconds within which a monitor has told what was caused
SHOWN = 20  # events that an error shows
LOST = "No buffer space available"  # rtnl_listen() in lib/libnetlink.c, which then goes on


@define(eq=False)
class Monitor:
    """The events that a monitor tells of, from when it was made until it is closed.

    ::

        with session.ip.monitor("link") as monitor:
            session.ip.link.set("eth0", up=True)
            for event in monitor.events():
                …

    ``seen`` are all events so far. Of each, `events` and `wait` tell once. What a command of the session caused before
    one of them is called, it tells, without waiting for longer than that takes: the monitor is known to have read all.
    It may be used from several threads. It ends with its session, with its namespace, and should this process die.
    """

    command: Command
    _stream: Stream = field(repr=False)
    _reader: "Reader" = field(repr=False)
    _ended: Callable[["Monitor", Reply], None] = field(repr=False)
    seen: "list[Event]" = field(factory=list, init=False, repr=False)
    _fresh: "list[Event]" = field(factory=list, init=False, repr=False)
    _text: str = field(default="", init=False, repr=False)
    _decoder: codecs.IncrementalDecoder = field(init=False, repr=False)
    _reading: bool = field(default=False, init=False, repr=False)
    _turn: int = field(default=0, init=False, repr=False)
    _closed: bool = field(default=False, init=False, repr=False)
    _end_notified: threading.Condition = field(factory=threading.Condition, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """Whether no more events can come."""
        return self._stream.ended

    @property
    def lost(self) -> bool:
        """Whether events are missing: so many came at once that the kernel had to drop some (netlink(7), ENOBUFS)."""
        return LOST in self._stream.reply.stderr

    def events(self, timeout: float | None = 0) -> "Iterator[Event]":
        """Yield the events that nobody was told of yet: those caused so far, and those of the next seconds.

        ``timeout`` is in seconds, None for as long as the monitor goes on. Raises `CommandError` where it has failed.
        """
        deadline = _deadline(timeout)
        self._check_result()
        while (event := self._next(_any, deadline)) is not None:
            yield event

    def wait(self, matches: Matches | None = None, *, timeout: float | None = 10) -> "Event":
        """Return the first event, of those that nobody was told of yet, that matches; wait for it if need be.

        The others stay. ``timeout`` is in seconds. Raises `CommandTimeout`, which shows what was seen instead.
        """
        event = self._next(matches or _any, _deadline(timeout))
        if event is None:
            why = "it has ended" if self.ended else f"none within {timeout} s"
            raise CommandTimeout(
                f"{self.command.line}: no such event: {why}\n{_summarise(self.seen)}"
            )
        return event

    def close(self) -> None:
        """End it, when all that was caused so far has been told. Calling it again does nothing."""
        with self._end_notified:
            if self._closed:
                return
            self._closed = True
        self._stream.end()
        self._read_until(lambda: False)
        self._stream.close()
        self._ended(self, self._stream.reply)

    def _check_result(self) -> None:
        """Take all that was caused so far."""
        question = self._stream.request_sync()
        self._read_until(lambda: self._stream.syncs_seen >= question)

    def _read_until(self, done: Callable[[], bool]) -> None:
        """Take what comes until something is so, or the monitor has ended, or has long said nothing."""
        deadline = _deadline(SETTLED)
        while _remaining(deadline) > 0:
            with self._end_notified:
                turn = self._turn
                if done() or self._stream.ended:
                    return
            self._read_more(turn, deadline)

    def _next(self, matches: Matches, deadline: float | None) -> "Event | None":
        """Return the first event that matches and was not told of; None where none comes in time."""
        while True:
            with self._end_notified:
                self._take()
                turn, ended = self._turn, self._stream.ended
                found = next((event for event in self._fresh if matches(event)), None)
                if found is not None:
                    self._fresh = [event for event in self._fresh if event is not found]
                    return found
            if ended and not self._closed:
                self._result().check()
            if ended or _remaining(deadline) <= 0:
                return None
            self._read_more(turn, deadline)

    def _result(self) -> Result:
        """Return what the monitor has given back by now."""
        reply = self._stream.reply
        return Result(self.command, reply.status, reply.stdout, reply.stderr)

    def _read_more(self, turn: int, deadline: float | None) -> None:
        """Wait until more has been taken than at that turn: one thread by the stream, the others by that one."""
        left = None if deadline is None else _remaining(deadline)
        with self._end_notified:
            if self._reading and turn == self._turn:
                self._end_notified.wait(left)
            if self._reading or turn != self._turn:
                return
            self._reading = True
        try:
            self._stream.wait(left)
        finally:
            with self._end_notified:
                self._reading = False
                self._take()
                self._end_notified.notify_all()

    def _take(self) -> None:
        """Make events of what has come. The last text of several is whole when the monitor is known to rest."""
        if self._reading:  # another thread is about to
            return
        for data in self._stream.take():
            self._turn += 1
            self._text += self._decoder.decode(data or b"")
            texts = self._reader.split(self._text)
            whole, rest = (texts, "") if data is None else (texts[:-1], texts[-1] if texts else "")
            events = [self._reader.read(each) for each in whole]
            self.seen += events
            self._fresh += events
            self._text = self._text[self._text.rindex(rest) :] if rest else ""


@define(eq=False)
class OpenMonitors:
    """The monitors of a session that go on."""

    _all: list[Monitor] = field(factory=list)
    _lock: threading.Lock = field(factory=threading.Lock)

    def add(self, monitor: Monitor) -> None:
        """Know of a monitor."""
        with self._lock:
            self._all.append(monitor)

    def forget(self, monitor: Monitor) -> None:
        """Know no more of one that has ended."""
        with self._lock:
            self._all = [each for each in self._all if each is not monitor]

    def close_deleted(self, command: Command) -> None:
        """End those in namespaces whose names a command takes away: they would keep these and their links alive."""
        if not self._all:
            return
        gone = {name for noun, _, name in command.deletes if noun == "netns"}
        for monitor in list(self._all):
            if monitor.command.netns is not None and ("*" in gone or monitor.command.netns in gone):
                monitor.close()

    def close(self) -> None:
        """End all of them."""
        for monitor in list(self._all):
            monitor.close()


@runtime_checkable
class Listener(Protocol):
    """What a verb needs to start a monitor: the session is one."""

    def start_monitor(self, command: Command, reader: "Reader") -> Monitor:
        """Start a command that goes on, whose text the reader reads."""


def listener(runner: object) -> Listener:
    """Return a runner that can start monitors, as the one given is. Raises `IpwrapError` if it is none."""
    if not isinstance(runner, Listener):
        raise IpwrapError(
            f"a {type(runner).__name__} only runs commands that end; ask a session for a monitor"
        )
    return runner


def _any(event: "Event") -> bool:  # noqa: ARG001 - as the others
    """Match every event."""
    return True


def _deadline(timeout: float | None) -> float | None:
    """Return when so many seconds are over."""
    return None if timeout is None else time.monotonic() + timeout


def _remaining(deadline: float | None) -> float:
    """Return how many seconds are left."""
    return float("inf") if deadline is None else deadline - time.monotonic()


def _summarise(seen: "list[Event]") -> str:
    """Return what an error shows of the events that came."""
    if not seen:
        return "  seen: nothing"
    left_out = (
        f"  seen: {len(seen)} events, of which the last are\n" if len(seen) > SHOWN else "  seen:\n"
    )
    return left_out + "\n".join(f"    {event.text}" for event in seen[-SHOWN:])
