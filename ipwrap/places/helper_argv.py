"""`helper_argv`: how a helper program of ipwrap is started where a runner runs its commands."""

import sys
from pathlib import Path

from ipwrap.places.base import Place
from ipwrap.places.remote import is_remote

__all__ = ["helper_argv"]


def helper_argv(runner: object, program: str) -> tuple[str, ...]:
    """Return the argv that runs a helper program, which imports nothing of ipwrap.

    On another machine, the Python of the machine gets the text of the program, since the file is
    missing.
    """
    place: Place | None = getattr(runner, "place", None)
    if place is not None and is_remote(place):
        return ("python3", "-I", "-S", "-c", Path(program).read_text(encoding="utf-8"))
    return (sys.executable, "-I", "-S", program)
