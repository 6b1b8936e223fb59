"""`type ifb`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind

__all__ = ["Ifb"]


@frozen(kw_only=True)
class Ifb(LinkKind):
    """An intermediate functional block, to queue incoming packets. ip-link(8); ip/iplink_ifb.c.

    It has no options.
    """

    kind: ClassVar[str] = "ifb"
