"""`VrfTable`: one object of `ip -j vrf show`."""

from typing import Any

from attrs import field, frozen

__all__ = ["VrfTable"]


@frozen(kw_only=True, slots=False)
class VrfTable:
    """A VRF by its name, and the routing table that it looks into. ipvrf_print() in iproute2's ip/ipvrf.c."""

    name: str = ""
    table: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
