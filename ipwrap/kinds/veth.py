"""`type veth`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.paired import PairedKind

__all__ = ["Veth"]


@frozen(kw_only=True)
class Veth(PairedKind):
    """A pair of links; packets sent on either link arrive at the peer.

    ip-link(8) "VETH, VXCAN Type Support"; ip/link_veth.c.
    ``Veth(peer="eth0", peer_netns="ns1", peer_options={"mtu": 9000})`` is
    ``type veth peer name eth0 mtu 9000 netns ns1``. The peer accepts the options of every link
    (`LinkOptions`), except ``up``: newer kernels refuse it before the pair is joined (ENOTCONN).
    Without ``peer`` the kernel names the peer (``veth0`` …). JSON shows the peer as the link's
    ``link``.
    """

    kind: ClassVar[str] = "veth"
