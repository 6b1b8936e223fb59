"""`UndoRunner`: the runner without a recording, under the name exported by `ipwrap.undo`."""

from ipwrap.sessions.unrecorded import UnrecordedRunner as UndoRunner

__all__ = ["UndoRunner"]
