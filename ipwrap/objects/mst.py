"""The state of a port in a spanning tree: `bridge mst`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["MstObject"]


class MstObject(ObjectType):
    """The state of a port in each spanning tree: a command sets it, and none creates it."""

    noun = "mst"
    path = ("bridge", "mst")
    shown_as = ("bridge mst",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a port's state in each spanning tree."""
        for tree in data.get("mst") or ():
            msti = str(tree.get("msti"))
            yield (ifname_of(data), msti), comparable_fields(tree, named)
