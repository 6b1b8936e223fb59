"""Find the objects of a `Drift` (addresses, routes, rules, …) that are missing, changed or extra."""

from collections import defaultdict

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.drift import Drift
from ipwrap.undo.state_objects import StateObject, state_objects
from ipwrap.undo.to_command import to_command

__all__ = ["ObjectDiff", "diff_objects", "is_link_local_address"]

# Objects are created in this order: a route needs its address, and a rule needs nothing.
CREATION_ORDER = (
    "address",
    "nexthop",
    "route",
    "rule",
    "rule inet6",
    "neigh",
    "bridge fdb",
    "bridge vlan",
    "tc qdisc",
)

ObjectKey = tuple[str, str, tuple[str, ...]]  # noun, namespace, name
ObjectsByKey = dict[ObjectKey, list[StateObject]]


@frozen
class ObjectDiff:
    """Affected objects that differ between two states.

    - ``extra``: objects of now without a counterpart before, which the session made of others
    - ``altered``: objects of before, each with the object that has its name now, or None
    """

    extra: list[StateObject] = field(factory=list)
    altered: list[tuple[StateObject, StateObject | None]] = field(factory=list)


def diff_objects(drift: Drift) -> ObjectDiff:
    """Return the affected objects that differ, the altered ones in the order of creation."""
    olds_by_key = _group_objects(drift.before, drift.mentioned)
    news_by_key = _group_objects(drift.now, drift.mentioned)
    diff = ObjectDiff()

    for key in dict.fromkeys([*olds_by_key, *news_by_key]):
        olds = olds_by_key.get(key, [])
        news = news_by_key.get(key, [])
        olds_only = [old for old in olds if not _has_equal(old, news)]
        news_only = [new for new in news if not _has_equal(new, olds)]

        for old in olds_only:
            if old.netns in drift.now and drift.affected.has_object(old):
                counterpart = news_only.pop(0) if news_only else None
                diff.altered.append((old, counterpart))
        for new in news_only:
            if new.netns in drift.before and _is_by_session(drift, new):
                diff.extra.append(new)

    diff.altered.sort(key=lambda pair: CREATION_ORDER.index(pair[0].noun))
    return diff


def _group_objects(state: State, mentioned: MentionedWords) -> ObjectsByKey:
    """Return the objects of a state by noun, namespace and name; equal objects only once."""
    groups: ObjectsByKey = defaultdict(list)

    for candidate in state_objects(state, mentioned):
        group = groups[candidate.noun, candidate.netns, candidate.name]
        if not _has_equal(candidate, group):
            group.append(candidate)
    return groups


def _has_equal(candidate: StateObject, objects: list[StateObject]) -> bool:
    """Return whether one of several objects equals an object in all that is compared."""
    return any(candidate.compared == other.compared for other in objects)


def _is_by_session(drift: Drift, candidate: StateObject) -> bool:
    """Return whether the session created an object, or is the reason that the object exists."""
    return _is_created(drift, candidate) or _is_stale_address(drift, candidate)


def _is_created(drift: Drift, candidate: StateObject) -> bool:
    """Return whether the arguments of a recorded command are among those that create an object."""
    netns = candidate.netns
    try:
        command = to_command(candidate.noun, candidate.data, netns=netns or None)
    except InvalidArgument:
        return False

    noun, arguments = _object_and_arguments(command)
    for creation in drift.affected.creations:
        if (creation.netns or "") != netns:
            continue
        created_noun, created_arguments = _object_and_arguments(creation)
        if created_noun == noun and created_arguments <= arguments:
            return True
    return False


def _object_and_arguments(command: Command) -> tuple[str, frozenset[str]]:
    """Return the object of a command (`route`, say), and the arguments after the verb.

    Of a `tc` command only the arguments with the device and the parent are returned.
    """
    words = command.argv[1 + len(command.flags) :]
    arguments = words[2:5] if command.argv[0] == "tc" else words[2:]
    return words[0], frozenset(arguments)


def _is_stale_address(drift: Drift, candidate: StateObject) -> bool:
    """Return whether an address was generated from a MAC address that the session had set.

    The kernel keeps the address until the link goes down.
    """
    if not is_link_local_address(candidate):
        return False
    return any(drift.affected.has_option(location, "address") for location in candidate.links)


def is_link_local_address(candidate: StateObject) -> bool:
    """Return whether an object is an address that the kernel generates when a link goes up."""
    return (
        candidate.noun == "address"
        and candidate.data.get("family") == "inet6"
        and candidate.data.get("scope") == "link"
    )
