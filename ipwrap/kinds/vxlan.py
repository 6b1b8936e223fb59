"""`type vxlan`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.tunnel import Ttl, Vni
from ipwrap.options import validation
from ipwrap.options.codecs import (
    Choice,
    ChoiceOr,
    Codec,
    Dsfield,
    ExistingLink,
    Flag,
    Hex,
    Ip,
    Json,
    NoPrefixFlag,
    Number,
)
from ipwrap.options.converters import to_lifetime, to_text
from ipwrap.options.table import option, option_metadata

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Vxlan"]


class PortRange(Codec, frozen=True):
    """The lowest and the highest port: two arguments, an object in JSON."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `srcport LOW HIGH`."""
        try:
            low, high = value
        except (TypeError, ValueError) as error:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a pair of ports such as (32768, 61000)"
            ) from error

        port = Number(0, 65535)
        return (keyword, port.format(keyword, low), port.format(keyword, high))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the pair."""
        value = data.get(key)
        return (value["low"], value["high"]) if value else None

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the pair."""
        low = int(arguments[1], 0)
        high = int(arguments[2], 0)
        return (low, high), 3

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of pairs of ports."""
        from hypothesis import strategies as st

        return st.tuples(st.integers(0, 65535), st.integers(0, 65535))


class Group(Ip, frozen=True):
    """The address of a multicast group or of a remote, or `any`."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the address."""
        return "any" if value == "any" else validation.check_address(value, keyword)


@frozen(kw_only=True)
class Vxlan(LinkKind):
    """A tunnel for Ethernet over UDP. ip-link(8) "VXLAN Type Support"; ip/iplink_vxlan.c.

    ``id`` is required unless ``external``. ``ageing`` is in seconds, or a `timedelta`. Without
    ``dstport`` iproute2 warns on stderr and the kernel uses 8472 instead of 4789, the port assigned
    by IANA. Before 6.4 iproute2 shows only the booleans that are on.
    """

    kind: ClassVar[str] = "vxlan"

    # Addresses of the tunnel.
    id: int | None = option(Vni(0, 2**24 - 1))
    dev: str | None = option(ExistingLink(), json_key="link")
    group: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Group("group6"))
    )
    remote: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Group("remote6"))
    )
    local: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Group("local6"))
    )
    ttl: int | str | None = option(Ttl(("auto", "inherit"), Number(0, 255)), default=0)
    tos: int | str | None = option(ChoiceOr(("inherit",), Dsfield()), default=0)
    df: Literal["unset", "set", "inherit"] | None = option(Choice(), since="5.0", default="unset")
    flowlabel: int | None = option(Hex(0, 2**20 - 1), json_key="label", default=0)
    # Forwarding database.
    ageing: int | str | None = field(
        default=None,
        converter=to_lifetime,
        metadata=option_metadata(ChoiceOr(("none",), Number()), default=300),
    )
    maxaddress: int | str | None = option(
        ChoiceOr(("unlimited",), Number()), json_key="limit", default=0
    )
    srcport: tuple[int, int] | None = option(PortRange(), json_key="port_range", default=(0, 0))
    # vxlan_print_opt() in ip/iplink_vxlan.c prints `port` for dstport.
    dstport: int | None = option(Number(0, 65535), json_key="port")
    # The default without gbp, gpe and remcsumrx: their bits are not reserved, and JSON shows that.
    reserved_bits: int | None = option(Hex(0, 2**64 - 1), since="6.14", default=0xF7FFFFFF000000FF)
    gbp: bool | None = option(Flag(), default=False)
    gpe: bool | None = option(Flag(), default=False)
    # Ethernet and neighbours.
    learning: bool | None = option(NoPrefixFlag())
    proxy: bool | None = option(NoPrefixFlag(), default=False)
    rsc: bool | None = option(NoPrefixFlag(), default=False)
    l2miss: bool | None = option(NoPrefixFlag(), default=False)
    l3miss: bool | None = option(NoPrefixFlag(), default=False)
    # Checksums.
    udpcsum: bool | None = option(NoPrefixFlag(), json_key="udp_csum", default=True)
    udp6zerocsumtx: bool | None = option(
        NoPrefixFlag(), json_key="udp_zero_csum6_tx", default=False
    )
    udp6zerocsumrx: bool | None = option(
        NoPrefixFlag(), json_key="udp_zero_csum6_rx", default=False
    )
    remcsumtx: bool | None = option(NoPrefixFlag(), json_key="remcsum_tx", default=False)
    remcsumrx: bool | None = option(NoPrefixFlag(), json_key="remcsum_rx", default=False)
    external: bool | None = option(NoPrefixFlag(), default=False)
    vnifilter: bool | None = option(NoPrefixFlag(), since="5.19", default=False)
    localbypass: bool | None = option(NoPrefixFlag(), since="6.5", default=True)
    mcroute: bool | None = option(NoPrefixFlag(), since="6.17", default=False)

    @property
    def lower_link(self) -> str | None:
        """The link ``dev``: the kernel deletes this one along with it."""
        return self.dev
