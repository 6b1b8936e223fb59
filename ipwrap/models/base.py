"""How `ip -j` objects become attrs objects and JSON again, with nothing lost.

A model's attributes bear the JSON keys' names, so msgspec converts them. What it cannot know is declared with the
field: a key that is no Python name (`renamed`), a key whose presence is its value (`null`), an object within
(`nested`), lists of objects by a name (`by_name`). Keys that no field names go to ``extra``.

Most answers hold none of that. `read` has msgspec make the models from the text at once then; it knows by a `_twin` of
the class, which takes only what needs no preparing. (Models have no slots: msgspec fills a dict in half the time.)
"""

import operator
import re
import types
from collections.abc import Callable, Iterable
from functools import cache, reduce
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
NONE = type(None)
LONG = 400  # an object of fewer bytes is not nested so deep that it could do harm
PATH = re.compile(r"`\$(?:\[(\d+)\])?([^`]*)`")
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
EMPTY = re.compile(r"\{\s*\}")  # stands for what a filter leaves out


def added(since: str, *, omitted: Any = None) -> Any:
    """Declare a key that JSON shows since a release of iproute2, and what a missing one stands for, where it is known.

    Other keys are shown by all releases from 5.4 on, where there is something to show.
    """
    return attrs.field(default=None, metadata={"since": since, "omitted": omitted})


def json_key(key: str, *, null: Any = None, since: str | None = None) -> Any:
    """Declare a field whose JSON key is no Python name, such as `netns-immutable`; ``null`` is as in `null`."""
    about = {"key": key, "since": since}
    return attrs.field(default=None, metadata=about if null is None else about | {"null": null})


def null_means(meaning: Any = True, *, since: str | None = None) -> Any:
    """Declare a key that JSON may show with the value null, and what that means: True for a flag."""
    return attrs.field(default=None, metadata={"null": meaning, "since": since})


def nested(
    cls: type, default: Any = None, *, key: str | None = None, since: str | None = None
) -> Any:
    """Declare a field that holds another model, or a list of them; ``key`` is as in `renamed`."""
    about = {"nested": cls, "since": since}
    return attrs.field(default=default, metadata=about if key is None else about | {"key": key})


def keyed_by_name(cls: type) -> Any:
    """Declare a field that holds lists of another model, each under the name of what it is about."""
    return attrs.field(factory=dict, hash=False, metadata={"nested": cls, "by name": True})


@attrs.frozen
class ModelSchema:
    """What there is to know of a model class to convert its JSON."""

    fields: frozenset[str]
    keys: dict[str, str]  # JSON key -> attribute, where they differ
    nulls: dict[str, Any]  # JSON key -> what null means there
    nested: dict[str, type]
    by_name: frozenset[str]  # those of them that stand under names


@cache
def schema_of(cls: type[Any]) -> ModelSchema:
    """Return the shape of a model class."""
    fields = attrs.fields_dict(cls)
    keys = {f.metadata["key"]: f.name for f in fields.values() if f.metadata.get("key")}
    nulls = {
        f.metadata.get("key", f.name): f.metadata["null"]
        for f in fields.values()
        if "null" in f.metadata
    }
    inner = {
        f.metadata.get("key", f.name): f.metadata["nested"]
        for f in fields.values()
        if "nested" in f.metadata
    }
    named = frozenset(f.name for f in fields.values() if "by name" in f.metadata)
    plain = frozenset(fields) - {"extra"} - set(keys.values())
    return ModelSchema(plain, keys, nulls, inner, named)


