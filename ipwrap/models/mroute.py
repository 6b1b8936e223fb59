"""`Mroute`: an object of `ip -j mroute show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested, null_means
from ipwrap.models.declaration import model

__all__ = ["Mroute", "Oif"]


@model(kw_only=True)
class Oif:
    """An outgoing link. ``ttl`` is the minimum TTL of a packet, absent if 1 or 0."""

    oif: str | None = None
    ttl: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Mroute:
    """A multicast route of a routing daemon. print_mroute() in iproute2's ip/ipmroute.c.

    ``state`` is "resolved" or "unresolved"; ``iif`` is "unresolved" without a link. ``src`` and
    ``dst`` may be "unknown". With `-s`: ``packets``, ``bytes``, packets from a wrong link
    (``wrong_if``), and in ``expires`` the seconds since the last packet. ``table`` is absent if
    `show` was filtered by a table.
    """

    src: str | None = None
    dst: str | None = None
    iif: str | None = None
    multipath: tuple[Oif, ...] | None = nested(Oif)
    state: str | None = None
    offload: bool | None = null_means()
    packets: int | None = None
    bytes: int | None = None
    wrong_if: int | None = None
    # print_float() prints no fraction for whole seconds.
    expires: int | float | None = None
    table: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
