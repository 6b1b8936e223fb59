"""The table of a VRF: `ip vrf`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["VrfObject"]


class VrfObject(ObjectType):
    """The table of a VRF; the VRF itself is a link."""

    noun = "vrf"
    path = ("ip", "vrf")
    listings = ("vrf",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a VRF with the table."""
        yield (data.get("name", "?"),), comparable_fields(data, named)
