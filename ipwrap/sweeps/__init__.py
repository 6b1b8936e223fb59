"""Sweeps: one lab with many parameters, on all processors of a machine or on many machines."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.sweeps.results import SweepResults as SweepResults
    from ipwrap.sweeps.run import Run as Run
    from ipwrap.sweeps.sweeping import Sweep as Sweep
    from ipwrap.sweeps.sweeping import sweep as sweep

MODULES = {
    "results": ("SweepResults",),
    "run": ("Run",),
    "sweeping": (
        "Sweep",
        "sweep",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
