"""What the tests of it ask: what counts of some objects, where these commands have been run."""

from typing import Any

from ipwrap import Command
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison import comparable_items

__all__ = ["MAC", "Json", "named", "none", "one"]

MAC = "02:00:00:00:00:01"
Json = dict[str, Any]


def named(*lines: str) -> MentionedWords:
    """Return the words of some command lines."""
    return MentionedWords(Command(line.split()) for line in lines)


def one(noun: str, data: Json, words: MentionedWords | None = None) -> tuple[tuple[str, ...], Json]:
    """Return what counts of the one thing that an object holds."""
    (item,) = comparable_items(noun, [data], words or named())
    return item


def none(noun: str, data: Json, words: MentionedWords | None = None) -> bool:
    """Tell whether nothing of an object counts."""
    return not list(comparable_items(noun, [data], words or named()))
