"""Helpers of the comparison tests: the comparable items of objects after certain commands."""

from typing import Any

from ipwrap import Command
from ipwrap.objects import comparable_items
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["MAC", "Json", "has_no_item", "mentioned", "only_item"]

MAC = "02:00:00:00:00:01"
Json = dict[str, Any]


def mentioned(*lines: str) -> MentionedWords:
    """Return the words that some command lines mention."""
    return MentionedWords(Command(line.split()) for line in lines)


def only_item(
    object_name: str,
    data: Json,
    mentioned_words: MentionedWords | None = None,
) -> tuple[tuple[str, ...], Json]:
    """Return the only comparable item of an object."""
    (item,) = comparable_items(object_name, [data], named=mentioned_words or mentioned())
    return item


def has_no_item(
    object_name: str,
    data: Json,
    mentioned_words: MentionedWords | None = None,
) -> bool:
    """Return whether no part of an object is compared."""
    return not list(comparable_items(object_name, [data], named=mentioned_words or mentioned()))
