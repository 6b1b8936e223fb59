"""What the kinds of tunnels share: how their addresses, keys and pairs are coded, and the ``encap…`` options.

ip/tunnel.c, ip/link_gre.c, ip/link_gre6.c, ip/link_iptnl.c, ip/link_ip6tnl.c.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Any, Literal

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.options import validation
from ipwrap.options.codecs import Choice, ChoiceOr, Codec, Ip, Json, NoPrefixFlag, Number
from ipwrap.options.codecs.wrappers import NestedKey, WrapperCodec
from ipwrap.options.table import option

__all__ = [
    "BothDirections",
    "Encapsulated",
    "Endpoint",
    "Key",
    "OneDirection",
    "Ttl",
    "Vni",
]


@frozen
class Endpoint(Ip):
    """A tunnel's remote or local address, of one version of IP, or `any`, which JSON shows where there is none."""

    version: int = field(default=4, kw_only=True)

    def format(self, word: str, value: Any) -> str:
        """Return the address."""
        if value == "any":
            return "any"
        text = validation.check_address(value, word)
        if (":" in text) is not (self.version == 6):
            raise InvalidArgument(
                f"{word}: {text!r} is not an IPv{self.version} address, which this tunnel takes"
            )
        return text

    def from_json(self, data: Json, key: str) -> Any:
        """Return the address; None for `any`, which is what is not said."""
        value = data.get(key)
        return None if value == "any" else value


@frozen
class Key(Codec):
    """A tunnel's key: a number, which may be written as a dotted quad, as JSON shows it; False for none (``no``)."""

    no: bool = True

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `key 5`, or `nokey` for False."""
        if value is False and self.no:
            return (f"no{word}",)
        return (word, self.format(word, value))

    def format(self, word: str, value: Any) -> str:
        """Return the number, or the dotted quad."""
        if not isinstance(value, str):
            return Number().format(word, value)
        return Endpoint().format(word, validation.check_address(value, word))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        return int(IPv4Address(value)) if isinstance(value, str) else value

    def keywords(self, word: str) -> tuple[str, ...]:
        """Return the word, and the one for no key."""
        return (word, f"no{word}") if self.no else (word,)

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the key; False for none."""
        return (self.parse(words[1]), 2) if words[0] == word else (False, 1)

    def parse(self, text: str) -> Any:
        """Return the number, or the dotted quad."""
        return text if "." in text else Number().parse(text)


@frozen
class BothDirections(WrapperCodec):
    """Both directions at once, `key`, which JSON shows one by one: read where both are the same."""

    second_key: str

    def from_json(self, data: Json, key: str) -> Any:
        """Return what both keys hold, None where they differ."""
        value = self.inner.from_json(data, key)
        return value if value == self.inner.from_json(data, self.second_key) else None

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of both directions."""
        return (key, self.second_key)


@frozen
class OneDirection(WrapperCodec):
    """One direction, `ikey`: read where the other one (``twin``) differs, or else their `BothDirections` tells it."""

    both_key: str

    def from_json(self, data: Json, key: str) -> Any:
        """Return what the key holds, None where the other direction holds the same."""
        value = self.inner.from_json(data, key)
        return None if value == self.inner.from_json(data, self.both_key) else value


@frozen
class Ttl(ChoiceOr):
    """A hop limit, of which JSON says nothing where it is inherited: iproute2 prints `inherit` as text only.

    That key is missing for other reasons, too, where little is shown at all: there `df` is missing as well.
    """

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number, or `inherit`."""
        if key not in data and "df" in data:
            return "inherit"
        return super().from_json(data, key)


PORT = Number(0, 65535)


@frozen(kw_only=True)
class Encapsulated(LinkKind):
    """The options of a tunnel that can go through UDP, by FOU or GUE: tnl_print_encap() in ip/tunnel.c.

    JSON shows them in one object, and only where ``encap`` is not ``none``. ``encap_sport`` ``auto`` is shown as 0.
    """

    encap: Literal["fou", "gue", "none"] | None = option(
        NestedKey(Choice()), json_key="encap.type", default="none"
    )
    encap_sport: int | str | None = option(
        NestedKey(ChoiceOr(("auto",), PORT)),
        keyword="encap-sport",
        json_key="encap.sport",
        default=0,
    )
    encap_dport: int | None = option(
        NestedKey(PORT), keyword="encap-dport", json_key="encap.dport", default=0
    )
    encap_csum: bool | None = option(
        NestedKey(NoPrefixFlag()), keyword="encap-csum", json_key="encap.csum", default=False
    )
    encap_udp6_csum: bool | None = option(
        NestedKey(NoPrefixFlag()), keyword="encap-udp6-csum", json_key="encap.csum6"
    )
    encap_remcsum: bool | None = option(
        NestedKey(NoPrefixFlag()), keyword="encap-remcsum", json_key="encap.remcsum", default=False
    )


@frozen
class Vni(Number):
    """A tunnel's number. An external one has none; it is shown as 0, and cannot be said."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number; None for 0 of an external tunnel."""
        value = data.get(key)
        return None if value == 0 and data.get("external") else value
