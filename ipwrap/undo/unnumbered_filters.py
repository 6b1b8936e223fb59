"""Filters of others that look like those of the session, whose commands gave no preference.

The kernel chooses the preference then (tcf_auto_prio() in net/sched/cls_api.c), so that such a
command refers to every filter of its kind at its place. The number of the commands tells whether
there are others, and the options mostly tell which.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from attrs import define, field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.state_objects import StateObject, state_objects
from ipwrap.undo.traffic_creations import TrafficCreation

__all__ = ["FiltersOfOthers", "find_filters_of_others"]

FILTER = "tc filter"


@frozen
class FiltersOfOthers:
    """The filters to leave alone, and what is to be said of those that may be the session's."""

    filters: Sequence[StateObject] = ()
    problems: Sequence[str] = ()


@define
class _Group:
    """The unnumbered creations at one link, and the new filters that they refer to."""

    creations: list[TrafficCreation] = field(factory=list)
    candidates: list[StateObject] = field(factory=list)

    def fitting(self) -> list[StateObject]:
        """Return the filters with all the options of a command."""
        commands = [options for creation in self.creations for options in creation.options]
        return [
            candidate
            for candidate in self.candidates
            if any(options <= _words_of(candidate) for options in commands)
        ]


def find_filters_of_others(
    before: State, now: State, *, creations: Iterable[TrafficCreation]
) -> FiltersOfOthers:
    """Return the new filters that only unnumbered creations refer to, and that others have made.

    Where the options do not tell, all of them stay.
    """
    filters: list[StateObject] = []
    problems: list[str] = []
    for group in _groups(before, now, creations=[*creations]):
        count = sum(len(creation.options) for creation in group.creations)
        if len(group.candidates) <= count:
            continue

        fitting = group.fitting()
        is_clear = len(fitting) == count
        others = [listed for listed in group.candidates if not is_clear or listed not in fitting]
        filters += others
        if not is_clear:
            problems.append(_format_doubt(others, count))
    return FiltersOfOthers(filters, problems)


def _groups(before: State, now: State, *, creations: Sequence[TrafficCreation]) -> Iterable[_Group]:
    """Return the unnumbered creations by link, with the new filters that they alone refer to."""
    unnumbered = [creation for creation in creations if creation.is_unnumbered]
    if not unnumbered:  # nearly always
        return ()

    groups: dict[object, _Group] = defaultdict(_Group)
    for creation in unnumbered:
        groups[creation.link].creations.append(creation)

    known = {(listed.netns, listed.name) for listed in _filters(before)}
    for listed in _filters(now):
        makers = [creation for creation in creations if creation.pattern.matches(listed)]
        is_new = (listed.netns, listed.name) not in known
        if is_new and makers and all(creation.is_unnumbered for creation in makers):
            groups[makers[0].link].candidates.append(listed)
    return groups.values()


def _filters(state: State) -> Iterable[StateObject]:
    """Return the filters of a state."""
    for netns, nouns in state.items():
        if nouns.get(FILTER):
            traffic = {noun: nouns[noun] for noun in nouns if noun.startswith("tc ")}
            listed = state_objects({netns: traffic}, MentionedWords())
            yield from (filter_ for filter_ in listed if filter_.noun == FILTER)


def _words_of(listed: StateObject) -> frozenset[str]:
    """Return the arguments that make a filter; none where no command does."""
    try:
        return frozenset(listed.type.create_command(FILTER, listed.data, netns=None).argv)
    except (InvalidArgument, LookupError, TypeError, ValueError):
        return frozenset()


def _format_doubt(filters: Sequence[StateObject], count: int) -> str:
    """Return why filters are left."""
    first = filters[0]
    preferences = ", ".join(str(listed.data.get("pref")) for listed in filters)
    where = f" (in {first.netns})" if first.netns else ""
    return (
        f"{FILTER} {first.data.get('dev')}{where}: of the {len(filters)} filters with the "
        f"preferences {preferences} the session has made {count}, without a preference of its own; "
        "none is deleted: delete those that are not needed with `tc filter delete … pref NUMBER`"
    )
