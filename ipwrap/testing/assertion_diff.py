"""Where two states, or two lists of models, differ: told as a person reads it."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from ipwrap.models import NOUNS, Json, dump_all
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import State, changed, compare, compare_objects
from ipwrap.state.comparison import COMPARISONS

__all__ = ["explain"]

MOST = 40
NOUN_OF = {cls: noun for noun, cls in NOUNS.items()}


class _Everything(MentionedWords):
    """Every word counts as named: what is compared with ``==`` is compared to the letter."""

    def __contains__(self, word: object) -> bool:
        return True


def explain(left: object, right: object) -> list[str] | None:
    """Return how two things of ipwrap differ, line by line; None for what is none: states, models and lists of models.

    Lines are those of `ipwrap replay --check`: ``+`` is only in the right one, ``-`` only in the left one, ``~`` is in
    both and differs. What the kernel chooses is told only where nothing else differs.
    """
    states = [each for each in (left, right) if isinstance(each, dict) and _is_state(each)]
    if len(states) == 2 and any(map(_holds, states)):
        before, after = states
        lines = _states(before, after, MentionedWords()) or _states(before, after, _Everything())
        return _format_report(
            "the states", lines or [*_is_exact(_objects(before), _objects(after))]
        )
    one, other = _models(left), _models(right)
    if (
        one is None
        or other is None
        or isinstance(left, (list, tuple)) != isinstance(right, (list, tuple))
    ):
        return None
    noun = _noun(*one, *other)
    if noun is None:
        return None
    old, new = dump_all(one), dump_all(other)
    lines = (
        [str(each) for each in compare_objects(noun, old, new, _Everything())]
        if noun in COMPARISONS
        else []
    )
    return _format_report(f"the readings of `{noun}`", lines or [*_is_exact(old, new)])


def _states(left: State, right: State, named: MentionedWords) -> list[str]:
    """Return where two states differ in what counts."""
    return [str(each) for each in compare(changed(None, left, named), changed(None, right, named))]


def _format_report(what: str, lines: list[str]) -> list[str]:
    """Return the lines with a title; not more than one can read."""
    more = [f"… and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return [f"{what} differ:", *lines[:MOST], *more]


def _is_state(value: State) -> bool:
    """Tell whether a dict is a state: nouns with their objects, by namespace."""
    return all(
        isinstance(nouns, dict) and nouns.keys() <= COMPARISONS.keys() for nouns in value.values()
    )


def _holds(state: State) -> bool:
    """Tell whether anything is in a state: a dict of empty ones may be anyone's."""
    return any(state.values())


def _objects(state: State) -> list[Json]:
    """Return all objects of a state, each with where it is."""
    found = (
        (netns, noun, each)
        for netns, nouns in state.items()
        for noun, objects in nouns.items()
        for each in objects
    )
    return [{"netns": netns, "noun": noun, **each} for netns, noun, each in found]


def _models(value: object) -> list[Any] | None:
    """Return the models that a value is, or holds; None for anything else."""
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    return values if all(type(each) in NOUN_OF for each in values) else None


def _noun(*models: Any) -> str | None:
    """Return the noun that all of them are of."""
    nouns = {NOUN_OF[type(each)] for each in models}
    return nouns.pop() if len(nouns) == 1 else None


def _is_exact(left: list[Json], right: list[Json]) -> Iterator[str]:
    """Yield where objects in the same order differ, key by key."""
    nothing: Json = {}
    for number, (one, other) in enumerate(zip_longest(left, right, fillvalue=nothing)):
        name = one.get("ifname") or one.get("dst") or other.get("ifname") or number
        for key in (key for key in {**one, **other} if one.get(key) != other.get(key)):
            yield f"~ {name}: {key} {one.get(key, '(none)')} -> {other.get(key, '(none)')}"
