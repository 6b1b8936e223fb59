"""Rules of cache invalidation: which link names a worker may remember wrongly, as pure functions.

The safety rule of `Batch`: a name never reaches another device than a fresh process would have
reached. A rule here may discard a worker needlessly, never keep a worker wrongly.
"""

from collections.abc import Iterable, Set

from ipwrap.command import Command
from ipwrap.executors.link_names import EVERYTHING, LinkNameCache

__all__ = ["expected_link_names", "find_unknown_name", "invalid_names", "may_remember"]


def expected_link_names(command: Command) -> list[str]:
    """Return the names of new and renamed links of a command."""
    names = [created.name for created in command.creates if created.noun == "link"]
    if command.renames:
        names.append(command.renames.name)

    return names


def invalid_names(
    lost: frozenset[str], appeared: Set[str], *, expected: Set[str]
) -> frozenset[str]:
    """Return the invalid names: workers must not use cached lookups of these names.

    ``lost`` are the names lost by links, ``appeared`` the names of new links, and ``expected`` the
    names created by our own commands.
    """
    # A worker may have looked up the name of an unexpected link before, as the alternative name of
    # another link: the kernel does not notify of every alternative name.
    if appeared - expected:
        return EVERYTHING

    return lost


def may_remember(cached_names: Set[str] | None, invalid: frozenset[str]) -> bool:
    """Return whether a worker with some cached names may remember an invalid name.

    None as ``cached_names`` stands for every name: `ip link show` caches the whole listing.
    """
    if not invalid:
        return False
    # By identity: a link may be named like the element of EVERYTHING.
    if cached_names is None or invalid is EVERYTHING:
        return True

    return not invalid.isdisjoint(cached_names)


def find_unknown_name(names: LinkNameCache, devices: Iterable[str]) -> str | None:
    """Return the first device that is not the own name of a link, None if every device is."""
    for name in devices:
        if not names.is_current(name):
            return name

    return None
