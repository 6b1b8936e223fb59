"""`type vxcan`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.paired import PairedKind

__all__ = ["Vxcan"]


@frozen(kw_only=True)
class Vxcan(PairedKind):
    """A pair of CAN links; frames sent on either link arrive at the peer.

    ip-link(8) "VETH, VXCAN Type Support"; ip/iplink_vxcan.c. Its arguments are as of a `Veth`. JSON
    shows the peer as the link's ``link``.
    """

    kind: ClassVar[str] = "vxcan"
