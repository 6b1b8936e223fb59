"""An entry of a forwarding table: `bridge fdb`."""

from collections.abc import Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Identity, Nouns, ObjectType

__all__ = ["FdbObject"]


class FdbObject(ObjectType):
    """An entry of a forwarding table: MAC address and link identify it."""

    noun = "fdb"
    path = ("bridge", "fdb")
    shown_as = ("bridge fdb",)
    has_identities = True

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return MAC address and link."""
        # `bridge fdb show` prints lower case: ll_addr_n2a() in lib/ll_addr.c.
        return created.identity["to"].lower(), dev

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield MAC address and link of every entry."""
        for entry in nouns.get("bridge fdb", ()):
            yield entry.get("mac"), entry.get("ifname")
