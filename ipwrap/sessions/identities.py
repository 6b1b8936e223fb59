"""`with_identities`: what identifies the objects of a change, as found right behind the change."""

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

__all__ = ["has_identities", "with_identities"]


def has_identities(command: Command) -> bool:
    """Return whether a command creates, renames or moves what has to be looked at behind it."""
    if any(changed_links(command)) or created_namespaces(command):
        return True
    return may_need_devices(command)


def with_identities(result: Result, devices: DeviceQuery) -> Result:
    """Return a result with the links that its change created, renamed or moved.

    And with the namespaces that it created, and the links of its routes and next hops: a session
    on a host records all of this, since undo asks whether an object is the same.
    """
    command = result.command
    if not result.ok or not has_identities(command):
        return result

    return evolve(
        result,
        links=find_links(devices.runner, command),
        namespaces=find_namespaces(command),
        devices=devices.find(command),
    )
