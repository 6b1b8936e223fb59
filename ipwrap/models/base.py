"""Convert `ip -j` objects to attrs models and back to JSON, without loss.

Attributes of a model have the names of the JSON keys, so msgspec converts most objects alone. A
field declares the exceptions: a key that is not a Python name (`json_key`), a key with a meaning of
null (`null_means`), an inner object (`nested`), lists of objects under names (`keyed_by_name`).
Keys without a field go to ``extra``.

Most objects need none of these steps. For them `read` lets msgspec build the models directly from
the text. A strict struct per class (`_strict_struct`) accepts exactly the objects that need no
preparation. (Models have no slots: msgspec fills a dict in half the time.)
"""

import operator
import re
from collections.abc import Callable, Iterable
from functools import cache, reduce
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import attrs
import msgspec

from ipwrap.errors import OutputError
from ipwrap.jsonio import reader

__all__ = [
    "Json",
    "added",
    "dump",
    "json_key",
    "keyed_by_name",
    "load",
    "nested",
    "null_means",
    "read",
]

Json = dict[str, Any]
M = TypeVar("M")

# A shorter text has less than 200 levels of nesting, too few to exhaust the stack of a JSON
# decoder.
SHALLOW_BYTES = 400

SHOWN_CHARACTERS = 60  # of a wrong value, in an error message

# msgspec ends its messages with the path of the wrong value: "… - at `$[3].flags[0]`".
ERROR_PATH = re.compile(r"`\$(?:\[(\d+)\])?([^`]*)`")
PATH_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

# iproute2 opens an object before it applies its filters, and prints `{}` for a link that a filter
# excludes.
EMPTY_OBJECT = re.compile(r"\{\s*\}")


def added(since: str, *, omitted: Any = None) -> Any:
    """Declare a key that iproute2 prints since a release.

    ``omitted`` is the value that older releases leave unprinted, where known. Keys without this
    declaration are printed by every release from 5.4 on, if the kernel reports a value.
    """
    return attrs.field(default=None, metadata={"since": since, "omitted": omitted})


def json_key(key: str, *, null: Any = None, since: str | None = None) -> Any:
    """Declare a field whose JSON key is not a Python name, such as `netns-immutable`.

    ``null`` is the meaning of null, as in `null_means`.
    """
    metadata = {"key": key, "since": since}
    if null is not None:
        metadata["null"] = null

    return attrs.field(default=None, metadata=metadata)


def null_means(meaning: Any = True, *, since: str | None = None) -> Any:
    """Declare a key that iproute2 may print as null, and the meaning of null: True for a flag."""
    # iproute2 prints flags with print_null() (include/json_print.h): the key itself is the value.
    return attrs.field(default=None, metadata={"null": meaning, "since": since})


def nested(
    cls: type, default: Any = None, *, key: str | None = None, since: str | None = None
) -> Any:
    """Declare a field with another model, or with a list of models; ``key`` is as in `json_key`."""
    metadata = {"nested": cls, "since": since}
    if key is not None:
        metadata["key"] = key

    return attrs.field(default=default, metadata=metadata)


def keyed_by_name(cls: type) -> Any:
    """Declare a field with lists of another model, keyed by the name of their owner (a bridge)."""
    return attrs.field(factory=dict, hash=False, metadata={"nested": cls, "by name": True})


@attrs.frozen
class ModelSchema:
    """The conversion rules of a model class."""

    fields: frozenset[str]  # attributes with the name of their JSON key
    keys: dict[str, str]  # JSON key -> attribute, where the names differ
    nulls: dict[str, Any]  # JSON key -> meaning of null
    nested: dict[str, type]  # JSON key -> class of the inner objects
    keyed_by_name: frozenset[str]  # keys of ``nested`` that hold lists by names


@cache
def schema_of(cls: type[Any]) -> ModelSchema:
    """Return the conversion rules of a model class."""
    fields = set()
    keys = {}
    nulls = {}
    inner = {}
    by_name = set()

    for attribute in attrs.fields(cls):
        metadata = attribute.metadata
        key = metadata.get("key") or attribute.name

        if key != attribute.name:
            keys[key] = attribute.name
        elif key != "extra":
            fields.add(key)

        if "null" in metadata:
            nulls[key] = metadata["null"]
        if "nested" in metadata:
            inner[key] = metadata["nested"]
        if "by name" in metadata:
            by_name.add(key)

    return ModelSchema(frozenset(fields), keys, nulls, inner, frozenset(by_name))


