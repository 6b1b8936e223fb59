"""The state before a recorded session, brought back: what it made is taken away, what it changed is set as it was.

Only what the recorded commands speak of, and what follows from them, is altered; all that differs else is another's.
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.undo.restore import Restorer as Restorer
    from ipwrap.undo.runner import UndoRunner as UndoRunner

MODULES = {
    "restore": ("Restorer",),
    "runner": ("UndoRunner",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
