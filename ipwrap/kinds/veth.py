"""`type veth`, and the grammar of a peer."""

from typing import Any, ClassVar

from attrs import field, frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.linkopts import LinkOptions
from ipwrap.names import link_name
from ipwrap.option import build

__all__ = ["Veth"]


@frozen(kw_only=True)
class Veth(LinkKind):
    """A pair of links; what enters one leaves the other. ip-link(8) "VETH, VXCAN Type Support"; ip/link_veth.c.

    ``Veth(peer="eth0", peer_netns="ns1", peer_options={"mtu": 9000})`` is
    ``type veth peer name eth0 mtu 9000 netns ns1``. The peer's options are those of every link (`LinkOptions`); but it
    cannot be made ``up`` before the pair is joined: newer kernels refuse that (ENOTCONN).
    Without ``peer`` the kernel names the other end (``veth0`` …). JSON shows the peer as the link's ``link``.
    """

    kind: ClassVar[str] = "veth"

    peer: str | None = None
    peer_netns: str | None = None
    peer_options: LinkOptions = field(factory=LinkOptions, hash=False)

    def words(self) -> tuple[str, ...]:
        """Return `peer name NAME` and the peer's options: `peer` has to be the first word after the kind."""
        options: dict[str, Any] = {**self.peer_options}
        if self.peer_netns is not None:
            options["netns"] = self.peer_netns
        if self.peer is None and not options:
            return ()
        named = ("name", link_name(self.peer, "peer")) if self.peer is not None else ()
        return ("peer", *named, *build(LinkOptions, options))
