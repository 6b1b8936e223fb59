"""Plan the commands to restore objects (addresses, routes, rules, …): verbs and order."""

from collections.abc import Collection, Iterable, Iterator

from attrs import evolve, field, frozen

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.undo.drift import Drift
from ipwrap.undo.link_data import LinkLocation, link_at
from ipwrap.undo.object_diff import ObjectDiff, diff_objects
from ipwrap.undo.state_objects import StateObject, state_objects

__all__ = ["ObjectPlan", "format_problem", "must_be_recreated", "plan_objects"]


@frozen
class ObjectPlan:
    """The commands to restore objects.

    - ``deletions``: run before links are restored
    - ``late_deletions``, ``creations``: run after links are restored
    - ``problems``: objects without a command to restore the object
    """

    deletions: list[Command] = field(factory=list)
    late_deletions: list[Command] = field(factory=list)
    creations: list[Command] = field(factory=list)
    problems: list[str] = field(factory=list)


def plan_objects(
    drift: Drift, *, changed_links: Collection[LinkLocation], after_settling: bool
) -> ObjectPlan:
    """Return the commands to restore the objects of a drift.

    ``changed_links`` are the links restored by other commands. Before the kernel has settled,
    objects derived from such a link are left to the kernel.
    """
    diff = diff_objects(drift)
    links = {*changed_links, *_links_with_new_addresses(diff)}
    plan = ObjectPlan()

    for listed in _objects_to_delete(diff):
        is_late = any(_becomes_port(drift, location) for location in listed.links)
        deletions = plan.late_deletions if is_late else plan.deletions
        try:
            deletions += listed.type.delete_commands(
                listed.noun, listed.data, netns=listed.netns or None
            )
        except InvalidArgument as error:
            plan.problems.append(format_problem(listed, error))

    for old, new in _join_ranges(diff.altered):
        if not after_settling and _is_derived(drift, old, links=links):
            continue

        try:
            command = _restore(drift, old, new=new, with_defaults=after_settling)
        except (InvalidArgument, LookupError) as error:
            plan.problems.append(format_problem(old, error))
        else:
            plan.creations.append(command)
    return plan


def _join_ranges(
    altered: Iterable[tuple[StateObject, StateObject | None]],
) -> Iterator[tuple[StateObject, StateObject | None]]:
    """Yield pairs of an object before and the object now, neighbours that form a range as one."""
    pending: tuple[StateObject, StateObject | None] | None = None
    for old, new in altered:
        if pending is not None:
            joined = _join(pending[0], old)
            if joined is not None:
                pending = (joined, pending[1])
                continue
            yield pending
        pending = (old, new)

    if pending is not None:
        yield pending


def _join(first: StateObject, second: StateObject) -> StateObject | None:
    """Return two objects as a range; None where one command does not create both."""
    if (first.noun, first.netns) != (second.noun, second.netns):
        return None
    data = first.type.join(first.data, second.data)
    return None if data is None else evolve(first, data=data)


def _restore(
    drift: Drift, old: StateObject, *, new: StateObject | None, with_defaults: bool
) -> Command:
    """Return the command to restore an object; ``new`` is the object with the name now."""
    verb = _restoring_verb(drift, old, new=new)
    netns = old.netns or None
    return old.type.create_command(
        old.noun, old.data, netns=netns, verb=verb, with_defaults=with_defaults
    )


def _links_with_new_addresses(diff: ObjectDiff) -> set[LinkLocation]:
    """Return the links with an address to restore, for which the kernel adds routes."""
    links = set[LinkLocation]()
    for old, _ in diff.altered:
        if old.type.adds_routes(old.data):
            links.update(old.links)
    return links


def _objects_to_delete(diff: ObjectDiff) -> list[StateObject]:
    """Return extra objects, and then objects to delete before they are restored."""
    outdated = []
    for old, new in diff.altered:
        if new is not None and must_be_recreated(old, new):
            outdated.append(new)

    # Backwards, since a route (created last) may depend on an address (created first).
    extra = sorted(diff.extra, key=lambda listed: -listed.type.rank_of(listed.data))
    return [*extra, *reversed(outdated)]


def _becomes_port(drift: Drift, location: LinkLocation) -> bool:
    """Return whether a link is made, or put into a bridge, by other commands of the plan.

    What it has then of itself, such as a VLAN, can go only afterwards.
    """
    target, present = link_at(drift.before, location), link_at(drift.now, location)
    if not target:
        return False
    return not present or target.get("master") not in (None, present.get("master"))


def must_be_recreated(old: StateObject, new: StateObject) -> bool:
    """Return whether an object cannot be modified, but has to be deleted and created again."""
    keys = old.compared.keys() | new.compared.keys()
    changed_keys = [key for key in keys if old.compared.get(key) != new.compared.get(key)]
    is_replaceable = old.type.can_replace(changed_keys, old.data)
    return not is_replaceable or not old.type.fits(old.data, new.data)


def _restoring_verb(drift: Drift, old: StateObject, *, new: StateObject | None) -> str:
    """Return the verb to restore an object."""
    kind = old.type
    if new is not None and kind.replacing_verb and not must_be_recreated(old, new):
        return kind.replacing_verb

    # Objects that the comparison leaves out are the kernel's own.
    nouns = {old.noun: drift.now[old.netns].get(old.noun, [])}
    others = state_objects({old.netns: nouns}, drift.mentioned)
    return kind.creating_verb(old.data, others=[other.data for other in others])


def _is_derived(drift: Drift, candidate: StateObject, *, links: Collection[LinkLocation]) -> bool:
    """Return whether the kernel creates an object by itself once its changed link is restored."""
    if not drift.affected.is_derived(candidate):
        return False
    return any(location in links for location in candidate.links)


def format_problem(candidate: StateObject, error: Exception) -> str:
    """Return an error with the object and the object's namespace."""
    name = " ".join(filter(None, candidate.name))
    problem = f"{candidate.noun} {name}: {error}"
    if not candidate.netns:
        return problem
    return f"{problem} (in {candidate.netns})"
