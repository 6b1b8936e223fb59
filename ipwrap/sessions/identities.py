"""`with_identities`: the identities of the objects of a change, read right behind the change."""

from attrs import evolve

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.sessions.device_query import DeviceQuery, may_need_devices
from ipwrap.sessions.link_query import (
    changed_links,
    created_namespaces,
    find_links,
    find_namespaces,
)

__all__ = ["changes_identities", "with_identities"]


def changes_identities(command: Command) -> bool:
    """Return whether a command creates, renames or moves objects whose identity is recorded."""
    if any(changed_links(command)) or created_namespaces(command):
        return True
    return may_need_devices(command)


def with_identities(result: Result, devices: DeviceQuery) -> Result:
    """Return a result with the identities of the objects that its change created or moved.

    - ``links``: the links that were created, renamed or moved
    - ``namespaces``: the namespaces that were created
    - ``devices``: the links of the routes and next hops

    A session on a host records them: `undo` compares them with those of the present objects.
    """
    command = result.command
    if not result.ok or not changes_identities(command):
        return result

    namespaces = find_namespaces(command)
    devices.note_namespaces(command, namespaces or ())
    return evolve(
        result,
        links=find_links(devices.runner, command),
        namespaces=namespaces,
        devices=devices.find(command),
    )
