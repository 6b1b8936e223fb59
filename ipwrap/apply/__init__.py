"""Bring a place to a wanted state: the least commands, by the plan that undo makes as well.

Undo goes from the current state to an earlier one, and touches what a session has changed. Here the
wanted state may come from anywhere, and everything that differs is changed.
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.apply.applier import Applied as Applied
    from ipwrap.apply.applier import Applier as Applier
    from ipwrap.apply.planning import plan as plan
    from ipwrap.apply.planning import remaining_differences as remaining_differences
    from ipwrap.apply.saving import save as save

MODULES = {
    "applier": ("Applied", "Applier"),
    "planning": ("plan", "remaining_differences"),
    "saving": ("save",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
