"""The recorded commands that cannot be undone: of programs outside iproute2, of rare objects.

A snapshot has the objects printed by ip, bridge and tc, and the sysctls that decide whether packets
flow. The effects of a program of `exec` on other sysctls, on files and on other programs are
unknown here; packet filters are known, but not restored.
"""

import shutil
from collections.abc import Collection

from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.cmdline.program_effects import is_lost_with_netns, may_change, program_of
from ipwrap.command import Command
from ipwrap.jsonio.escape import escape_controls
from ipwrap.result import Result
from ipwrap.sysctl.filters import mentions_filters
from ipwrap.sysctl.keys import written_settings

__all__ = ["irreversible_line"]

NOT_FOUND = 127  # the status of a program that could not be started


# The objects of iproute2 that snapshots cover; for others, a command may declare what it creates.
COVERED_OBJECTS = {
    "bridge": frozenset({"fdb", "link", "mdb", "mst", "vlan", "vni"}),
    "ip": frozenset(
        {"address", "link", "neigh", "netns", "nexthop", "route", "rule", "tunnel", "tuntap"}
    ),
    # Of classes and filters, `AffectedTracker` tells which are covered.
    "tc": frozenset({"class", "filter", "qdisc"}),
}


def irreversible_line(
    command: Command,
    result: Result | None,
    *,
    own_netns: Collection[str],
    known_sysctls: Collection[tuple[str, str]] = (),
) -> str | None:
    """Return the line that reports a command which cannot be undone; None for other commands.

    Not reported are programs declared or known to change nothing, failed commands of iproute2,
    changes that disappear with a namespace created by the session (``own_netns``), and writes of
    ``known_sysctls``, by namespace and key, whose former values are in the recording.
    """
    if not command.changes:
        return None

    program = program_of(command)
    if program is None:
        is_lost = _is_irreversible_object(command, result) and command.netns not in own_netns
        return f"cannot be undone: {escape_controls(command.line)}" if is_lost else None

    argv, netns = program
    if not may_change(argv):
        return None
    if netns in own_netns and is_lost_with_netns(argv):
        return None
    if result is not None and result.status == NOT_FOUND and shutil.which(argv[0]) is None:
        return None
    if _writes_only(argv, netns=netns or "", known_sysctls=known_sysctls):
        return None

    text = escape_controls(command.line)
    if mentions_filters(argv[:1]):
        return f"cannot be undone, packet filters stay as they are: {text}"
    return f"cannot be undone, if it changed something: {text}"


def _writes_only(
    argv: tuple[str, ...], *, netns: str, known_sysctls: Collection[tuple[str, str]]
) -> bool:
    """Return whether a program is sysctl(8), and writes known sysctls only."""
    keys = [key for key, _ in written_settings(argv)]
    settings = [argument for argument in argv[1:] if "=" in argument]
    if not keys or len(keys) != len(settings):
        return False
    return all((netns, key) in known_sysctls for key in keys)


def _is_irreversible_object(command: Command, result: Result | None) -> bool:
    """Return whether a command of iproute2 changed an object that snapshots do not cover."""
    if result is not None and not result.ok:
        return False
    if command.creates or command.deletes or command.renames:
        return False

    parsed = ParsedCommand.of(command.argv, command.netns)
    if parsed.batch is None and parsed.is_read:
        return False
    if parsed.exec_argv is not None or parsed.arguments[1:] == ("exec",):
        return False
    if parsed.batch is not None:
        return True
    return parsed.arguments[:1] != () and (
        parsed.arguments[0] not in COVERED_OBJECTS[parsed.program]
    )
