"""Explain a failed `assert a == b` of two states, two models or two lists of models."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, TypeGuard

from ipwrap.models import NOUNS, Json, dump_all
from ipwrap.objects import compared_types
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import State, changed, compare, compare_objects

__all__ = ["explain"]

MAX_LINES = 40
NOUN_OF = {model_class: noun for noun, model_class in NOUNS.items()}


class _EveryWord(MentionedWords):
    """Counts every word as mentioned: the comparison then includes kernel-assigned values."""

    def __contains__(self, word: object) -> bool:
        return True


def explain(left: object, right: object) -> list[str] | None:
    """Return the differences of two states, two models or two lists of models, line by line.

    Return None for values of any different type. The lines are the lines of
    `ipwrap replay --check`: ``+`` marks an object only in `right`, ``-`` only in `left`, ``~`` in
    both with different values. Kernel-assigned values are compared only if nothing else differs.
    """
    if _is_state(left) and _is_state(right):
        # A pair of dicts without content need not be a pair of states.
        if _has_objects(left) or _has_objects(right):
            return _explain_states(left, right)
        return None

    left_models = _as_models(left)
    right_models = _as_models(right)
    if left_models is None or right_models is None:
        return None

    # A model and a list of models are not comparable.
    left_is_list = isinstance(left, (list, tuple))
    right_is_list = isinstance(right, (list, tuple))
    if left_is_list != right_is_list:
        return None

    return _explain_models(left_models, right_models)


def _explain_states(left: State, right: State) -> list[str]:
    """Return the report about two different states."""
    lines = _compare_states(left, right, mentioned=MentionedWords())
    if not lines:
        lines = _compare_states(left, right, mentioned=_EveryWord())
    if not lines:
        # Keys outside the comparison differ, such as an index.
        lines = list(_compare_keys(_flatten(left), _flatten(right)))

    return _format_report("the states", lines)


def _explain_models(left: list[Any], right: list[Any]) -> list[str] | None:
    """Return the report about models, or None for models of more than one noun."""
    nouns = {NOUN_OF[type(model)] for model in (*left, *right)}
    if len(nouns) != 1:
        return None

    noun = nouns.pop()
    left_objects = dump_all(left)
    right_objects = dump_all(right)

    lines: list[str] = []

    if noun in compared_types():
        differences = compare_objects(noun, left_objects, right=right_objects, named=_EveryWord())
        lines = [str(difference) for difference in differences]
    if not lines:
        lines = list(_compare_keys(left_objects, right_objects))

    return _format_report(f"the readings of `{noun}`", lines)


def _compare_states(left: State, right: State, *, mentioned: MentionedWords) -> list[str]:
    """Return the differences of two states, except in unmentioned kernel-assigned values."""
    differences = compare(
        changed(None, left, named=mentioned), changed(None, right, named=mentioned)
    )
    return [str(difference) for difference in differences]


def _format_report(subject: str, lines: list[str]) -> list[str]:
    """Return the lines with a title, limited to `MAX_LINES`."""
    report = [f"{subject} differ:", *lines[:MAX_LINES]]
    hidden_count = len(lines) - MAX_LINES

    if hidden_count > 0:
        report.append(f"… and {hidden_count} more")

    return report


def _is_state(value: object) -> TypeGuard[State]:
    """Return whether a value is a state: nouns with their objects, by namespace."""
    if not isinstance(value, dict):
        return False

    return all(
        isinstance(objects, dict) and objects.keys() <= compared_types().keys()
        for objects in value.values()
    )


def _has_objects(state: State) -> bool:
    """Return whether a state has content."""
    return any(state.values())


def _flatten(state: State) -> list[Json]:
    """Return all objects of a state, each with its namespace and noun."""
    flat_objects = []

    for netns, nouns in state.items():
        for noun, objects in nouns.items():
            flat_objects += [{"netns": netns, "noun": noun, **item} for item in objects]

    return flat_objects


def _as_models(value: object) -> list[Any] | None:
    """Return a model, or a list of models, as a list; None for any different value."""
    values = list(value) if isinstance(value, (list, tuple)) else [value]

    for item in values:
        if type(item) not in NOUN_OF:
            return None

    return values


def _compare_keys(left: list[Json], right: list[Json]) -> Iterator[str]:
    """Yield the differences of objects in the same order, key by key."""
    missing: Json = {}
    pairs = zip_longest(left, right, fillvalue=missing)

    for number, (left_object, right_object) in enumerate(pairs):
        name = (
            left_object.get("ifname")
            or left_object.get("dst")
            or right_object.get("ifname")
            or number
        )

        for key in {**left_object, **right_object}:
            if left_object.get(key) != right_object.get(key):
                before = left_object.get(key, "(none)")
                after = right_object.get(key, "(none)")
                yield f"~ {name}: {key} {before} -> {after}"
