"""Placeholders for timers, lifetimes and measurements, which differ in every run."""

import re

from ipwrap.options.converters import FOREVER

__all__ = ["mask_times"]

TIMERS = (  # also the time since an event
    re.compile(r'(?<=_timer":)[\d.]+|(?<="timer":")[ \d.]+(?=")'),
    re.compile(r'(?<="used":)[\d.]+|(?<="updated":)[\d.]+|(?<="confirmed":)[\d.]+'),
    re.compile(r"(?<=\bused )\d+(?:/\d+)*|(?<=_timer )[ \d.]+\d"),
)
LIFETIME = re.compile(
    r'(?:(?<=_life_time":)|(?<="expires":))\d+|(?:(?<=_lft )|(?<=\bexpires ))\d+(?=sec)'
)

PING_TIME = re.compile(r"(?<=\btime[=<])[\d.]+(?= ms)|(?<= = )[\d.]+(?:/[\d.]+)+(?= ms)")
PING_TOTAL = re.compile(r"(?<=, time )\d+(?=ms)")
TIMESTAMP = re.compile(r"\b\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:\.\d+)?")

NUMBER = re.compile(r"\d+(\.?)(\d*)")
FRACTION = re.compile(r"(?<=\.)\d+")


def mask_times(text: str) -> str:
    """Return a text with the times replaced by values that every run repeats.

    Timers are 0, lifetimes the next 10 seconds, measurements of ping whole milliseconds, timestamps
    the start of the year 2000.
    """
    for pattern in TIMERS:
        text = pattern.sub(_mask_timer, text)

    text = LIFETIME.sub(_mask_lifetime, text)
    text = PING_TIME.sub(_mask_fractions, text)
    text = PING_TOTAL.sub(_mask_total, text)
    return TIMESTAMP.sub(r"2000-01-01\g<1>00:00:00", text)


def _mask_timer(match: re.Match[str]) -> str:
    """Return 0 with as many decimals as before, so that a JSON number keeps its type."""

    def mask_number(number: re.Match[str]) -> str:
        point, decimals = number[1], number[2]
        return f"0{point}{'0' * len(decimals)}"

    return NUMBER.sub(mask_number, match[0].strip())


def _mask_lifetime(match: re.Match[str]) -> str:
    """Return a lifetime rounded up to 10 seconds; an infinite one is unchanged."""
    seconds = int(match[0])
    if seconds >= FOREVER:
        return str(seconds)

    tens = -(-seconds // 10)
    return str(tens * 10)


def _mask_fractions(match: re.Match[str]) -> str:
    """Return milliseconds with zeros as decimals."""

    def mask_fraction(fraction: re.Match[str]) -> str:
        return "0" * len(fraction[0])

    return FRACTION.sub(mask_fraction, match[0])


def _mask_total(match: re.Match[str]) -> str:
    """Return milliseconds rounded down to tenths of a second."""
    milliseconds = int(match[0])
    return str(milliseconds // 100 * 100)
