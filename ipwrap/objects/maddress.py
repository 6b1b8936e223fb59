"""A link-layer multicast address of a link: `ip maddress`."""

from ipwrap.objects.base import ObjectType

__all__ = ["MaddressObject"]


class MaddressObject(ObjectType):
    """A multicast address that a command added to a link."""

    noun = "maddress"
    path = ("ip", "maddress")
