"""Models as JSON that needs no knowledge of iproute2: `dump(model, typed=True)`.

Names are those of the attributes. What Python's `Link.kind` or `TcQdisc.typed` is, stands in place
of the raw options: a model declares this by ``typed_members`` (a key, and the property with its
value) and ``untyped`` (the attributes that are left out for them). Flags are true, a lifetime
without an end is null, and what is None is left out. Unknown keys are in ``extra``.
"""

from collections.abc import Iterator
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from ipwrap.kinds import KINDS, Kind, LinkKind
from ipwrap.models.base import Json
from ipwrap.options.kind import BaseKind
from ipwrap.qdiscs import CLASSES, QDISCS, Qdisc, TcKind

__all__ = ["dump_typed", "typed_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCALARS: dict[Any, Json] = {
    bool: {"type": "boolean"},
    float: {"type": "number"},
    int: {"type": "integer"},
    NoneType: {"type": "null"},
    str: {"type": "string"},
}
# The classes of the kinds, by the annotation of a property.
KIND_TABLES: dict[Any, tuple[Any, ...]] = {LinkKind: (KINDS,), TcKind: (QDISCS, CLASSES)}
NOT_IN_JSON = frozenset({"observed"})


def dump_typed(model: Any) -> Json:
    """Return the typed JSON object of a model, or of a kind, with its ``type``."""
    data: Json = {}
    # A kind without a table has its name in a field.
    type_key = "name" if isinstance(model, (Kind, Qdisc)) else ""
    if isinstance(model, BaseKind):
        data["type"] = getattr(model, type_key or "kind")

    for key, value in _members(model):
        if key == type_key:
            continue
        json_value = _to_json(value)
        if json_value != {} or not hasattr(value, "untyped"):
            data[key] = json_value
    return data


def _members(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield the keys of a model with their values; None stands for a value without an end."""
    properties: dict[str, str] = getattr(model, "typed_members", {})
    typed = {key: getattr(model, name) for key, name in properties.items()}
    typed = {key: value for key, value in typed.items() if value is not None}
    left_out = _replaced(type(model)) if typed or not properties else frozenset()

    for attribute in attrs.fields(type(model)):
        name = attribute.name
        value = getattr(model, name)
        if name in left_out or _is_absent(attribute, value):
            continue
        yield name.rstrip("_"), None if value == attribute.metadata.get("forever") else value
    yield from typed.items()


def _replaced(cls: type) -> frozenset[str]:
    """Return the attributes that are left out for typed members."""
    return frozenset({*getattr(cls, "typed_members", ()), *getattr(cls, "untyped", ())})


def _is_absent(attribute: "attrs.Attribute[Any]", value: Any) -> bool:
    """Return whether an attribute says nothing: None, no name, no unknown keys."""
    if value is None or attribute.name in NOT_IN_JSON:
        return True
    is_empty = value in ("", {}) and not isinstance(value, bool)
    return is_empty and attribute.name in ("extra", "name", "ifname")


def _to_json(value: Any) -> Any:
    """Return the JSON value of an attribute."""
    if attrs.has(type(value)):
        return dump_typed(value)
    if isinstance(value, (list, tuple)):
        return [_to_json(element) for element in value]
    if isinstance(value, dict):
        return {str(key): _to_json(member) for key, member in value.items()}
    return value


def typed_schema(cls: type) -> Json:
    """Return the JSON Schema of the list of the typed objects of a model class.

    Objects may have further keys, as those of a later ipwrap.
    """
    builder = SchemaBuilder()
    items = builder.refer_to(cls)
    return {"$schema": DIALECT, "type": "array", "items": items, "$defs": builder.definitions}


@attrs.define
class SchemaBuilder:
    """The definitions of a schema, one for each class of models and kinds."""

    definitions: dict[str, Json] = attrs.field(factory=dict)

    def refer_to(self, cls: type) -> Json:
        """Return a reference to the definition of a class, which is made if it is new."""
        name = cls.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # a class may refer to itself
            self.definitions[name] = self._describe_class(cls)
        return {"$ref": f"#/$defs/{name}"}

    def _describe_class(self, cls: type) -> Json:
        """Return the schema of the objects of a class."""
        properties: Json = {}
        if issubclass(cls, BaseKind):
            properties["type"] = {"const": cls.kind}

        for attribute in attrs.fields(cls):
            name = attribute.name
            if name in NOT_IN_JSON or name in _always_replaced(cls):
                continue
            described = self._describe(attribute.type)
            if "forever" in attribute.metadata:
                described = {"anyOf": [described, SCALARS[NoneType]]}
            properties[name.rstrip("_")] = described

        for key, name in getattr(cls, "typed_members", {}).items():
            annotation = get_type_hints(getattr(cls, name).fget)["return"]
            properties[key] = self._describe(annotation)

        description = (getdoc(cls) or "").partition("\n\n")[0]
        return {
            "title": cls.__name__,
            "description": description,
            "type": "object",
            "properties": properties,
        }

    def _describe(self, annotation: Any) -> Json:
        """Return the schema of the values of a type. None is left out, and so never a value."""
        if annotation in KIND_TABLES:
            return self._describe_kinds(annotation)
        if annotation in SCALARS:
            return SCALARS[annotation]
        if attrs.has(annotation):
            return self.refer_to(annotation)

        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in (Union, UnionType):
            return self._describe_any(arguments)
        if origin is Literal:
            # A later iproute2 may print another word.
            return {"type": "string", "examples": list(arguments)}
        if origin in (list, tuple):
            return {"type": "array", "items": self._describe_any(arguments)}
        return {"type": "object"} if origin is dict else {}

    def _describe_any(self, annotations: tuple[Any, ...]) -> Json:
        """Return the schema of the values of any of some types."""
        described = [
            self._describe(annotation)
            for annotation in dict.fromkeys(annotations)
            if annotation not in (NoneType, Ellipsis)
        ]
        return described[0] if len(described) == 1 else {"anyOf": described}

    def _describe_kinds(self, base: Any) -> Json:
        """Return the schema of all kinds: that of its class, by the type of a kind."""
        conditions = []
        for table in KIND_TABLES[base]:
            for name in table:
                condition = {"properties": {"type": {"const": name}}}
                conditions.append({"if": condition, "then": self.refer_to(table[name])})

        return {
            "type": "object",
            "required": ["type"],
            "properties": {"type": SCALARS[str]},
            "allOf": conditions,
        }


def _always_replaced(cls: type) -> frozenset[str]:
    """Return the attributes that never are in the typed JSON of a class."""
    return frozenset() if getattr(cls, "typed_members", ()) else _replaced(cls)
