"""Sizes that `tc` keeps as times, which iproute2 before 6.14 rounds three times on the way back.

A class made again from its own output would have a smaller burst each time. So a burst is the least
one with the same output, as the times of CoDel are: tc_calc_xmittime() and tc_calc_xmitsize() in
iproute2's tc/tc_core.c.
"""

import re
from typing import Any

from ipwrap.system.release import Release

__all__ = ["is_rounded_by", "restore_sizes"]

Json = dict[str, Any]

VERSION = re.compile(r"iproute2-([0-9.]+)")
EXACT_SINCE = Release.parse("6.14")
MICROSECONDS = 10**6
# A tick is 64 ns: PSCHED_SHIFT in include/net/pkt_sched.h. So 125 ticks are 8 microseconds.
TICKS, MICROSECONDS_OF_TICKS = 125, 8
# The sizes of classes and police actions, with the rate at which they are a time.
SIZES = {"burst": "rate", "cburst": "ceil"}


def is_rounded_by(version_line: str) -> bool:
    """Return whether a release rounds sizes, by what `tc -V` prints; False for an unknown one."""
    match = VERSION.search(version_line)
    release = Release.parse(match[1]) if match else None
    return release is not None and EXACT_SINCE is not None and release < EXACT_SINCE


def restore_sizes(data: Json) -> None:
    """Replace the rounded sizes of a class or police by those that are printed as these."""
    for key, rate_key in SIZES.items():
        size, rate = data.get(key), data.get(rate_key)
        if isinstance(size, int) and isinstance(rate, int) and rate > 0:
            data[key] = _least_size(size, rate)


def _least_size(size: int, rate: int) -> int:
    """Return the least size that a class of a rate shows as a given one; itself without one."""
    shortest = -(-size * MICROSECONDS // rate)
    for time in (shortest, shortest + 1):
        candidate = -(-rate * time // MICROSECONDS)
        if candidate > 0 and _shown_size(candidate, rate) == size:
            return candidate
    return size


def _shown_size(size: int, rate: int) -> int:
    """Return the size that is printed for a given one."""
    ticks = size * MICROSECONDS // rate * TICKS // MICROSECONDS_OF_TICKS
    return rate * (ticks * MICROSECONDS_OF_TICKS // TICKS) // MICROSECONDS
