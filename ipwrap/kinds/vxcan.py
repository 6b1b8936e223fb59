"""`type vxcan`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.paired import PairedKind

__all__ = ["Vxcan"]


@frozen(kw_only=True)
class Vxcan(PairedKind):
    """A pair of CAN links; what enters one leaves the other. ip-link(8) "VETH, VXCAN Type Support"; ip/iplink_vxcan.c.

    Its words are those of a `Veth`. JSON shows the peer as the link's ``link``.
    """

    kind: ClassVar[str] = "vxcan"
