"""Undo: restore the state before a recorded session.

Objects created by the session are deleted; pre-existing objects modified by its commands, directly
or by kernel side effects, are restored. Differences made by other programs stay.
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.undo.restore import Restorer as Restorer

MODULES = {
    "restore": ("Restorer",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
