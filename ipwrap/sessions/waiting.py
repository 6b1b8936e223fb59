"""Wait until a condition holds: check repeatedly, or at each event of `ip monitor`.

A wait checks at once, then with growing pauses. After 0.3 s the wait listens to `ip monitor`
instead, if the kernel notifies of the changes: an idle monitor costs nothing. A check follows each
event, and a second without an event.
"""

import time
from collections.abc import Callable
from functools import partial

from attrs import define, evolve, field, frozen

from ipwrap.command import Command
from ipwrap.conditions import Condition, Observation, Prober
from ipwrap.errors import (
    ExecutorError,
    InvalidArgument,
    WaitTimeout,
    describe_first_namespace,
)
from ipwrap.executors import Stream
from ipwrap.options.validation import check_seconds
from ipwrap.result import Result

__all__ = [
    "StartMonitor",
    "Waited",
    "check_wait_timeout",
    "refuse_secret_values",
    "timeout_error",
    "wait_until",
]

FIRST_PAUSE = 0.005  # seconds between two looks; doubled up to the longest pause
LONGEST_PAUSE = 0.04
LISTEN_AFTER = 0.3  # seconds: a program started earlier would cost more than the looks
LOOK_INTERVAL = 1.0  # seconds between two looks without an event
# The limit of the last look, after the time is up: a hanging program holds up a wait no longer.
LAST_LOOK_SECONDS = 1.0

# Starts a monitor command without an entry in the recording. Raises `ExecutorError`.
StartMonitor = Callable[[Command], Stream]


@frozen
class Waited:
    """The outcome of a wait: the last observation, and the seconds that the wait took."""

    observation: Observation
    seconds: float

    @property
    def satisfied(self) -> bool:
        """Whether the condition holds."""
        return self.observation.satisfied


@frozen
class _LimitedProber:
    """A prober whose programs are killed when the time of the wait is up."""

    prober: Prober
    deadline: float

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command, and kill a program that takes too long.

        A line of a worker has no limit: to kill the worker would cost more than to wait.
        """
        if not command.batch:
            limit = max(self.deadline - time.monotonic(), LAST_LOOK_SECONDS)
            command = evolve(command, timeout=limit)
        return self.prober.run(command, check=check)

    def process_output(self, name: str) -> str:
        """Return the output so far of a background process of the session."""
        return self.prober.process_output(name)

    def process_pid(self, name: str) -> int:
        """Return the pid of a background process of the session."""
        return self.prober.process_pid(name)

    def redact_text(self, text: str) -> str:
        """Return a text with the session's secrets replaced by their names."""
        return self.prober.redact_text(text)


