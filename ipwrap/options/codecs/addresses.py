"""Codecs of addresses: of the link layer and of IP, with a prefix or with a family."""

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from ipwrap.options import validation
from ipwrap.options.codecs.base import Codec, Json
from ipwrap.options.codecs.words import Choice

__all__ = ["Family", "Ip", "Mac", "Prefix"]

FAMILIES = ("inet", "inet6", "mpls", "link", "bridge")


@frozen
class Mac(Codec):
    """A link-layer address."""

    def format(self, word: str, value: Any) -> str:
        """Return the address."""
        return validation.check_mac(value, word)


@frozen
class Ip(Codec):
    """An IP address. Some kinds print an IPv6 one under another key (`remote6`)."""

    six: str | None = None

    def format(self, word: str, value: Any) -> str:
        """Return the address."""
        return validation.check_address(value, word)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the address, from whichever key holds it."""
        return data.get(key, data.get(self.six or key))

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return both keys."""
        return (key, self.six) if self.six else (key,)


@frozen
class Prefix(Codec):
    """An address with or without the length of its prefix, or `default`."""

    def format(self, word: str, value: Any) -> str:
        """Return the prefix."""
        return validation.check_prefix(value, word)


@frozen
class Family(Codec):
    """A gateway whose family may differ from the route's: `via inet6 fe80::1`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `via ADDRESS`, or `via FAMILY ADDRESS` for a pair."""
        if isinstance(value, tuple):
            family, address = value
            return (word, Choice(FAMILIES).format(word, family), validation.check_argument(address))
        return (word, validation.check_address(value, word))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the address, or the pair of a family and an address."""
        return ((words[1], words[2]), 3) if words[1] in FAMILIES else (words[1], 2)
