"""A table of the options of a class: a kind of link, a qdisc, or the keywords of a verb."""

import types
from collections.abc import Callable, Iterator
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from ipwrap.options import converters
from ipwrap.options.codecs import Choice, ChoiceOr, Flag, KeywordPair, NoPrefixFlag, Text
from ipwrap.options.codecs.numbers import Duration, Number
from ipwrap.options.codecs.wrappers import WrapperCodec
from ipwrap.options.table import Option, options_of
from ipwrap.qdiscs import units
from scripts.reference.markdown import code, table

__all__ = ["option_table"]

HEADER = ("option", "on the command line", "type", "values", "unit", "default", "JSON key", "since")

NO_BREAK = "\N{NO-BREAK SPACE}"

# The unit of an option, and the Python types that it takes, by the converter of its field.
UNITS: dict[Callable[..., Any], tuple[str, str]] = {
    converters.to_centiseconds: (f"1/100{NO_BREAK}s", "`int`, `timedelta`"),
    converters.to_milliseconds: ("ms", "`int`, `timedelta`"),
    converters.to_seconds: ("s", "`int`, `timedelta`"),
    converters.to_lifetime: ("s", "`int`, `str`, `timedelta`"),
    converters.to_number: ("", "`int`, `str` (`0x1`)"),
    converters.to_text: ("", "`str`, an address of `ipaddress`"),
    units.to_seconds: ("s", "`float`, `str` (`100ms`), `timedelta`"),
    units.to_bits: ("bit/s", "`int`, `str` (`10mbit`)"),
    units.to_bytes: ("bytes", "`int`, `str` (`10k`)"),
    units.to_percent: ("%", "`float`, `str`"),
}
CODEC_UNITS = {
    units.Seconds: "s",
    units.Rate: "bit/s",
    units.Size: "bytes",
    units.Percent: "%",
}
DURATION_UNITS = {
    converters.SECOND: "s",
    converters.HUNDREDTH: f"1/100{NO_BREAK}s",
    converters.MILLISECOND: "ms",
}
BITS = {2**bits - 1: f"2^{bits}-1" for bits in (31, 32, 63, 64)}


def option_table(cls: type) -> str:
    """Return the table of the options of a class, and a line of the keys that are only shown."""
    options = options_of(cls)
    settable = [option for option in options if not option.is_read_only or not attrs.has(cls)]
    shown = [option for option in options if option not in settable]

    parts = []
    if settable:
        parts.append(table(HEADER, (_row(cls, option) for option in settable)))
    if shown:
        names = ", ".join(_shown_name(option) for option in shown)
        parts.append(f"Only shown, by `ip -j -d`: {names}." if attrs.has(cls) else names)

    return "\n\n".join(parts)


def _shown_name(option: Option) -> str:
    """Return the name of a key that no option sets, with its release."""
    return code(option.name) + (f" (since {option.since})" if option.since else "")


def _row(cls: type, option: Option) -> tuple[str, ...]:
    """Return the cells of an option."""
    unit, python_type = _unit_and_type(cls, option)
    json_key = "–" if option.json_key == "" else code(option.json_key)

    return (
        code(option.name),
        _keywords(option),
        python_type,
        _values(option.codec),
        unit,
        "" if option.default is None else code(option.default),
        "" if option.json_key == option.name else json_key,
        option.since or "",
    )


def _keywords(option: Option) -> str:
    """Return the keywords of an option, where they are not its name."""
    keywords = option.codec.keywords(option.keyword or "")
    if isinstance(option.codec, Choice) and keywords == option.codec.choices:
        return "the value alone"
    if keywords in ((option.name,), ()):
        return ""
    return ", ".join(code(keyword) for keyword in keywords) if any(keywords) else ""


def _unit_and_type(cls: type, option: Option) -> tuple[str, str]:
    """Return the unit of an option, and the Python types that it takes."""
    converter: Any = attrs.fields_dict(cls)[option.name].converter if attrs.has(cls) else None
    if converter in UNITS:
        return UNITS[converter]

    codec = _innermost(option.codec)
    unit = next((unit for base, unit in CODEC_UNITS.items() if isinstance(codec, base)), "")
    if isinstance(codec, Duration):
        unit = DURATION_UNITS[codec.unit]

    names = dict.fromkeys(_type_names(_hint(cls, option.name)))
    return unit, ", ".join(code(name) for name in names)


def _hint(cls: type, name: str) -> Any:
    """Return the type of a field or key, without its annotations."""
    return attrs.fields_dict(cls)[name].type if attrs.has(cls) else get_type_hints(cls)[name]


def _type_names(hint: Any) -> Iterator[str]:
    """Yield the names of the members of a union, `str` for a choice of words, without None."""
    origin = get_origin(hint)

    if origin in (Union, types.UnionType):
        for member in get_args(hint):
            yield from _type_names(member)
    elif origin is Literal:
        yield from (type(word).__name__ for word in get_args(hint))
    elif origin is not None:
        members = [", ".join(_type_names(member)) or "..." for member in get_args(hint)]
        yield f"{origin.__name__}[{', '.join(members)}]"
    elif hint is Ellipsis:
        yield "..."
    elif hint is not type(None):
        yield getattr(hint, "__name__", str(hint))


def _innermost(codec: Any) -> Any:
    """Return the codec below all wrappers."""
    while isinstance(codec, WrapperCodec):
        codec = codec.inner

    return codec


def _values(codec: Any) -> str:
    """Return the values that a codec takes: a range, words, or the forms of a boolean."""
    codec = _innermost(codec)

    for base, describe in DESCRIPTIONS.items():
        if isinstance(codec, base):
            return describe(codec)

    return ""


def _describe_range(codec: Number) -> str:
    """Return the range of a number."""
    return f"{_number(codec.low)}{NO_BREAK}to{NO_BREAK}{_number(codec.high)}"


def _number(value: int) -> str:
    """Return a limit, a large one as a power of two."""
    return BITS.get(value, str(value))


def _describe_choice(codec: Choice) -> str:
    """Return the words of a choice."""
    return ", ".join(code(word) for word in codec.choices)


def _describe_choice_or(codec: ChoiceOr) -> str:
    """Return the words of a choice, and the values of its other codec."""
    words = ", ".join(code(word) for word in codec.choices)
    others = _values(codec.other)
    return f"{words}, or {others}" if others else words


def _describe_text(codec: Text) -> str:
    """Return the longest text."""
    return f"up to {codec.max_length} bytes" if codec.max_length else ""


def _describe_nothing(_codec: Any) -> str:
    """Return nothing: the keywords say it."""
    return ""


DESCRIPTIONS: dict[type, Callable[[Any], str]] = {
    Flag: _describe_nothing,
    NoPrefixFlag: _describe_nothing,
    KeywordPair: _describe_nothing,
    Number: _describe_range,
    Choice: _describe_choice,
    ChoiceOr: _describe_choice_or,
    Text: _describe_text,
}
