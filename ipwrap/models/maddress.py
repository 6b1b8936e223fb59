"""`Memberships`: an object of `ip -j maddress show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["Maddress", "Memberships"]


@model(kw_only=True)
class Maddress:
    """A multicast address: a MAC address in ``link``, or an IP address in ``address``.

    ``users`` is absent for a single user. ``features`` is "static" for an address of
    `ip maddress add`. print_maddr() in iproute2's ip/ipmaddr.c.
    """

    link: str | None = None
    family: str | None = None
    address: str | None = None
    users: int | None = None
    features: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Memberships:
    """A link and its multicast memberships. print_mlist() in iproute2's ip/ipmaddr.c."""

    ifindex: int | None = None
    ifname: str = ""
    maddr: tuple[Maddress, ...] = nested(Maddress, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)
