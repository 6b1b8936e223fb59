"""Find the missing, altered and extra objects of a `Drift`: addresses, routes, rules, …"""

from collections import defaultdict

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.drift import Drift
from ipwrap.undo.generated_address import has_interface_id, interface_id
from ipwrap.undo.link_data import LinkLocation, link_at
from ipwrap.undo.link_diff import links_without_carrier
from ipwrap.undo.state_objects import StateObject, state_objects

__all__ = ["ObjectDiff", "awaits_generated_address", "diff_objects", "is_by_session"]

ObjectKey = tuple[str, str, tuple[str, ...]]  # noun, namespace, name
ObjectsByKey = dict[ObjectKey, list[StateObject]]


@frozen
class ObjectDiff:
    """Affected objects with different values in two states.

    - ``extra``: objects of now without a counterpart before, modified by the session
    - ``altered``: pairs of an object of before and the object with the same name now, or None
    """

    extra: list[StateObject] = field(factory=list)
    altered: list[tuple[StateObject, StateObject | None]] = field(factory=list)


def diff_objects(drift: Drift) -> ObjectDiff:
    """Return the affected objects with different values, in the order of creation."""
    olds_by_key = _group_objects(drift.before, drift.mentioned)
    news_by_key = _group_objects(drift.now, drift.mentioned)
    diff = ObjectDiff()

    for key in dict.fromkeys([*olds_by_key, *news_by_key]):
        olds = olds_by_key.get(key, [])
        news = news_by_key.get(key, [])
        _compare_alike(
            diff,
            drift,
            olds=_without_equals(olds, news),
            news=_without_equals(news, olds),
        )

    diff.altered.sort(key=_position_in_order)
    return diff


def _compare_alike(
    diff: ObjectDiff, drift: Drift, *, olds: list[StateObject], news: list[StateObject]
) -> None:
    """Add the affected objects with the same name to a diff, in pairs of old and new objects."""
    # Several routes may have one destination: any new one may take the place of an old one.
    unpaired = [*news]

    for old in olds:
        if old.netns not in drift.now or not drift.affected.has_object(old):
            continue
        counterpart = unpaired.pop(0) if unpaired else None
        diff.altered.append((old, counterpart))

    for new in unpaired:
        if new.netns in drift.before and is_by_session(drift, new):
            diff.extra.append(new)


def _position_in_order(pair: tuple[StateObject, StateObject | None]) -> tuple[int, int, int]:
    """Return the position of an altered object in the order of creation.

    IPv4 rules come before IPv6 rules, a next hop before its groups, and the route to a gateway's
    network before routes through the gateway.
    """
    old, _ = pair
    kind = old.type
    return kind.rank_of(old.data), kind.shown_as.index(old.noun), kind.creation_level(old.data)


def _without_equals(objects: list[StateObject], others: list[StateObject]) -> list[StateObject]:
    """Return the objects without an equal object in another list."""
    return [candidate for candidate in objects if not _has_equal(candidate, others)]


def _group_objects(state: State, mentioned: MentionedWords) -> ObjectsByKey:
    """Return the objects of a state by noun, namespace and name, without duplicates."""
    groups: ObjectsByKey = defaultdict(list)

    for candidate in state_objects(state, mentioned):
        group = groups[candidate.noun, candidate.netns, candidate.name]
        if not _has_equal(candidate, group):
            group.append(candidate)
    return groups


def _has_equal(candidate: StateObject, objects: list[StateObject]) -> bool:
    """Return whether a list holds an object with equal compared values."""
    return any(candidate.compared == listed.compared for listed in objects)


def is_by_session(drift: Drift, candidate: StateObject) -> bool:
    """Return whether an object exists because of a command of the session."""
    if drift.affected.includes_extra(candidate):
        return True

    # Options have no creation: they differ from their defaults since a command has set them.
    if candidate.type.is_settings and drift.affected.has_object(candidate):
        return True
    if candidate.type.is_named_by_calls:
        return drift.affected.has_created(candidate) and candidate not in drift.left_filters
    return _is_created(drift, candidate) or _is_stale_address(drift, candidate)


def _is_created(drift: Drift, candidate: StateObject) -> bool:
    """Return whether every argument of a recorded command is an argument to create the object."""
    netns = candidate.netns
    kind, data = candidate.type, candidate.data
    verb = kind.creating_verb(data, others=[])
    try:
        command = kind.create_command(candidate.noun, data, netns=netns or None, verb=verb)
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
    """Return the object of a command, such as `route`, and the arguments after the verb."""
    first_word = 1 + len(command.flags)
    noun, _, *arguments = command.argv[first_word:]
    return noun, frozenset(arguments)


def _is_stale_address(drift: Drift, candidate: StateObject) -> bool:
    """Return whether the kernel generated an address because of the session.

    From a MAC address that the session set, where the address stays until the link goes down; or
    from the present MAC address, after the session has set the link down and up: before, the link
    may have had the address of an earlier MAC address.
    """
    if not candidate.type.is_generated(candidate.data):
        return False

    for location in candidate.links:
        if drift.affected.has_option(location, "address"):
            return True
        if drift.affected.has_option(location, "up") and _is_generated(
            drift, candidate, location=location
        ):
            return True
    return False


def _is_generated(drift: Drift, candidate: StateObject, *, location: LinkLocation) -> bool:
    """Return whether the kernel generates an address from the MAC address."""
    identifier = interface_id(link_at(drift.now, location))
    return has_interface_id(candidate.data, identifier)


def awaits_generated_address(drift: Drift) -> bool:
    """Return whether a carrier will bring a link an address that the link did not have before."""
    for location in links_without_carrier(drift):
        identifier = interface_id(link_at(drift.now, location))
        addresses = [
            address
            for link in drift.before[location[0]].get("address", ())
            if link.get("ifname") == location[1]
            for address in link.get("addr_info", ())
        ]
        if not any(has_interface_id(address, identifier) for address in addresses):
            return True
    return False
