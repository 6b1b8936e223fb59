"""A program that a person runs in a place: it has the terminal, and Ctrl-C is for it."""

import signal
import subprocess
from collections.abc import Mapping

from ipwrap.places.base import Place
from ipwrap.system.programs import find, need_linux

__all__ = ["run_interactive", "shell_for"]

# The shell waits for the command, and gives its status, also when Ctrl-C has ended it: nsenter would not.
TAKES_CTRL_C = ("-c", 'trap : INT; "$@"; exit $?', "sh")
FUNCTION = "BASH_FUNC_"  # so begin the names of functions that bash exports, which no other shell passes on


def shell_for(env: Mapping[str, str]) -> str:
    """Return the shell that passes all of this environment on."""
    return "bash" if any(name.startswith(FUNCTION) for name in env) and find("bash") else "sh"


def run_interactive(place: Place, argv: tuple[str, ...], env: Mapping[str, str]) -> int:
    """Run a program in an open place, with our own input and output, and return its status (128 + n for signal n)."""
    need_linux()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        words = ("env", "--default-signal=INT", shell_for(env), *TAKES_CTRL_C, *argv)
        status = subprocess.call(place.wrap(words), env=env)
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status
