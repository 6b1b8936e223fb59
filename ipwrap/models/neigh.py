"""`Neigh`: one object of `ip -j neigh show`."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import null_means

__all__ = ["Neigh", "from_text"]

FLAGS = frozenset({"router", "proxy", "managed", "extern_learn", "extern_valid", "offload"})
VALUES = {"dev": "dev", "lladdr": "lladdr", "proto": "protocol"}


@frozen(kw_only=True, slots=False)
class Neigh:
    """A neighbour: an address and where it is. print_neigh() in iproute2's ip/ipneigh.c.

    ``used``, ``confirmed`` and ``updated`` are in seconds. ``dev`` is missing where it served as a filter.
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
    extra: dict[str, Any] = field(factory=dict, hash=False)


def from_text(line: str) -> Neigh:
    """Return the neighbour that one line of text says, as `neigh get` answers before iproute2 6.2."""
    dst, *words = line.split()
    data: dict[str, Any] = {}
    state = []
    rest = iter(words)
    for word in rest:
        if word in VALUES:
            data[VALUES[word]] = next(rest)
        elif word in FLAGS:
            data[word] = True
        elif word.isupper():
            state.append(word)
    return Neigh(dst=dst, state=tuple(state) or None, **data)