def read(cls: type[M], text: str) -> list[M]:
    """Return the models of the JSON text of a `show`; an empty text has no objects.

    A class may have a ``from_text`` method for the plain text of releases without JSON (None: not
    such a text), an ``in_json`` method, which converts an object to the layout of later releases,
    and ``repeated``: keys with several values in one object.

    Raises `OutputError` with line and column, or with the JSON path, of the wrong value.
    """
    from_text: Callable[[str], list[M] | None] | None = getattr(cls, "from_text", None)
    if from_text is not None:
        models = from_text(text)
        if models is not None:
            return models

    repeated: tuple[str, ...] = getattr(cls, "repeated", ())
    if not EMPTY_OBJECT.search(text) and not reader.may_repeat(text, repeated):
        try:
            return _decode_models(cls, text)
        except (msgspec.DecodeError, ValueError, RecursionError, OutputError):
            pass  # the slow path below accepts more, and reports errors with their position

    if not text.strip():
        return []
    return load(cls, reader.decode(text, repeated=repeated))


def _decode_models(cls: type, text: str) -> list[Any]:
    """Decode the models of a JSON list, object by object.

    One object at a time: the memory of its raw text and of its strict struct is free again before
    the next object.
    """
    decoders = _decoders_of(cls)
    models = []

    for raw in decoders.splitter.decode(text):
        if memoryview(raw).nbytes > SHALLOW_BYTES and not reader.is_shallow(bytes(raw)):
            raise OutputError("nested too deep")

        try:
            decoders.strict.decode(raw)
            models.append(decoders.model.decode(raw))
        except msgspec.ValidationError:
            models += load(cls, [msgspec.json.decode(raw)])

    return models


@attrs.frozen
class ModelDecoders:
    """The decoders for the fast path of one model class."""

    splitter: msgspec.json.Decoder[list[msgspec.Raw]]  # a list into the raw texts of its objects
    strict: msgspec.json.Decoder[Any]  # refuses objects that need preparation
    model: msgspec.json.Decoder[Any]


@cache
def _decoders_of(cls: type) -> ModelDecoders:
    """Return the decoders of a model class."""
    decoder = msgspec.json.Decoder
    return ModelDecoders(
        decoder(list[msgspec.Raw]),
        decoder(_strict_struct(cls)),
        decoder(cls),
    )


@cache
def _strict_struct(cls: type) -> type[msgspec.Struct]:
    """Return a struct for exactly the JSON objects that the class takes without preparation."""
    schema = schema_of(cls)
    hints = get_type_hints(cls)
    fields = []

    for name in schema.fields:
        strict_type = _strict_type(
            hints[name],
            model=schema.nested.get(name),
            null_has_meaning=name in schema.nulls,
        )
        fields.append((name, strict_type, None))

    return msgspec.defstruct(f"{cls.__name__}Twin", fields, forbid_unknown_fields=True, gc=False)


def _strict_type(hint: Any, *, model: type | None, null_has_meaning: bool) -> Any:
    """Return the type of a field in the strict struct.

    The type excludes null where null has a meaning, and refers to the strict structs of inner
    models. Contents of lists and objects without a model are left to the decoder of the model.
    """
    if model is not None and hint is model:
        return _strict_struct(model)

    arguments = []
    for argument in get_args(hint):
        if null_has_meaning and argument is NoneType:
            continue
        arguments.append(
            _strict_type(argument, model=model, null_has_meaning=null_has_meaning),
        )

    if isinstance(hint, UnionType):
        if msgspec.Raw in arguments:
            return msgspec.Raw  # msgspec allows no union with Raw
        return reduce(operator.or_, arguments)

    if model is not None and arguments:
        return get_origin(hint)[tuple(arguments)]

    return msgspec.Raw if arguments or hint is Any else hint


def load(cls: type[M], data: Any, *, path: str = "$") -> list[M]:
    """Return the objects of a `show` as models; ``path`` is the JSON path of ``data`` for messages.

    Empty objects, which iproute2 prints for links that a filter excludes, are dropped.

    Raises `OutputError` with the JSON path of a value of the wrong type.
    """
    if not isinstance(data, list):
        actual_type = type(data).__name__
        problem = f"expected a list of {cls.__name__}, got {actual_type}: at `{path}`"
        raise OutputError(f"{problem}; there it reads {_shorten(data)}")

    try:
        return _convert(cls, data)
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        problem = _describe_mismatch(cls, data, path=path)
        raise OutputError(f"not what `{cls.__name__}` should look like: {problem}") from error


def _convert(cls: type[M], items: list[Any]) -> list[M]:
    """Convert the non-empty objects of a list to models."""
    prepared = [_prepare(cls, item) for item in items if item != {}]
    return msgspec.convert(prepared, list[cls])  # type: ignore[valid-type]


