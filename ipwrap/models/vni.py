"""`VxlanVnis`: an object of `bridge -j vni show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["Vni", "VniStats", "VxlanVnis"]


@model(kw_only=True)
class VniStats:
    """The counters of a VNI. print_vnifilter_entry_stats() in iproute2's bridge/vni.c."""

    rx_bytes: int | None = None
    rx_pkts: int | None = None
    rx_drops: int | None = None
    rx_errors: int | None = None
    tx_bytes: int | None = None
    tx_pkts: int | None = None
    tx_drops: int | None = None
    tx_errors: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Vni:
    """A VNI, or a range up to ``vniEnd``, with the default destination of its frames.

    ``group`` is a multicast destination, ``remote`` a unicast destination. With `-s` every VNI has
    ``stats``, and ranges are split. print_vni() in iproute2's bridge/vni.c.
    """

    vni: int | None = None
    vniEnd: int | None = None  # noqa: N815 - the JSON key
    group: str | None = None
    remote: str | None = None
    stats: VniStats | None = nested(VniStats)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class VxlanVnis:
    """A vxlan with `vnifilter`, and its accepted VNIs. print_vnifilter_rtm() in bridge/vni.c."""

    ifname: str = ""
    vnis: tuple[Vni, ...] = nested(Vni, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)
