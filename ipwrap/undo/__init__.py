"""The state before a recorded session, brought back: what it made is taken away, what it changed is set as it was.

Only what the recorded commands speak of, and what follows from them, is altered; all that differs else is another's.
"""

from ipwrap.undo.restore import Back
from ipwrap.undo.runner import Past

__all__ = ["Back", "Past"]
