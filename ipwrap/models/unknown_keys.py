"""Which keys of an answer have no name here: what a newer iproute2 prints."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from ipwrap.models.base import schema_of
from ipwrap.models.event import Event

__all__ = ["unknown_keys"]


def unknown_keys(models: Iterable[Any]) -> Counter[str]:
    """Return the paths of the keys that went to some ``extra``, and in how many objects each was.

    Of a monitor's events it is the words that were not read.
    """
    return Counter(path for model in models for path in set(_extra_of(model)))


def _extra_of(model: Any) -> Iterable[str]:
    """Return what was not read of one object."""
    return model.unread if isinstance(model, Event) else _paths(model, "")


def _paths(model: Any, before: str) -> Iterator[str]:
    """Yield the paths of unknown keys in a model, its parts and the models within."""
    yield from (f"{before}{key}" for key in model.extra)
    about = schema_of(model.__class__)
    for name in about.nested:
        for each in _models(getattr(model, about.keys.get(name, name))):
            if attrs.has(type(each)):
                yield from _paths(each, f"{before}{name}.")
    for name, part in getattr(model, "parts", {}).items():
        yield from (f"{before}{name}.{key}" for key in part.extra)


def _models(inner: Any) -> Iterable[Any]:
    """Return the models in a field: one, a list of them, or such lists by their names."""
    if isinstance(inner, dict):
        return (each for several in inner.values() for each in several)
    return inner if isinstance(inner, (list, tuple)) else (inner,)
