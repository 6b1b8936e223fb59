"""`type ipip` and `type sit`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.tunnel import Encapsulated, Endpoint
from ipwrap.options import validation
from ipwrap.options.codecs import (
    Choice,
    ChoiceOr,
    Codec,
    Dsfield,
    ExistingLink,
    Flag,
    Hex,
    Json,
    NoPrefixFlag,
    Number,
)
from ipwrap.options.converters import to_number, to_text
from ipwrap.options.table import option, option_metadata

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Ipip", "Sit"]


class PrefixFromTwoKeys(Codec, frozen=True):
    """A prefix of one version of IP. JSON has the address and the length under two keys."""

    version: int

    def format(self, keyword: str, value: Any) -> str:
        """Return the prefix."""
        text = validation.check_prefix(value, keyword)
        separator = ":" if self.version == 6 else "."
        if separator not in text:
            raise InvalidArgument(f"{keyword}: {text!r} is not a prefix of IPv{self.version}")
        return text

    def from_json(self, data: Json, key: str) -> Any:
        """Return the prefix."""
        length_key = f"{key}len"
        # iptunnel_print_opt() in ip/link_iptnl.c.
        if length_key in data and key in data:
            return f"{data[key]}/{data[length_key]}"
        return data.get(key)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the address and of the length."""
        return (key, f"{key}len")

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of prefixes with their length."""
        from ipwrap.options.codecs.strategies import prefixes

        return prefixes(self.version)


@frozen(kw_only=True)
class Ipip(Encapsulated):
    """A tunnel for IP or MPLS over IPv4. ip-link(8) "IPIP, SIT Type Support"; ip/link_iptnl.c.

    ``mode`` is ``any`` by default. ``ttl`` and ``tos`` ``inherit`` are shown as 0 and 1; a ``ttl``
    other than 0 needs ``pmtudisc``. ``external`` excludes every option but ``mode``.
    ``sixrd_prefix``, ``sixrd_relay_prefix`` and ``sixrd_reset`` are the keywords ``6rd-prefix``,
    ``6rd-relay_prefix`` and ``6rd-reset``; only `Sit` uses them.
    """

    kind: ClassVar[str] = "ipip"

    mode: Literal["ipip", "mplsip", "any"] | None = option(Choice(), json_key="proto")
    remote: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint())
    )
    local: str | None = field(default=None, converter=to_text, metadata=option_metadata(Endpoint()))
    ttl: int | str | None = option(ChoiceOr(("inherit",), Number(0, 255)))
    tos: int | str | None = option(ChoiceOr(("inherit",), Dsfield()), default=0)
    pmtudisc: bool | None = option(NoPrefixFlag())
    dev: str | None = option(ExistingLink(), json_key="link")
    fwmark: int | None = field(
        default=None,
        converter=to_number,
        metadata=option_metadata(Hex(), since="4.12", default=0),
    )
    external: bool | None = option(Flag(), default=False)
    # The reset has to precede the prefixes, or else it would undo them.
    sixrd_reset: bool | None = option(Flag(), keyword="6rd-reset", json_key="")
    sixrd_prefix: str | None = option(
        PrefixFromTwoKeys(6), keyword="6rd-prefix", json_key="prefix", default="2002::/16"
    )
    sixrd_relay_prefix: str | None = option(
        PrefixFromTwoKeys(4), keyword="6rd-relay_prefix", json_key="relay_prefix"
    )


@frozen(kw_only=True)
class Sit(Ipip):
    """A tunnel for IPv6 (also IPv4, MPLS) over IPv4.

    ip-link(8) "IPIP, SIT Type Support"; ip/link_iptnl.c. As `Ipip`, but the kernel ignores
    ``external``. ``isatap`` cannot be removed. The 6rd prefix is 2002::/16 by default.
    """

    kind: ClassVar[str] = "sit"

    # The kernel's defaults of a new link, which iproute2 refuses: a ttl needs pmtudisc.
    wordless: ClassVar[Mapping[str, Any]] = {"mode": "ip6ip", "ttl": 64, "pmtudisc": False}

    mode: Literal["ip6ip", "ipip", "mplsip", "any"] | None = option(  # type: ignore[assignment]
        Choice(), json_key="proto"
    )
    isatap: bool | None = option(Flag(), default=False)
