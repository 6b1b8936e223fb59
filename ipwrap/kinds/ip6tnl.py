"""`type ip6tnl`."""

from typing import ClassVar, Literal

from attrs import field, frozen

from ipwrap.kinds.tunnel import Encapsulated, Endpoint
from ipwrap.options.codecs import Choice, ChoiceOr, ExistingLink, Flag, Hex, NoPrefixFlag, Number
from ipwrap.options.codecs.numbers import HexWord
from ipwrap.options.codecs.words import PresenceChoice
from ipwrap.options.codecs.wrappers import ChoiceWithOwnKey
from ipwrap.options.converters import to_number, to_text
from ipwrap.options.table import option, option_metadata, read_only_field

__all__ = ["Ip6tnl"]


@frozen(kw_only=True)
class Ip6tnl(Encapsulated):
    """A tunnel for IPv6 or IPv4 over IPv6. ip-link(8); ip/link_ip6tnl.c.

    ``mode`` is ``any`` by default. ``ttl`` is the hop limit (64 by default); ``inherit`` is shown
    as 0. ``tos`` is the traffic class. ``external`` excludes every option but ``mode``.
    """

    kind: ClassVar[str] = "ip6tnl"

    mode: Literal["ip6ip6", "ipip6", "any"] | None = option(
        Choice(), json_key="proto", default="any"
    )
    remote: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint(version=6))
    )
    local: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint(version=6))
    )
    dev: str | None = option(ExistingLink(), json_key="link")
    ttl: int | str | None = option(ChoiceOr(("inherit",), Number(0, 255)))
    # ip6tunnel_print_opt() in ip/link_ip6tnl.c prints a flag instead of the value.
    encaplimit: int | str | None = option(
        ChoiceWithOwnKey(Number(0, 255), "none", "ip6_tnl_f_ign_encap_limit"),
        json_key="encap_limit",
    )
    tos: int | str | None = option(
        ChoiceWithOwnKey(HexWord(0, 255), "inherit", "ip6_tnl_f_use_orig_tclass"),
        json_key="tclass",
        default=0,
    )
    flowlabel: int | str | None = option(
        ChoiceWithOwnKey(HexWord(0, 2**20 - 1), "inherit", "ip6_tnl_f_use_orig_flowlabel"),
        default=0,
    )
    dscp: Literal["inherit"] | None = option(PresenceChoice(), json_key="ip6_tnl_f_rcv_dscp_copy")
    fwmark: int | str | None = field(
        default=None,
        converter=to_number,
        metadata=option_metadata(
            ChoiceWithOwnKey(Hex(), "inherit", "ip6_tnl_f_use_orig_fwmark"), default=0
        ),
    )
    allow_localremote: bool | None = option(
        NoPrefixFlag(),
        keyword="allow-localremote",
        json_key="ip6_tnl_f_allow_local_remote",
        since="4.15",
        default=False,
    )
    external: bool | None = option(Flag(), default=False)
    ip6_tnl_f_mip6_dev: bool | None = read_only_field()
