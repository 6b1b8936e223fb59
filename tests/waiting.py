"""Wait for a condition, with a limit that only a failure reaches."""

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["LIMIT", "until", "wait_until_equal"]

LIMIT = 120.0  # seconds: longer than any wait on the busiest machine
STEP = 0.02

Value = TypeVar("Value")


def until(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds, and return whether the condition holds."""
    return wait_until_equal(condition, bool)


def wait_until_equal(read: Callable[[], Value], is_settled: Callable[[Value], bool]) -> Value:
    """Read a value until the value is settled, and return the last value."""
    end = time.monotonic() + LIMIT
    value = read()

    while not is_settled(value) and time.monotonic() < end:
        time.sleep(STEP)
        value = read()

    return value
