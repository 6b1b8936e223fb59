"""`type gre`, `type gretap` and `type erspan`."""

from typing import ClassVar, Literal

from attrs import field, frozen

from ipwrap.kinds.tunnel import Encapsulated, Endpoint, Half, Index, Key, Pair
from ipwrap.options.codecs import Choice, Device, Dsfield, Flag, Hex, No, Number, Or
from ipwrap.options.converters import text
from ipwrap.options.table import option, row, shown

__all__ = ["Erspan", "Gre", "Gretap"]


@frozen(kw_only=True)
class Gre(Encapsulated):
    """A tunnel for IP over IPv4. ip-link(8) "GRE Type Support"; ip/link_gre.c.

    A key is a number or a dotted quad, and False for none; it is read as a number. ``key``, ``seq`` and ``csum`` are
    for both directions, and hold what was read where both are the same; ``ikey``, ``okey`` and the like hold it
    where they differ. Truths that are not set are not shown, and stay None, save ``pmtudisc``. ``ttl`` and ``tos``
    ``inherit`` are shown as 0 and 1. A ``ttl`` other than 0 needs ``pmtudisc``, ``ignore_df`` needs it off.
    ``external`` leaves out every other option.
    """

    kind: ClassVar[str] = "gre"

    remote: str | None = field(default=None, converter=text, metadata=row(Endpoint()))
    local: str | None = field(default=None, converter=text, metadata=row(Endpoint()))
    key: int | str | bool | None = option(Pair(Key(), "okey"), key="ikey")
    ikey: int | str | bool | None = option(Half(Key(), "okey"))
    okey: int | str | bool | None = option(Half(Key(), "ikey"))
    seq: bool | None = option(Pair(No(), "oseq"), key="iseq", default=False)
    iseq: bool | None = option(Half(No(), "oseq"))
    oseq: bool | None = option(Half(No(), "iseq"))
    csum: bool | None = option(Pair(No(), "ocsum"), key="icsum", default=False)
    icsum: bool | None = option(Half(No(), "ocsum"))
    ocsum: bool | None = option(Half(No(), "icsum"))
    ttl: int | str | None = option(Or(("inherit",), Number(0, 255)), default=0)
    tos: int | str | None = option(Or(("inherit",), Dsfield()), default=0)
    pmtudisc: bool | None = option(No())
    ignore_df: bool | None = option(No(), word="ignore-df", since="4.13", default=False)
    dev: str | None = option(Device(), key="link")
    fwmark: int | None = option(Hex(), since="4.12", default=0)
    external: bool | None = option(Flag(), default=False)
    erspan: int | None = shown(key="erspan_index")
    erspan_ver: int | None = shown()
    erspan_dir: str | None = shown()
    erspan_hwid: int | None = shown(Hex())


@frozen(kw_only=True)
class Gretap(Gre):
    """A tunnel for Ethernet over IPv4. ip-link(8) "GRE Type Support"; ip/link_gre.c. Its options are those of `Gre`."""

    kind: ClassVar[str] = "gretap"


@frozen(kw_only=True)
class Erspan(Gretap):
    """A mirror of Ethernet frames over IPv4. ip-link(8) "ERSPAN Type Support"; ip/link_gre.c.

    As `Gre`, and: ``erspan_ver`` is 1 where it is not said. Version 1 takes ``erspan``, an index, read as such too;
    version 2 takes ``erspan_dir`` and ``erspan_hwid`` (of which the kernel takes up to 63); 0 takes neither. Save for
    version 0, the kernel wants a key up to 1023 and ``seq``, and refuses ``csum``.
    """

    kind: ClassVar[str] = "erspan"

    erspan: int | None = option(Index(1, 2**20 - 1), key="erspan_index", since="4.14")
    erspan_ver: int | None = option(Number(0, 2), since="4.16", default=1)
    erspan_dir: Literal["ingress", "egress"] | None = option(Choice(), since="4.16")
    erspan_hwid: int | None = option(Hex(0, 65535), since="4.16", default=0)
