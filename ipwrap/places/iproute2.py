"""The iproute2 of a place: version, and whether ipwrap supports the version."""

import subprocess

from ipwrap.errors import ExecutorError
from ipwrap.places.base import Place
from ipwrap.places.local import Local
from ipwrap.places.remote import is_remote
from ipwrap.system.programs import command_environment, require_program, version_output
from ipwrap.system.release import parse_version, release_problem

__all__ = ["iproute2_version"]

TIMEOUT_SECONDS = 60.0  # sudo may query a server for its rules


def iproute2_version(place: Place) -> str | None:
    """Return the version of an open place's iproute2, such as "6.1.0" or "ss191125".

    Return None for output without a version. Raises `ExecutorError` where iproute2 is missing,
    hangs, is BusyBox's, or is older than 5.4.
    """
    if is_remote(place):
        answer = place.machine.iproute2
    else:
        ip = require_program("ip")
        answer = (version_output(ip) if _has_programs_of_host(place) else None) or _ask(place)

    version = parse_version(answer)
    if problem := release_problem(version):
        raise ExecutorError(problem)

    return version


def _has_programs_of_host(place: Place) -> bool:
    """Return whether a place runs the same `ip` as this process: not with sudo's own PATH."""
    if isinstance(place, Local):
        return not place.sudo

    # Imported late: a session on a host needs no sandbox.
    from ipwrap.places.sandbox import Sandbox

    return isinstance(place, Sandbox)


def _ask(place: Place) -> str:
    """Return the output of `ip -V` in a place; empty if the program does not start.

    Raises `ExecutorError` for a program that hangs.
    """
    program, *arguments = place.wrap(("ip", "-V"))
    argv = (require_program(program), *arguments)

    try:
        process = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=command_environment(),
            timeout=TIMEOUT_SECONDS,
            start_new_session=True,  # a terminal's Ctrl-C does not reach the program
        )
    except subprocess.TimeoutExpired as error:
        raise ExecutorError(
            f"{' '.join(argv)}: no answer within {TIMEOUT_SECONDS:.0f} s; try it in a shell"
        ) from error
    except OSError:
        return ""

    return process.stdout
