"""Report the JSON keys without a field here: output of a newer iproute2."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import attrs

from ipwrap.models.base import schema_of
from ipwrap.models.event import Event

__all__ = ["unknown_keys"]


def unknown_keys(models: Iterable[Any]) -> Counter[str]:
    """Return the paths of the keys in ``extra``, with the number of objects that have the key.

    For events of a monitor: the unread words.
    """
    counts: Counter[str] = Counter()

    for model in models:
        unknown = model.unread if isinstance(model, Event) else _unknown_paths(model)
        counts.update(set(unknown))  # a key counts once for an object

    return counts


def _unknown_paths(model: Any, prefix: str = "") -> Iterator[str]:
    """Yield the paths of unknown keys in a model, in its inner models and in its typed options."""
    for key in model.extra:
        yield f"{prefix}{key}"

    schema = schema_of(model.__class__)
    for key in schema.nested:
        name = schema.keys.get(key, key)
        value = getattr(model, name)
        for inner_model in _inner_models(value):
            if attrs.has(type(inner_model)):
                yield from _unknown_paths(inner_model, f"{prefix}{key}.")

    # `Link.parts`: the kind and the port options, whose tables are in `ipwrap.kinds`
    for path, options in getattr(model, "parts", {}).items():
        for key in options.extra:
            yield f"{prefix}{path}.{key}"


def _inner_models(value: Any) -> Iterable[Any]:
    """Return the models in a nested field: a single model, a list, or lists keyed by names."""
    if isinstance(value, dict):
        return chain.from_iterable(value.values())
    if isinstance(value, (list, tuple)):
        return value
    return (value,)
