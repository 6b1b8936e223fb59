"""`type ip6gre`, `type ip6gretap` and `type ip6erspan`."""

from typing import ClassVar, Literal

from attrs import field, frozen

from ipwrap.kinds.tunnel import BothDirections, Encapsulated, Endpoint, Key, OneDirection
from ipwrap.options.codecs import Choice, ChoiceOr, ExistingLink, Flag, Hex, NoPrefixFlag, Number
from ipwrap.options.codecs.numbers import HexWord, PositiveOrNone
from ipwrap.options.codecs.words import PresenceChoice
from ipwrap.options.codecs.wrappers import ChoiceWithOwnKey
from ipwrap.options.converters import to_number, to_text
from ipwrap.options.table import option, option_metadata

__all__ = ["Ip6erspan", "Ip6gre", "Ip6gretap"]


@frozen(kw_only=True)
class Ip6gre(Encapsulated):
    """A tunnel for IP over IPv6. ip-link(8) "IP6GRE/IP6GRETAP Type Support"; ip/link_gre6.c.

    Keys, ``seq`` and ``csum`` are as in `Gre`. ``ttl`` is the hop limit (64 by default);
    ``inherit`` is shown as 0. ``tos`` is the traffic class. ``external`` excludes every other
    option. Each of the three kinds accepts the ``erspan…`` options; they have an effect on
    ``ip6erspan``.
    """

    kind: ClassVar[str] = "ip6gre"

    remote: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint(version=6))
    )
    local: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint(version=6))
    )
    key: int | str | bool | None = option(BothDirections(Key(), "okey"), json_key="ikey")
    ikey: int | str | bool | None = option(OneDirection(Key(), "okey"))
    okey: int | str | bool | None = option(OneDirection(Key(), "ikey"))
    seq: bool | None = option(
        BothDirections(NoPrefixFlag(), "oseq"), json_key="iseq", default=False
    )
    iseq: bool | None = option(OneDirection(NoPrefixFlag(), "oseq"))
    oseq: bool | None = option(OneDirection(NoPrefixFlag(), "iseq"))
    csum: bool | None = option(
        BothDirections(NoPrefixFlag(), "ocsum"), json_key="icsum", default=False
    )
    icsum: bool | None = option(OneDirection(NoPrefixFlag(), "ocsum"))
    ocsum: bool | None = option(OneDirection(NoPrefixFlag(), "icsum"))
    ttl: int | str | None = option(ChoiceOr(("inherit",), Number(0, 255)))
    # gre_print_opt() in ip/link_gre6.c prints a flag instead of the value.
    encaplimit: int | str | None = option(
        ChoiceWithOwnKey(Number(0, 255), "none", "ip6_tnl_f_ign_encap_limit"),
        json_key="encap_limit",
        since="4.12",
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
    dev: str | None = option(ExistingLink(), json_key="link")
    fwmark: int | str | None = field(
        default=None,
        converter=to_number,
        metadata=option_metadata(
            ChoiceWithOwnKey(Hex(), "inherit", "ip6_tnl_f_use_orig_fwmark"), since="4.12", default=0
        ),
    )
    allow_localremote: bool | None = option(
        NoPrefixFlag(),
        keyword="allow-localremote",
        json_key="ip6_tnl_f_allow_local_remote",
        since="4.17",
        default=False,
    )
    external: bool | None = option(Flag(), since="4.16", default=False)
    erspan: int | None = option(PositiveOrNone(1, 2**20 - 1), json_key="erspan_index", since="4.15")
    erspan_ver: int | None = option(Number(0, 2), since="4.16", default=1)
    erspan_dir: Literal["ingress", "egress"] | None = option(Choice(), since="4.16")
    erspan_hwid: int | None = option(Hex(0, 65535), since="4.16", default=0)


@frozen(kw_only=True)
class Ip6gretap(Ip6gre):
    """A tunnel for Ethernet over IPv6. ip-link(8), as `Ip6gre`; ip/link_gre6.c."""

    kind: ClassVar[str] = "ip6gretap"


@frozen(kw_only=True)
class Ip6erspan(Ip6gretap):
    """A mirror of Ethernet frames over IPv6. ip-link(8), as `Ip6gre`; ip/link_gre6.c.

    The kernel's rules are the rules of `Erspan`, without version 0.
    """

    kind: ClassVar[str] = "ip6erspan"
