"""One table of options converts in both directions: values to arguments and back, JSON to values.

A kind of link is an attrs class with fields made by `option`. The keywords of a verb are a
`TypedDict` with values annotated by an `Option`. One declaration gives the name in Python, the
keyword of iproute2, the key in the output of ``-j``, and the codec of the value. `to_args`,
`parse_args` and `parse` do the conversion.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import (
    Any,
    Literal,
    NamedTuple,
    Protocol,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import attrs

from ipwrap.errors import InvalidArgument, OutputError, UnknownOption
from ipwrap.options.aliases import AliasTable, alias_table
from ipwrap.options.codecs import Choice, Codec, Flag, PositionalChoice, ReadOnly
from ipwrap.system.facts import fact, replace
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "Option",
    "at_default",
    "known_json_keys",
    "option",
    "option_metadata",
    "options_of",
    "parse_args",
    "parse_field",
    "parse_json",
    "parse_options",
    "read_only_field",
    "read_only_keys",
    "to_args",
    "to_fields",
    "unknown_option",
]

# The longest number of a kernel is an address of 128 bits. Python refuses to print a number of
# thousands of digits (sys.set_int_max_str_digits), so a long number fails early.
MAX_BITS = 256
NUMBER = lazy_pattern(r"0|[1-9][0-9]*")
FLAG_GIVEN = "true"  # the text of a flag, which has no value on the command line

# Words of other tools and of habit, and the options that they may stand for.
OTHER_NAMES = {
    "bridge": ("master",),
    "bw": ("rate", "bandwidth"),
    "device": ("dev", "link"),
    "gateway": ("via",),
    "gw": ("via",),
    "hwaddr": ("address", "lladdr"),
    "iface": ("dev", "link"),
    "interface": ("dev", "link"),
    "latency": ("delay", "latency"),
    "mac": ("address", "lladdr"),
    "namespace": ("netns",),
    "nexthop": ("via",),
    "ns": ("netns",),
    "parent": ("link",),
    "peer_name": ("peer",),
    "port": ("dstport",),
    "protocol": ("proto",),
    "stp": ("stp_state",),
    "vid": ("id",),
    "vlan": ("id",),
    "vlan_aware": ("vlan_filtering",),
    "vni": ("id",),
}

# Errors of codecs and converters for JSON of an unexpected form.
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
    """A class that `parse` can create, by the options as keywords, and ``extra``."""

    def __init__(self, *, extra: dict[str, Any], **values: Any) -> None: ...


T = TypeVar("T", bound=Parsed)


@fact
class Option:
    """An option of a table: the keyword, the JSON key, and the codec of the value.

    - ``since``: the release of iproute2
    - ``hint``: the type of the value
    - ``default``: the value that the kernel assumes for an omitted option (``False``, ``0``); None
      if unknown
    - ``set_by``: the command that sets a field without an option in the table
    - ``unit``: the unit of a number, for docstrings
    """

    codec: Codec
    keyword: str | None = None
    json_key: str | None = None
    name: str = ""
    since: str | None = None
    hint: Any = None
    default: Any = None
    set_by: str | None = None
    unit: str | None = None

    @property
    def is_read_only(self) -> bool:
        """Whether no command sets the value: a counter, or a state of the kernel."""
        return self.keyword == "" and self.set_by is None

    @property
    def accepts_digits(self) -> bool:
        """Whether the value is a text or a number, so that digits are parsed as a number."""
        return {int, str} <= set(_types(self.hint))

    def is_default(self, value: Any) -> bool:
        """Return whether a value is the declared default, and of its type: a key 0 is not False."""
        if self.default is None:
            return False
        return type(value) is type(self.default) and value == self.default

    def named(self, name: str, hint: Any) -> "Option":
        """Return the option of an attribute. The name is the default of the keyword and the key."""
        codec = self.codec
        # A walk through a type takes time, and most codecs have no use for its words.
        if type(codec).with_choices is not Codec.with_choices:
            codec = codec.with_choices(_literals(hint))

        return replace(
            self,
            codec=codec,
            name=name,
            keyword=name if self.keyword is None else self.keyword,
            json_key=name if self.json_key is None else self.json_key,
            hint=hint,
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

    ``keyword`` and ``json_key`` are the name of the field by default; ``json_key=""`` marks an
    option that JSON never shows. ``default`` is the value that the kernel assumes for an omitted
    option.
    """
    metadata = option_metadata(
        codec, keyword=keyword, json_key=json_key, since=since, default=default
    )
    return attrs.field(default=None, metadata=metadata)


def option_metadata(
    codec: Codec,
    *,
    keyword: str | None = None,
    json_key: str | None = None,
    since: str | None = None,
    default: Any = None,
) -> dict[str, Option]:
    """Return the metadata of a field that is an option, as `option` declares it, with a converter.

    Type checkers see a converter only in a direct call of `attrs.field`:
    ``field(default=None, converter=to_text, metadata=option_metadata(Ip()))``.
    """
    return {"option": Option(codec, keyword, json_key, since=since, default=default)}


