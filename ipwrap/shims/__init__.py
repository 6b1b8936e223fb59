"""Recording of other programs: a shim catches each call of ip, bridge, tc and further programs."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.shims.classify import classify as classify
    from ipwrap.shims.recorder import record as record
    from ipwrap.shims.recovery import recover as recover
    from ipwrap.shims.to_events import to_events as to_events

MODULES = {
    "classify": ("classify",),
    "recorder": ("record",),
    "recovery": ("recover",),
    "to_events": ("to_events",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
