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
    from ipwrap.conditions.link import LinkCondition as link
    from ipwrap.conditions.listening import Listening as listening

__all__ = ["link", "listening"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Return the class of a condition."""
        if name in CONDITIONS:
            return CONDITIONS[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """Return the names of the conditions."""
        return sorted({*globals(), *CONDITIONS})
