"""Wait until a condition holds: look first, then again and again with growing pauses."""

import time
from collections.abc import Callable

from attrs import frozen

from ipwrap.conditions import Condition, Observation, Prober
from ipwrap.errors import InvalidArgument, WaitTimeout

__all__ = ["Waited", "check_wait_timeout", "timeout_error", "wait_until"]

FIRST_PAUSE = 0.005  # seconds between two looks; doubled up to the longest pause
LONGEST_PAUSE = 0.04


@frozen
class Waited:
    """The outcome of a wait: what was seen last, and how long it took, in seconds."""

    observation: Observation
    seconds: float

    @property
    def satisfied(self) -> bool:
        """Whether the condition holds."""
        return self.observation.satisfied


def check_wait_timeout(timeout: float) -> float:
    """Return the limit of a wait. Raises `InvalidArgument` for one that is no time above 0."""
    is_number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not is_number or not 0 < timeout < float("inf"):
        raise InvalidArgument(f"timeout: {timeout!r} is not a time in seconds above 0")
    return timeout


def wait_until(
    condition: Condition,
    prober: Prober,
    *,
    netns: str | None,
    timeout: float,
    require_possible: Callable[[], None] = lambda: None,
) -> Waited:
    """Wait until a condition holds, at most ``timeout`` seconds.

    ``require_possible`` raises where it cannot hold any more, such as a server that has ended. The
    condition is looked at once more when the time is up: a machine under load takes no condition
    for missing that holds.
    """
    begin = time.monotonic()
    pause = FIRST_PAUSE

    while True:
        is_last_look = time.monotonic() - begin >= timeout
        observation = condition.look(prober, netns)
        seconds = time.monotonic() - begin
        if observation.satisfied or is_last_look:
            return Waited(observation, seconds)

        require_possible()
        time.sleep(min(pause, max(timeout - seconds, 0)))
        pause = min(2 * pause, LONGEST_PAUSE)


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
