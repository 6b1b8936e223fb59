"""A program that a person runs in a place: it has the terminal, and Ctrl-C is for it."""

import signal
import subprocess
from collections.abc import Mapping

from ipwrap.places.base import Place

__all__ = ["attend"]

# The shell waits for the command, and gives its status, also when Ctrl-C has ended it: nsenter would not.
TAKES_CTRL_C = ("env", "--default-signal=INT", "sh", "-c", 'trap : INT; "$@"; exit $?', "sh")


def attend(place: Place, argv: tuple[str, ...], env: Mapping[str, str]) -> int:
    """Run a program in an open place, with our own input and output, and return its status (128 + n for signal n)."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = subprocess.call(place.wrap((*TAKES_CTRL_C, *argv)), env=env)
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status
