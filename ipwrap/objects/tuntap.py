"""A TUN or TAP link: `ip tuntap`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields, ifname_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["TuntapObject"]

# iproute2 through 5.14 has no word for IFF_MULTI_QUEUE and prints the number: print_flags() in
# ip/iptuntap.c.
TUN_FLAGS = {"0x100": "multi_queue"}


class TuntapObject(ObjectType):
    """The queues and flags of a TUN or TAP link; the link itself is a link."""

    noun = "tuntap"
    path = ("ip", "tuntap")
    listings = ("tuntap",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a TUN or TAP link with the flags, without the processes of the link."""
        fields = comparable_fields(data, named, "processes")
        if "flags" in fields:
            words = [TUN_FLAGS.get(flag, flag) for flag in fields["flags"]]
            fields["flags"] = sorted(words)

        yield (ifname_of(data),), fields
