"""`VrfTable`: an object of `ip -j vrf show`."""

from typing import Any

from attrs import field

from ipwrap.models.declaration import model

__all__ = ["VrfTable"]


@model(kw_only=True)
class VrfTable:
    """A VRF and its routing table. ipvrf_print() in iproute2's ip/ipvrf.c."""

    name: str = ""
    table: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
