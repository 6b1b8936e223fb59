"""Fields of models, for tests that compare a model with the expected values of some fields."""

from collections.abc import Iterable
from typing import Any

__all__ = ["named_fields"]


def named_fields(model: object, names: Iterable[str]) -> dict[str, Any]:
    """Return the values of the named fields of a model, by name."""
    return {name: getattr(model, name) for name in names}
