"""Conditions for ``pod.wait_for(until.…)`` and ``pod.spawn(…, ready=until.…)``.

::

    from ipwrap import until

    pod.wait_for(until.link("eth0", operstate="UP"))
    server = pod.spawn("python3", "-m", "http.server", "8000", ready=until.listening(8000))

A condition is a value, which compares, prints itself in plain English, and is recorded, replayed
and exported with its wait. Raises `InvalidArgument` for values that no condition can have.
"""

from typing import TYPE_CHECKING, Any

from ipwrap.conditions import CONDITIONS

if TYPE_CHECKING:
    from ipwrap.conditions.address import AddressCondition as address
    from ipwrap.conditions.all_of import AllOf as all_of
    from ipwrap.conditions.gone import Gone as gone
    from ipwrap.conditions.idle import Idle as idle
    from ipwrap.conditions.link import LinkCondition as link
    from ipwrap.conditions.listening import Listening as listening
    from ipwrap.conditions.neigh import NeighCondition as neigh
    from ipwrap.conditions.output import Output as output
    from ipwrap.conditions.port_state import PortState as port_state
    from ipwrap.conditions.succeeds import Succeeds as succeeds
    from ipwrap.conditions.sysctl import SysctlCondition as sysctl

__all__ = [
    "address",
    "all_of",
    "gone",
    "idle",
    "link",
    "listening",
    "neigh",
    "output",
    "port_state",
    "succeeds",
    "sysctl",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Return the class of a condition."""
        if name in CONDITIONS:
            return CONDITIONS[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """Return the names of the conditions."""
        return sorted({*globals(), *CONDITIONS})
