"""The options of a table in words, for `help()` and for docstrings: names, types, units, ranges.

The words come from the declaration of an option: type hint, codec and converter.
"""

import textwrap
from collections.abc import Iterator
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs

from ipwrap.options.codecs import (
    ChoiceOr,
    Codec,
    Duration,
    ExistingLink,
    Flag,
    Ip,
    Mac,
    Netns,
    NewName,
    Number,
    Prefix,
)
from ipwrap.options.codecs.wrappers import innermost
from ipwrap.options.converters import UNITS
from ipwrap.options.table import Option, options_of

__all__ = ["describe_kind", "describe_value", "usage_of"]

ADDRESSES = (IPv4Address, IPv6Address)
PREFIXES = (IPv4Interface, IPv6Interface, IPv4Network, IPv6Network)
# What a text is for these codecs; of any other it is `str`.
TEXTS: dict[type[Codec], str] = {
    ExistingLink: "LINK",
    Ip: "ADDRESS",
    NewName: "NAME",
    Mac: "MAC",
    Netns: "NAMESPACE",
    Prefix: "PREFIX",
}
# The units of the converters of fields, and what these take besides a number.
CONVERTERS = {
    "converters.to_centiseconds": ("hundredths of a second", "timedelta"),
    "converters.to_lifetime": ("seconds", "timedelta"),
    "converters.to_milliseconds": ("milliseconds", "timedelta"),
    "converters.to_seconds": ("seconds", "timedelta"),
    "units.to_bits": ("bits a second", '"10mbit"'),
    "units.to_bytes": ("bytes", '"64kb"'),
    "units.to_percent": ("percent", ""),
    "units.to_seconds": ("seconds", '"100ms"|timedelta'),
}
INNER_CODECS = ("inner", "other", "number")  # fields of codecs around another one
UNINFORMATIVE = 2**31 - 1  # a range from 0 to here or further is no news
WIDTH = 96  # columns of a text in the help of a kind


def usage_of(table: type) -> list[str]:
    """Return the options of a verb, as keywords with values: ``mtu=int bytes``."""
    hints = get_type_hints(table, include_extras=True)
    usage = []
    for option in options_of(table):
        since = f" ({option.since}+)" if option.since else ""
        usage.append(f"{option.name}={describe_value(option, hints[option.name])}{since}")

    return usage


def describe_kind(kind: type) -> str:
    """Return the options of a kind as lines, and the keys that only JSON has."""
    options: dict[str, str] = {}
    read_only = []
    for option, attribute in _fields_of(kind):
        if option.is_read_only:
            read_only.append(option.name)
        elif option.keyword:
            options[option.name] = _describe_option(option, attribute)

    paragraphs = []
    if options:
        width = max(map(len, options))
        lines = [f"  {name:{width}}  {details}" for name, details in options.items()]
        paragraphs.append("\n".join(["Options:", "", *lines]))
    if read_only:
        text = f"Read from JSON only: {', '.join(read_only)}"
        paragraphs.append("\n".join(textwrap.wrap(text, WIDTH, subsequent_indent="  ")))
    return "\n\n".join(paragraphs)


def _fields_of(kind: type) -> Iterator[tuple[Option, "attrs.Attribute[Any]"]]:
    """Yield the options of a kind, each with its field."""
    fields = attrs.fields_dict(kind)
    for option in options_of(kind):
        yield option, fields[option.name]


def _describe_option(option: Option, attribute: "attrs.Attribute[Any]") -> str:
    """Return the values of a kind's option, with other names, the default and the release."""
    unit, further = CONVERTERS.get(_name_of(attribute.converter), (None, ""))
    value = describe_value(option, attribute.type, unit=unit)
    details = [f"{value}|{further}" if further else value]

    if option.keyword != option.name:
        details.append(f"keyword {option.keyword}")
    if not option.json_key:
        details.append("not in JSON")
    elif option.json_key != option.name:
        details.append(f"JSON {option.json_key}")
    if option.default is not None:
        details.append(f"default {option.default!r}")
    if option.since:
        details.append(f"since iproute2 {option.since}")

    return "; ".join(details)


