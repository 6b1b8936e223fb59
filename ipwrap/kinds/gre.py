"""`type gre`, `type gretap` and `type erspan`."""

from typing import ClassVar, Literal

from attrs import field, frozen

from ipwrap.kinds.tunnel import BothDirections, Encapsulated, Endpoint, Key, OneDirection
from ipwrap.options.codecs import (
    Choice,
    ChoiceOr,
    Dsfield,
    ExistingLink,
    Flag,
    Hex,
    NoPrefixFlag,
    Number,
)
from ipwrap.options.codecs.numbers import PositiveOrNone
from ipwrap.options.converters import to_number, to_text
from ipwrap.options.table import option, option_metadata, read_only_field

__all__ = ["Erspan", "Gre", "Gretap"]


@frozen(kw_only=True)
class Gre(Encapsulated):
    """A tunnel for IP over IPv4. ip-link(8) "GRE Type Support"; ip/link_gre.c.

    A key is a number or a dotted quad, and False for no key; JSON values are read as numbers.
    ``key``, ``seq`` and ``csum`` are for both directions and have a value if both directions are
    equal; ``ikey``, ``okey`` and the like have a value if the directions differ. JSON lacks a
    boolean that is off, which stays None, except ``pmtudisc``. ``ttl`` and ``tos`` ``inherit`` are
    shown as 0 and 1. A ``ttl`` other than 0 needs ``pmtudisc``; ``ignore_df`` needs ``pmtudisc``
    off. ``external`` excludes every other option.
    """

    kind: ClassVar[str] = "gre"

    remote: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint())
    )
    local: str | None = field(default=None, converter=to_text, metadata=option_metadata(Endpoint()))
    # gre_print_opt() in ip/link_gre.c prints a key for each direction only.
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
    ttl: int | str | None = option(ChoiceOr(("inherit",), Number(0, 255)), default=0)
    tos: int | str | None = option(ChoiceOr(("inherit",), Dsfield()), default=0)
    pmtudisc: bool | None = option(NoPrefixFlag())
    ignore_df: bool | None = option(
        NoPrefixFlag(), keyword="ignore-df", since="4.13", default=False
    )
    dev: str | None = option(ExistingLink(), json_key="link")
    fwmark: int | None = field(
        default=None,
        converter=to_number,
        metadata=option_metadata(Hex(), since="4.12", default=0),
    )
    external: bool | None = option(Flag(), default=False)
    # gre_print_opt() serves all three kinds, so a gre link can show them.
    erspan: int | None = read_only_field(json_key="erspan_index")
    erspan_ver: int | None = read_only_field()
    erspan_dir: str | None = read_only_field()
    erspan_hwid: int | None = read_only_field(Hex())


@frozen(kw_only=True)
class Gretap(Gre):
    """A tunnel for Ethernet over IPv4. ip-link(8) "GRE Type Support"; ip/link_gre.c.

    Its options are the options of `Gre`.
    """

    kind: ClassVar[str] = "gretap"


@frozen(kw_only=True)
class Erspan(Gretap):
    """A mirror of Ethernet frames over IPv4. ip-link(8) "ERSPAN Type Support"; ip/link_gre.c.

    As `Gre`, and: ``erspan_ver`` is 1 by default. Version 1 has ``erspan``, an index; version 2 has
    ``erspan_dir`` and ``erspan_hwid`` (of which the kernel accepts up to 63); version 0 has
    neither. Except for version 0, the kernel requires a key up to 1023 and ``seq``, and refuses
    ``csum``.
    """

    kind: ClassVar[str] = "erspan"

    erspan: int | None = option(PositiveOrNone(1, 2**20 - 1), json_key="erspan_index", since="4.14")
    erspan_ver: int | None = option(Number(0, 2), since="4.16", default=1)
    erspan_dir: Literal["ingress", "egress"] | None = option(Choice(), since="4.16")
    erspan_hwid: int | None = option(Hex(0, 65535), since="4.16", default=0)
