"""The hardware counters of a link: `ip stats`."""

from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import ObjectType, run_verb

__all__ = ["HardwareCounters"]


class HardwareCounters(ObjectType):
    """The counters of packets routed in hardware, turned on for a link."""

    noun = "l3_stats"
    path = ("ip", "stats")
    inverse = "set"

    def _invert(self, created: CreatedObject) -> Command:
        """Return the command that turns the counters off."""
        fields = {**created.identity, "l3_stats": "off"}
        return run_verb(self.path, self.inverse, netns=created.netns, fields=fields)
