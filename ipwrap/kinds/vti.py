"""`type vti`."""

from typing import ClassVar

from attrs import field, frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.tunnel import Endpoint, Half, Key, Pair
from ipwrap.options.codecs import Device, Hex
from ipwrap.options.converters import text
from ipwrap.options.table import option, row

__all__ = ["Vti"]


@frozen(kw_only=True)
class Vti(LinkKind):
    """A tunnel for IPsec over IPv4. ip-link(8); ip/link_vti.c.

    A key is a number or a dotted quad, read as a number; 0 is no key, and not shown. ``key`` is for both directions,
    and holds what was read where both are the same, ``ikey`` and ``okey`` where they differ. When a link is set,
    iproute2 reads the index of its ``dev`` as one byte: above 255, say ``dev`` again.
    """

    kind: ClassVar[str] = "vti"

    remote: str | None = field(default=None, converter=text, metadata=row(Endpoint()))
    local: str | None = field(default=None, converter=text, metadata=row(Endpoint()))
    key: int | str | None = option(Pair(Key(no=False), "okey"), key="ikey")
    ikey: int | str | None = option(Half(Key(no=False), "okey"))
    okey: int | str | None = option(Half(Key(no=False), "ikey"))
    dev: str | None = option(Device(), key="link")
    fwmark: int | None = option(Hex(), since="4.12", default=0)
