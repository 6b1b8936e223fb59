"""One table of options serves all directions: words for the command line, values from there, values from JSON.

A kind of link is an attrs class whose fields are made by `option`. The keywords of a verb are a `TypedDict` whose
values are annotated with an `Option`. Either way one declaration gives the name in Python, the word that iproute2
takes, the key under which ``-j`` prints it, and the codec for its value; `build`, `take` and `parse` do the rest.
"""

import difflib
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, Protocol, TypeVar, get_args, get_origin, get_type_hints

import attrs

from ipwrap.errors import InvalidArgument, OutputError, UnknownOption
from ipwrap.options.aliases import AliasTable, alias_table
from ipwrap.options.codecs import Choice, Codec, PositionalChoice, ReadOnly

__all__ = [
    "Option",
    "at_default",
    "known_json_keys",
    "option",
    "option_metadata",
    "options_of",
    "parse",
    "parse_args",
    "parse_options",
    "read_only_field",
    "to_args",
]


MAX_BITS = 256  # bits; what kernels count with has 64, an address 128
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    InvalidArgument,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Parsed(Protocol):
    """A class that `parse` can make: its rows as keywords, and what they do not name."""

    def __init__(self, *, extra: dict[str, Any], **values: Any) -> None: ...


T = TypeVar("T", bound=Parsed)

NUMBER = re.compile(r"0|[1-9][0-9]*")


@attrs.frozen
class Option:
    """One row: how an attribute is spelled (``word``), shown (``key``) and coded. ``since`` is iproute2's release.

    ``numbered`` says that text with digits alone may as well be the number. ``default`` is the value that the kernel
    assumes where the option is omitted, as Python has it (``False``, ``0``); None where that is not known.
    """

    codec: Codec
    keyword: str | None = None
    json_key: str | None = None
    name: str = ""
    since: str | None = None
    accepts_digits: bool = False
    default: Any = None

    def is_default(self, value: Any) -> bool:
        """Return whether a value is the declared default. A key 0 is not False: the types have to agree, too."""
        return (
            self.default is not None and type(value) is type(self.default) and value == self.default
        )

    def named(self, name: str, hint: Any) -> "Option":
        """Return the row for the attribute of that name and type; word and key are the name where they are not said."""
        word = name if self.keyword is None else self.keyword
        key = name if self.json_key is None else self.json_key
        numbered = {int, str} <= set(_types(hint))
        return attrs.evolve(
            self,
            codec=self.codec.with_choices(_literals(hint)),
            name=name,
            keyword=word,
            json_key=key,
            accepts_digits=numbered,
        )


def option(
    codec: Codec,
    *,
    keyword: str | None = None,
    json_key: str | None = None,
    since: str | None = None,
    default: Any = None,
) -> Any:
    """Declare a field that is an option on the command line and a key in JSON.

    ``word`` and ``key`` are the field's name where they are not given; ``key=""`` says that JSON never shows it.
    ``default`` is the value that the kernel assumes where the option is omitted.
    """
    return attrs.field(
        default=None,
        metadata=option_metadata(
            codec, keyword=keyword, json_key=json_key, since=since, default=default
        ),
    )


def option_metadata(
    codec: Codec,
    *,
    keyword: str | None = None,
    json_key: str | None = None,
    since: str | None = None,
    default: Any = None,
) -> dict[str, Option]:
    """Return the metadata of a field that is an option, as `option` declares it, and whose value is converted.

    Type checkers know of a converter only where `attrs.field` itself is called:
    ``field(default=None, converter=text, metadata=row(Ip()))``.
    """
    return {"option": Option(codec, keyword, json_key, since=since, default=default)}


def read_only_field(
    codec: Codec | None = None,
    *,
    json_key: str | None = None,
    since: str | None = None,
    default: Any = None,
) -> Any:
    """Declare a field that JSON shows and that no option sets."""
    return attrs.field(
        default=None,
        metadata={
            "option": Option(codec or ReadOnly(), "", json_key, since=since, default=default)
        },
    )


def options_of(cls: type) -> tuple[Option, ...]:
    """Return the rows of a class: an attrs class with `option` fields, or an annotated `TypedDict`."""
    return _find_options(cls)


