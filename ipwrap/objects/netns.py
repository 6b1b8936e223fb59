"""A named network namespace: `ip netns`."""

from ipwrap.objects.base import ObjectType

__all__ = ["NetnsObject"]


class NetnsObject(ObjectType):
    """A namespace: the name identifies it in its place. A snapshot has one state for each."""

    noun = "netns"
    path = ("ip", "netns")
    is_namespace = True
