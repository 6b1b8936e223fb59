"""`UndoRunner`: the runner without a recording, under the name that `ipwrap.undo` exports."""

from ipwrap.sessions.unrecorded import UnrecordedRunner as UndoRunner

__all__ = ["UndoRunner"]
