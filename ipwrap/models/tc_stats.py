"""`TcStats`: what qdiscs, classes and actions of tc count alike."""

from typing import Any

from attrs import field, frozen

__all__ = ["TcStats"]


@frozen(kw_only=True, slots=False)
class TcStats:
    """What was sent, dropped, and waits. print_tcstats2_attr() in iproute2's tc/tc_util.c.

    ``backlog`` is in bytes, ``qlen`` in packets, ``rate`` in bytes a second (of an estimator); ``sw_bytes`` and the
    like tell apart what a device did itself.
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
