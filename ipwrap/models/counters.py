"""`LinkStats`: what a link has received and sent, as `ip -s link show` and `ip -s address show` count it."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import nested

__all__ = ["CanStats", "LinkStats", "Received", "Sent"]


@frozen(kw_only=True, slots=False)
class Received:
    """What a link has received. A counter that iproute2 leaves out at zero (``compressed``) is None then.

    From ``length_errors`` on: only with `-s -s`.
    """

    bytes: int | None = None
    packets: int | None = None
    errors: int | None = None
    dropped: int | None = None
    over_errors: int | None = None
    multicast: int | None = None
    compressed: int | None = None
    length_errors: int | None = None
    crc_errors: int | None = None
    frame_errors: int | None = None
    fifo_errors: int | None = None
    missed_errors: int | None = None
    nohandler: int | None = None
    otherhost: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class Sent:
    """What a link has sent. From ``aborted_errors`` on: only with `-s -s`."""

    bytes: int | None = None
    packets: int | None = None
    errors: int | None = None
    dropped: int | None = None
    carrier_errors: int | None = None
    collisions: int | None = None
    compressed: int | None = None
    aborted_errors: int | None = None
    fifo_errors: int | None = None
    window_errors: int | None = None
    heartbeat_errors: int | None = None
    carrier_changes: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class CanStats:
    """What a CAN bus counts besides, with `-d -s`. can_print_xstats() in iproute2's ip/iplink_can.c."""

    restarts: int | None = None
    bus_error: int | None = None
    arbitration_lost: int | None = None
    error_warning: int | None = None
    error_passive: int | None = None
    bus_off: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class LinkStats:
    """The counters of a link, in both directions. print_stats64() in iproute2's ip/ipaddress.c.

    Those of hardware are the same: print_hw_stats64() in ip/ipstats.c.
    """

    rx: Received | None = nested(Received)
    tx: Sent | None = nested(Sent)
    extra: dict[str, Any] = field(factory=dict, hash=False)
