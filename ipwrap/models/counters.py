"""`LinkStats`: the counters of a link in `ip -s link show` and `ip -s address show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["CanStats", "LinkStats", "Received", "Sent"]


@model(kw_only=True)
class Received:
    """Received packets. iproute2 omits some counters at zero (``compressed``): the value is None.

    ``length_errors`` and the fields below need `-s -s`.
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


@model(kw_only=True)
class Sent:
    """Sent packets. ``aborted_errors`` and the fields below need `-s -s`."""

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


@model(kw_only=True)
class CanStats:
    """The counters of a CAN bus, with `-d -s`. can_print_xstats() in iproute2's ip/iplink_can.c."""

    restarts: int | None = None
    bus_error: int | None = None
    arbitration_lost: int | None = None
    error_warning: int | None = None
    error_passive: int | None = None
    bus_off: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class LinkStats:
    """The counters of a link in both directions. print_stats64() in iproute2's ip/ipaddress.c.

    Hardware counters have the same format: print_hw_stats64() in ip/ipstats.c.
    """

    rx: Received | None = nested(Received)
    tx: Sent | None = nested(Sent)
    extra: dict[str, Any] = field(factory=dict, hash=False)
