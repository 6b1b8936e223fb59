"""A tunnel that a vxlan with a filter accepts: `bridge vni`."""

from ipwrap.objects.base import ObjectType

__all__ = ["VniObject"]


class VniObject(ObjectType):
    """A tunnel, or a range of tunnels, of a vxlan."""

    noun = "vni"
    path = ("bridge", "vni")
