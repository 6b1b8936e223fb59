"""`type veth`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.paired import PairedKind

__all__ = ["Veth"]


@frozen(kw_only=True)
class Veth(PairedKind):
    """A pair of links; what enters one leaves the other. ip-link(8) "VETH, VXCAN Type Support"; ip/link_veth.c.

    ``Veth(peer="eth0", peer_netns="ns1", peer_options={"mtu": 9000})`` is
    ``type veth peer name eth0 mtu 9000 netns ns1``. The peer's options are those of every link (`LinkOptions`); but it
    cannot be made ``up`` before the pair is joined: newer kernels refuse that (ENOTCONN).
    Without ``peer`` the kernel names the other end (``veth0`` …). JSON shows the peer as the link's ``link``.
    """

    kind: ClassVar[str] = "veth"
