"""The new filters that undo leaves alone, since others have made them, or may have.

The kernel chooses the preference of a filter that is added without one (tcf_auto_prio() in
net/sched/cls_api.c), so that such a command of the session refers to every filter of that kind at
that place. Where there are more of them than commands, the options tell which are whose, or none is
deleted.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from attrs import define, field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.objects.tc_tree import Node, major_of, node_of
from ipwrap.recording import State
from ipwrap.undo.state_objects import StateObject, identity_keys
from ipwrap.undo.traffic_creations import (
    FILTER,
    Link,
    TrafficCreation,
    TrafficCreations,
    filters_of,
    link_of,
)

__all__ = ["LeftFilters", "find_left_filters"]

# What tells a filter from others of the same machine, also where a comparison has a placeholder.
FilterKey = tuple[str, frozenset[tuple[str, frozenset[str]]]]

# `flowid` is another word for the option of `classid`.
CLASS_WORDS = frozenset({"classid", "flowid"})


@frozen
class LeftFilters:
    """Filters that undo leaves alone. ``problems`` names those that the session may have made."""

    keys: frozenset[FilterKey] = frozenset()
    problems: Sequence[str] = ()

    def __contains__(self, candidate: StateObject) -> bool:
        return bool(self.keys) and _key_of(candidate) in self.keys


@define
class _Claims:
    """The creations at one link without a preference, and the new filters of no others."""

    limit: int  # of the session's filters
    creations: list[TrafficCreation] = field(factory=list)
    filters: list[StateObject] = field(factory=list)

    def judge(self) -> tuple[list[StateObject], list[StateObject]]:
        """Return the filters of others, and those that others or the session may have made."""
        if len(self.filters) <= self.limit:
            return [], []

        fits: list[list[int]] = []
        fitting: list[StateObject] = []
        unlike: list[StateObject] = []
        for listed in self.filters:
            fits.append(self._fitting_creations(listed))
            (fitting if fits[-1] else unlike).append(listed)
        pair_count = _count_pairs(fits)

        # Of two alike filters, either may be the session's.
        is_sure = len(fitting) == pair_count <= self.limit
        doubtful = [] if is_sure else fitting
        # A command may have left a filter that is shown in other words than it was written in.
        if pair_count >= self.limit:
            return unlike, doubtful
        return [], doubtful + unlike

    def _fitting_creations(self, listed: StateObject) -> list[int]:
        """Return the positions of the creations that refer to a filter and whose options it has."""
        words = _words_of(listed)
        return [
            position
            for position, creation in enumerate(self.creations)
            if creation.pattern.matches(listed) and creation.options <= words
        ]


def find_left_filters(before: State, now: State, *, creations: TrafficCreations) -> LeftFilters:
    """Return the new filters with an automatic preference that are to stay."""
    keys: set[FilterKey] = set()
    problems: list[str] = []
    for claims in _claims(before, now, creations=creations).values():
        others, doubtful = claims.judge()
        keys.update(map(_key_of, [*others, *doubtful]))
        if doubtful:
            problems.append(_format_doubt(doubtful))
    return LeftFilters(frozenset(keys), problems)


def _claims(before: State, now: State, *, creations: TrafficCreations) -> Mapping[Link, _Claims]:
    """Return the creations without a preference by link, with the new filters of no others."""
    by_link: dict[Link, _Claims] = {}
    for creation in creations.auto_pref:
        link = link_of(creation.pattern)
        claims = by_link.setdefault(link, _Claims(limit=-creations.deleted[link]))
        claims.creations.append(creation)
        claims.limit += 1
    if not by_link:  # nearly always
        return {}

    known = set(map(_key_of, filters_of(before)))
    qdiscs = _qdiscs(before)
    for listed in filters_of(now):
        referring = [creation for creation in creations if creation.pattern.matches(listed)]
        is_ours_alone = _qdisc_of(listed) not in qdiscs[listed.netns]  # it goes with the qdisc
        if _key_of(listed) in known or is_ours_alone or not referring:
            continue
        if all(creation.has_auto_pref for creation in referring):
            by_link[link_of(referring[0].pattern)].filters.append(listed)
    return by_link


def _qdiscs(state: State) -> Mapping[str, set[Node]]:
    """Return the qdiscs of a state by namespace."""
    qdiscs: dict[str, set[Node]] = defaultdict(set)
    for netns, nouns in state.items():
        qdiscs[netns].update(map(node_of, nouns.get("tc qdisc", ())))
    return qdiscs


def _qdisc_of(listed: StateObject) -> Node:
    """Return the qdisc that a filter is at, or whose class it is at."""
    return str(listed.data.get("dev")), major_of(listed.data["above"][0])


def _key_of(listed: StateObject) -> FilterKey:
    """Return what tells a filter from others."""
    return listed.netns, frozenset(identity_keys(FILTER, listed.data).items())


def _words_of(listed: StateObject) -> frozenset[str]:
    """Return the words that make a filter; none where ipwrap cannot write its command."""
    try:
        words = frozenset(listed.type.create_command(FILTER, listed.data, netns=None).argv)
    except (InvalidArgument, LookupError, TypeError, ValueError):  # a state is untrusted
        return frozenset()
    return words if words.isdisjoint(CLASS_WORDS) else words | CLASS_WORDS


def _count_pairs(fits: Sequence[Sequence[int]]) -> int:
    """Return how many filters can have a creation each: a maximum matching (Kuhn's algorithm)."""
    filter_of: dict[int, int] = {}

    def find_creation(position: int, tried: set[int]) -> bool:
        """Give a filter a creation, and perhaps others another one."""
        for creation in fits[position]:
            if creation in tried:
                continue
            tried.add(creation)
            if creation not in filter_of or find_creation(filter_of[creation], tried):
                filter_of[creation] = position
                return True
        return False

    return sum(find_creation(position, set()) for position in range(len(fits)))


def _format_doubt(filters: Sequence[StateObject]) -> str:
    """Return why filters are left."""
    first = filters[0]
    place = f" (in {first.netns})" if first.netns else ""
    preferences = ", ".join(str(listed.data.get("pref")) for listed in filters)
    return (
        f"{FILTER} {first.data.get('dev')}{place}: the session or others have made the filters "
        f"with preference {preferences}, and nothing tells which; they are left: delete those that "
        "are not needed with `tc filter delete … pref NUMBER`"
    )
