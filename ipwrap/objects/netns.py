"""A named network namespace: `ip netns`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["NetnsObject"]


class NetnsObject(ObjectType):
    """A namespace: the name identifies it in its place. A snapshot has one state for each."""

    noun = "netns"
    path = ("ip", "netns")
    is_namespace = True
    has_own_identity = True

    listings = ("netns", "netns list-id", "netns numbers")

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a namespace by name; the kernel assigns the number.

        A snapshot's numbers only tell where the other end of a link is.
        """
        if data.get("name") and noun != "netns numbers":
            yield (data["name"],), {}
