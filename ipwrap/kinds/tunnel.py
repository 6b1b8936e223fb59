"""Codecs and options common to the kinds of tunnels: addresses, keys, directions, and ``encap…``.

ip/tunnel.c, ip/link_gre.c, ip/link_gre6.c, ip/link_iptnl.c, ip/link_ip6tnl.c.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.options import validation
from ipwrap.options.codecs import Choice, ChoiceOr, Codec, Ip, Json, NoPrefixFlag, Number
from ipwrap.options.codecs.wrappers import NestedKey, WrapperCodec
from ipwrap.options.converters import from_hex
from ipwrap.options.table import option

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "BothDirections",
    "Encapsulated",
    "Endpoint",
    "Key",
    "OneDirection",
    "Ttl",
    "Vni",
]


class Endpoint(Ip, frozen=True, kw_only=True):
    """The remote or local address of a tunnel, of one version of IP, or `any`.

    JSON shows `any` for a tunnel without the address.
    """

    version: int = 4

    def format(self, keyword: str, value: Any) -> str:
        """Return the address."""
        if value == "any":
            return "any"

        text = validation.check_address(value, keyword)
        if (":" in text) is not (self.version == 6):
            raise InvalidArgument(
                f"{keyword}: {text!r} is not an IPv{self.version} address, which this tunnel takes"
            )
        return text

    def from_json(self, data: Json, key: str) -> Any:
        """Return the address; None for `any`, as for an omitted option."""
        value = data.get(key)
        # tnl_print_endpoint() in ip/tunnel.c.
        return None if value == "any" else value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of addresses of the version."""
        from ipwrap.options.codecs.strategies import addresses

        return addresses(self.version)


class Key(Codec, frozen=True):
    """The key of a tunnel: a number, or the number as a dotted quad, as in JSON.

    The number may be text in hexadecimal. False is no key, if the kind has a keyword for that
    (``no``).
    """

    reads_hex: ClassVar[bool] = True

    no: bool = True

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `key 5`, or `nokey` for False."""
        if value is False and self.no:
            return (f"no{keyword}",)
        return (keyword, self.format(keyword, value))

    def format(self, keyword: str, value: Any) -> str:
        """Return the number, or the dotted quad."""
        if isinstance(value, str):
            value = from_hex(value)
        if not isinstance(value, str):
            return Number().format(keyword, value)

        address = validation.check_address(value, keyword)
        return Endpoint().format(keyword, address)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        return int(IPv4Address(value)) if isinstance(value, str) else value

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return the keyword, and the keyword for no key."""
        return (keyword, f"no{keyword}") if self.no else (keyword,)

    def parse_args(self, keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the key, or False for no key."""
        if arguments[0] != keyword:
            return False, 1
        return self.parse(arguments[1]), 2

    def parse(self, text: str) -> Any:
        """Return the number, or the dotted quad."""
        # tnl_parse_key() in ip/tunnel.c decides by the dot.
        return text if "." in text else Number().parse(text)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers, dotted quads, and False."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import IPV4_ADDRESSES

        keys = st.one_of(
            st.integers(0, 2**32 - 1),
            IPV4_ADDRESSES,
        )
        if not self.no:
            return keys

        return keys | st.just(False)


class BothDirections(WrapperCodec, frozen=True):
    """An option for both directions, `key`. JSON shows a key for each direction.

    It has a value if both directions are equal.
    """

    second_key: str

    def from_json(self, data: Json, key: str) -> Any:
        """Return the common value of both keys, or None."""
        value = self.inner.from_json(data, key)
        second_value = self.inner.from_json(data, self.second_key)
        if value != second_value:
            return None

        return value

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of both directions."""
        return (key, self.second_key)


class OneDirection(WrapperCodec, frozen=True):
    """An option for one direction, `ikey`: read if the other direction (``both_key``) differs.

    Two equal directions are read by their `BothDirections`.
    """

    both_key: str

    def from_json(self, data: Json, key: str) -> Any:
        """Return the value of the key, or None if the other direction has the same value."""
        value = self.inner.from_json(data, key)
        opposite_value = self.inner.from_json(data, self.both_key)
        if value == opposite_value:
            return None

        return value


class Ttl(ChoiceOr, frozen=True):
    """A hop limit. iproute2 prints `inherit` only as text, so JSON then lacks the key.

    Releases that show few options lack the key as well, but they lack `df`, too.
    """

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number, or `inherit`."""
        # print_string(PRINT_FP, NULL, "ttl %s ", "inherit") in ip/iplink_vxlan.c.
        if key not in data and "df" in data:
            return "inherit"
        return super().from_json(data, key)


PORT = Number(0, 65535)


@frozen(kw_only=True)
class Encapsulated(LinkKind):
    """The options of a tunnel through UDP, by FOU or GUE: tnl_print_encap() in ip/tunnel.c.

    JSON shows one object with all of the options, and only if ``encap`` is not ``none``. It shows 0
    for ``encap_sport`` ``auto``.
    """

    # tnl_print_encap() prints `csum6` for encap-udp6-csum, and ports as numbers.
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


class Vni(Number, frozen=True):
    """The number of a tunnel. An external tunnel has none: JSON shows 0, which iproute2 refuses."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number; None for 0 of an external tunnel."""
        value = data.get(key)
        if value == 0 and data.get("external"):
            return None
        return value
