"""Plan how objects (addresses, routes, rules, …) are restored: by which verbs, and what comes first."""

from collections.abc import Collection, Iterable

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.undo.drift import Drift
from ipwrap.undo.link_data import LinkLocation
from ipwrap.undo.object_diff import ObjectDiff, diff_objects, is_link_local_address
from ipwrap.undo.state_objects import StateObject, identity_keys, state_objects
from ipwrap.undo.to_command import to_command

__all__ = ["ObjectPlan", "plan_objects"]

REPLACING_VERBS = {
    "address": "replace",
    "bridge fdb": "replace",
    "bridge vlan": "add",
    "neigh": "replace",
    "nexthop": "replace",
    "route": "replace",
    "tc qdisc": "replace",
}
# The compared values of an address that `ip address replace` modifies.
REPLACEABLE_ADDRESS_KEYS = frozenset({"metric", "noprefixroute", "valid"})
KERNEL_PROTOCOLS = frozenset({"kernel", "ra"})


@frozen
class ObjectPlan:
    """The commands that restore objects.

    - ``deletions``: run before links are restored
    - ``creations``: run after links are restored
    - ``problems``: what no command can restore
    """

    deletions: list[Command] = field(factory=list)
    creations: list[Command] = field(factory=list)
    problems: list[str] = field(factory=list)


def plan_objects(
    drift: Drift, *, changed_links: Collection[LinkLocation], after_settling: bool
) -> ObjectPlan:
    """Return the commands that restore the objects of a drift.

    ``changed_links`` are the links that other commands restore. Before the kernel has settled,
    objects that the kernel derives from these links are left to the kernel.
    """
    diff = diff_objects(drift)
    links = {*changed_links, *_links_with_new_addresses(diff)}
    plan = ObjectPlan()

    plan.deletions.extend(_delete(_objects_to_delete(diff)))

    for old, new in diff.altered:
        if not after_settling and _is_derived(old, links):
            continue

        try:
            command = _restore(drift, old, new, with_defaults=after_settling)
        except (InvalidArgument, LookupError) as error:
            plan.problems.append(_format_problem(old, error))
        else:
            plan.creations.append(command)
    return plan


def _restore(
    drift: Drift, old: StateObject, new: StateObject | None, *, with_defaults: bool
) -> Command:
    """Return the command that restores an object. ``new`` is the object in its place, if any."""
    verb = _restoring_verb(drift, old, new)
    netns = old.netns or None
    return to_command(old.noun, old.data, netns=netns, verb=verb, with_defaults=with_defaults)


def _links_with_new_addresses(diff: ObjectDiff) -> set[LinkLocation]:
    """Return the links that get addresses back, for which the kernel adds routes."""
    links = set[LinkLocation]()
    for old, _ in diff.altered:
        if old.noun == "address" and not is_link_local_address(old):
            links.update(old.links)
    return links


def _objects_to_delete(diff: ObjectDiff) -> list[StateObject]:
    """Return extra objects, and then those that cannot be modified into the former ones."""
    outdated = []
    for old, new in diff.altered:
        if new is not None and _must_be_recreated(old, new):
            outdated.append(new)

    # Backwards, since the last ones may depend on the first ones.
    return [*diff.extra, *reversed(outdated)]


def _delete(objects: Iterable[StateObject]) -> list[Command]:
    """Return the commands that delete objects."""
    commands = []
    for candidate in objects:
        creation = to_command(candidate.noun, candidate.data, netns=candidate.netns or None)
        commands += [Command(created.delete_argv, created.netns) for created in creation.creates]
    return commands


def _must_be_recreated(old: StateObject, new: StateObject) -> bool:
    """Return whether an object cannot be modified, but has to be deleted and created again."""
    if old.noun not in REPLACING_VERBS:
        return True
    if old.noun != "address":
        return False

    for key in old.compared.keys() | new.compared.keys():
        is_equal = old.compared.get(key) == new.compared.get(key)
        if not is_equal and key not in REPLACEABLE_ADDRESS_KEYS:
            return True
    return False


def _restoring_verb(drift: Drift, old: StateObject, new: StateObject | None) -> str:
    """Return the verb that restores an object."""
    if new is not None and not _must_be_recreated(old, new):
        return REPLACING_VERBS[old.noun]

    if old.noun == "route" and _has_similar_route(drift, old):
        return "append"
    if old.noun == "bridge fdb" and "dst" in old.data:
        return "append"
    return "add"


def _has_similar_route(drift: Drift, route: StateObject) -> bool:
    """Return whether a route with the same destination and metric exists, which refuses `add`."""
    netns = route.netns
    routes = drift.now[netns].get("route", [])
    dst = identity_keys("route", route.data)["dst"]

    for candidate in state_objects({netns: {"route": routes}}, drift.mentioned):
        has_same_metric = candidate.data.get("metric") == route.data.get("metric")
        if has_same_metric and identity_keys("route", candidate.data)["dst"] == dst:
            return True
    return False


def _is_derived(candidate: StateObject, changed_links: Collection[LinkLocation]) -> bool:
    """Return whether the kernel creates an object by itself once a link of this plan is restored."""
    is_kernel_route = (
        candidate.noun == "route" and candidate.data.get("protocol") in KERNEL_PROTOCOLS
    )
    if not is_kernel_route and not is_link_local_address(candidate):
        return False
    return any(location in changed_links for location in candidate.links)


def _format_problem(candidate: StateObject, error: Exception) -> str:
    """Return an error with the object and the namespace that it concerns."""
    problem = f"{candidate.noun} {' '.join(candidate.name)}: {error}"
    return f"{problem} (in {candidate.netns})" if candidate.netns else problem
