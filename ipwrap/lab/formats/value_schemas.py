"""Schemas of the values in a file of a lab, each of which reads an item and writes its value.

A format is declared by them once; reading, writing and the JSON Schema follow from that.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.lab.formats.document import Item
from ipwrap.system.suggestions import did_you_mean

__all__ = [
    "Choice",
    "Converted",
    "Field",
    "Flag",
    "Integer",
    "ListOf",
    "OneOf",
    "Record",
    "TableOf",
    "Text",
    "TextTable",
    "ValueSchema",
]

JsonSchema = dict[str, Any]


class ValueSchema(Protocol):
    """What a value of a file may be, and what it is in Python."""

    @property
    def types(self) -> tuple[type, ...]:
        """The types of the values that it reads."""

    def read(self, item: Item) -> Any:
        """Return the value of an item. Raises `LabFileError`."""

    def write(self, value: Any) -> Any:
        """Return a value as the file has it."""

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""


def _check_type(item: Item, types: tuple[type, ...], *, wanted: str) -> None:
    """Raise `LabFileError` for a value of another type; a boolean is no number."""
    if not isinstance(item.value, types) or (isinstance(item.value, bool) and bool not in types):
        hint = ""
        if str in types and not isinstance(item.value, (dict, list, type(None))):
            hint = "; put it in quotes"
        raise item.error(f"is {item.kind}, and should be {wanted}{hint}")


@frozen
class Text:
    """Text. ``check`` returns the value, and raises `InvalidArgument` for a wrong one."""

    wanted: str = "text"
    check: Callable[[str], Any] | None = None
    examples: tuple[str, ...] = ()
    pattern: str | None = None
    types = (str,)

    def read(self, item: Item) -> Any:
        """Return the text."""
        _check_type(item, self.types, wanted=self.wanted)
        if self.check is None:
            return item.value

        try:
            return self.check(item.value)
        except InvalidArgument as error:
            raise item.error(str(error)) from error

    def write(self, value: Any) -> Any:
        """Return the text."""
        return value

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        optional = {"pattern": self.pattern, "examples": list(self.examples)}
        return {"type": "string"} | {key: value for key, value in optional.items() if value}


@frozen
class Flag:
    """True or false."""

    types = (bool,)

    def read(self, item: Item) -> bool:
        """Return the boolean."""
        _check_type(item, self.types, wanted="true or false")
        value: bool = item.value
        return value

    def write(self, value: Any) -> Any:
        """Return the boolean."""
        return value

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"type": "boolean"}


@frozen
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    types = (str,)

    def read(self, item: Item) -> str:
        """Return the word."""
        known = ", ".join(self.words)
        _check_type(item, self.types, wanted=f"one of {known}")
        word: str = item.value
        if word not in self.words:
            raise item.error(f"there is no {word!r}; there are {known}")
        return word

    def write(self, value: Any) -> Any:
        """Return the word."""
        return value

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"enum": list(self.words)}


@frozen(kw_only=True)
class Integer:
    """A whole number."""

    minimum: int
    maximum: int
    types = (int,)

    def read(self, item: Item) -> int:
        """Return the number."""
        wanted = f"a whole number from {self.minimum} to {self.maximum}"
        _check_type(item, self.types, wanted=wanted)
        number: int = item.value
        if not self.minimum <= number <= self.maximum:
            raise item.error(f"{number} is not {wanted}")
        return number

    def write(self, value: Any) -> Any:
        """Return the number."""
        return value

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@frozen
class ListOf:
    """A list of items of one schema; ``length`` is the only length that it may have."""

    schema: ValueSchema
    length: int | None = None
    types = (list,)

    def read(self, item: Item) -> tuple[Any, ...]:
        """Return the values."""
        _check_type(item, self.types, wanted="a list")
        if self.length is not None and len(item.value) != self.length:
            raise item.error(f"has {len(item.value)} members, and should have {self.length}")
        return tuple(self.schema.read(member) for member in item.members())

    def write(self, value: Any) -> list[Any]:
        """Return the list."""
        return [self.schema.write(member) for member in value]

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        schema: JsonSchema = {"type": "array", "items": self.schema.json_schema()}
        if self.length is not None:
            schema |= {"minItems": self.length, "maxItems": self.length}
        return schema


@frozen
class TextTable:
    """A table of texts by name: ``{"net.ipv4.ip_forward" = 1}``.

    A number is text, a boolean is 1 or 0. Nested tables are joined by dots:
    ``[net.ipv4] ip_forward = 1`` is ``net.ipv4.ip_forward``. ``check`` takes a name and its text,
    and returns the text, or raises `InvalidArgument`.
    """

    check: Callable[[str, str], str]
    types = (dict,)

    def read(self, item: Item) -> dict[str, str]:
        """Return the texts by name."""
        texts: dict[str, str] = {}
        self._collect(item, "", texts=texts)
        return texts

    def _collect(self, item: Item, prefix: str, *, texts: dict[str, str]) -> None:
        """Add the texts of a table, whose names begin with a prefix."""
        _check_type(item, self.types, wanted="a table")
        for member in item.members():
            name = f"{prefix}{member.path[-1]}"
            if isinstance(member.value, dict):
                self._collect(member, f"{name}.", texts=texts)
            elif name in texts:
                raise member.error("is given twice")
            else:
                texts[name] = self._read_text(member, name)

    def _read_text(self, item: Item, name: str) -> str:
        """Return the text of one name."""
        _check_type(item, (str, int, float, bool), wanted="text or a number")
        value = int(item.value) if isinstance(item.value, bool) else item.value
        try:
            return self.check(name, str(value))
        except InvalidArgument as error:
            raise item.error(str(error)) from error

    def write(self, value: Any) -> Any:
        """Return the texts."""
        return dict(value)

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        text = {"type": ["string", "number", "boolean", "object"]}
        return {"type": "object", "additionalProperties": text}


@frozen
class TableOf:
    """A table of values of one schema by name. ``check`` raises `InvalidArgument` for a name.

    A name without a value, as YAML has ``h1:``, has an empty table.
    """

    schema: ValueSchema
    check: Callable[[str], Any]
    types = (dict,)

    def read(self, item: Item) -> dict[str, Any]:
        """Return the values by name."""
        _check_type(item, self.types, wanted="a table of names")
        values = {}
        for member in item.members():
            name = member.path[-1]
            if not isinstance(name, str):
                raise member.error(f"the name {name!r} is no text; put it in quotes")
            try:
                self.check(name)
            except InvalidArgument as error:
                raise member.error(str(error)) from error
            filled = Item(item.document, member.path, {}) if member.value is None else member
            values[name] = self.schema.read(filled)
        return values

    def write(self, value: Any) -> dict[str, Any]:
        """Return the table."""
        return {name: self.schema.write(member) for name, member in value.items()}

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"type": "object", "additionalProperties": self.schema.json_schema()}


@frozen
class Converted:
    """A schema whose value is another one in Python.

    ``decode`` raises `InvalidArgument` for a wrong value; ``encode`` is its inverse.
    """

    schema: ValueSchema
    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]

    @property
    def types(self) -> tuple[type, ...]:
        """The types of the values that it reads."""
        return self.schema.types

    def read(self, item: Item) -> Any:
        """Return the decoded value."""
        value = self.schema.read(item)
        try:
            return self.decode(value)
        except InvalidArgument as error:
            raise item.error(str(error)) from error

    def write(self, value: Any) -> Any:
        """Return the encoded value, as the file has it."""
        return self.schema.write(self.encode(value))

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return self.schema.json_schema()


@frozen
class OneOf:
    """One of several schemas. The type of a value in a file tells which one.

    ``index_for`` returns the index of the schema that writes a value.
    """

    schemas: tuple[ValueSchema, ...]
    index_for: Callable[[Any], int]
    wanted: str

    @property
    def types(self) -> tuple[type, ...]:
        """The types of the values that the schemas read."""
        return tuple(type_ for schema in self.schemas for type_ in schema.types)

    def read(self, item: Item) -> Any:
        """Return the value, as the schema of its type reads it."""
        for schema in self.schemas:
            if isinstance(item.value, schema.types) and not isinstance(item.value, bool):
                return schema.read(item)
        raise item.error(f"is {item.kind}, and should be {self.wanted}")

    def write(self, value: Any) -> Any:
        """Return the value, as its schema writes it."""
        return self.schemas[self.index_for(value)].write(value)

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        return {"anyOf": [schema.json_schema() for schema in self.schemas]}


@frozen
class Field:
    """A key of a record, the schema of its value, and what it is for.

    ``default`` is its value where the file has no such key; a value that equals it is not written.
    """

    name: str
    schema: ValueSchema
    meaning: str
    default: Any = None
    is_required: bool = field(default=False, kw_only=True)


@frozen
class Record:
    """A table whose keys are known. Its value is a dict, with the default of each missing key.

    ``ignored`` are keys without an effect, such as the one that tells an editor of the schema.
    """

    fields: tuple[Field, ...]
    ignored: Sequence[str] = ()
    types = (dict,)

    def read(self, item: Item) -> dict[str, Any]:
        """Return the values by key. Raises `LabFileError` for an unknown key, and a missing one."""
        names = [field.name for field in self.fields]
        _check_type(item, self.types, wanted=f"a table of {', '.join(names)}")
        for member in item.members():
            key = str(member.path[-1])
            if key not in names and key not in self.ignored:
                known = did_you_mean(key, names) or f"; there are {', '.join(names)}"
                raise member.error(f"there is no such key{known}")

        return {field.name: self._read_field(item, field) for field in self.fields}

    def _read_field(self, item: Item, field: Field) -> Any:
        """Return the value of a key."""
        member = item.get(field.name)
        if member is not None:
            return field.schema.read(member)
        if field.is_required:
            raise item.error(f"the key {field.name} is missing: {field.meaning}")
        return field.default

    def write(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keys whose value is not the default."""
        return {
            field.name: field.schema.write(value[field.name])
            for field in self.fields
            if field.is_required or value[field.name] != field.default
        }

    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema."""
        properties = {
            field.name: {"description": field.meaning} | field.schema.json_schema()
            for field in self.fields
        }
        schema: JsonSchema = {
            "type": "object",
            "properties": properties | dict.fromkeys(self.ignored, True),
            "additionalProperties": False,
        }
        required = [field.name for field in self.fields if field.is_required]
        return schema | ({"required": required} if required else {})
