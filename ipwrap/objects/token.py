"""The token of a link: `ip token`."""

from ipwrap.objects.base import ObjectType

__all__ = ["TokenObject"]


class TokenObject(ObjectType):
    """A token, the interface identifier of the addresses of a link."""

    noun = "token"
    path = ("ip", "token")
