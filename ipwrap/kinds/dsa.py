"""`type dsa`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import ExistingLink
from ipwrap.options.table import option

__all__ = ["Dsa"]


@frozen(kw_only=True)
class Dsa(LinkKind):
    """A port of a switch chip. ip-link(8) "DSA user port support"; ip/iplink_dsa.c, since 6.1.

    The driver of the chip creates the link. ``conduit``, the link to the chip, can be changed.
    """

    kind: ClassVar[str] = "dsa"

    conduit: str | None = option(ExistingLink(), since="6.1")
