"""The state before a recorded session, brought back: what it made is taken away, what it changed is set as it was.

Only what the recorded commands speak of, and what follows from them, is altered; all that differs else is another's.
"""

from ipwrap.undo.restore import Restorer
from ipwrap.undo.runner import UndoRunner

__all__ = ["Restorer", "UndoRunner"]