@cache
def _find_options(cls: type[Any]) -> tuple[Option, ...]:
    """Return the rows of a class, looked up once."""
    if attrs.has(cls):
        fields = [each for each in attrs.fields_dict(cls).values() if "option" in each.metadata]
        return tuple(each.metadata["option"].named(each.name, each.type) for each in fields)
    return tuple(
        row.named(name, hint)
        for name, hint in get_type_hints(cls, include_extras=True).items()
        for row in _annotations(hint)
        if isinstance(row, Option)
    )


def _annotations(hint: Any) -> tuple[Any, ...]:
    """Return what a type is annotated with, also below `Required` and the like."""
    if hasattr(hint, "__metadata__"):
        return tuple(hint.__metadata__)
    return tuple(
        found for inner in get_args(hint) if get_origin(hint) for found in _annotations(inner)
    )


def _literals(hint: Any) -> tuple[str, ...]:
    """Return the words of the `Literal` in a type."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return tuple(word for inner in get_args(hint) if get_origin(hint) for word in _literals(inner))


def _types(hint: Any) -> tuple[Any, ...]:
    """Return the types of which a value may be."""
    inner = (hint.__origin__,) if hasattr(hint, "__metadata__") else get_args(hint)
    return (
        tuple(each for one in inner for each in _types(one))
        if inner and get_origin(hint) is not tuple
        else (hint,)
    )


def to_args(cls: type, values: Any) -> tuple[str, ...]:
    """Return the words for the values that are said (not None), in the order of the table.

    ``values`` is an instance of the class or a mapping. Raises `InvalidArgument` for a value that iproute2 cannot take and
    `UnknownOption` for a name that is not in the table.
    """
    said = _given_values(cls, values)
    words: list[str] = []
    for _, row, value in said:
        if row.keyword:
            words += _format_option(row, row.keyword, value)
    return tuple(words)


def at_default(values: Any) -> tuple[str, ...]:
    """Return the names of the options of an object that have the default that is declared."""
    return tuple(
        row.name
        for row in options_of(type(values))
        if row.keyword and row.is_default(getattr(values, row.name))
    )


def _format_option(row: Option, word: str, value: Any) -> tuple[str, ...]:
    """Return the words of one option. A value that its codec cannot even take apart is refused like any other."""
    try:
        return row.codec.format_args(word, value)
    except InvalidArgument:
        raise
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidArgument(f"{word}: {value!r} is not what it takes ({error})") from error


def _given_values(cls: type, values: Any) -> list[tuple[int, Option, Any]]:
    """Return the values that are said, each with its row, in the order of the table."""
    places = _positions(cls)
    if not isinstance(values, Mapping):
        given = ((name, getattr(values, name)) for name in places)
    elif places.keys() >= values.keys():
        given = ((name, value) for name, value in values.items())
    else:
        raise _unknown_option(cls, next(name for name in values if name not in places))
    said = [(*places[name], value) for name, value in given if value is not None]
    said.sort(key=_position)
    return said


_position = operator.itemgetter(0)


@cache
def _positions(cls: type) -> dict[str, tuple[int, Option]]:
    """Return the rows of a class by their names, each with its place in the table."""
    return {row.name: (place, row) for place, row in enumerate(options_of(cls))}


def _unknown_option(cls: type, name: str) -> UnknownOption:
    """Return the error for a name that is in no row."""
    known = sorted(_positions(cls))
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    return UnknownOption(f"{name!r} is no option of {cls.__name__}; {hint}")


def parse_args(cls: type, words: Sequence[str]) -> tuple[dict[str, Any], int]:
    """Return the values that words say, by their names, and how many words those are: the inverse of `build`.

    It stops at the first word that is none of the table's, or says again what was said.
    """
    return parse_options(
        parseable_options(cls), words, alias_table(*(each.__name__ for each in cls.__mro__))
    )


@cache
def parseable_options(cls: type) -> tuple[Option, ...]:
    """Return the rows that words can say: those that stand elsewhere, too, when they are built (``word=""``)."""
    if attrs.has(cls):
        return tuple(row for row in options_of(cls) if row.keyword)
    return tuple(row if row.keyword else _without_keyword(row) for row in options_of(cls))


def _without_keyword(row: Option) -> Option:
    """Return a row whose words its verb writes: one of a few words, or the option's own name."""
    codec = PositionalChoice(row.codec.choices) if isinstance(row.codec, Choice) else row.codec
    return attrs.evolve(row, codec=codec, keyword=row.name)


