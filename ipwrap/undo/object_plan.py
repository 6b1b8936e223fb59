"""Plan the commands to restore objects (addresses, routes, rules, …): verbs and order."""

from collections.abc import Collection, Iterable

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.objects import delete_command
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
    """The commands to restore objects.

    - ``deletions``: run before links are restored
    - ``creations``: run after links are restored
    - ``problems``: objects without a command to restore the object
    """

    deletions: list[Command] = field(factory=list)
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

    plan.deletions.extend(_delete(_objects_to_delete(diff)))

    for old, new in diff.altered:
        if not after_settling and _is_derived(old, links):
            continue

        try:
            command = _restore(drift, old, new=new, with_defaults=after_settling)
        except (InvalidArgument, LookupError) as error:
            plan.problems.append(_format_problem(old, error))
        else:
            plan.creations.append(command)
    return plan


def _restore(
    drift: Drift, old: StateObject, *, new: StateObject | None, with_defaults: bool
) -> Command:
    """Return the command to restore an object; ``new`` is the object with the name now."""
    verb = _restoring_verb(drift, old, new=new)
    netns = old.netns or None
    return to_command(old.noun, old.data, netns=netns, verb=verb, with_defaults=with_defaults)


def _links_with_new_addresses(diff: ObjectDiff) -> set[LinkLocation]:
    """Return the links with an address to restore, for which the kernel adds routes."""
    links = set[LinkLocation]()
    for old, _ in diff.altered:
        if old.noun == "address" and not is_link_local_address(old):
            links.update(old.links)
    return links


def _objects_to_delete(diff: ObjectDiff) -> list[StateObject]:
    """Return extra objects, and then objects to delete before they are restored."""
    outdated = []
    for old, new in diff.altered:
        if new is not None and _must_be_recreated(old, new):
            outdated.append(new)

    # Backwards, since a route (created last) may depend on an address (created first).
    return [*diff.extra, *reversed(outdated)]


def _delete(objects: Iterable[StateObject]) -> list[Command]:
    """Return the commands to delete objects."""
    commands: list[Command] = []
    for candidate in objects:
        creation = to_command(candidate.noun, candidate.data, netns=candidate.netns or None)
        commands += map(delete_command, creation.creates)
    return commands


def _must_be_recreated(old: StateObject, new: StateObject) -> bool:
    """Return whether an object cannot be modified, but has to be deleted and created again."""
    # There is no `ip rule replace`.
    if old.noun not in REPLACING_VERBS:
        return True
    if old.noun != "address":
        return False

    for key in old.compared.keys() | new.compared.keys():
        is_equal = old.compared.get(key) == new.compared.get(key)
        if not is_equal and key not in REPLACEABLE_ADDRESS_KEYS:
            return True
    return False


def _restoring_verb(drift: Drift, old: StateObject, *, new: StateObject | None) -> str:
    """Return the verb to restore an object."""
    if new is not None and not _must_be_recreated(old, new):
        return REPLACING_VERBS[old.noun]

    if old.noun == "route" and _has_similar_route(drift, old):
        return "append"
    if old.noun == "bridge fdb" and "dst" in old.data:
        # A VXLAN link has several destinations for one MAC address: vxlan_fdb_add().
        return "append"
    return "add"


def _has_similar_route(drift: Drift, route: StateObject) -> bool:
    """Return whether a route with the same destination and metric exists.

    `ip route add` fails beside such a route: fib_table_insert() in net/ipv4/fib_trie.c.
    """
    netns = route.netns
    routes = drift.now[netns].get("route", [])
    state = {netns: {"route": routes}}
    place = _destination_and_metric(route)

    candidates = state_objects(state, drift.mentioned)
    return any(_destination_and_metric(candidate) == place for candidate in candidates)


def _destination_and_metric(route: StateObject) -> tuple[frozenset[str], object]:
    """Return the canonical destination and the metric of a route."""
    keys = identity_keys("route", route.data)
    return keys["dst"], route.data.get("metric")


def _is_derived(candidate: StateObject, changed_links: Collection[LinkLocation]) -> bool:
    """Return whether the kernel creates an object by itself once a changed link is restored."""
    is_kernel_route = (
        candidate.noun == "route" and candidate.data.get("protocol") in KERNEL_PROTOCOLS
    )
    if not is_kernel_route and not is_link_local_address(candidate):
        return False
    return any(location in changed_links for location in candidate.links)


def _format_problem(candidate: StateObject, error: Exception) -> str:
    """Return an error with the object and the object's namespace."""
    name = " ".join(candidate.name)
    problem = f"{candidate.noun} {name}: {error}"
    if not candidate.netns:
        return problem
    return f"{problem} (in {candidate.netns})"