def read_only_field(
    codec: Codec | None = None,
    *,
    json_key: str | None = None,
    since: str | None = None,
    default: Any = None,
    set_by: str | None = None,
) -> Any:
    """Declare a field that JSON shows and no option sets.

    Comparisons leave the field out, like a counter or a state of the kernel, unless another command
    sets the field: ``set_by="ip tuntap"``.
    """
    option = Option(codec or ReadOnly(), "", json_key, since=since, default=default, set_by=set_by)
    return attrs.field(default=None, metadata={"option": option})


def options_of(cls: type) -> tuple[Option, ...]:
    """Return the options of a class: an attrs class with `option` fields, or a `TypedDict`."""
    return _find_options(cls)


@cache
def _find_options(cls: type[Any]) -> tuple[Option, ...]:
    """Return the options of a class. `options_of` keeps its signature for type checkers."""
    options: list[Option] = []

    if attrs.has(cls):
        for attribute in attrs.fields_dict(cls).values():
            if "option" in attribute.metadata:
                declared = attribute.metadata["option"]
                options.append(declared.named(attribute.name, attribute.type))
        return tuple(options)

    for name, hint in get_type_hints(cls, include_extras=True).items():
        declared_options = [
            annotation for annotation in _annotations(hint) if isinstance(annotation, Option)
        ]
        options += [declared.named(name, hint) for declared in declared_options]

    return tuple(options)


def _annotations(hint: Any) -> tuple[Any, ...]:
    """Return the annotations of a type, also below `Required` and `NotRequired`."""
    if hasattr(hint, "__metadata__"):
        return tuple(hint.__metadata__)

    annotations: list[Any] = []
    for argument in get_args(hint):
        annotations += _annotations(argument)

    return tuple(annotations)


def _literals(hint: Any) -> tuple[str, ...]:
    """Return the words of the `Literal` in a type."""
    if get_origin(hint) is Literal:
        return get_args(hint)

    words: list[str] = []
    for argument in get_args(hint):
        words += _literals(argument)

    return tuple(words)


