"""Keys that older releases of iproute2 printed under another name: the layout of later ones."""

from collections.abc import Callable, Mapping

from ipwrap.models.base import Json

__all__ = ["rename_keys", "renamer"]


def rename_keys(data: Json, names: Mapping[str, str]) -> Json:
    """Return an object with the later names of its keys; a key that is there already stays."""
    if names.keys().isdisjoint(data):
        return data

    return {_later_name(key, names, data=data): value for key, value in data.items()}


def renamer(names: Mapping[str, str]) -> Callable[[Json], Json]:
    """Return the function that renames the keys of an object: an ``in_json`` of a model."""
    return lambda data: rename_keys(data, names)


def _later_name(key: str, names: Mapping[str, str], *, data: Json) -> str:
    """Return the later name of a key."""
    later = names.get(key, key)
    return key if later in data else later
