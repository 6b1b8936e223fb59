"""Rules of cache invalidation: which link names a worker may remember wrongly, as pure functions.

The safety rule of `Batch`: a name never reaches another device than a fresh process would have
reached. A rule here may discard a worker needlessly, never keep a worker wrongly.
"""

from collections.abc import Iterable, Set

from ipwrap.command import Command
from ipwrap.executors.link_names import EVERYTHING, LinkNameCache

__all__ = ["expected_link_names", "find_unknown_name", "invalid_names", "may_remember"]


def expected_link_names(command: Command) -> list[str]:
    """Return the link names that a command brings into being by creating or renaming links."""
    names = [created.name for created in command.creates if created.noun == "link"]
    if command.renames:
        names.append(command.renames.name)

    return names


def invalid_names(lost: frozenset[str], appeared: Set[str], expected: Set[str]) -> frozenset[str]:
    """Return the names that a worker must not remember any longer.

    ``lost`` are the names that links have lost, ``appeared`` the link names that are new, and
    ``expected`` the names that our own commands create. An unexpected new link invalidates every
    name: its name may be one that a worker has looked up as an alternative name before.
    """
    if appeared - expected:
        return EVERYTHING

    return lost


def may_remember(cached_names: Set[str] | None, invalid: frozenset[str]) -> bool:
    """Return whether a worker with these cached names may remember an invalid name.

    ``None`` as ``cached_names`` means that the worker may remember every name: a read such as
    `ip link show` caches all links of its listing.
    """
    if not invalid:
        return False
    if cached_names is None or invalid is EVERYTHING:
        return True

    return not invalid.isdisjoint(cached_names)


def find_unknown_name(names: LinkNameCache, devices: Iterable[str]) -> str | None:
    """Return the first device that is not the own name of a link, None if every device is."""
    for name in devices:
        if not names.is_current(name):
            return name

    return None