def parse_options(
    rows: Sequence[Option], words: Sequence[str], said_as: AliasTable
) -> tuple[dict[str, Any], int]:
    """Return the values that words say by some rows, as `take` does; ``said_as`` is how the words may be written."""
    said: dict[str, Any] = {}
    count, last = 0, -1
    while count < len(words):
        taken = _candidates(rows, words[count:], said_as, last)
        found = next(
            (
                each
                for each in taken
                if rows[each[0]].name not in said or rows[each[0]].codec.repeatable
            ),
            None,
        )
        if found is None:
            break
        last, value, length = found
        name = rows[last].name
        said[name] = (*said[name], *value) if name in said else value
        count += length
    return said, count


def _candidates(
    rows: Sequence[Option], words: Sequence[str], said_as: AliasTable, last: int
) -> Iterator[tuple[int, Any, int]]:
    """Yield which row may take the words, what value they are to it, and how many it takes."""
    head = said_as.canonical(words[0])
    meant = [
        place for place, row in enumerate(rows) if head in row.codec.keywords(str(row.keyword))
    ]
    for place in meant:
        yield from _parse_value(rows, place, (head, *words[1:]), 0)
    if meant:
        return
    if last + 1 < len(rows) and not rows[last + 1].codec.keywords(""):
        yield from _parse_value(rows, last + 1, ("", *words), 1)
    if words[0] in said_as.by_alias:  # a keyword of which there is no row
        return
    bare = [
        place
        for word in said_as.positional
        for place, row in enumerate(rows)
        if row.keyword == word
    ]
    for place in bare:
        yield from _parse_value(rows, place, (str(rows[place].keyword), *words), 1)


def _parse_value(
    rows: Sequence[Option], place: int, words: Sequence[str], added: int
) -> Iterator[tuple[int, Any, int]]:
    """Yield a row with the value that words are to it, if they are one that it would write itself."""
    row = rows[place]
    try:
        value, length = row.codec.parse_args(str(row.keyword), words)
        numbered = row.accepts_digits and isinstance(value, str) and NUMBER.fullmatch(value)
        value = int(value) if numbered else value
        row.codec.format_args(str(row.keyword), value)
    except (InvalidArgument, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return
    yield place, value, length - added


def parse(cls: type[T], data: Mapping[str, Any], **fields: Any) -> T:
    """Return an instance of the class with what a JSON object holds; keys that no row reads go to ``extra``.

    ``fields`` are those of the class that no row describes. Raises `OutputError` with the key, and what is there, for
    what its codec cannot take.
    """
    try:
        values = {
            row.name: _read(row, row.json_key, data) for row in options_of(cls) if row.json_key
        }
        extra = {key: value for key, value in data.items() if key not in known_json_keys(cls)}
        return cls(**values, **fields, extra=extra)
    except UNREADABLE as error:
        raise OutputError(
            f"not what `{cls.__name__}` should look like: {_describe_unreadable(cls, data)}"
        ) from error


def _read(row: Option, key: str, data: Mapping[str, Any]) -> Any:
    """Return the value of one option. A number that no kernel has is refused: Python may not even print it."""
    value = row.codec.from_json(data, key)
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise InvalidArgument(f"a number of {value.bit_length()} bits")
    return value


def _describe_unreadable(cls: type[T], data: Mapping[str, Any]) -> str:
    """Return which row cannot be read, with the keys that it reads, what is there, and why."""
    for row in options_of(cls):
        try:
            if row.json_key:
                cls(**{row.name: _read(row, row.json_key, data)}, extra={})
        except UNREADABLE as error:
            there = {
                key: data[key] for key in row.codec.json_keys(row.json_key or "") if key in data
            }
            return f"{row.name}: {error} - at `$.{row.json_key}`; there it reads {str(there or data)[:80]!r}"
    return f"all of it together - at `$`; there it reads {str(data)[:80]!r}"


@cache
def known_json_keys(cls: type) -> frozenset[str]:
    """Return the JSON keys that the rows of a class read."""
    return frozenset(
        key for row in options_of(cls) if row.json_key for key in row.codec.json_keys(row.json_key)
    )
