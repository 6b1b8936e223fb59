"""`Monitor`: `ip monitor` and similar commands, as a stream of events."""

import codecs
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, overload, runtime_checkable

from attrs import define, field

from ipwrap.command import Command
from ipwrap.conditions import Condition
from ipwrap.errors import CommandTimeout, InvalidArgument, IpwrapError
from ipwrap.executors import Reply, Stream
from ipwrap.result import Result
from ipwrap.system.counts import count_of

if TYPE_CHECKING:
    from ipwrap.models.event import Event, MonitorReader

__all__ = ["ConditionWaiter", "Matches", "Monitor", "MonitorStarter", "require_monitor_starter"]

Matches = Callable[["Event"], bool]
SYNC_SECONDS = 10.0  # for a monitor to print the events caused before
MAX_LISTED_EVENTS = 20  # in the message of an error
# Printed by rtnl_listen() in lib/libnetlink.c after ENOBUFS; the command then goes on.
OVERRUN = "No buffer space available"


class ConditionWaiter(Protocol):
    """Waits for a condition in a namespace, and records the wait, as a session does."""

    def __call__(self, condition: Condition, netns: str | None, *, timeout: float) -> None:
        """Return when the condition holds. Raises `WaitTimeout`."""


@define(eq=False)
class Monitor:
    """The events printed by a monitor command, from its start until it is closed.

    ::

        with session.ip.monitor("link") as monitor:
            session.ip.link.set("eth0", up=True)
            for event in monitor.events():
                …

    ``seen`` holds every event up to now. `events` and `wait` return an event once. Both include the
    events caused by earlier commands of the session: the helper process reports when the command
    has read every kernel notification, so no fixed time is waited for. Threads may share a monitor.
    A monitor ends with the session, with the namespace, and with the Python process.
    """

    command: Command
    _stream: Stream = field(repr=False)
    _reader: "MonitorReader" = field(repr=False)
    _on_end: Callable[["Monitor", Reply], None] = field(repr=False)
    _wait_for_condition: ConditionWaiter | None = field(default=None, repr=False)
    seen: "list[Event]" = field(factory=list, init=False, repr=False)
    _unread: "list[Event]" = field(factory=list, init=False, repr=False)
    _text: str = field(default="", init=False, repr=False)
    _decoder: codecs.IncrementalDecoder = field(init=False, repr=False)
    _has_waiter: bool = field(default=False, init=False, repr=False)
    _chunk_count: int = field(default=0, init=False, repr=False)
    _closed: bool = field(default=False, init=False, repr=False)
    _changed: threading.Condition = field(factory=threading.Condition, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def __repr__(self) -> str:
        condition = "closed" if self._closed else "running"
        events = count_of(len(self.seen), "event")
        return f"<Monitor: {condition}, {events} by now: {self.command.line}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """Whether no more events can come."""
        return self._stream.ended

    @property
    def lost(self) -> bool:
        """Whether events are missing: the kernel drops events when the socket's buffer is full.

        See ENOBUFS in netlink(7).
        """
        return OVERRUN in self._stream.reply.stderr

    def events(self, timeout: float | None = 0) -> "Iterator[Event]":
        """Yield the unread events: those caused up to now, then those of the next seconds.

        ``timeout`` is in seconds, None for the life of the monitor. Raises `CommandError` where the
        command has failed.
        """
        deadline = _deadline(timeout)
        self._synchronise()
        while (event := self._next(_match_all, deadline)) is not None:
            yield event

    @overload
    def wait(self, matches: Matches | None = None, *, timeout: float | None = 10) -> "Event": ...

    @overload
    def wait(self, matches: Condition, *, timeout: float | None = 10) -> None: ...

    def wait(
        self, matches: Matches | Condition | None = None, *, timeout: float | None = 10
    ) -> "Event | None":
        """Return the first matching unread event, and wait if necessary.

        The rest stays unread. ``timeout`` is in seconds. Raises `CommandTimeout`, with the events
        seen instead.

        ``matches`` may be a condition of `ipwrap.until`: then the call returns, without an event,
        as soon as the condition holds in the monitor's namespace. The wait is recorded, replayed
        and exported like `wait_for`, and needs a time limit; events stay unread. Raises
        `WaitTimeout`.
        """
        if isinstance(matches, Condition):
            self._wait_until(matches, timeout)
            return None

        event = self._next(matches or _match_all, _deadline(timeout))
        if event is None:
            reason = "it has ended" if self.ended else f"none within {timeout} s"
            raise CommandTimeout(
                f"{self.command.line}: no such event: {reason}\n{_format_events(self.seen)}"
            )

        return event

    def _wait_until(self, condition: Condition, timeout: float | None) -> None:
        """Wait until a condition holds. Raises `WaitTimeout`, `InvalidArgument`."""
        if self._wait_for_condition is None:
            raise IpwrapError("this monitor has no session that could wait for a condition")

        if timeout is None:
            raise InvalidArgument("timeout: a wait for a condition needs a limit in seconds")
        self._wait_for_condition(condition, self.command.netns, timeout=timeout)

    def close(self) -> None:
        """Stop the command after the events caused up to now. A second call has no effect."""
        with self._changed:
            if self._closed:
                return
            self._closed = True

        self._stream.end()
        self._read_until(lambda: False)
        self._stream.close()
        self._on_end(self, self._stream.reply)

    def _synchronise(self) -> None:
        """Read the events caused up to now."""
        number = self._stream.request_sync()
        self._read_until(lambda: self._stream.syncs_seen >= number)

    def _read_until(self, is_done: Callable[[], bool]) -> None:
        """Read until a condition holds, the command has ended, or a time limit has passed."""
        deadline = _deadline(SYNC_SECONDS)
        while _remaining(deadline) > 0:
            with self._changed:
                chunk_count = self._chunk_count
                if is_done() or self._stream.ended:
                    return
            self._read_more(chunk_count, deadline)

    def _next(self, matches: Matches, deadline: float | None) -> "Event | None":
        """Return the first matching unread event, None at the deadline or the end."""
        while True:
            with self._changed:
                self._take_output()
                chunk_count = self._chunk_count
                has_ended = self._stream.ended
                match = next((event for event in self._unread if matches(event)), None)
                if match is not None:
                    self._unread = [event for event in self._unread if event is not match]
                    return match

            if has_ended and not self._closed:
                self._result().check()
            if has_ended or _remaining(deadline) <= 0:
                return None
            self._read_more(chunk_count, deadline)

    def _result(self) -> Result:
        """Return the output of the command up to now as a result."""
        reply = self._stream.reply
        return Result(self.command, reply.status, reply.stdout, reply.stderr)

    def _read_more(self, chunk_count: int, deadline: float | None) -> None:
        """Wait until more chunks than a count have been read.

        The stream is not thread-safe: a single thread waits for the stream, further threads wait
        for the first thread.
        """
        seconds = None if deadline is None else _remaining(deadline)

        with self._changed:
            if self._has_waiter and chunk_count == self._chunk_count:
                self._changed.wait(seconds)
            if self._has_waiter or chunk_count != self._chunk_count:
                return
            self._has_waiter = True

        try:
            self._stream.wait(seconds)
        finally:
            with self._changed:
                self._has_waiter = False
                self._take_output()
                self._changed.notify_all()

    def _take_output(self) -> None:
        """Parse the output since the last call into events.

        The last event of a text may be incomplete, until the stream marks that the command is idle.
        """
        if self._has_waiter:  # the waiting thread will take the output
            return

        for chunk in self._stream.take():
            is_idle = chunk is None
            self._chunk_count += 1
            self._text += self._decoder.decode(chunk or b"")

            texts = self._reader.split(self._text)
            incomplete = ""
            if texts and not is_idle:
                incomplete = texts.pop()
            events = [self._reader.read(text) for text in texts]
            self.seen += events
            self._unread += events

            # The reader strips newlines: those behind the incomplete text have to stay.
            self._text = self._text[self._text.rindex(incomplete) :] if incomplete else ""


@runtime_checkable
class MonitorStarter(Protocol):
    """A runner with monitors, for example a session."""

    def start_monitor(self, command: Command, reader: "MonitorReader") -> Monitor:
        """Start a monitor command, with a parser of the output."""


def require_monitor_starter(runner: object) -> MonitorStarter:
    """Return a runner with monitors. Raises `IpwrapError` for a runner without."""
    if not isinstance(runner, MonitorStarter):
        raise IpwrapError(
            f"a {type(runner).__name__} only runs commands that end; ask a session for a monitor"
        )

    return runner


def _match_all(event: "Event") -> bool:  # noqa: ARG001 - the signature of `Matches`
    """Match every event."""
    return True


def _deadline(timeout: float | None) -> float | None:
    """Return the time at which a timeout has passed, None for no timeout."""
    return None if timeout is None else time.monotonic() + timeout


def _remaining(deadline: float | None) -> float:
    """Return the seconds until a deadline, infinity for no deadline."""
    return float("inf") if deadline is None else deadline - time.monotonic()


def _format_events(events: "list[Event]") -> str:
    """Return the last events as lines for an error message."""
    if not events:
        return "  seen: nothing"

    heading = "  seen:"
    if len(events) > MAX_LISTED_EVENTS:
        heading = f"  seen: {len(events)} events, of which the last are"
    lines = [f"    {event.text}" for event in events[-MAX_LISTED_EVENTS:]]

    return "\n".join([heading, *lines])
