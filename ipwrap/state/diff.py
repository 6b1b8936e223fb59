"""The comparison of two states: a list of readable differences."""

import itertools
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ipwrap.jsonio.escape import escape_controls
from ipwrap.objects import comparable_items
from ipwrap.objects.base import Json
from ipwrap.objects.comparison import is_same, without_passing
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.across import (
    MachinePair,
    differing_fields,
    in_model_shape,
    is_unprintable_elsewhere,
    listings_without_vlans,
    without_vlans,
)
from ipwrap.state.known_traffic import with_known_traffic
from ipwrap.state.snapshot import State, added_later, covered_objects

__all__ = [
    "Change",
    "Difference",
    "Key",
    "changed",
    "compare",
    "compare_changes",
    "compare_objects",
    "keep_covered_by_all",
]

# Namespace, object, identity, and a counter for objects of the same identity.
Key = tuple[str, str, tuple[str, ...], int]
Change = tuple[State | None, State | None]  # the state before and after
DELETED: Json = {"": "gone"}


@frozen
class Difference:
    """An object that differs: its namespace, the kind of object, its identity, and its fields on
    both sides.

    A side without the object is None.
    """

    netns: str
    noun: str
    name: tuple[str, ...]
    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None

    def __str__(self) -> str:
        return escape_controls(self._line())

    def _line(self) -> str:
        """Return the difference as a line, with control characters as they are."""
        subject = f"{self.netns or '(host)'}  {self.noun} {' '.join(self.name)}"

        if self.right is None:
            return f"- {subject}"
        if self.left is None:
            value = f" = {self.right['value']}" if self.noun == "sysctl" else ""
            return f"+ {subject}{value}"

        return f"~ {subject}: {', '.join(self._field_changes(self.left, self.right))}"

    def _field_changes(self, left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[str]:
        """Yield the fields that differ, with both values."""
        for key in sorted(left.keys() | right.keys()):
            # JSON null is a value: iproute2 prints flags that are set so.
            is_same = (key in left) == (key in right) and left.get(key) == right.get(key)
            if not is_same:
                yield f"{key} {_format_value(left, key)} -> {_format_value(right, key)}"


def _format_value(fields: Mapping[str, Any], key: str) -> str:
    """Return the value of a field as text."""
    return str(fields[key]) if key in fields else "(none)"


def compare(
    left: Mapping[Key, Json], right: Mapping[Key, Json], *, machines: MachinePair | None = None
) -> list[Difference]:
    """Return the differences between two sets of objects, as `changed` returns them.

    With the machines that printed both sides, fields that only one of them can print do not count:
    see `ipwrap.state.across`.
    """
    differences = []
    for key in sorted(left.keys() | right.keys()):
        if is_same(left.get(key), right.get(key)):
            continue

        netns, name, identity, _ = key
        left_fields = without_passing(left.get(key), right.get(key))
        right_fields = without_passing(right.get(key), left.get(key))
        differences.append(Difference(netns, name, identity, left_fields, right_fields))

    if machines is None or machines[0].prints_as(machines[1]):
        return differences

    return list(_visible_to_both(differences, machines))


def _visible_to_both(
    differences: Iterable[Difference], machines: MachinePair
) -> Iterator[Difference]:
    """Yield the differences that are more than the output of one machine that the other cannot
    print.
    """
    for difference in differences:
        if difference.left is None or difference.right is None:
            fields = difference.left or difference.right
            if not is_unprintable_elsewhere(difference.noun, fields, machines=machines):
                yield difference
            continue

        if DELETED in (difference.left, difference.right):
            yield difference
            continue

        left, right = differing_fields(
            dict(difference.left),
            dict(difference.right),
            noun=difference.noun,
            machines=machines,
        )
        if left or right:
            yield evolve(difference, left=left, right=right)


def compare_changes(
    left: Change, right: Change, *, named: MentionedWords, machines: MachinePair
) -> list[Difference]:
    """Return the differences between the changes of two sessions, each with its state before and
    after.

    Only objects that were read on both sides count. Across machines, an object that changed on one
    side is compared with its state on the other side, even if nothing that the other machine can
    print has changed there.
    """
    known = [state and with_known_traffic(state) for state in (*left, *right)]
    states = keep_covered_by_all(*known)

    if machines[0].prints_as(machines[1]):
        return compare(_changes(states[:2], named), _changes(states[2:], named))

    states = without_vlans([None if state is None else in_model_shape(state) for state in states])
    left_changes = _changes(states[:2], named)
    right_changes = _changes(states[2:], named)

    left_unchanged = _unchanged(right_changes, left_changes, after=states[1], named=named)
    right_unchanged = _unchanged(left_changes, right_changes, after=states[3], named=named)

    return compare(
        left_changes | left_unchanged,
        right_changes | right_unchanged,
        machines=machines,
    )


def _changes(states: Sequence[State | None], named: MentionedWords) -> dict[Key, Json]:
    """Return the changes from one state to the next."""
    before, after = states
    return changed(before, after or {}, named=named)


def _unchanged(
    keys: Iterable[Key], changes: Container[Key], *, after: State | None, named: MentionedWords
) -> dict[Key, Json]:
    """Return the objects of these keys that a state has, without those that changed."""
    objects = _comparable_by_key(after or {}, named)
    return {key: objects[key] for key in keys if key in objects and key not in changes}


def changed(before: State | None, after: State, *, named: MentionedWords) -> dict[Key, Json]:
    """Return the comparable objects that are new or differ from before.

    Deleted ones are `DELETED`.
    """
    old = _comparable_by_key(before or {}, named)
    new = _comparable_by_key(after, named)

    changes = {key: fields for key, fields in new.items() if not is_same(old.get(key), fields)}
    deleted = {key: DELETED for key in old if key not in new}
    return changes | deleted


def keep_covered_by_all(*states: State | None) -> list[State | None]:
    """Return the states with those objects only that were read for each state.

    An earlier version read fewer objects, a kernel may lack some, and a session reads only what it
    may have changed.
    """
    read = [covered_objects(state) for state in states if state is not None]
    missing = added_later() - frozenset.intersection(added_later(), *read)
    return [None if state is None else _without(state, missing) for state in states]


def _without(state: State, excluded: frozenset[str]) -> State:
    """Return a state without the objects of some names."""
    kept: State = {}
    for netns, objects_by_name in state.items():
        kept[netns] = {
            name: objects for name, objects in objects_by_name.items() if name not in excluded
        }

    return kept


def compare_objects(
    noun: str,
    left: Iterable[Json],
    *,
    right: Iterable[Json],
    named: MentionedWords,
    machines: MachinePair | None = None,
) -> list[Difference]:
    """Return the differences between two readings of an object.

    Those of two machines in the fields of both.
    """
    left_objects, right_objects = list(left), list(right)

    if machines is not None and not machines[0].prints_as(machines[1]):
        left_objects, right_objects = listings_without_vlans(
            left_objects,
            right_objects,
            noun=noun,
            machines=machines,
        )

    return compare(
        _comparable_by_key({"": {noun: left_objects}}, named),
        _comparable_by_key({"": {noun: right_objects}}, named),
        machines=machines,
    )


def _comparable_by_key(state: State, named: MentionedWords) -> dict[Key, Json]:
    """Return the comparable fields of all objects by key.

    Objects that are alike in all of them are one.
    """
    objects_by_key: dict[Key, Json] = {}

    for netns, objects_by_name in state.items():
        for name, objects in objects_by_name.items():
            for identity, fields in comparable_items(name, objects, named=named):
                _add_object(objects_by_key, (netns, name, identity), fields=fields)

    return objects_by_key


def _add_object(
    objects: dict[Key, Json], identity: tuple[str, str, tuple[str, ...]], *, fields: Json
) -> None:
    """Add one object; another of the same identity gets the next number."""
    for number in itertools.count():
        key = (*identity, number)
        if key not in objects:
            objects[key] = fields
            return
        if objects[key] == fields:
            return
