"""A tunnel that a vxlan with a filter accepts: `bridge vni`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["VniObject"]


class VniObject(ObjectType):
    """A tunnel, or a range of tunnels, of a vxlan."""

    noun = "vni"
    path = ("bridge", "vni")
    listings = ("bridge vni",)
    text_list = ("bridge", "vni", "show")
    add_may_find = True

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare every tunnel of a VNI filter, without counters."""
        for tunnel in data.get("vnis") or ():
            vni = str(tunnel.get("vni"))
            yield (ifname_of(data), vni), comparable_fields(tunnel, named)
