"""`type geneve`."""

from typing import ClassVar, Literal

from attrs import field, frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.tunnel import Ttl, Vni
from ipwrap.options.codecs import Choice, ChoiceOr, Dsfield, Flag, Hex, Ip, NoPrefixFlag, Number
from ipwrap.options.converters import to_text
from ipwrap.options.table import option, option_metadata

__all__ = ["Geneve"]


@frozen(kw_only=True)
class Geneve(LinkKind):
    """A tunnel for Ethernet over UDP, with options in its header.

    ip-link(8) "GENEVE Type Support"; ip/iplink_geneve.c. ``id`` and ``remote`` (no multicast) are
    required unless ``external``; a change of the link requires its ``id`` again. ``ttl`` ``auto``
    is shown as 0. The kernel reports ``udpcsum`` only for an IPv4 remote, and ``udp6zerocsumtx``
    only for an IPv6 remote.
    """

    kind: ClassVar[str] = "geneve"

    id: int | None = option(Vni(0, 2**24 - 1))
    remote: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Ip("remote6"))
    )
    local: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Ip("local6"), since="7.2")
    )
    # geneve_print_opt() prints `inherit` only as text: see `Ttl`.
    ttl: int | str | None = option(Ttl(("auto", "inherit"), Number(0, 255)), default=0)
    tos: int | str | None = option(ChoiceOr(("inherit",), Dsfield()), default=0)
    df: Literal["unset", "set", "inherit"] | None = option(Choice(), since="5.0", default="unset")
    flowlabel: int | None = option(Hex(0, 2**20 - 1), json_key="label", default=0)
    dstport: int | None = option(Number(1, 65535), json_key="port", default=6081)
    external: bool | None = option(NoPrefixFlag(), default=False)
    udpcsum: bool | None = option(NoPrefixFlag(), json_key="udp_csum", default=False)
    udp6zerocsumtx: bool | None = option(
        NoPrefixFlag(), json_key="udp_zero_csum6_tx", default=False
    )
    udp6zerocsumrx: bool | None = option(NoPrefixFlag(), json_key="udp_zero_csum6_rx")
    innerprotoinherit: bool | None = option(
        Flag(), json_key="inner_proto_inherit", since="5.18", default=False
    )