def read(cls: type[M], text: str) -> list[M]:
    """Return the objects that the JSON text of a `show` holds as models; no text at all is no object.

    A class may have a ``from_text``, which reads what releases without JSON print (and returns None for what is not
    that), an ``in_json``, which brings an object into the shape that later releases print, and ``repeated``: keys of
    which an object may hold several.
    Raises `OutputError` with line and column, or the JSON path, of what is wrong.
    """
    from_text: Callable[[str], list[M] | None] | None = getattr(cls, "from_text", None)
    if from_text and (found := from_text(text)) is not None:
        return found
    repeated: tuple[str, ...] = getattr(cls, "repeated", ())
    if not EMPTY.search(text) and not reader.repeats(text, repeated):
        try:
            return _objects_of(cls, text)
        except (
            msgspec.DecodeError,
            ValueError,
            RecursionError,
            OutputError,
        ):  # `load` says what is wrong, and where
            pass
    return load(cls, reader.decode(text, repeated=repeated) if text.strip() else [])


def _objects_of(cls: type, text: str) -> list[Any]:
    """Return the models in a text, each made at once if it needs no preparing.

    One after the other: what tells whether it does is gone, and its memory free, before the next one.
    """
    readers = _readers(cls)
    models = []
    for raw in readers.texts.decode(text):
        if memoryview(raw).nbytes > LONG and not reader.is_shallow(bytes(raw)):
            raise OutputError("nested too deep")
        try:
            readers.struct.decode(raw)
            models.append(readers.model.decode(raw))
        except msgspec.ValidationError:
            models += load(cls, [msgspec.json.decode(raw)])
    return models


@attrs.frozen
class Readers:
    """What takes a list apart, what tells whether an object needs no preparing, and what makes a model of it."""

    texts: msgspec.json.Decoder[list[msgspec.Raw]]
    struct: msgspec.json.Decoder[Any]
    model: msgspec.json.Decoder[Any]


@cache
def _readers(cls: type) -> Readers:
    """Return the readers of a model class."""
    decoder = msgspec.json.Decoder
    return Readers(decoder(list[msgspec.Raw]), decoder(_strict_struct(cls)), decoder(cls))


@cache
def _strict_struct(cls: type) -> type[msgspec.Struct]:
    """Return a struct that takes exactly those JSON objects that need no preparing to become a model of the class."""
    about, hints = schema_of(cls), get_type_hints(cls)
    fields = [
        (name, _struct_type(hints[name], name in about.nulls, about.nested.get(name)), None)
        for name in about.fields
    ]
    return msgspec.defstruct(f"{cls.__name__}Twin", fields, forbid_unknown_fields=True, gc=False)


def _struct_type(hint: Any, nulled: bool, inner: type | None) -> Any:
    """Return a field's type as its twin has it: without null where that means something, twins for models within.

    What lists and objects of no model hold is left to the model itself.
    """
    if inner is not None and hint is inner:
        return _strict_struct(inner)
    arguments = tuple(
        _struct_type(each, nulled, inner)
        for each in get_args(hint)
        if not (nulled and each is NONE)
    )
    if isinstance(hint, types.UnionType):
        return msgspec.Raw if msgspec.Raw in arguments else reduce(operator.or_, arguments)
    if inner is not None and arguments:
        return get_origin(hint)[arguments]
    return msgspec.Raw if arguments or hint is Any else hint


def load(cls: type[M], data: Any, at: str = "$") -> list[M]:
    """Return the objects of a `show` as models.

    An empty object, which iproute2 prints for a link that a filter leaves out, is dropped. Raises `OutputError` with
    the JSON path where a value is not of the type it should be; ``at`` is the path of ``data`` itself.
    """
    if not isinstance(data, list):
        said = f"expected a list of {cls.__name__}, got {type(data).__name__}: at `{at}`"
        raise OutputError(f"{said}; there it reads {_shorten(data)}")
    try:
        prepared = [prepare(cls, each) for each in data if each != {}]
        return msgspec.convert(prepared, list[cls])  # type: ignore[valid-type]
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        raise OutputError(
            f"not what `{cls.__name__}` should look like: {_describe_mismatch(cls, data, at)}"
        ) from error


