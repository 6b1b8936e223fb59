"""`TrafficCreations`: the commands of a session that create qdiscs, classes and filters."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from attrs import define, field, frozen

from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.patterns import Pattern
from ipwrap.undo.state_objects import StateObject, traffic_objects

__all__ = ["FILTER", "Link", "TrafficCreation", "TrafficCreations", "filters_of", "link_of"]

FILTER = "tc filter"

Link = tuple[str, frozenset[str]]  # the namespace, and the name of the link


@frozen
class TrafficCreation:
    """A creating command: what it refers to, and the options of the kind of a filter."""

    pattern: Pattern
    options: frozenset[str]

    @property
    def has_auto_pref(self) -> bool:
        """Whether it creates a filter whose preference the kernel chooses."""
        return self.pattern.noun == FILTER and "pref" not in self.pattern.keys


@define
class TrafficCreations:
    """The creating commands, those that refer to the same objects once.

    - ``auto_pref``: those of filters without a preference, each, unless their filters are deleted
    - ``deleted``: how many of their filters the session has deleted by the preference that the
      kernel had chosen, by link: it is unknown which
    """

    auto_pref: list[TrafficCreation] = field(factory=list)
    deleted: "Counter[Link]" = field(factory=Counter)
    _others: dict[object, TrafficCreation] = field(factory=dict)

    def __iter__(self) -> Iterator[TrafficCreation]:
        return chain(self._others.values(), self.auto_pref)

    def add(self, creation: TrafficCreation) -> None:
        """Add a creating command."""
        if creation.has_auto_pref:
            self.auto_pref.append(creation)
        else:
            self._others[creation.pattern.key] = creation

    def follow_flush(self, flush: Pattern) -> None:
        """Forget the filters of a place: a command deletes all of them."""
        self.auto_pref = [
            creation for creation in self.auto_pref if not _is_at_place(creation, flush)
        ]

    def follow_deletion(self, deletion: Pattern) -> None:
        """Follow a command that deletes, by its preference, a filter of the session."""
        if not any(_has_preference(creation, deletion) for creation in self._others.values()):
            self.deleted[link_of(deletion)] += 1

    def refer_to(self, candidate: StateObject) -> bool:
        """Return whether a command may have created an object."""
        return any(creation.pattern.matches(candidate) for creation in self)


def filters_of(state: State) -> Iterator[StateObject]:
    """Yield the filters of a state."""
    for netns, nouns in state.items():
        if nouns.get(FILTER):
            objects = traffic_objects(nouns, MentionedWords(), netns=netns)
            yield from (listed for listed in objects if listed.noun == FILTER)


def link_of(pattern: Pattern) -> Link:
    """Return the link of the objects of a pattern."""
    return pattern.netns, pattern.keys.get("dev", frozenset())


def _is_at_place(creation: TrafficCreation, place: Pattern) -> bool:
    """Return whether a creation is of a filter at a place."""
    return _has_same(creation.pattern, place, keys=("dev", "parent", "chain"))


def _has_preference(creation: TrafficCreation, deletion: Pattern) -> bool:
    """Return whether a creation is of a filter with the preference of a deletion."""
    is_filter = creation.pattern.noun == FILTER
    return is_filter and _has_same(creation.pattern, deletion, keys=("dev", "pref"))


def _has_same(pattern: Pattern, other: Pattern, *, keys: Iterable[str]) -> bool:
    """Return whether patterns have some keys in common, in one namespace."""
    return pattern.netns == other.netns and all(
        pattern.keys.get(key) == other.keys.get(key) for key in keys
    )
