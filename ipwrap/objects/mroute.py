"""A multicast route: `ip mroute`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["MrouteObject"]


class MrouteObject(ObjectType):
    """A multicast route, which programs add."""

    noun = "mroute"
    path = ("ip", "mroute")
    listings = ("mroute",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a multicast route without counters."""
        identity = tuple(str(data.get(key, "?")) for key in ("src", "dst", "iif"))
        yield (
            identity,
            comparable_fields(
                data,
                named,
                "packets",
                "bytes",
                "wrong_if",
                "expires",
            ),
        )
