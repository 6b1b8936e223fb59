"""The hardware counters of a link: `ip stats`."""

from collections.abc import Iterator

from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import Json, ObjectType, build_command
from ipwrap.objects.comparison import Item, identity_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["HardwareCounters"]


class HardwareCounters(ObjectType):
    """The counters of packets routed in hardware, turned on for a link."""

    noun = "l3_stats"
    path = ("ip", "stats")
    inverse = "set"

    def _build_delete_command(self, created: CreatedObject) -> Command:
        """Return the command that turns the counters off."""
        fields = {**created.identity, "l3_stats": "off"}
        return build_command(self.path, self.inverse, netns=created.netns, fields=fields)

    listings = ("stats",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the link and the group of counters, without the counters."""
        yield identity_of(data, "ifname", "group", "subgroup", "suite"), {}
