"""The recorded commands that no command undoes: programs outside iproute2 that changed something.

A snapshot shows what ip, bridge and tc print. What a program that `exec` ran did to sysctls, packet
filters, files or other programs is known to nobody here.
"""

import shutil
from collections.abc import Collection

from ipwrap.cmdline.program_effects import is_lost_with_netns, may_change, program_of
from ipwrap.command import Command
from ipwrap.jsonio.escape import escape_controls
from ipwrap.result import Result

__all__ = ["irreversible_line"]

NOT_FOUND = 127  # the status of a program that could not be started


def irreversible_line(
    command: Command, result: Result | None, *, own_netns: Collection[str]
) -> str | None:
    """Return the line that reports a command which cannot be undone; None for any other command.

    Not reported are programs declared or known to change nothing, and programs whose effects went
    with one of ``own_netns``, the namespaces that the session created.
    """
    if not command.changes:
        return None

    program = program_of(command)
    if program is None:
        return None

    argv, netns = program
    if not may_change(argv):
        return None
    if netns in own_netns and is_lost_with_netns(argv):
        return None
    if result is not None and result.status == NOT_FOUND and shutil.which(argv[0]) is None:
        return None
    return f"cannot be undone, if it changed something: {escape_controls(command.line)}"