def _describe_mismatch(cls: type, data: list[Any], at: str) -> str:
    """Return what is wrong in a list that `load` does not take, with its path, and what is there."""
    for place, each in enumerate(data):
        try:
            prepared = prepare(cls, each)
            msgspec.convert([prepared] if each != {} else [], list[cls])  # type: ignore[valid-type]
        except msgspec.ValidationError as error:
            path = PATH.search(str(error))
            rest = path[2] if path else ""
            said = PATH.sub(lambda _: f"`{at}[{place}]{rest}`", str(error))  # noqa: B023 - it is called at once
            return f"{said}; there it reads {_shorten(_value_at(prepared, rest))}"
        except (ValueError, RecursionError) as error:
            return f"{error} - at `{at}[{place}]`; there it reads {_shorten(each)}"
    return f"it is read only in pieces - at `{at}`"


def _value_at(data: Any, path: str) -> Any:
    """Return what is at a path, or the last thing on the way to it."""
    for name, number in STEP.findall(path):
        try:
            data = data[name] if name else data[int(number)]
        except (KeyError, IndexError, TypeError):
            return data
    return data


def _shorten(value: Any) -> str:
    """Return a value as an error shows it: as JSON, and no more than its beginning."""
    try:
        text = reader.encode(value)
    except (TypeError, ValueError, RecursionError):
        text = repr(type(value))
    return repr(text[:60]) if len(text) <= 60 else f"{text[:60]!r}…"


def prepare(cls: type, data: Any) -> Any:
    """Return a JSON object with its keys as attributes and what is unknown in ``extra``; as it is, if it is ready."""
    if not isinstance(data, dict):
        return data
    if hasattr(cls, "in_json"):
        data = cls.in_json(data)
    about = schema_of(cls)
    ready = {key: meaning for key, meaning in about.nulls.items() if data.get(key, key) is None}
    for key, inner in about.nested.items():
        value = data.get(key)
        if value and (prepared := _prepare_nested(inner, value, key in about.by_name)) is not value:
            ready[key] = prepared
    if about.fields.issuperset(data):
        return data | ready if ready else data
    out = {about.keys.get(key, key): value for key, value in (data | ready).items()}
    extra = {key: out.pop(key) for key in data.keys() - about.fields - about.keys.keys()}
    return {**out, "extra": extra} if extra else out


def _prepare_nested(cls: type, value: Any, by_name: bool = False) -> Any:
    """Return an inner object, a list of them, or such lists by their names, prepared."""
    if by_name and isinstance(value, dict):
        return {name: _prepare_nested(cls, each) for name, each in value.items()}
    if not isinstance(value, list):
        return prepare(cls, value)
    prepared = [
        prepare(cls, each) for each in value if each != {}
    ]  # {} stands for what a filter leaves out
    return (
        value
        if len(prepared) == len(value) and all(map(operator.is_, prepared, value))
        else prepared
    )


def dump(model: Any) -> Json:
    """Return a model as the JSON object it came from: what is None is left out, ``extra`` is back in its place."""
    about = schema_of(model.__class__)
    back = {name: key for key, name in about.keys.items()}
    out: Json = {}
    for each in attrs.fields(model.__class__):
        value = getattr(model, each.name)
        if value is None or value == "" == each.default or each.name == "extra":
            continue
        key = back.get(each.name, each.name)
        if key in about.by_name:
            out[key] = {name: _to_json(each) for name, each in value.items()}
        else:
            out[key] = None if key in about.nulls and value == about.nulls[key] else _to_json(value)
    return {**out, **model.extra}


def _to_json(value: Any) -> Any:
    """Return a value as JSON would hold it."""
    if attrs.has(type(value)):
        return dump(value)
    if isinstance(value, tuple):
        return [_to_json(each) for each in value]
    return value


def dump_all(models: Iterable[Any], one: Callable[[Any], Json] = dump) -> list[Json]:
    """Return several models as JSON objects."""
    return [one(model) for model in models]
