"""Codecs of addresses: of the link layer and of IP, with a prefix or with a family."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ipwrap.options import validation
from ipwrap.options.codecs.base import Codec, Json
from ipwrap.options.codecs.words import Choice

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Family", "Ip", "Mac", "Prefix"]

# read_family() in lib/utils.c.
FAMILIES = ("inet", "inet6", "mpls", "link", "bridge")


class Mac(Codec, frozen=True):
    """A link-layer address."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the address."""
        return validation.check_mac(value, keyword)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of addresses of 6 bytes."""
        from ipwrap.options.codecs.strategies import MAC_ADDRESSES

        return MAC_ADDRESSES


class Ip(Codec, frozen=True):
    """An IP address. Some kinds print an IPv6 address under a second key (``six``: `remote6`)."""

    ipv6_key: str | None = None

    def format(self, keyword: str, value: Any) -> str:
        """Return the address."""
        return validation.check_address(value, keyword)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the address from the first key, or else from the second."""
        return data.get(key, data.get(self.ipv6_key or key))

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return both keys."""
        return (key, self.ipv6_key) if self.ipv6_key else (key,)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of IPv4 and IPv6 addresses."""
        from ipwrap.options.codecs.strategies import ADDRESSES

        return ADDRESSES


class Prefix(Codec, frozen=True):
    """An address with or without a prefix length, or `default`."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the prefix."""
        return validation.check_prefix(value, keyword)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of prefixes and addresses."""
        from ipwrap.options.codecs.strategies import PREFIXES

        return PREFIXES


class Family(Codec, frozen=True):
    """A gateway, possibly of another family than the route: `via inet6 fe80::1`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `via ADDRESS`, or `via FAMILY ADDRESS` for a pair."""
        if not isinstance(value, tuple):
            return (keyword, validation.check_address(value, keyword))

        family, address = value
        return (
            keyword,
            Choice(FAMILIES).format(keyword, family),
            validation.check_argument(address),
        )

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the address, or the pair of a family and an address."""
        if arguments[1] in FAMILIES:
            return (arguments[1], arguments[2]), 3
        return arguments[1], 2

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of addresses and of pairs of a family and an address."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import ADDRESSES, IPV6_ADDRESSES

        return st.one_of(ADDRESSES, st.tuples(st.just("inet6"), IPV6_ADDRESSES))
