"""Limits of time as poll(2) takes them: a number of milliseconds that fits into an int of C."""

__all__ = ["LONGEST_POLL", "to_milliseconds"]

LONGEST_POLL = 86_400.0  # seconds; who waits longer polls again


def to_milliseconds(seconds: float | None) -> float | None:
    """Return a limit in seconds for `select.poll.poll`, at most a day; None for no limit."""
    if seconds is None:
        return None
    return min(max(seconds, 0.0), LONGEST_POLL) * 1000
