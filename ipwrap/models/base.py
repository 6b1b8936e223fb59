"""Convert `ip -j` objects to attrs models and back to JSON, without loss.

Attributes of a model have the names of the JSON keys, so msgspec converts most objects alone. A
field declares the exceptions: a key that is not a Python name (`json_key`), a key with a meaning of
null (`null_means`), an inner object (`nested`), lists of objects under names (`keyed_by_name`).
Keys without a field go to ``extra``.

Most objects need none of these steps. For them `read` lets msgspec build the models directly from
the text, and prepares only the objects that msgspec refuses (`ipwrap.models.declaration` makes the
models strict: unknown keys are refused).
"""

import gc
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

import attrs
import msgspec
from msgspec import Struct

from ipwrap.errors import OutputError
from ipwrap.jsonio import reader
from ipwrap.models.declaration import UnknownKeys
from ipwrap.options.converters import FOREVER
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "Json",
    "Pairs",
    "PairsForm",
    "added",
    "dump",
    "json_key",
    "keyed_by_name",
    "lifetime",
    "load",
    "nested",
    "null_means",
    "read",
]

Json = dict[str, Any]
Pairs = list[tuple[str, Any]]  # the members of an object in their order, also repeated ones
M = TypeVar("M")

# As many objects as are decoded at once: few enough that their text (of links, 120 KB) stays in the
# cache of the processor, and many enough that the steps of a chunk cost nothing beside them.
CHUNK_OBJECTS = 200

# As few objects as are prepared together, if one of them has to be. To single it out would take
# longer, and much longer where each object has to be.
PREPARED_OBJECTS = 16

SHOWN_CHARACTERS = 60  # of a wrong value, in an error message

# msgspec ends its messages with the path of the wrong value: "… - at `$[3].flags[0]`".
ERROR_PATH = lazy_pattern(r"`\$(?:\[(\d+)\])?([^`]*)`")
# `802.3ad` is the one key with a dot.
PATH_STEP = lazy_pattern(r"\.(802\.3ad|[^.\[\]]+)|\[(\d+)\]")

# iproute2 opens an object before it applies its filters, and prints `{}` for a link that a filter
# excludes.
EMPTY_OBJECT = lazy_pattern(r"\{\s*\}")


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


def lifetime() -> Any:
    """Declare a time in seconds of which all bits set mean that it has no end."""
    return attrs.field(default=None, metadata={"forever": FOREVER})


def keyed_by_name(cls: type) -> Any:
    """Declare a field with lists of another model, keyed by the name of their owner (a bridge)."""
    return attrs.field(factory=dict, hash=False, metadata={"nested": cls, "by name": True})


class PairsForm(Struct, frozen=True):
    """The form of releases that print a key of an object twice, in a fixed order.

    ``mark`` is found in every text with such an object; ``to_json`` makes the object of its
    members.
    """

    mark: re.Pattern[str]
    to_json: Callable[[Pairs], Json]

    def prepare(self, data: Json) -> Json:
        """Return an object of decoded JSON, where the last of equal keys is left."""
        return self.to_json(list(data.items()))


