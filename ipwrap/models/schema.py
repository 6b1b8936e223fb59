"""JSON Schema of iproute2's output as the models read it, for tools in other languages."""

from inspect import getdoc
from typing import Any

import msgspec

from ipwrap.models.base import Json, schema_of

__all__ = ["schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(cls: type) -> Json:
    """Return the schema of the list that a `show` prints, for a model class.

    Properties are JSON keys. Objects may have further keys: a newer iproute2 prints more.
    """
    (list_schema,), components = msgspec.json.schema_components(
        [list[cls]],  # type: ignore[valid-type]
        ref_template="#/$defs/{name}",
        schema_hook=lambda _: {"type": "object"},  # of `UnknownKeys`, which is left out
    )
    classes = {model.__name__: model for model in _model_classes(cls)}

    definitions = {}
    for name, component in components.items():
        definitions[name] = _object_schema(classes[name], component)

    return {"$schema": DIALECT, **list_schema, "$defs": definitions}


def _model_classes(cls: type) -> list[type]:
    """Return a model class and the classes of its inner models, recursively."""
    classes = [cls]
    for inner_class in schema_of(cls).nested.values():
        classes += _model_classes(inner_class)
    return classes


def _object_schema(cls: type, component: Json) -> Json:
    """Return the schema of one model, with JSON keys in place of attribute names."""
    properties: dict[str, Any] = {}

    for key, attribute_schema in component["properties"].items():
        if key == "extra":
            continue
        # A default is ours: iproute2 omits the key instead.
        properties[key] = {
            keyword: value for keyword, value in attribute_schema.items() if keyword != "default"
        }

    description = (getdoc(cls) or "").partition("\n\n")[0]
    return {
        "title": cls.__name__,
        "description": description,
        "type": "object",
        "properties": properties,
    }
