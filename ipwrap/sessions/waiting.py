"""Wait until a condition holds: look, then look again, soon by the events of `ip monitor`.

A wait looks at once, then with growing pauses. Where the kernel tells of a change, a wait that
takes longer listens to `ip monitor`, which costs nothing while nothing happens, and looks at each
event.
"""

import time
from collections.abc import Callable

from attrs import define, evolve, field, frozen

from ipwrap.command import Command
from ipwrap.conditions import Condition, Observation, Prober
from ipwrap.errors import ExecutorError, WaitTimeout
from ipwrap.executors import Stream
from ipwrap.options.validation import check_seconds
from ipwrap.result import Result

__all__ = ["Listen", "Waited", "check_wait_timeout", "timeout_error", "wait_until"]

FIRST_PAUSE = 0.005  # seconds between two looks; doubled up to the longest pause
LONGEST_PAUSE = 0.04
LISTEN_AFTER = 0.3  # seconds: a shorter wait does not start a program for it
LOOK_INTERVAL = 1.0  # seconds between two looks without an event
# The limit of a look when the time is up: a hanging program holds up a wait no longer.
LAST_LOOK_SECONDS = 1.0

# Starts a monitor command without an entry in the recording. Raises `ExecutorError`.
Listen = Callable[[Command], Stream]


@frozen
class Waited:
    """The outcome of a wait: what was seen last, and how long it took, in seconds."""

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

        A line of a worker has no limit: it would cost the worker.
        """
        if not command.batch:
            limit = max(self.deadline - time.monotonic(), LAST_LOOK_SECONDS)
            command = evolve(command, timeout=limit)
        return self.prober.run(command, check=check)

    def process_output(self, name: str) -> str:
        """Return what a background process of the session has printed up to now."""
        return self.prober.process_output(name)

    def process_pid(self, name: str) -> int:
        """Return the pid of a background process of the session."""
        return self.prober.process_pid(name)


@define
class _EventListener:
    """Sleeps until an event of `ip monitor`, where one can be listened to.

    ``command`` is None for a condition that no event tells of.
    """

    command: Command | None
    listen: Listen
    _stream: Stream | None = None
    _next_start: float = field(factory=lambda: time.monotonic() + LISTEN_AFTER)

    @property
    def is_listening(self) -> bool:
        """Whether events are noticed."""
        return self._stream is not None

    def start(self) -> bool:
        """Begin to listen if it is time to; return whether it has begun: then look first."""
        if self.command is None or self._stream is not None:
            return False
        if time.monotonic() < self._next_start:
            return False

        self._next_start = time.monotonic() + LOOK_INTERVAL
        try:
            self._stream = self.listen(self.command)
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
        """Close a stream that has ended: without its namespace, or from outside."""
        if self._stream is not None and self._stream.ended:
            self.close()

    def close(self) -> None:
        """Stop listening. The monitor would keep a deleted namespace alive."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


def check_wait_timeout(timeout: float | None) -> float:
    """Return the limit of a wait. Raises `InvalidArgument` for one that is no time above 0."""
    return check_seconds(timeout, "timeout", above_zero=True)


def wait_until(
    condition: Condition,
    prober: Prober,
    *,
    netns: str | None,
    timeout: float,
    listen: Listen | None = None,
    require_possible: Callable[[], None] = lambda: None,
) -> Waited:
    """Wait until a condition holds, at most ``timeout`` seconds.

    ``require_possible`` raises where it cannot hold any more, such as a server that has ended; it
    is asked between two looks. ``listen`` starts a monitor; without it, only looking tells. The
    condition is looked at once more when the time is up: a machine under load takes no condition
    for missing that holds.
    """
    begin = time.monotonic()
    deadline = begin + timeout
    limited_prober = _LimitedProber(prober, deadline)

    command = None
    if listen is not None and condition.monitored:
        command = Command(("ip", "monitor", *condition.monitored), netns, changes=False)
    listener = _EventListener(command, listen or _listen_to_nothing)

    pause = FIRST_PAUSE
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

            # A machine under load, on which a look takes long, is not loaded further.
            rest = max(deadline - time.monotonic(), 0)
            look_seconds = look_end - look_begin
            pause = max(pause, look_seconds)
            if listener.is_listening:
                listener.wait(min(LOOK_INTERVAL, rest))
                # Events in a row are one reason to look.
                if time.monotonic() - look_end < LONGEST_PAUSE:
                    time.sleep(min(max(FIRST_PAUSE, look_seconds), rest))
            else:
                time.sleep(min(pause, rest))
                pause = min(2 * pause, LONGEST_PAUSE)
    finally:
        listener.close()


def _listen_to_nothing(command: Command) -> Stream:
    """Refuse to listen."""
    raise ExecutorError(f"{command.line}: nothing listens")


def timeout_error(
    condition: Condition, netns: str | None, *, timeout: float, seen: str
) -> WaitTimeout:
    """Return the error of a wait whose time is up."""
    namespace = netns or "the host namespace"
    message = (
        f"{condition}: not within {timeout:g} s\n"
        f"  namespace: {namespace}\n"
        f"  last seen: {seen or 'nothing'}"
    )
    return WaitTimeout(message, condition, seen=seen)
