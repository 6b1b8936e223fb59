"""Plan the commands to restore links: creations, options, and finally up or down."""

from collections.abc import Collection
from functools import partial

from attrs import define, field, frozen

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.undo.drift import Drift
from ipwrap.undo.link_creation import recreate
from ipwrap.undo.link_data import (
    Json,
    LinkLocation,
    depth_across,
    find_lower_link,
    find_peer,
    kind_of,
    link_at,
)
from ipwrap.undo.link_defaults import as_new
from ipwrap.undo.link_diff import AlteredLink, altered_links, missing_links
from ipwrap.undo.link_options import restore_altnames, restore_options, set_up

__all__ = ["LinkPlan", "plan_links"]

# Masters which refuse a port that is up: bond_enslave() and team_port_add() in drivers/net.
MASTERS_OF_DOWN_PORTS = frozenset({"bond", "team"})


@define
class LinkPlan:
    """The commands to restore links.

    - ``commands``: create links, then set options, then set links up or down
    - ``altname_commands``: run after ``commands``
    - ``changed``: the links changed by ``commands``; the kernel may derive objects for these links
    - ``problems``: options and links without a command to restore the value before
    """

    commands: list[Command] = field(factory=list)
    altname_commands: list[Command] = field(factory=list)
    changed: set[LinkLocation] = field(factory=set)
    problems: list[str] = field(factory=list)


@frozen
class Recreation:
    """The commands to create links again, the created links, and the links without a command.

    A link created as a peer is in neither set.
    """

    commands: list[Command] = field(factory=list)
    created: set[LinkLocation] = field(factory=set)
    failed: set[LinkLocation] = field(factory=set)
    problems: list[str] = field(factory=list)


def plan_links(drift: Drift, *, after_settling: bool) -> LinkPlan:
    """Return the commands to restore the links of a drift."""
    missing = missing_links(drift, after_settling=after_settling)
    links = altered_links(drift, recreated=missing, after_settling=after_settling)
    if drift.makes_new_links:
        # A link may be above one of a namespace that comes later.
        missing.sort(key=partial(depth_across, drift.before))
        links.sort(key=lambda link: depth_across(drift.before, link.location))

    recreation = _recreate_links(drift, missing)
    links = [link for link in links if link.location not in recreation.failed]

    plan = LinkPlan(
        commands=[*recreation.commands],
        changed={*recreation.created},
        problems=[*recreation.problems],
    )
    is_down = _restore_all_options(plan, drift, links=links, one_by_one=after_settling)
    _restore_up(plan, links, set_down=is_down)

    for link in links:
        if drift.is_wanted(link.location, "altnames", after_settling=after_settling):
            plan.altname_commands += restore_altnames(link.location, link.before, now=link.now)
    return plan


def _recreate_links(drift: Drift, missing: list[LinkLocation]) -> Recreation:
    """Return how missing links are created again. One command creates both ends of a pair."""
    recreation = Recreation()
    done = set[LinkLocation]()

    for location in missing:
        peer = find_peer(drift.before, location)
        done.add(location)
        if peer is not None and peer in done:
            continue

        # A surviving peer would be in the way: one command creates both ends, or none.
        missing_peer = None
        if peer is not None and peer in missing:
            missing_peer = (peer, _data_to_create(drift, peer))
            done.add(peer)

        data = _data_to_create(drift, location)
        lower = find_lower_link(drift.before, location)
        try:
            command = recreate(location, data, peer=missing_peer, lower=lower)
        except InvalidArgument as error:
            recreation.failed.add(location)
            recreation.problems.append(_format_problem(location[0], error))
        else:
            recreation.created.add(location)
            recreation.commands.append(command)
    return recreation


def _data_to_create(drift: Drift, location: LinkLocation) -> Json:
    """Return the JSON of a link to create: with the same identity, or as a new link."""
    if drift.makes_new_links:
        return as_new(drift.before, location)
    return link_at(drift.before, location)


def _restore_all_options(
    plan: LinkPlan, drift: Drift, *, links: list[AlteredLink], one_by_one: bool
) -> set[LinkLocation]:
    """Add the commands to restore options; return the links set down for a master."""
    set_down = set[LinkLocation]()

    for link in links:
        if _must_be_down(drift, link) and "UP" in link.now.get("flags", ()):
            plan.commands.append(set_up(link.location, up=False))
            set_down.add(link.location)

        try:
            commands = restore_options(
                link.location, link.before, changes=link.changes, one_by_one=one_by_one
            )
        except InvalidArgument as error:
            plan.problems.append(_format_problem(link.location[0], error))
            continue

        plan.commands += commands
        if commands:
            plan.changed.add(link.location)
    return set_down


def _must_be_down(drift: Drift, link: AlteredLink) -> bool:
    """Return whether a link gets a master back which accepts a port only while down."""
    change = link.change_of("master")
    if change is None or change.old is None:
        return False

    netns = link.location[0]
    master = link_at(drift.before, (netns, change.old))
    return kind_of(master) in MASTERS_OF_DOWN_PORTS


def _restore_up(
    plan: LinkPlan, links: list[AlteredLink], *, set_down: Collection[LinkLocation]
) -> None:
    """Add the commands to set links up or down as before."""
    for link in links:
        change = link.change_of("up")
        if link.location in set_down:
            plan.commands.append(set_up(link.location, up=True))
        elif change is not None:
            plan.commands.append(set_up(link.location, up=change.old))
        else:
            continue
        plan.changed.add(link.location)


def _format_problem(netns: str, error: Exception) -> str:
    """Return an error with the namespace of the link."""
    if not netns:
        return str(error)
    return f"{error} (in {netns})"
