"""`type wwan`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Number
from ipwrap.options.table import option

__all__ = ["Wwan"]


@frozen(kw_only=True)
class Wwan(LinkKind):
    """A data channel of a mobile modem (``parentdev=``). ip-link(8); ip/iplink_wwan.c, since 5.14.

    ``linkid`` is required for a new link.
    """

    kind: ClassVar[str] = "wwan"

    linkid: int | None = option(Number(), since="5.14")
