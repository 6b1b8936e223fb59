"""`type tun`: what is shown of a TUN or TAP link."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.table import shown

__all__ = ["Tun"]


@frozen(kw_only=True)
class Tun(LinkKind):
    """A link whose other end is a program, as it is shown. ip-link(8), ip-tuntap(8); ip/iptuntap.c.

    `ip tuntap` makes it; the kernel refuses to by `ip link add`. ``type_`` is "tun" or "tap"; ``user`` and ``group``
    are names, or numbers where there is no name. Without ``multi_queue`` the numbers of queues are not shown.
    """

    kind: ClassVar[str] = "tun"

    type_: str | None = shown(key="type")
    pi: bool | None = shown()
    vnet_hdr: bool | None = shown()
    multi_queue: bool | None = shown()
    numqueues: int | None = shown()
    numdisabled: int | None = shown()
    persist: bool | None = shown()
    user: str | int | None = shown()
    group: str | int | None = shown()
