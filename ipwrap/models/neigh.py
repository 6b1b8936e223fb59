"""`Neigh`: an object of `ip -j neigh show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import null_means
from ipwrap.models.declaration import model

__all__ = ["Neigh", "from_text"]

# print_neigh() in iproute2's ip/ipneigh.c prints flags without a value, and states in capitals.
FLAGS = frozenset({"router", "proxy", "managed", "extern_learn", "extern_valid", "offload"})


@model(kw_only=True)
class Neigh:
    """A neighbour: an IP address with its MAC address. print_neigh() in iproute2's ip/ipneigh.c.

    ``used``, ``confirmed`` and ``updated`` are in seconds. ``dev`` is absent if `show` was filtered
    by a link.
    """

    dst: str | None = None
    dev: str | None = None
    miss: bool | None = null_means()
    lladdr: str | None = None
    router: bool | None = null_means()
    proxy: bool | None = null_means()
    managed: bool | None = null_means(since="5.16")
    extern_learn: bool | None = null_means()
    extern_valid: bool | None = null_means(since="6.17")
    offload: bool | None = null_means()
    refcnt: int | None = None
    used: int | None = None
    confirmed: int | None = None
    updated: int | None = None
    probes: int | None = None
    state: tuple[str, ...] | None = None
    protocol: str | None = None
    deleted: bool | None = None  # with `-echo`
    extra: dict[str, Any] = field(factory=dict, hash=False)


def from_text(line: str) -> Neigh:
    """Parse a neighbour in a line of text, the output of `neigh get` before iproute2 6.2."""
    from ipwrap.models.text.neigh import neigh

    model: Neigh = neigh(line).model
    return model
