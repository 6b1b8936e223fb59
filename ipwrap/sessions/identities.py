"""`with_identities`: the identities of the objects of a change, read right behind the change."""

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.sessions.device_query import ROUTED_OBJECTS, DeviceQuery
from ipwrap.sessions.link_query import (
    LINK_OBJECTS,
    NETNS_OBJECTS,
    declared_effects,
    find_links,
    find_namespaces,
    is_change_of,
)
from ipwrap.system.facts import replace

__all__ = ["changes_identities", "may_leave_identities", "with_identities"]

# The words of `ip` whose changes may leave them, and what they are in the effects of a command.
IDENTIFIED_OBJECTS = LINK_OBJECTS | NETNS_OBJECTS | ROUTED_OBJECTS
IDENTIFIED_NOUNS = frozenset({"link", "netns", *ROUTED_OBJECTS})


def may_leave_identities(command: Command) -> bool:
    """Return, at a glance, whether a command may create, rename or move such objects."""
    return is_change_of(command, IDENTIFIED_OBJECTS)


def changes_identities(command: Command) -> bool:
    """Return whether a command creates, renames or moves objects whose identity is recorded."""
    if not may_leave_identities(command):
        return False
    return _leaves_identities(declared_effects(command))


def _leaves_identities(command: Command) -> bool:
    """Return whether the effects of a command leave objects whose identity is recorded."""
    if command.renames is not None:
        return True
    return any(created.noun in IDENTIFIED_NOUNS for created in command.creates)


def with_identities(result: Result, devices: DeviceQuery) -> Result:
    """Return a result with the identities of the objects that the change created or moved.

    - ``links``: the created, renamed and moved links
    - ``namespaces``: the created namespaces
    - ``devices``: the links of the routes and next hops

    A session on a host records the identities: `undo` compares them with the present objects.
    """
    if not result.ok or not may_leave_identities(result.command):
        return result

    # Once: the effects of a line without a verb are parsed for it.
    command = declared_effects(result.command)
    if not _leaves_identities(command):
        return result

    namespaces = find_namespaces(devices.runner, command)
    devices.note_namespaces(command, namespaces or ())
    return replace(
        result,
        links=find_links(devices.runner, command),
        namespaces=namespaces,
        devices=devices.find(command),
    )
