"""The call site of a command: file and line of the nearest caller outside this package."""

import os
import sys
from functools import cache
from types import FrameType

__all__ = ["call_site"]

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
CLI = os.path.join(PACKAGE, "cli") + os.sep


def call_site() -> str | None:
    """Return "FILE:LINE" of the nearest caller outside this package, relative to the directory.

    None if the caller is the `ipwrap` command: all callers are then files of click.
    """
    frame: FrameType | None = sys._getframe(1)

    while frame is not None and not frame.f_code.co_filename.startswith(CLI):
        path = _script_path(frame.f_code.co_filename)
        if path is not None:
            return f"{path}:{frame.f_lineno}"
        frame = frame.f_back

    return None


@cache
def _script_path(filename: str) -> str | None:
    """Return a script's path, shortened below the current directory; None for files of ipwrap."""
    # attrs and exec() compile code under names such as "<attrs generated init …>".
    if filename.startswith((PACKAGE, "<")):
        return None

    try:
        return filename.removeprefix(os.getcwd() + os.sep)
    except OSError:  # the current directory has been deleted
        return filename
