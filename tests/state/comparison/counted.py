"""What the tests of it ask: what counts of some objects, where these commands have been run."""

from typing import Any

from ipwrap import Command
from ipwrap.recording.mentioned import Named
from ipwrap.state.comparison import items

__all__ = ["MAC", "Json", "named", "none", "one"]

MAC = "02:00:00:00:00:01"
Json = dict[str, Any]


def named(*lines: str) -> Named:
    """Return the words of some command lines."""
    return Named(Command(line.split()) for line in lines)


def one(noun: str, data: Json, words: Named | None = None) -> tuple[tuple[str, ...], Json]:
    """Return what counts of the one thing that an object holds."""
    (item,) = items(noun, [data], words or named())
    return item


def none(noun: str, data: Json, words: Named | None = None) -> bool:
    """Tell whether nothing of an object counts."""
    return not list(items(noun, [data], words or named()))
