"""`type ipvlan` and `type ipvtap`."""

from typing import ClassVar, Literal

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice, Flag
from ipwrap.options.table import option

__all__ = ["Ipvlan", "Ipvtap"]


@frozen(kw_only=True)
class Ipvlan(LinkKind):
    """A link with the MAC address of its lower link (``link=``), and IP addresses of its own.

    ip-link(8); ip/iplink_ipvlan.c. ``bridge``, ``private`` and ``vepa`` exclude one another;
    ``bridge`` is the default, also for `ip link set`.
    """

    kind: ClassVar[str] = "ipvlan"

    mode: Literal["l3", "l3s", "l2"] | None = option(Choice(), default="l3")
    bridge: bool | None = option(Flag(), default=True)
    private: bool | None = option(Flag(), default=False)
    vepa: bool | None = option(Flag(), default=False)


@frozen(kw_only=True)
class Ipvtap(Ipvlan):
    """An ipvlan with a character device. ip-link(8), as `Ipvlan`; ip/iplink_ipvlan.c."""

    kind: ClassVar[str] = "ipvtap"
