"""Which line of a script asked for a command: the nearest one outside this package."""

import os
import sys
from functools import cache
from types import FrameType

__all__ = ["call_site"]

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def call_site() -> str | None:
    """Return file and line of the nearest caller outside this package, as seen from the current directory."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if (name := _is_script(frame.f_code.co_filename)) is not None:
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return None


@cache
def _is_script(name: str) -> str | None:
    """Return a script's path, relative to the current directory where it is below it; None for our own files."""
    if name.startswith((PACKAGE, "<")):
        return None
    try:
        return name.removeprefix(os.getcwd() + os.sep)
    except OSError:  # the current directory is gone
        return name
