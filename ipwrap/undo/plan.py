"""The commands to restore the state before a session, ordered so that no command fails.

The plan compares two states (see `ipwrap.undo.drift`): the state before the session's first change,
and the current state without the created objects.
"""

from collections.abc import Iterable

from attrs import evolve, frozen

from ipwrap.command import Command
from ipwrap.state import Difference
from ipwrap.undo.drift import Drift
from ipwrap.undo.link_diff import AlteredLink, altered_links, missing_links
from ipwrap.undo.link_plan import plan_links
from ipwrap.undo.object_diff import diff_objects
from ipwrap.undo.object_plan import plan_objects
from ipwrap.undo.state_objects import StateObject
from ipwrap.undo.traffic import with_traffic_of_others
from ipwrap.undo.traffic_clearance import clear_traffic

__all__ = ["Plan", "make_plan", "remaining_differences"]


@frozen
class Plan:
    """The commands to run, and the problems: links, options and objects that cannot be restored."""

    commands: tuple[Command, ...]
    problems: tuple[str, ...]


def make_plan(drift: Drift, *, after_settling: bool, settings: Iterable[Command] = ()) -> Plan:
    """Return the commands to restore the first state of the drift.

    ``settings`` write sysctls: they need the links, and come before the addresses.

    ``after_settling``: the kernel had the time to derive objects and options. The plan restores
    derived objects and options as well, writes a command per link option, and spells out defaults
    of objects.
    """
    traffic = clear_traffic(drift.now, with_traffic_of_others(drift))
    drift = evolve(drift, before=traffic.wanted, now=traffic.state)
    links = plan_links(drift, after_settling=after_settling)
    objects = plan_objects(drift, changed_links=links.changed, after_settling=after_settling)

    # Deletions come first: an outdated object blocks the object to restore.
    # Creations come last: addresses and routes need their links.
    return Plan(
        commands=(
            *traffic.commands,
            *objects.deletions,
            *links.commands,
            *links.altname_commands,
            *settings,
            *objects.late_deletions,
            *objects.creations,
        ),
        problems=(*traffic.problems, *links.problems, *objects.problems),
    )


def remaining_differences(drift: Drift) -> list[Difference]:
    """Return the differences of affected and derived objects; none if the state is restored."""
    missing = missing_links(drift, after_settling=True)
    altered = altered_links(drift, recreated=(), after_settling=True)
    objects = diff_objects(drift)

    return [
        *(_missing_difference(netns, "netns", name=netns) for netns in drift.lost_namespaces()),
        *(_missing_difference(netns, "link", name=name) for netns, name in missing),
        *(_link_difference(link) for link in altered if link.changes),
        *(_object_difference(None, extra) for extra in objects.extra),
        *(_object_difference(old, new) for old, new in objects.altered),
    ]


def _missing_difference(netns: str, noun: str, *, name: str) -> Difference:
    """Return the difference of a namespace or link that no longer exists."""
    return Difference(netns, noun, (name,), {}, None)


def _link_difference(link: AlteredLink) -> Difference:
    """Return the altered options of a link."""
    netns, name = link.location
    old_values = {}
    new_values = {}
    for change in link.changes:
        old_values[change.option] = change.old
        new_values[change.option] = change.new
    return Difference(netns, "link", (name,), old_values, new_values)


def _object_difference(old: StateObject | None, new: StateObject | None) -> Difference:
    """Return the difference of an object; None where a state does not have the object."""
    known = old or new
    assert known is not None, "an object is in one of the states"

    return Difference(
        known.netns,
        known.noun,
        known.name,
        None if old is None else old.compared,
        None if new is None else new.compared,
    )
