"""The commands that write the sysctls of a wanted state."""

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.jsonio.escape import escape_controls
from ipwrap.recording import State
from ipwrap.sysctl.keys import canonical_key, check_value, is_of_namespace, write_order

__all__ = ["SettingsPlan", "plan_settings"]

Values = dict[str, str]


@define
class SettingsPlan:
    """The commands to run, and the sysctls that are left alone."""

    commands: list[Command] = field(factory=list)
    problems: list[str] = field(factory=list)


def plan_settings(current: State, wanted: State) -> SettingsPlan:
    """Return the commands that give sysctls the values of the wanted state.

    A snapshot is untrusted: only keys of `net.*` are written. A sysctl that the wanted state does
    not list stays as it is.
    """
    plan = SettingsPlan()
    for netns, nouns in wanted.items():
        present = _values(current.get(netns, {}).get("sysctl", []))
        target = _values(nouns.get("sysctl", []))

        for key in sorted(target, key=write_order):
            if present.get(key) != target[key]:
                _add(plan, netns, key=key, value=target[key])
    return plan


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
