"""The token of a link: `ip token`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["TokenObject"]


class TokenObject(ObjectType):
    """A token, the interface identifier of the addresses of a link."""

    noun = "token"
    path = ("ip", "token")

    listings = ("token",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the token of a link."""
        yield (ifname_of(data),), comparable_fields(data, named)
