"""`type vti`."""

from typing import ClassVar

from attrs import field, frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.tunnel import BothDirections, Endpoint, Key, OneDirection
from ipwrap.options.codecs import ExistingLink, Hex
from ipwrap.options.converters import to_number, to_text
from ipwrap.options.table import option, option_metadata

__all__ = ["Vti"]


@frozen(kw_only=True)
class Vti(LinkKind):
    """A tunnel for IPsec over IPv4. ip-link(8); ip/link_vti.c.

    A key is a number or a dotted quad, read as a number; 0 is no key, and not shown. ``key`` is for
    both directions and has a value if both directions are equal, ``ikey`` and ``okey`` if they
    differ. When a link is changed, iproute2 reads the index of its ``dev`` as a byte: for an index
    above 255, give ``dev`` again.
    """

    kind: ClassVar[str] = "vti"

    remote: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint())
    )
    local: str | None = field(default=None, converter=to_text, metadata=option_metadata(Endpoint()))
    # vti_print_opt() in ip/link_vti.c prints `ikey` and `okey` only.
    key: int | str | None = option(BothDirections(Key(no=False), "okey"), json_key="ikey")
    ikey: int | str | None = option(OneDirection(Key(no=False), "okey"))
    okey: int | str | None = option(OneDirection(Key(no=False), "ikey"))
    dev: str | None = option(ExistingLink(), json_key="link")
    fwmark: int | None = field(
        default=None,
        converter=to_number,
        metadata=option_metadata(Hex(), since="4.12", default=0),
    )
