"""`type ovpn`."""

from typing import ClassVar, Literal

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice
from ipwrap.options.table import option

__all__ = ["Ovpn"]


@frozen(kw_only=True)
class Ovpn(LinkKind):
    """OpenVPN in the kernel, from Linux 6.16 on. ip-link(8); ip/iplink_ovpn.c, since 7.3.

    ``mode`` is "p2p" for a single peer, the default, or "mp" for many peers.
    """

    kind: ClassVar[str] = "ovpn"

    mode: Literal["p2p", "mp"] | None = option(Choice(), since="7.3", default="p2p")
