"""A neighbour or proxy entry: `ip neigh`."""

from collections.abc import Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Identity, Nouns, ObjectType
from ipwrap.options.canonical import canonical_address

__all__ = ["NeighObject"]


class NeighObject(ObjectType):
    """A neighbour: address, link, and whether the entry is a proxy identify it."""

    noun = "neigh"
    path = ("ip", "neigh")
    shown_as = ("neigh",)
    has_identities = True

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return address, link and kind of entry."""
        address = canonical_address(created.identity["to"])
        return address, dev, "proxy" in created.identity

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield address, link and kind of every entry."""
        for neighbour in nouns.get("neigh", ()):
            address = canonical_address(neighbour.get("dst"))
            yield address, neighbour.get("dev"), "proxy" in neighbour
