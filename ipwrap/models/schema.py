"""JSON Schema of what iproute2 prints and a model reads, for tools in other languages."""

from inspect import getdoc
from typing import Any

import msgspec

from ipwrap.models.base import Json, schema_of

__all__ = ["schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(cls: type) -> Json:
    """Return the schema of the list that a `show` prints, read by a model class.

    Keys are those of the JSON. An object may hold others: a newer iproute2 prints more.
    """
    (whole,), inner = msgspec.json.schema_components([list[cls]], ref_template="#/$defs/{name}")  # type: ignore[valid-type]
    classes = {each.__name__: each for each in _classes(cls)}
    return {
        "$schema": DIALECT,
        **whole,
        "$defs": {name: _object(classes[name], inner[name]) for name in inner},
    }


def _classes(cls: type) -> list[type]:
    """Return a model class and those within it."""
    return [cls, *(each for inner in schema_of(cls).nested.values() for each in _classes(inner))]


def _object(cls: type, described: Json) -> Json:
    """Return an object's schema with the keys that iproute2 prints in place of our names."""
    back = {name: key for key, name in schema_of(cls).keys.items()}
    properties: dict[str, Any] = {
        back.get(name, name): {word: value for word, value in each.items() if word != "default"}
        for name, each in described["properties"].items()
        if name != "extra"
    }
    about = (getdoc(cls) or "").partition("\n\n")[0]
    return {"title": cls.__name__, "description": about, "type": "object", "properties": properties}
