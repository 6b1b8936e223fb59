"""A next hop or a group of next hops: `ip nexthop`."""

from collections.abc import Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Identity, Nouns, ObjectType

__all__ = ["NexthopObject"]


class NexthopObject(ObjectType):
    """A next hop: the number identifies it."""

    noun = "nexthop"
    path = ("ip", "nexthop")
    shown_as = ("nexthop",)
    has_identities = True
    may_be_unread = True

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:  # noqa: ARG002
        """Return the number."""
        return (created.name,)

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the number of every next hop."""
        for nexthop in nouns["nexthop"]:
            yield (str(nexthop.get("id")),)
