"""A class of traffic: `tc class`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item
from ipwrap.objects.qdisc import compare_traffic
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["ClassObject"]


class ClassObject(ObjectType):
    """A class of a qdisc, which goes with its qdisc."""

    noun = "class"
    path = ("tc", "class")
    listings = ("tc class",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the options, without counters."""
        return compare_traffic(data, named)
