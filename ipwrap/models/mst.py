"""`PortMsts`: one object of `bridge -j mst show`."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import nested

__all__ = ["Mst", "PortMsts"]


@frozen(kw_only=True, slots=False)
class Mst:
    """A port's state in one spanning tree: a word, or a number that iproute2 has no word for.

    print_mst_entry() in iproute2's bridge/mst.c.
    """

    msti: int | None = None
    state: str | int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class PortMsts:
    """A port, and its state in each spanning tree (instance) of its bridge. print_msts() in iproute2's bridge/mst.c."""

    ifname: str = ""
    mst: tuple[Mst, ...] = nested(Mst, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)
