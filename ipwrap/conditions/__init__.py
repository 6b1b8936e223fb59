"""Conditions that a wait waits for; one kind per file. Users make them by `ipwrap.until`."""

from typing import TYPE_CHECKING, Any

from ipwrap.conditions.base import Condition, Observation, Prober
from ipwrap.errors import InvalidArgument
from ipwrap.system.lazy import LazyTable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONDITIONS", "Condition", "Observation", "Prober", "condition_from_json"]

# By the name of the constructor in `ipwrap.until`, which is the tag in a recording as well.
CONDITIONS: "Mapping[str, type[Condition]]" = LazyTable(
    __name__,
    {
        "address": "address:AddressCondition",
        "all_of": "all_of:AllOf",
        "gone": "gone:Gone",
        "idle": "idle:Idle",
        "link": "link:LinkCondition",
        "listening": "listening:Listening",
        "neigh": "neigh:NeighCondition",
        "output": "output:Output",
        "port_state": "port_state:PortState",
        "succeeds": "succeeds:Succeeds",
        "sysctl": "sysctl:SysctlCondition",
    },
)


def condition_from_json(data: Any) -> Condition:
    """Return the condition of a recording, which is untrusted.

    Raises `InvalidArgument` for an unknown kind and wrong values; `msgspec.ValidationError` for
    values of a wrong type.
    """
    tag = data.get("until") if isinstance(data, dict) else None
    if not isinstance(tag, str) or tag not in CONDITIONS:
        raise InvalidArgument(f"there is no condition {ascii(tag)[:60]}")

    return CONDITIONS[tag].from_json(data)