def _name_of(converter: Any) -> str:
    """Return the last part of a function's module, and its name."""
    module = getattr(converter, "__module__", "").rpartition(".")[2]
    return f"{module}.{getattr(converter, '__name__', '')}"


def describe_value(option: Option, hint: Any, *, unit: str | None = None) -> str:
    """Return the values of an option: ``1..4096``, ``True|False``, ``"on"|"off"``, ``LINK``.

    ``unit`` is the unit of the field's converter; else the unit of the option or the codec is used.
    """
    codec = _innermost(option.codec)
    unit = unit or option.unit
    if unit is None and isinstance(codec, Duration):
        unit = UNITS[codec.unit]

    words: list[str] = []
    for member in _members(hint):
        word = _describe_type(member, codec, choices=_choices(option.codec), unit=unit)
        if word not in words:
            words.append(word)

    # An address may be text as well: the type says so, and the word does.
    if "ADDRESS" in words or "PREFIX" in words:
        words = [word for word in words if word != "str"]
    if "PREFIX" in words:
        words = [word for word in words if word != "ADDRESS"]
    return "|".join(words)


def _innermost(codec: Codec) -> Codec:
    """Return the codec that wrappers and choices are around."""
    while True:
        inner = [getattr(codec, name, None) for name in INNER_CODECS]
        codecs = [value for value in inner if isinstance(value, Codec)]
        if not codecs:
            return codec
        codec = codecs[0]


def _choices(codec: Codec) -> tuple[str, ...]:
    """Return the words among the values of a codec."""
    codec = innermost(codec)
    return codec.choices if isinstance(codec, ChoiceOr) else ()


def _members(hint: Any) -> Iterator[Any]:
    """Yield the types of a union but None, also below `Annotated`; a `Literal` is one type."""
    if hasattr(hint, "__metadata__"):
        yield from _members(hint.__origin__)
        return

    is_union = get_origin(hint) is not None and NoneType in get_args(hint)
    is_union = is_union or type(hint).__name__ in ("UnionType", "_UnionGenericAlias")
    if not is_union:
        yield hint
        return

    for member in get_args(hint):
        if member is not NoneType:
            yield from _members(member)


def _describe_type(member: Any, codec: Codec, *, choices: tuple[str, ...], unit: str | None) -> str:
    """Return the word of one type of an option."""
    if get_origin(member) is Literal:
        return "|".join(f'"{word}"' for word in get_args(member))
    if member is bool:
        return "True" if type(codec) is Flag else "True|False"
    if member in ADDRESSES:
        return "ADDRESS"
    if member in PREFIXES:
        return "PREFIX"
    if member in (int, float):
        return _describe_number(member, codec, unit=unit)
    if member is str and choices:
        return "|".join(f'"{word}"' for word in choices)
    if member is str:
        return next((TEXTS[cls] for cls in type(codec).__mro__ if cls in TEXTS), "str")
    return _type_name(member)


def _describe_number(member: type, codec: Codec, *, unit: str | None) -> str:
    """Return the range and the unit of a number."""
    number = member.__name__
    if isinstance(codec, Number) and (codec.low != 0 or codec.high < UNINFORMATIVE):
        number = f"{codec.low}..{codec.high}"
    return f"{number} {unit}" if unit else number


def _type_name(member: Any) -> str:
    """Return a type without its modules: ``tuple[Vf, ...]``."""
    arguments = get_args(member)
    if not arguments:
        return getattr(member, "__name__", str(member).rpartition(".")[2])

    names = [
        "..." if argument is Ellipsis else "|".join(map(_type_name, _members(argument)))
        for argument in arguments
    ]
    origin = get_origin(member)
    return f"{getattr(origin, '__name__', origin)}[{', '.join(names)}]"
