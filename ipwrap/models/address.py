"""`Interface`: an object of `ip -j address show`, a link with its `Address` objects."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field

from ipwrap.models.base import Json, Pairs, PairsForm, json_key, lifetime, nested
from ipwrap.models.declaration import model
from ipwrap.models.link import Link

__all__ = ["Address", "Interface"]

# The keys of an address that is printed without its link.
ECHOED = frozenset({"dev", "family", "index"})


@model(kw_only=True)
class Address:
    """An address of a link. print_addrinfo() in iproute2's ip/ipaddress.c.

    Lifetimes are in seconds; 4294967295 (all bits set) is a lifetime without end.
    """

    repr_head: ClassVar[Mapping[str, str]] = {
        "prefix": "prefix",
        "peer": "peer",
        "scope": "scope",
        "tentative": "tentative",
        "dadfailed": "dadfailed",
        "deprecated": "deprecated",
        "temporary": "temporary",
        "dynamic": "dynamic",
        "secondary": "secondary",
    }

    family: str | None = None
    # print_addrinfo() prints the number of a family without a name.
    family_index: int | None = None
    local: str | None = None
    address: str | None = None
    prefixlen: int | None = None
    metric: int | None = None
    broadcast: str | None = None
    anycast: str | None = None
    multicast: str | None = None
    scope: str | None = None
    secondary: bool | None = None
    temporary: bool | None = None
    nodad: bool | None = None
    optimistic: bool | None = None
    dadfailed: bool | None = None
    home: bool | None = None
    deprecated: bool | None = None
    tentative: bool | None = None
    dynamic: bool | None = None
    mngtmpaddr: bool | None = None
    noprefixroute: bool | None = None
    autojoin: bool | None = None
    # ifa_flag_names in ip/ipaddress.c: the only flag with a hyphen
    stable_privacy: bool | None = json_key("stable-privacy")
    ifa_flags: str | None = None
    protocol: str | None = None
    label: str | None = None
    valid_life_time: int | None = lifetime()
    preferred_life_time: int | None = lifetime()
    index: int | None = None
    dev: str | None = None
    deleted: bool | None = None  # with `-echo`
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @property
    def prefix(self) -> str:
        """The address with its prefix length, in the format of `ip address add`.

        Beside a `peer`, to which the length belongs, it is that of a single address.
        """
        if self.peer is None:
            length = "" if self.prefixlen is None else f"/{self.prefixlen}"
            return f"{self._any_address or ''}{length}"
        return f"{self.local}/{128 if ':' in (self.local or '') else 32}"

    @property
    def peer(self) -> str | None:
        """The address at the other end with its prefix length; None where there is none."""
        if self.local is None or self.address in (None, self.local):
            return None
        length = "" if self.prefixlen is None else f"/{self.prefixlen}"
        return f"{self.address}{length}"

    @property
    def _any_address(self) -> str | None:
        """The address, also of a kind that is not local: print_addrinfo() in ip/ipaddress.c."""
        return self.local or self.address or self.anycast or self.multicast or self.broadcast


def _name_interface(pairs: Pairs) -> Json:
    """Return an object of `ip -o addr`, which lacks the link, with the link of its addresses.

    An empty object for a link without addresses, which has no name then.
    """
    data = dict(pairs)
    addresses = data.get("addr_info")
    if "ifname" in data or not isinstance(addresses, list):
        return data
    if not addresses:
        return {} if len(data) == 1 else data

    first = addresses[0]
    if not isinstance(first, dict) or "dev" not in first:
        return data
    return {"ifindex": first.get("index"), "ifname": first["dev"], **data}


# With `-o`, print_linkinfo() in ip/ipaddress.c is not called, and each address has the link's name.
ONELINE = PairsForm(re.compile(r'\A\s*\[\s*(?:\{\s*\}\s*,\s*)*\{\s*"addr_info"'), _name_interface)


@model(kw_only=True)
class Interface(Link):
    """A link with its addresses. print_addrinfo() in iproute2's ip/ipaddress.c.

    With `-o` the JSON names the link with each address only; it is named here as well.
    """

    pairs_form: ClassVar[PairsForm] = ONELINE

    repr_head: ClassVar[Mapping[str, str]] = {**Link.repr_head, "prefixes": "prefixes"}

    addr_info: tuple[Address, ...] = nested(Address, ())

    @staticmethod
    def in_json(data: Json) -> Json:
        """Return a link with its address for an address alone, as `ip -j -echo address` prints.

        print_addrinfo() in ip/ipaddress.c prints `index` and `dev` then, and no link around them.
        """
        if "ifname" not in data and ECHOED.issubset(data):
            return {"ifindex": data["index"], "ifname": data["dev"], "addr_info": [data]}
        return Link.in_json(data)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The addresses with their prefix lengths, in the kernel's order."""
        return tuple(address.prefix for address in self.addr_info)
