"""Times as arguments of sleep(1), timeout(1) and of the functions of a script."""

import math

__all__ = ["GRACE_SECONDS", "format_limit", "format_seconds", "to_whole_seconds"]

GRACE_SECONDS = 3  # between SIGTERM and SIGKILL, for what the session has ended itself

LONGEST_SECONDS = 10**9
SHORTEST_LIMIT = 0.001  # to timeout(1), 0 is no limit


def format_seconds(seconds: float) -> str:
    """Return a time in seconds as sleep(1) takes it: without an exponent, to the millisecond."""
    text = f"{min(seconds, LONGEST_SECONDS):.3f}"
    return text.rstrip("0").rstrip(".")


def format_limit(seconds: float) -> str:
    """Return a limit in seconds as timeout(1) takes it: like `format_seconds`, and never 0."""
    return format_seconds(max(seconds, SHORTEST_LIMIT))


def to_whole_seconds(seconds: float) -> int:
    """Return a time in whole seconds, not shorter."""
    return math.ceil(min(seconds, LONGEST_SECONDS))
