"""Times that pass: nothing of them is the same a second time."""

import re

from ipwrap.options.converters import FOREVER

__all__ = ["times"]

GONE = (  # timers, and how long ago something was
    re.compile(r'(?<=_timer":)[\d.]+|(?<="timer":")[ \d.]+(?=")'),
    re.compile(r'(?<="used":)[\d.]+|(?<="updated":)[\d.]+|(?<="confirmed":)[\d.]+'),
    re.compile(r"(?<=\bused )\d+(?:/\d+)*|(?<=_timer )[ \d.]+\d"),
)
LEFT = re.compile(
    r'(?:(?<=_life_time":)|(?<="expires":))\d+|(?:(?<=_lft )|(?<=\bexpires ))\d+(?=sec)'
)

ROUND_TRIP = re.compile(r"(?<=\btime[=<])[\d.]+(?= ms)|(?<= = )[\d.]+(?:/[\d.]+)+(?= ms)")
TOTAL = re.compile(r"(?<=, time )\d+(?=ms)")
CLOCK = re.compile(r"\b\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:\.\d+)?")

DIGIT = re.compile(r"\d")
FRACTION = re.compile(r"(?<=\.)\d+")


def times(text: str) -> str:
    """Return a text with 0 in place of timers, lifetimes up to the next 10 seconds, and what was measured cut short."""
    for pattern in GONE:
        text = pattern.sub(_zero, text)
    text = LEFT.sub(lambda found: _upward(int(found[0])), text)
    text = ROUND_TRIP.sub(
        lambda found: FRACTION.sub(lambda part: "0" * len(part[0]), found[0]), text
    )
    text = TOTAL.sub(lambda found: str(int(found[0]) // 100 * 100), text)
    return CLOCK.sub(lambda found: f"2000-01-01{found[1]}00:00:00", text)


def _zero(found: re.Match[str]) -> str:
    """Return 0, with as many digits behind the point as there were: JSON's numbers keep their sort."""
    return re.sub(
        r"\d+(\.?)(\d*)", lambda number: f"0{number[1]}{'0' * len(number[2])}", found[0].strip()
    )


def _upward(seconds: int) -> str:
    """Return a lifetime as the next whole ten seconds; for ever stays so."""
    return str(seconds if seconds >= FOREVER else -(-seconds // 10) * 10)