class ModelSchema(Struct, frozen=True):
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
    an ``in_document`` method, which does so with the whole text, ``repeated``: keys with several
    values in one object, and ``pairs_form``: a `PairsForm`.

    Garbage collections of the process wait until the end, as none of the new objects is garbage.

    Raises `OutputError` with line and column, or with the JSON path, of the wrong value.
    """
    was_enabled = gc.isenabled()
    try:
        gc.disable()
        return _read(cls, text)
    finally:
        if was_enabled:
            gc.enable()


def _read(cls: type[M], text: str) -> list[M]:
    """Return the models of a text, as `read` does."""
    from_text: Callable[[str], list[M] | None] | None = getattr(cls, "from_text", None)
    if from_text is not None:
        models = from_text(text)
        if models is not None:
            return models

    repeated: tuple[str, ...] = getattr(cls, "repeated", ())
    pairs_form: PairsForm | None = getattr(cls, "pairs_form", None)
    if pairs_form is not None and pairs_form.mark.search(text):
        return load(cls, reader.decode(text, to_object=pairs_form.to_json))

    if not _may_have_empty_elements(text) and not reader.may_repeat(text, repeated):
        try:
            return _decode_models(cls, text)
        except (msgspec.DecodeError, ValueError, RecursionError, OutputError):
            pass  # the slow path below accepts more, and reports errors with their position

    if not text.strip():
        return []
    return load(cls, reader.decode(text, repeated=repeated))


def _may_have_empty_elements(text: str) -> bool:
    """Return whether a list in the text may have an empty object, as only `load` drops them.

    One after a colon is the value of a key, as in `"options":{}` of every qdisc noqueue.
    """
    for match in EMPTY_OBJECT.finditer(text):
        before = text[max(0, match.start() - 2) : match.start()]
        if not before.rstrip().endswith(":"):
            return True

    return False


def _decode_models(cls: type, text: str) -> list[Any]:
    """Decode the models of a JSON list, `CHUNK_OBJECTS` at a time.

    In chunks, so that an object that needs preparation makes only its own chunk slower.
    """
    decoders = _decoders_of(cls)
    objects = decoders.splitter.decode(text)
    models: list[Any] = []

    for start in range(0, len(objects), CHUNK_OBJECTS):
        models += _decode_chunk(decoders, objects[start : start + CHUNK_OBJECTS])

    return models


def _decode_chunk(decoders: "ModelDecoders", objects: Sequence[msgspec.Raw]) -> list[Any]:
    """Decode objects at once; where that fails, half of them at a time, and prepare the last few.

    Raises `OutputError` for an object that may be nested too deep.
    """
    text = b"[%b]" % b",".join(objects)
    is_shallow = reader.is_shallow(text)

    if is_shallow and not decoders.need_preparation(text):
        try:
            return decoders.models.decode(text)
        except msgspec.ValidationError:
            pass

    # A bracket in a name makes a text of many objects look deep: such an object is singled out.
    if len(objects) > (PREPARED_OBJECTS if is_shallow else 1):
        middle = len(objects) // 2
        return _decode_chunk(decoders, objects[:middle]) + _decode_chunk(decoders, objects[middle:])

    if not is_shallow:
        raise OutputError("nested too deep")
    return load(decoders.cls, msgspec.json.decode(text))


class ModelDecoders(Struct, frozen=True):
    """The decoders for the fast path of one model class.

    ``has_nulls``: null has a meaning in some field of the class, or of an inner model.
    """

    cls: type
    splitter: msgspec.json.Decoder[list[msgspec.Raw]]  # a list into the raw texts of its objects
    models: msgspec.json.Decoder[list[Any]]  # refuses unknown keys
    has_nulls: bool

    def need_preparation(self, text: bytes) -> bool:
        """Return whether a text may hold a null with a meaning, which `models` takes for None."""
        return self.has_nulls and b"null" in text


@cache
def _decoders_of(cls: type) -> ModelDecoders:
    """Return the decoders of a model class."""
    decoder = msgspec.json.Decoder
    return ModelDecoders(
        cls,
        decoder(list[msgspec.Raw]),
        decoder(list[cls]),  # type: ignore[valid-type]
        has_nulls=_has_nulls(cls),
    )


def _has_nulls(cls: type) -> bool:
    """Return whether null has a meaning in some field of a class, or of its inner models."""
    schema = schema_of(cls)
    return bool(schema.nulls) or any(_has_nulls(inner) for inner in schema.nested.values())


def load(cls: type[M], data: Any, *, path: str = "$") -> list[M]:
    """Return the objects of a `show` as models; ``path`` is the JSON path of ``data`` for messages.

    Empty objects, which iproute2 prints for links that a filter excludes, are dropped.

    Raises `OutputError` with the JSON path of a value of the wrong type.
    """
    in_document: Callable[[Any], Any] | None = getattr(cls, "in_document", None)
    if in_document is not None:
        data = in_document(data)
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
        return _split_unknown_keys(schema, data | replaced)
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


def _split_unknown_keys(schema: ModelSchema, data: Json) -> Json:
    """Return an object with its unknown keys in ``extra``."""
    known: Json = {}
    unknown = UnknownKeys()

    for key, value in data.items():
        if key in schema.fields or key in schema.keys:
            known[key] = value
        else:
            unknown[key] = value

    if unknown:
        known["extra"] = unknown
    return known


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


def dump(model: Any, *, typed: bool = False, nulls: bool = True) -> Json:
    """Return the JSON object of a model, without None, with the keys of ``extra`` on its level.

    It is what iproute2 printed. ``typed`` returns what the model has instead: kinds with their
    options, flags, and no null but for a lifetime without an end (`ipwrap.models.typed_json`).
    Without ``nulls``, a null with a meaning is that meaning: true for a flag.
    """
    if typed:
        from ipwrap.models.typed_json import dump_typed

        return dump_typed(model)

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
            data[key] = _dump_lists(value, nulls=nulls)
        elif nulls and key in schema.nulls and value == schema.nulls[key]:
            data[key] = None
        else:
            data[key] = _dump_value(value, nulls=nulls)

    data.update(model.extra)
    return data


def _dump_lists(lists: dict[str, tuple[Any, ...]], *, nulls: bool) -> Json:
    """Return lists of models, keyed by names, as JSON values."""
    return {name: _dump_value(models, nulls=nulls) for name, models in lists.items()}


def _dump_value(value: Any, *, nulls: bool) -> Any:
    """Return the JSON value of an attribute."""
    if attrs.has(type(value)):
        return dump(value, nulls=nulls)
    if isinstance(value, tuple):
        return [_dump_value(item, nulls=nulls) for item in value]
    return value


def dump_all(
    models: Iterable[Any],
    dump_model: Callable[[Any], Json] = dump,
) -> list[Json]:
    """Return models as JSON objects; ``dump_model`` converts a single model."""
    return [dump_model(model) for model in models]
