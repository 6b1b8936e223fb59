"""Two states compared: a list of differences that a person can read, empty where there is none."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ipwrap.jsonio.escape import escape_controls
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.across import Machines, differing, in_models, readings, unread, without_vlans
from ipwrap.state.comparison import Item, comparable_items
from ipwrap.state.comparison.base import Json
from ipwrap.state.snapshot import ADDED_LATER, State, covered_objects

__all__ = [
    "Difference",
    "Key",
    "changed",
    "compare",
    "compare_changes",
    "compare_objects",
    "keep_covered_by_all",
]

Key = tuple[str, str, tuple[str, ...], int]  # namespace, noun, identity, which one of several alike
Change = tuple[State | None, State | None]  # before, and after
GONE: Json = {"": "gone"}


@frozen
class Difference:
    """One thing that is not alike: where it is, what it is, and how it stands on either side (None: not there)."""

    netns: str
    noun: str
    name: tuple[str, ...]
    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None

    def __str__(self) -> str:
        return escape_controls(self._line())

    def _line(self) -> str:
        """Return the line, with whatever the names and values hold."""
        what = f"{self.netns or '(first)'}  {self.noun} {' '.join(self.name)}"
        if self.right is None or self.left is None:
            return f"{'-' if self.right is None else '+'} {what}"
        return f"~ {what}: {', '.join(self._fields())}"

    def _fields(self) -> Iterator[str]:
        """Yield the fields that differ, left and right."""
        left, right = self.left or {}, self.right or {}
        for key in sorted(left.keys() | right.keys()):
            if (key in left, left.get(key)) != (
                key in right,
                right.get(key),
            ):  # null is a value: of a flag that is set
                yield f"{key} {_format_value(left, key)} -> {_format_value(right, key)}"


def _format_value(data: Mapping[str, Any], key: str) -> str:
    """Return a value for people."""
    return str(data[key]) if key in data else "(none)"


def compare(
    left: Mapping[Key, Json], right: Mapping[Key, Json], *, machines: Machines | None = None
) -> list[Difference]:
    """Return where two sets of things, as `changed` gives them, differ.

    With the machines that showed them, what only one of the two can print does not count: see `ipwrap.state.across`.
    """
    keys = sorted(left.keys() | right.keys())
    found = [
        Difference(*key[:3], left.get(key), right.get(key))
        for key in keys
        if left.get(key) != right.get(key)
    ]
    if machines is None or machines[0].prints_as(machines[1]):
        return found
    return list(_across(found, machines))


def _across(found: Iterable[Difference], machines: Machines) -> Iterator[Difference]:
    """Yield those differences that are more than what one machine prints and the other does not."""
    for each in found:
        if each.left is None or each.right is None:
            if not unread(each.noun, each.left or each.right, machines):
                yield each
            continue
        if GONE in (each.left, each.right):
            yield each
            continue

        left, right = differing(each.noun, dict(each.left), dict(each.right), machines)
        if left or right:
            yield evolve(each, left=left, right=right)


def compare_changes(
    left: Change, right: Change, named: MentionedWords, machines: Machines
) -> list[Difference]:
    """Return where what was changed in two sessions differs, each with the state before and after.

    Only nouns that were read for both count. Across machines, what changed on one side is compared with how it is on
    the other, also where nothing that this one can print has changed there.
    """
    states = keep_covered_by_all(*left, *right)
    if machines[0].prints_as(machines[1]):
        then, now = _changes(states[:2], named), _changes(states[2:], named)
        return compare(then, now)

    states = without_vlans([None if state is None else in_models(state) for state in states])
    then, now = _changes(states[:2], named), _changes(states[2:], named)
    unchanged_then, unchanged_now = (
        _unchanged(now, then, states[1], named),
        _unchanged(then, now, states[3], named),
    )
    return compare(then | unchanged_then, now | unchanged_now, machines=machines)


def _changes(states: Sequence[State | None], named: MentionedWords) -> dict[Key, Json]:
    """Return what changed from one state to the next."""
    before, after = states
    return changed(before, after or {}, named)


def _unchanged(
    changes: Iterable[Key], known: Container[Key], after: State | None, named: MentionedWords
) -> dict[Key, Json]:
    """Return how those things are in a state that changed elsewhere, and did not here."""
    state = _comparable_by_key(after or {}, named)
    return {key: state[key] for key in changes if key in state and key not in known}


def changed(before: State | None, after: State, named: MentionedWords) -> dict[Key, Json]:
    """Return what counts of a state and was not there before, or was otherwise; what is gone since is marked."""
    old, new = _comparable_by_key(before or {}, named), _comparable_by_key(after, named)
    gone = {key: GONE for key in old if key not in new}
    return {key: value for key, value in new.items() if old.get(key) != value} | gone


def keep_covered_by_all(*states: State | None) -> list[State | None]:
    """Return the states with those nouns only that were read for all of them.

    An older ipwrap has read less, a kernel may lack something, and a session reads what it may have changed.
    """
    unread = ADDED_LATER - frozenset.intersection(
        ADDED_LATER, *(covered_objects(state) for state in states if state is not None)
    )
    return [None if state is None else _without(state, unread) for state in states]


def _without(state: State, unread: frozenset[str]) -> State:
    """Return a state without some nouns."""
    return {
        netns: {noun: objects for noun, objects in nouns.items() if noun not in unread}
        for netns, nouns in state.items()
    }


def compare_objects(
    noun: str,
    left: Iterable[Json],
    right: Iterable[Json],
    named: MentionedWords,
    *,
    machines: Machines | None = None,
) -> list[Difference]:
    """Return where two readings of a noun differ; those of two machines in what both can print."""
    sides = (list(left), list(right))
    if machines is not None and not machines[0].prints_as(machines[1]):
        sides = readings(noun, *sides, machines)
    one, other = (_comparable_by_key({"": {noun: objects}}, named) for objects in sides)
    return compare(one, other, machines=machines)


def _comparable_by_key(state: State, named: MentionedWords) -> dict[Key, Json]:
    """Return everything that counts of a state by its key. Things alike in all that counts are one."""
    out: dict[Key, Json] = {}
    for netns, nouns in state.items():
        for noun, objects in nouns.items():
            for identity, values in comparable_items(noun, objects, named):
                _add_item(out, netns, noun, (identity, values))
    return out


def _add_item(out: dict[Key, Json], netns: str, noun: str, item: Item) -> None:
    """Enter one thing; another of the same identity gets the next number."""
    identity, values = item
    n = 0
    while (key := (netns, noun, identity, n)) in out:
        if out[key] == values:
            return
        n += 1
    out[key] = values
