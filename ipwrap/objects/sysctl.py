"""A sysctl: a parameter of a namespace's network stack. Nothing creates or deletes one."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["SysctlObject"]


class SysctlObject(ObjectType):
    """A value under its key. `ipwrap.undo.sysctls` writes the value before back."""

    noun = "sysctl"
    path = ("sysctl",)

    listings = ("sysctl",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the value of a key."""
        yield (str(data.get("key")),), {"value": data.get("value")}
