"""`type hsr`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import ExistingLink, Number
from ipwrap.options.table import option, read_only_field

__all__ = ["Hsr"]


@frozen(kw_only=True)
class Hsr(LinkKind):
    """Two links that carry each frame twice, in a ring. ip-link(8); ip/iplink_hsr.c.

    ``slave1`` and ``slave2`` are required for a new link. ``proto`` is 0 for HSR, 1 for PRP.
    ``supervision`` is the last byte of ``supervision_addr``. ``version`` is shown since 6.19. The
    two links are not shown as ports of the link.
    """

    kind: ClassVar[str] = "hsr"

    slave1: str | None = option(ExistingLink())
    slave2: str | None = option(ExistingLink())
    interlink: str | None = option(ExistingLink(), since="6.10")
    # hsr_print_opt() in ip/iplink_hsr.c prints the whole address: `supervision_addr`.
    supervision: int | None = option(Number(0, 255), json_key="")
    version: int | None = option(Number(0, 1))
    proto: int | None = option(Number(0, 1), since="5.9", default=0)

    seq_nr: int | None = read_only_field()
    supervision_addr: str | None = read_only_field()
