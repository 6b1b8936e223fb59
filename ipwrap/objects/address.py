"""An address of a link: `ip address`."""

from collections.abc import Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Identity, Nouns, ObjectType
from ipwrap.options.canonical import canonical_address

__all__ = ["AddressObject"]


class AddressObject(ObjectType):
    """An address: the link and the prefix identify it."""

    noun = "address"
    path = ("ip", "address")
    shown_as = ("address",)
    has_identities = True

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return the link and the prefix."""
        return dev, canonical_address(created.identity["local"])

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield link and prefix of every address."""
        for link in nouns.get("address", ()):
            for address in link["addr_info"]:
                local = address.get("local")
                length = address.get("prefixlen")
                yield link.get("ifname"), canonical_address(f"{local}/{length}")
