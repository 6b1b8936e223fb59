"""`Memberships`: one object of `ip -j maddress show`."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import nested

__all__ = ["Maddress", "Memberships"]


@frozen(kw_only=True, slots=False)
class Maddress:
    """A multicast address: of the link layer in ``link``, or in ``address``, with its family.

    ``users`` is missing where there is one. ``features`` is "static" for one that `ip maddress add` made.
    print_maddr() in iproute2's ip/ipmaddr.c.
    """

    link: str | None = None
    family: str | None = None
    address: str | None = None
    users: int | None = None
    features: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class Memberships:
    """A link and the multicast addresses that it listens to. print_mlist() in iproute2's ip/ipmaddr.c."""

    ifindex: int | None = None
    ifname: str = ""
    maddr: tuple[Maddress, ...] = nested(Maddress, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)
