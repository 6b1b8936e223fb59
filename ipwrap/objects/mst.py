"""The state of a port in a spanning tree: `bridge mst`."""

from collections.abc import Iterator

from ipwrap.command import Command
from ipwrap.objects.base import Arguments, Json, Nouns
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.objects.settings import SettingsObject
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["MstObject"]


class MstObject(SettingsObject):
    """The state of a port in each spanning tree: a command sets it, and none creates it."""

    noun = "mst"
    path = ("bridge", "mst")
    shown_as = ("bridge mst",)
    creation_rank = 13

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the state of each port in each spanning tree but the common one."""
        for port in nouns.get(noun, ()):
            for tree in port.get("mst") or ():
                if tree.get("msti"):
                    yield {**tree, "ifname": ifname_of(port)}

    def as_printed(self, data: Json) -> Json:
        """Return a spanning tree below its port; its state counts, unlike that of a port."""
        tree = {"msti": data["msti"], "tree state": data.get("state")}
        return {"ifname": data["ifname"], "mst": [tree]}

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge mst set`."""
        return {"dev": data["ifname"], "msti": data["msti"], "state": data["state"]}

    def delete_commands(self, noun: str, data: Json, *, netns: str | None) -> list[Command]:
        """Return no command: the tree of a port goes with the last VLAN of it."""
        return []

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a port's state in each spanning tree."""
        for tree in data.get("mst") or ():
            msti = str(tree.get("msti"))
            yield (ifname_of(data), msti), comparable_fields(tree, named)
