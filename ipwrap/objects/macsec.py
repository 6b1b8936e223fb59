"""A channel or key of a MACsec link, and the activation of a key: `ip macsec`."""

from collections.abc import Iterator
from typing import Any

from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import Json, ObjectType, build_command
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.recording.mentioned import GENERATED, MentionedWords

__all__ = ["ActiveMacsecKey", "MacsecObject"]

MACSEC_COUNTERS = ("InPkts", "OutPkts", "InOctets", "OutOctets")


class MacsecObject(ObjectType):
    """A receive channel, or a key of a channel."""

    noun = "macsec"
    path = ("ip", "macsec")

    listings = ("macsec",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a MACsec link with the secure channels and keys, without packet numbers."""
        fields = _without_counters(data, named)

        # Without `sci`, the kernel derives the channel from the MAC address: dev_to_sci() in
        # drivers/net/macsec.c.
        sci = fields.get("sci")
        fields["sci"] = sci if _is_named_sci(sci, named) else GENERATED

        fields["sa_list"] = _associations(data, named)
        fields["rx_sc"] = _receive_channels(data, named)

        yield (ifname_of(data),), fields


class ActiveMacsecKey(ObjectType):
    """A key in use: the kernel refuses to delete a key before it is turned off."""

    noun = "macsec in use"
    path = ("ip", "macsec")
    inverse = "set"

    def _build_delete_command(self, created: CreatedObject) -> Command:
        """Return the command that turns the key off."""
        fields = {**created.identity, "on": "off"}
        return build_command(self.path, self.inverse, netns=created.netns, fields=fields)


def _receive_channels(data: Json, named: MentionedWords) -> list[Json]:
    """Return the comparable fields of the receive channels, in order of the channel."""
    channels = []
    for channel in data.get("rx_sc") or ():
        fields = _without_counters(channel, named)
        fields["sa_list"] = _associations(fields, named)
        channels.append(fields)

    return sorted(channels, key=lambda channel: str(channel.get("sci")))


def _associations(channel: Json, named: MentionedWords) -> list[Json]:
    """Return the comparable fields of a channel's secure associations."""
    associations = channel.get("sa_list") or ()
    return [_without_counters(association, named) for association in associations]


def _without_counters(data: Json, named: MentionedWords) -> Json:
    """Return a part of a MACsec link without counters and without the next packet number."""
    counters = [key for key in data if key.startswith(MACSEC_COUNTERS)]
    return comparable_fields(data, named, "pn", *counters)


def _is_named_sci(sci: Any, named: MentionedWords) -> bool:
    """Return whether a command named a channel, in the form of iproute2: sixteen digits."""
    return isinstance(sci, str) and f"{int(sci, 16):016x}" in named
