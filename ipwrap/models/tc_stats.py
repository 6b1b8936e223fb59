"""`TcStats`: the common counters of qdiscs, classes and actions of tc."""

from typing import Any

from attrs import field

from ipwrap.models.declaration import model

__all__ = ["TcStats"]


@model(kw_only=True)
class TcStats:
    """Sent, dropped and queued packets. print_tcstats2_attr() in iproute2's tc/tc_util.c.

    ``backlog`` is in bytes, ``qlen`` in packets, ``rate`` in bytes a second (of an estimator). The
    ``sw_`` and ``hw_`` counters separate packets of the kernel from packets of the device.
    """

    bytes: int | None = None
    packets: int | None = None
    drops: int | None = None
    overlimits: int | None = None
    requeues: int | None = None
    sw_bytes: int | None = None
    sw_packets: int | None = None
    hw_bytes: int | None = None
    hw_packets: int | None = None
    rate: int | None = None
    pps: int | None = None
    backlog: int | None = None
    qlen: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
