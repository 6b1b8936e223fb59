"""`type tun`: the output of `ip link show` for a TUN or TAP link."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.table import read_only_field

__all__ = ["Tun"]


@frozen(kw_only=True)
class Tun(LinkKind):
    """A link whose peer is a program; read-only. ip-link(8), ip-tuntap(8); ip/iptuntap.c.

    `ip tuntap` creates it; the kernel refuses `ip link add`. ``type_`` is "tun" or "tap"; ``user``
    and ``group`` are names, or numbers without a name. Without ``multi_queue`` the numbers of
    queues are not shown.
    """

    kind: ClassVar[str] = "tun"

    type_: str | None = read_only_field(json_key="type", set_by="ip tuntap")
    pi: bool | None = read_only_field(set_by="ip tuntap")
    vnet_hdr: bool | None = read_only_field(set_by="ip tuntap")
    multi_queue: bool | None = read_only_field(set_by="ip tuntap")
    numqueues: int | None = read_only_field()
    numdisabled: int | None = read_only_field()
    persist: bool | None = read_only_field(set_by="ip tuntap")
    user: str | int | None = read_only_field(set_by="ip tuntap")
    group: str | int | None = read_only_field(set_by="ip tuntap")
