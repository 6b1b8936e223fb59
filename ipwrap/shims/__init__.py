"""Recording of other programs: a shim catches each call of ip, bridge, tc and further programs."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.shims.calls.classify import classify as classify
    from ipwrap.shims.events.to_events import to_events as to_events
    from ipwrap.shims.recorder import record as record
    from ipwrap.shims.recovery import recover as recover

MODULES = {
    "calls.classify": ("classify",),
    "recorder": ("record",),
    "recovery": ("recover",),
    "events.to_events": ("to_events",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
