"""A filter of traffic: `tc filter`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item
from ipwrap.objects.qdisc import compare_traffic
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["FilterObject"]


class FilterObject(ObjectType):
    """A filter of a qdisc, which goes with its qdisc."""

    noun = "filter"
    path = ("tc", "filter")
    listings = ("tc filter",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the options, without counters."""
        return compare_traffic(data, named)
