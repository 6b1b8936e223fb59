"""Run a program for a person in a place: with the terminal, and with Ctrl-C."""

import signal
import subprocess
from collections.abc import Callable, Mapping

from ipwrap.places.base import Place
from ipwrap.system.programs import find_program, require_linux

__all__ = ["can_start", "run_interactive", "shell_for"]

# The shell waits for the program and passes on its status, also after Ctrl-C; nsenter would not.
SHELL_ARGUMENTS = ("-c", 'trap : INT; "$@"; exit $?', "sh")
# The same shell tells whether it would find a program, a builtin, or an exported function.
SEARCH_ARGUMENTS = (
    "-c",
    'case $1 in */*) [ -x "$1" ] && [ ! -d "$1" ] ;; *) command -v "$1" >&2 ;; esac',
    "sh",
)
# Prefix of the variables with bash's exported functions. Other shells drop variables whose names
# are no identifiers.
BASH_FUNCTION_PREFIX = "BASH_FUNC_"


def shell_for(env: Mapping[str, str]) -> str:
    """Return a shell that passes on every variable of an environment."""
    has_functions = any(name.startswith(BASH_FUNCTION_PREFIX) for name in env)
    if has_functions and find_program("bash"):
        return "bash"

    return "sh"


def can_start(program: str, env: Mapping[str, str]) -> bool:
    """Return whether the shell of `run_interactive` finds a program, on the PATH of ``env``."""
    argv = (shell_for(env), *SEARCH_ARGUMENTS, program)
    return subprocess.run(argv, env=env, capture_output=True, check=False).returncode == 0


def run_interactive(
    place: Place,
    argv: tuple[str, ...],
    *,
    env: Mapping[str, str],
    on_start: Callable[[int], None] | None = None,
) -> int:
    """Run a program in an open place, with this process's stdin, stdout and stderr.

    ``on_start`` is called with the number of the process that waits for the program. Return the
    exit status, 128 + N for an end by signal N.
    """
    require_linux()
    shell_argv = ("env", "--default-signal=INT", shell_for(env), *SHELL_ARGUMENTS, *argv)

    # Ctrl-C is for the program: the terminal sends the signal to this process as well.
    previous_handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(place.wrap(shell_argv), env=env)
        if on_start is not None:
            on_start(process.pid)
        status = process.wait()
    finally:
        signal.signal(signal.SIGINT, previous_handler)

    return status if status >= 0 else 128 - status