def _describe_mismatch(cls: type, data: list[Any], *, path: str) -> str:
    """Describe the first wrong value in a list, with its path and its text."""
    for index, item in enumerate(data):
        place = f"{path}[{index}]"
        try:
            _convert(cls, [item])
        except msgspec.ValidationError as error:
            message = str(error)
            match = ERROR_PATH.search(message)
            path_within = match[2] if match else ""
            value = _value_at(_prepare(cls, item), path_within)
            return f"{_with_place(message, place)}; there it reads {_shorten(value)}"
        except (ValueError, RecursionError) as error:
            return f"{error} - at `{place}`; there it reads {_shorten(item)}"

    return f"readable only object by object - at `{path}`"


def _with_place(message: str, place: str) -> str:
    """Replace the index in the path of a msgspec message, which belongs to a list of one object."""

    def replace_index(match: re.Match[str]) -> str:
        return f"`{place}{match[2]}`"

    return ERROR_PATH.sub(replace_index, message)


def _value_at(data: Any, path: str) -> Any:
    """Return the value at a path, or the last existing value on the way to the path."""
    for name, number in PATH_STEP.findall(path):
        try:
            data = data[name] if name else data[int(number)]
        except (KeyError, IndexError, TypeError):
            return data
    return data


def _shorten(value: Any) -> str:
    """Return the beginning of a value as JSON, quoted for an error message."""
    try:
        text = reader.encode(value)
    except (TypeError, ValueError, RecursionError):
        text = repr(type(value))

    if len(text) <= SHOWN_CHARACTERS:
        return repr(text)
    return f"{text[:SHOWN_CHARACTERS]!r}…"


def _prepare(cls: type, data: Any) -> Any:
    """Return a JSON object in the layout of its model; a ready object unchanged."""
    if not isinstance(data, dict):
        return data
    if hasattr(cls, "in_json"):
        data = cls.in_json(data)

    schema = schema_of(cls)
    replaced = _replaced_values(schema, data)

    if not schema.fields.issuperset(data):
        return _rename_keys(schema, data | replaced)
    return data | replaced if replaced else data


def _replaced_values(schema: ModelSchema, data: Json) -> Json:
    """Return the changed values of an object: meanings of null, and prepared inner objects."""
    # An absent key defaults to its own name, never to None.
    replaced = {key: meaning for key, meaning in schema.nulls.items() if data.get(key, key) is None}

    for key, model in schema.nested.items():
        value = data.get(key)
        if not value:
            continue

        prepared = _prepare_nested(model, value, by_name=key in schema.keyed_by_name)
        if prepared is not value:
            replaced[key] = prepared

    return replaced


def _rename_keys(schema: ModelSchema, data: Json) -> Json:
    """Return an object with attributes as keys and unknown keys in ``extra``."""
    attributes: Json = {}
    extra: Json = {}

    for key, value in data.items():
        if key in schema.keys:
            attributes[schema.keys[key]] = value
        elif key in schema.fields:
            attributes[key] = value
        else:
            extra[key] = value

    if extra:
        attributes["extra"] = extra
    return attributes


def _prepare_nested(cls: type, value: Any, *, by_name: bool = False) -> Any:
    """Prepare an inner object, a list, or lists keyed by names; return a ready value unchanged."""
    if by_name and isinstance(value, dict):
        return {name: _prepare_nested(cls, items) for name, items in value.items()}
    if not isinstance(value, list):
        return _prepare(cls, value)

    prepared = []
    is_ready = True

    for item in value:
        if item == {}:
            is_ready = False
            continue

        prepared_item = _prepare(cls, item)
        if prepared_item is not item:
            is_ready = False
        prepared.append(prepared_item)

    return value if is_ready else prepared


def dump(model: Any) -> Json:
    """Return the JSON object of a model, without None, with the keys of ``extra`` on its level."""
    schema = schema_of(model.__class__)
    key_of = {name: key for key, name in schema.keys.items()}
    data: Json = {}

    for attribute in attrs.fields(model.__class__):
        name = attribute.name
        value = getattr(model, name)
        if value is None or name == "extra":
            continue
        if value == "" and attribute.default == "":
            # No object has an empty name: the key was absent.
            continue

        key = key_of.get(name, name)
        if key in schema.keyed_by_name:
            data[key] = _dump_lists(value)
        elif key in schema.nulls and value == schema.nulls[key]:
            data[key] = None
        else:
            data[key] = _dump_value(value)

    data.update(model.extra)
    return data


def _dump_lists(lists: dict[str, tuple[Any, ...]]) -> Json:
    """Return lists of models, keyed by names, as JSON values."""
    return {name: _dump_value(models) for name, models in lists.items()}


def _dump_value(value: Any) -> Any:
    """Return the JSON value of an attribute."""
    if attrs.has(type(value)):
        return dump(value)
    if isinstance(value, tuple):
        return [_dump_value(item) for item in value]
    return value


def dump_all(
    models: Iterable[Any],
    dump_model: Callable[[Any], Json] = dump,
) -> list[Json]:
    """Return models as JSON objects; ``dump_model`` converts a single model."""
    return [dump_model(model) for model in models]
