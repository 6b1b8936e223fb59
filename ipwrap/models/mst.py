"""`PortMsts`: an object of `bridge -j mst show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["Mst", "PortMsts"]


@model(kw_only=True)
class Mst:
    """The state of a port in a spanning tree: a name, or a number without a name in iproute2.

    print_mst_entry() in iproute2's bridge/mst.c.
    """

    msti: int | None = None
    # print_stp_state() in bridge/link.c
    state: str | int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class PortMsts:
    """A port with its states in the spanning tree instances.

    print_msts() in iproute2's bridge/mst.c.
    """

    ifname: str = ""
    mst: tuple[Mst, ...] = nested(Mst, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)
