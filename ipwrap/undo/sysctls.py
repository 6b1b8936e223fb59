"""The commands that write sysctls back, if changed by the session, and not changed since.

A recording is untrusted, and a sysctl such as `kernel.core_pattern` runs programs as root: only
keys of `net.*` are written, and values of harmless characters. A key is written only if the kernel
still has the session's last value; another value was set by another program.
"""

from collections.abc import Collection, Iterator, Mapping

from attrs import define, field

from ipwrap.cmdline.program_effects import program_of
from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.jsonio.escape import escape_controls
from ipwrap.recording import RecordingView, State
from ipwrap.sysctl.keys import (
    canonical_key,
    check_value,
    default_key,
    is_of_namespace,
    write_order,
    written_settings,
)
from ipwrap.sysctl.reading import read_sysctls
from ipwrap.verbs.runner import Runner

__all__ = ["SysctlPlan", "SysctlWrites", "known_sysctls", "plan_sysctls"]

Values = dict[str, str]  # by key
Changes = dict[str, tuple[str, str]]  # the values before and after, by key


@define
class SysctlWrites:
    """The last value that the commands of a recording wrote to each key, by namespace."""

    values: dict[str, Values] = field(factory=dict)

    def follow(self, command: Command) -> None:
        """Note the settings of a command that has run, or may have run."""
        program = program_of(command)
        if program is None:
            return

        argv, netns = program
        self.values.setdefault(netns or "", {}).update(written_settings(argv))


@define
class SysctlPlan:
    """The commands to run, and the problems: the sysctls that are left alone."""

    commands: tuple[Command, ...] = ()
    problems: tuple[str, ...] = ()

    def add(self, netns: str, changes: Changes, *, now: Values) -> None:
        """Add the changes of a namespace, whose present values are given."""
        for key in sorted(changes, key=write_order):
            old, new = changes[key]
            value = now.get(key)
            if value == new:
                self.commands += (Command(("sysctl", "-w", f"{key}={old}"), netns or None),)
            elif value is not None and value != old:
                self.problems += (_foreign_problem(netns, key, change=changes[key], now=value),)


def known_sysctls(state: State | None) -> frozenset[tuple[str, str]]:
    """Return the sysctls, by namespace and key, whose value a state tells."""
    known = set[tuple[str, str]]()
    for netns in state or {}:
        known.update((netns, key) for key in _values_of(state, netns))
    return frozenset(known)


def plan_sysctls(
    runner: Runner,
    recording: RecordingView,
    *,
    writes: SysctlWrites,
    excluded_netns: Collection[str] = (),
) -> SysctlPlan:
    """Return the commands that write back the sysctls of the namespaces from before.

    ``excluded_netns``: the names of namespaces of the session, and of foreign namespaces.
    """
    before = recording.initial_state or {}
    after = recording.end.state if recording.end else None
    changes: dict[str, Changes] = {}
    for netns in before.keys() - set(excluded_netns):
        written = writes.values.get(netns, {})
        changes[netns] = _changes(before, after, netns=netns, written=written)
    changes = {netns: changes[netns] for netns in sorted(changes) if changes[netns]}
    if not changes:
        return SysctlPlan()

    reading = read_sysctls(runner, changes, only_keys=True)
    if reading is None:
        places = ", ".join(netns or "outside" for netns in changes)
        return SysctlPlan(problems=(f"sysctls cannot be read, and stay as they are: {places}",))

    plan = SysctlPlan()
    for netns, found in changes.items():
        # A namespace that is gone has taken its sysctls along.
        if netns in reading.namespaces:
            plan.add(netns, found, now=reading.namespaces[netns].values)
    return plan


def _changes(
    before: State, after: State | None, *, netns: str, written: Mapping[str, str]
) -> Changes:
    """Return the values before and after, by key, of the sysctls that the session changed.

    Without a recorded state at the end, of the sysctls that the commands wrote.
    """
    old_values = _values_of(before, netns)
    new_values = {**written, **_values_of(after, netns)}

    changes = {}
    for key in {*old_values, *new_values}:
        old = _value_of(old_values, key)
        new = _value_of(new_values, key)
        if old is not None and new is not None and old != new and _is_writable(key, old):
            changes[key] = (old, new)
    return changes


def _value_of(values: Mapping[str, str], key: str) -> str | None:
    """Return the value of a key. A link without a listed value has the value of `default`."""
    default = default_key(key)
    return values.get(key) or (None if default is None else values.get(default))


def _values_of(state: State | None, netns: str) -> Values:
    """Return the sysctls of a namespace in a state; only keys of `net.*`."""
    return dict(_iter_values((state or {}).get(netns, {}).get("sysctl", ())))


def _iter_values(listing: Collection[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the keys and values of a listing."""
    for data in listing:
        try:
            key = canonical_key(data["key"])
        except InvalidArgument:
            continue
        if is_of_namespace(key):
            yield key, data["value"]


def _is_writable(key: str, value: str) -> bool:
    """Return whether a value of a recording may be written to a key."""
    try:
        return is_of_namespace(key) and check_value(value) == value
    except InvalidArgument:
        return False


def _foreign_problem(netns: str, key: str, *, change: tuple[str, str], now: str) -> str:
    """Return the line about a sysctl that somebody else has written since."""
    old, new = change
    place = f" in {netns}" if netns else ""
    return escape_controls(
        f"{key}{place} is {now}: the session found {old} and left {new}, so that somebody else "
        "has written it since: left alone"
    )
