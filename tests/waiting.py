"""Waiting for what will come: as long as no load makes it late, and no longer than that it will never come."""

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["LIMIT", "settled", "until"]

LIMIT = 120.0  # seconds, which nothing that is waited for takes on the busiest machine
STEP = 0.02

Value = TypeVar("Value")


def until(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds; tell whether it does."""
    return settled(condition, bool)


def settled(read: Callable[[], Value], is_settled: Callable[[Value], bool]) -> Value:
    """Read a value until it is as it is to be, and return it; what never comes to be so is returned as it is."""
    end = time.monotonic() + LIMIT
    value = read()

    while not is_settled(value) and time.monotonic() < end:
        time.sleep(STEP)
        value = read()

    return value
