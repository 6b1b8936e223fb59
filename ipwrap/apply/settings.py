"""The commands that write the sysctls of a wanted state."""

import re
from collections.abc import Container

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.jsonio.escape import escape_controls
from ipwrap.recording import State
from ipwrap.sysctl.defaults import default_value
from ipwrap.sysctl.keys import (
    canonical_key,
    check_value,
    is_of_namespace,
    path_of_key,
    write_order,
)
from ipwrap.undo.link_data import links_by_name

__all__ = ["SettingsPlan", "plan_settings"]

Values = dict[str, str]

KEY_OF_LINK = re.compile(r"net/ipv[46]/(?:conf|neigh)/([^/]+)/")


@define
class SettingsPlan:
    """The commands to run, and the sysctls that are left alone."""

    commands: list[Command] = field(factory=list)
    problems: list[str] = field(factory=list)


def plan_settings(current: State, wanted: State) -> SettingsPlan:
    """Return the commands that give sysctls the values of the wanted state.

    States list the values that are not as by default. A snapshot is untrusted: only keys of `net.*`
    are written. What follows from a link that goes is left to the kernel.
    """
    plan = SettingsPlan()
    for netns, nouns in wanted.items():
        present = _values(current.get(netns, {}).get("sysctl", []))
        target = _values(nouns.get("sysctl", []))
        links = links_by_name(nouns)

        for key in sorted({*present, *target}, key=write_order):
            value = _value(target, key)
            if value != _value(present, key) and _is_of_links(key, links):
                _add(plan, netns, key=key, value=value)
    return plan


def _value(values: Values, key: str) -> str:
    """Return the value of a key, by default what follows from the others."""
    return values[key] if key in values else default_value(key, values)


def _is_of_links(key: str, links: Container[str]) -> bool:
    """Return whether a key is of no single link, or of one of some links."""
    match = KEY_OF_LINK.match(path_of_key(key))
    return match is None or match[1] in ("all", "default") or match[1] in links


def _values(listing: list[dict[str, str]]) -> Values:
    """Return the values of a listing by key."""
    return {data["key"]: data["value"] for data in listing}


def _add(plan: SettingsPlan, netns: str, *, key: str, value: str) -> None:
    """Add the command that writes a sysctl; a problem for one that is not of the network."""
    try:
        is_writable = is_of_namespace(canonical_key(key)) and check_value(value) == value
    except InvalidArgument:
        is_writable = False

    if is_writable:
        plan.commands.append(Command(("sysctl", "-w", f"{key}={value}"), netns or None))
    else:
        plan.problems.append(escape_controls(f"{key}: no sysctl of a network namespace: not set"))
