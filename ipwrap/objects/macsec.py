"""A channel or key of a MACsec link, and the activation of a key: `ip macsec`."""

from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import ObjectType, run_verb

__all__ = ["ActiveMacsecKey", "MacsecObject"]


class MacsecObject(ObjectType):
    """A receive channel, or a key of a channel."""

    noun = "macsec"
    path = ("ip", "macsec")


class ActiveMacsecKey(ObjectType):
    """A key in use: the kernel refuses to delete a key before it is turned off."""

    noun = "macsec in use"
    path = ("ip", "macsec")
    inverse = "set"

    def _invert(self, created: CreatedObject) -> Command:
        """Return the command that turns the key off."""
        fields = {**created.identity, "on": "off"}
        return run_verb(self.path, self.inverse, netns=created.netns, fields=fields)