@define
class _EventListener:
    """Sleeps until an event of `ip monitor`.

    ``start_stream`` starts the monitor; None for a condition without events.
    """

    start_stream: Callable[[], Stream] | None
    _stream: Stream | None = None
    _next_start: float = field(factory=lambda: time.monotonic() + LISTEN_AFTER)

    @property
    def is_listening(self) -> bool:
        """Whether events are noticed."""
        return self._stream is not None

    def start(self) -> bool:
        """Begin to listen if the time has come; return whether listening has begun.

        The caller then checks the condition: a change before the first event would be missed.
        """
        if self.start_stream is None or self._stream is not None:
            return False
        if time.monotonic() < self._next_start:
            return False

        self._next_start = time.monotonic() + LOOK_INTERVAL
        try:
            self._stream = self.start_stream()
        except ExecutorError:
            return False  # looking goes on, and raises where nothing can be run

        self._drop_ended()
        return self.is_listening

    def wait(self, seconds: float) -> None:
        """Wait for an event, at most some seconds."""
        if self._stream is not None:
            self._stream.wait(seconds)
            self._stream.take()
            self._drop_ended()

    def _drop_ended(self) -> None:
        """Close an ended stream: the namespace was deleted, or the monitor killed from outside."""
        if self._stream is not None and self._stream.ended:
            self.close()

    def close(self) -> None:
        """Stop listening. The monitor would keep a deleted namespace alive."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


@define
class _Pauses:
    """The pauses of a wait between two checks.

    A pause is at least as long as the previous check: a machine under load, on which a check takes
    long, is not loaded further.
    """

    listener: _EventListener
    deadline: float
    _seconds: float = FIRST_PAUSE

    def pause(self, look_end: float, *, look_seconds: float) -> None:
        """Wait for an event, or for some time, and not beyond the deadline."""
        remaining = max(self.deadline - time.monotonic(), 0)
        self._seconds = max(self._seconds, look_seconds)

        if not self.listener.is_listening:
            time.sleep(min(self._seconds, remaining))
            self._seconds = min(2 * self._seconds, LONGEST_PAUSE)
            return

        self.listener.wait(min(LOOK_INTERVAL, remaining))
        # Events that follow each other at once are one reason to look.
        if time.monotonic() - look_end < LONGEST_PAUSE:
            time.sleep(min(max(FIRST_PAUSE, look_seconds), remaining))


def check_wait_timeout(timeout: float | None) -> float:
    """Return the limit of a wait. Raises `InvalidArgument` for a limit that is no time above 0."""
    return check_seconds(timeout, "timeout", above_zero=True)


def refuse_secret_values(condition: Condition, prober: Prober) -> None:
    """Raise `InvalidArgument` for a condition that names the value of a secret.

    Recordings and scripts show conditions unchanged.
    """
    text = str(condition)
    redacted = prober.redact_text(text)
    if redacted != text:
        raise InvalidArgument(
            f"{redacted}: the condition has the value of a secret, and recordings show conditions "
            "as text; look for something else"
        )


def wait_until(
    condition: Condition,
    prober: Prober,
    *,
    netns: str | None,
    timeout: float,
    listen: StartMonitor | None = None,
    require_possible: Callable[[], None] = lambda: None,
) -> Waited:
    """Wait until a condition holds, at most ``timeout`` seconds.

    - ``listen``: starts a monitor; without ``listen``, the wait only has repeated checks
    - ``require_possible``: called between two checks; raises if the condition cannot hold any more,
      such as the condition of an ended server

    The last check comes after the time is up: a machine under load, on which no check is in time,
    still notices a condition that holds.
    """
    begin = time.monotonic()
    deadline = begin + timeout
    limited_prober = _LimitedProber(prober, deadline)

    start_stream = None
    if listen is not None and condition.monitored:
        command = Command(("ip", "monitor", *condition.monitored), netns, changes=False)
        start_stream = partial(listen, command)
    listener = _EventListener(start_stream)
    pauses = _Pauses(listener, deadline)

    try:
        while True:
            look_begin = time.monotonic()
            observation = condition.look(limited_prober, netns)
            look_end = time.monotonic()
            if observation.satisfied or look_begin >= deadline:
                return Waited(observation, look_end - begin)

            require_possible()
            if observation.lacks_netns:
                listener.close()
            elif listener.start():
                continue
            pauses.pause(look_end, look_seconds=look_end - look_begin)
    finally:
        listener.close()


def timeout_error(
    condition: Condition,
    netns: str | None,
    *,
    timeout: float,
    seen: str,
    place: str,
    call_site: str | None,
    printed: str = "",
) -> WaitTimeout:
    """Return the error of a wait whose time is up.

    ``place`` is the name of the place. ``printed`` are the last lines of the process that was to
    become ready.
    """
    report = [
        f"{condition}: not within {timeout:g} s",
        f"  namespace: {netns or describe_first_namespace(place)}",
        f"  last seen: {seen or 'nothing'}",
    ]
    if printed:
        report.append(printed)
    if call_site:
        report.append(f"  asked at:  {call_site}")
    return WaitTimeout("\n".join(report), condition, seen=seen)
