"""A link-layer multicast address of a link: `ip maddress`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item, ifname_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["MaddressObject"]


class MaddressObject(ObjectType):
    """A multicast address that a command added to a link."""

    noun = "maddress"
    path = ("ip", "maddress")
    text_list = ("ip", "-o", "maddress", "show")
    add_may_find = True

    listings = ("maddress",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the multicast addresses added to a link by command."""
        for address in data.get("maddr") or ():
            if address.get("features") == "static":
                yield (ifname_of(data), address.get("link", "?")), {}