def _types(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, also below `Annotated`."""
    arguments = (hint.__origin__,) if hasattr(hint, "__metadata__") else get_args(hint)
    # tuple[int, str] is a pair, not a union.
    if not arguments or get_origin(hint) is tuple:
        return (hint,)

    types: list[Any] = []
    for argument in arguments:
        types += _types(argument)

    return tuple(types)


def to_args(cls: type, values: Any) -> tuple[str, ...]:
    """Return the arguments of all values but None, in the order of the table.

    ``values`` is an instance of the class or a mapping. Raises `InvalidArgument` for a value that
    iproute2 cannot accept and `UnknownOption` for a name that is not in the table.
    """
    arguments: list[str] = []
    for _, option, value in _given_values(cls, values):
        if option.keyword:
            arguments += _format_option(option, option.keyword, value=value)

    return tuple(arguments)


def to_fields(cls: type, values: Any) -> dict[str, str]:
    """Return all values but None as text by the option's name: the inverse of `parse_field`.

    The text is the same as on the command line, without the keyword; blanks separate several
    arguments. A flag is ``"true"``. Raises the errors of `to_args`.
    """
    fields = {}
    for _, option, value in _given_values(cls, values):
        # The verb writes an option without a keyword elsewhere.
        keyword = option.keyword or option.name
        arguments = _format_option(option, keyword, value=value)
        if arguments:
            fields[option.name] = _join_field(option, keyword, arguments=arguments)
    return fields


def _join_field(option: Option, keyword: str, *, arguments: tuple[str, ...]) -> str:
    """Return the arguments of one option as text, without the keyword."""
    if option.codec.repeatable or arguments[0] != keyword:
        return " ".join(arguments)
    return " ".join(arguments[1:]) or FLAG_GIVEN


def parse_field(option: Option, text: str, *, aliases: AliasTable) -> Any:
    """Return the value of a text of `to_fields`. Raises `InvalidArgument`."""
    if isinstance(option.codec, Flag) and text == FLAG_GIVEN:
        return True

    words = tuple(text.split(" "))
    keyword = str(option.keyword)
    spellings = [words, (keyword, *words), (keyword, text)]
    if not option.codec.repeatable:
        spellings.reverse()

    # A value may contain a blank, or have its keyword in the text.
    for arguments in spellings:
        values, count = parse_options((option,), arguments, aliases=aliases)
        if count == len(arguments):
            return values[option.name]

    raise InvalidArgument(f"{option.name}: {text!r} is not what it takes")


def at_default(values: Any) -> tuple[str, ...]:
    """Return the names of the options of an instance that have their declared default."""
    return tuple(
        option.name
        for option in options_of(type(values))
        if option.keyword and option.is_default(getattr(values, option.name))
    )


def _format_option(option: Option, keyword: str, *, value: Any) -> tuple[str, ...]:
    """Return the arguments of one option. Raises `InvalidArgument` for a value of a wrong type."""
    try:
        return option.codec.format_args(keyword, value)
    except InvalidArgument:
        raise
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidArgument(f"{keyword}: {value!r} is not what it takes ({error})") from error


def _given_values(cls: type, values: Any) -> list[tuple[int, Option, Any]]:
    """Return the position, the option and the value of all values but None, in table order."""
    positions = _positions(cls)

    # A test for a mapping takes longer than the rest: most values are the keywords of a verb.
    if type(values) is not dict and not isinstance(values, Mapping):
        named_values = [(name, getattr(values, name)) for name in positions]
    else:
        for name in values:
            if name not in positions:
                raise unknown_option(cls, name)
        named_values = list(values.items())

    given = []
    for name, value in named_values:
        if value is not None:
            position, option = positions[name]
            given.append((position, option, value))

    # iproute2 requires an order for some options, so the table has that order.
    if len(given) > 1:
        given.sort(key=operator.itemgetter(0))
    return given


@cache
def _positions(cls: type) -> dict[str, tuple[int, Option]]:
    """Return the options of a class by name, with their position in the table."""
    positions = {}
    for position, option in enumerate(options_of(cls)):
        positions[option.name] = (position, option)

    return positions


def unknown_option(cls: type, name: str, *, known: Iterable[str] = ()) -> UnknownOption:
    """Return the error for an unknown name, with the closest known name or all known names.

    By default the names of the table are known.
    """
    suggestion = _suggest_option(name, sorted(known or _positions(cls)))
    # The keywords of a verb have a class that no user knows.
    owner = "" if is_typeddict(cls) else f" of {cls.__name__}"
    return UnknownOption(f"{name!r} is no option{owner}; {suggestion}")


def _suggest_option(name: str, known: Sequence[str]) -> str:
    """Return the option that was probably meant, or all options."""
    if not known:
        return "it has none"
    if name == "down" and "up" in known:
        return "did you mean up=False?"

    for other_name in OTHER_NAMES.get(name, ()):
        if other_name in known:
            return f"did you mean {other_name!r}?"

    import difflib  # late: only mistakes need it

    closest = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {closest[0]!r}?" if closest else f"there are: {', '.join(known)}"


def parse_args(cls: type, arguments: Sequence[str]) -> tuple[dict[str, Any], int]:
    """Return the values of arguments by name, and the number of arguments: inverse of `to_args`.

    Parsing ends at the first argument that is not in the table, or repeats an option.
    """
    # A subclass without a table of aliases of its own has the table of its base.
    names = [base.__name__ for base in cls.__mro__]
    return parse_options(
        parseable_options(cls),
        arguments,
        aliases=alias_table(*names),
    )


@cache
def parseable_options(cls: type) -> tuple[Option, ...]:
    """Return the options that a command line can contain.

    For a `TypedDict`, this includes the options with ``keyword=""``: their verb writes them
    elsewhere.
    """
    parseable = []

    for option in options_of(cls):
        if option.keyword:
            parseable.append(option)
        elif not attrs.has(cls):
            parseable.append(_without_keyword(option))

    return tuple(parseable)


def _without_keyword(option: Option) -> Option:
    """Return an option written by the verb: a keyword of several words, or the option's name."""
    codec = option.codec
    if isinstance(codec, Choice):
        codec = PositionalChoice(codec.choices)

    return attrs.evolve(option, codec=codec, keyword=option.name)


class _Match(NamedTuple):
    """An option that accepts the next arguments: position, value and count."""

    position: int
    value: Any
    length: int


def parse_options(
    options: Sequence[Option], arguments: Sequence[str], *, aliases: AliasTable
) -> tuple[dict[str, Any], int]:
    """Return the values of arguments by name, and the number of arguments, as `parse_args` does.

    ``aliases`` has the spellings of the keywords.
    """
    values: dict[str, Any] = {}
    count = 0
    last_position = -1

    while count < len(arguments):
        match = None
        for candidate in _matches(options, arguments[count:], aliases=aliases, last=last_position):
            option = options[candidate.position]
            if option.name not in values or option.codec.repeatable:
                match = candidate
                break

        if match is None:
            break

        last_position = match.position
        name = options[last_position].name
        values[name] = (*values[name], *match.value) if name in values else match.value
        count += match.length

    return values, count


def _matches(
    options: Sequence[Option], arguments: Sequence[str], *, aliases: AliasTable, last: int
) -> Iterator[_Match]:
    """Yield the options that accept the next arguments, the most likely option first."""
    keyword = aliases.canonical(arguments[0])
    by_keyword = [
        position
        for position, option in enumerate(options)
        if keyword in option.codec.keywords(str(option.keyword))
    ]

    for position in by_keyword:
        yield from _parse_value(
            options,
            position,
            arguments=(keyword, *arguments[1:]),
            implied=0,
        )
    if by_keyword:
        return

    # A value without a keyword that follows the previous option: `delay 100ms 10ms`.
    following = last + 1
    if following < len(options) and not options[following].codec.keywords(""):
        yield from _parse_value(
            options,
            following,
            arguments=("", *arguments),
            implied=1,
        )

    # A keyword of iproute2 that ipwrap has no option for is not a positional value.
    if arguments[0] not in aliases.by_alias:
        yield from _positional_matches(options, arguments, aliases=aliases)


def _positional_matches(
    options: Sequence[Option], arguments: Sequence[str], *, aliases: AliasTable
) -> Iterator[_Match]:
    """Yield the options that accept the next argument without a keyword."""
    for keyword in aliases.positional:
        for position, option in enumerate(options):
            if option.keyword == keyword:
                yield from _parse_value(
                    options,
                    position,
                    arguments=(keyword, *arguments),
                    implied=1,
                )


def _parse_value(
    options: Sequence[Option], position: int, *, arguments: Sequence[str], implied: int
) -> Iterator[_Match]:
    """Yield an option with its value if `to_args` accepts the value, or else nothing.

    ``implied`` is the number of arguments that the command line does not contain.
    """
    option = options[position]
    keyword = str(option.keyword)

    try:
        value, count = option.codec.parse_args(keyword, arguments)
        if option.accepts_digits and isinstance(value, str) and NUMBER.fullmatch(value):
            value = int(value)
        # `parse` of most codecs checks nothing; `format_args` checks everything.
        option.codec.format_args(keyword, value)
    # A value that the option cannot have: another option may accept the arguments.
    except (InvalidArgument, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return

    yield _Match(position, value, count - implied)


def parse_json(cls: type[T], data: Mapping[str, Any], **fields: Any) -> T:
    """Return an instance of the class with the values of a JSON object.

    ``extra`` gets the keys without an option. ``fields`` are fields that are no options. Raises
    `OutputError`, which names the key and quotes the JSON, for a value unreadable for the codec.
    """
    try:
        values = {}
        for option in options_of(cls):
            if option.json_key:
                values[option.name] = _read(option, option.json_key, data=data)

        known_keys = known_json_keys(cls)
        extra = {key: value for key, value in data.items() if key not in known_keys}
        return cls(**values, **fields, extra=extra)
    except UNREADABLE as error:
        raise OutputError(
            f"not what `{cls.__name__}` should look like: {_describe_unreadable(cls, data)}"
        ) from error


def _read(option: Option, key: str, *, data: Mapping[str, Any]) -> Any:
    """Return the value of one option. Raises `InvalidArgument` for a number of too many bits."""
    value = option.codec.from_json(data, key)
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise InvalidArgument(f"a number of {value.bit_length()} bits")

    return value


def _describe_unreadable(cls: type[T], data: Mapping[str, Any]) -> str:
    """Return the first unreadable option with the key, the JSON, and the reason."""
    for option in options_of(cls):
        if not option.json_key:
            continue

        try:
            cls(**{option.name: _read(option, option.json_key, data=data)}, extra={})
        except UNREADABLE as error:
            keys = option.codec.json_keys(option.json_key)
            values = {key: data[key] for key in keys if key in data}
            # Python's own words tell of the code that reads the value.
            reason = str(error) if isinstance(error, InvalidArgument) else "an unexpected value"
            return (
                f"{option.name}: {reason} - at `$.{option.json_key}`;"
                f" there it reads {str(values or data)[:80]!r}"
            )

    return f"all of it together - at `$`; there it reads {str(data)[:80]!r}"


def read_only_keys(cls: type | None) -> frozenset[str]:
    """Return the JSON keys of a class that only read-only fields read; none without a class."""
    return frozenset() if cls is None else _find_read_only_keys(cls)


@cache
def _find_read_only_keys(cls: type[Any]) -> frozenset[str]:
    """Return the keys. `read_only_keys` keeps its signature for type checkers."""
    read_only: set[str] = set()
    settable: set[str] = set()
    for option in options_of(cls):
        if option.json_key:
            keys = read_only if option.is_read_only else settable
            keys.update(option.codec.json_keys(option.json_key))

    return frozenset(read_only - settable)


def known_json_keys(cls: type) -> frozenset[str]:
    """Return the JSON keys that the options of a class read."""
    keys: set[str] = set()
    for option in options_of(cls):
        if option.json_key:
            keys.update(option.codec.json_keys(option.json_key))

    return frozenset(keys)
