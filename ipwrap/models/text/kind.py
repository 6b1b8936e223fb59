"""The kind of a link, and of its port, in `ip -d link`: print_linktype() in ip/ipaddress.c.

The keywords are those of the command line: the table of options of the kind (`ipwrap.kinds`) has
them, with the keys of JSON and the codecs. `WORDS` has what the text prints otherwise.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ipwrap.kinds import KINDS
from ipwrap.models.text.grammar import Data, LineGrammar, Unread, Word, Words, read_flag
from ipwrap.models.text.kind_words import BRACKETED, DEFAULTS, SPECIAL, VALUES, parse_value
from ipwrap.options.codecs import (
    Codec,
    Flag,
    Hex,
    Mac,
    NoPrefixFlag,
    PositionalChoice,
    Text,
)
from ipwrap.options.codecs.wrappers import WrapperCodec
from ipwrap.options.table import Option, options_of

__all__ = ["has_options", "is_port_kind", "read_kind"]

# What print_linkinfo() prints behind the kind and the kind of the port.
AFTER_KIND = frozenset(
    {
        "addrgenmode",
        "numtxqueues",
        "numrxqueues",
        "gso_max_size",
        "gso_max_segs",
        "portname",
        "portid",
        "switchid",
        "parentbus",
        "parentdev",
    }
)
# What begins the next line of a link.
NEXT_LINES = frozenset({"alias", "altname", "RX:", "TX:", "vf", "inet", "inet6", "prog/xdp"})


def has_options(name: str) -> bool:
    """Return whether a word is the name of a kind with a table of options."""
    return name in KINDS.paths


def is_port_kind(name: str) -> bool:
    """Return whether a word is the kind of a port: `bond_slave`, but not `packets_per_slave`."""
    base, suffix, rest = name.partition("_slave")
    return bool(suffix) and not rest and (has_options(base) or base == "openvswitch")


def read_kind(words: Words, data: Data) -> Unread:
    """Read the kind, or the kind of the port, with its options. Returns the unknown words."""
    name = str(words.popleft())
    info: Data = data.setdefault("linkinfo", {})
    options: Data = {}
    unread = _grammar_of(name).read(words, options, stop=_ends_kind)
    for word in unread:  # a kind has lines of its own, as can: their first words may be unknown
        word.starts_line = False

    for key, value in DEFAULTS.get(name, {}).items():
        options.setdefault(key, value)

    role = ""
    if is_port_kind(name):
        name, role = name.removesuffix("_slave"), "slave_"
    info[f"info_{role}kind"] = name
    if options:
        info[f"info_{role}data"] = options
    return unread


def _ends_kind(word: Word) -> bool:
    """Return whether a word is behind the options of a kind."""
    if word in AFTER_KIND:
        return True
    return word.starts_line and (word in NEXT_LINES or is_port_kind(word))


@cache
def _grammar_of(name: str) -> LineGrammar:
    """Return the grammar of a kind: of its options, and of what the text prints otherwise."""
    values: dict[str, tuple[str, Callable[[str], Any]]] = {}
    special: dict[str, Any] = {}
    if has_options(name):
        for option in options_of(KINDS[name]):
            _add_option(option, values, special=special)

    values.update(VALUES.get(name, {}))
    special.update(SPECIAL.get(name, {}))
    return LineGrammar(values, special=special, bracketed=BRACKETED.get(name))


def _add_option(
    option: Option,
    values: dict[str, tuple[str, Callable[[str], Any]]],
    *,
    special: dict[str, Any],
) -> None:
    """Add the words of an option."""
    keyword, key = str(option.keyword or option.json_key), str(option.json_key)
    codec = option.codec.inner if isinstance(option.codec, WrapperCodec) else option.codec
    if isinstance(codec, PositionalChoice):
        special.update({word: read_flag(key, word) for word in codec.keywords(keyword)})
    elif isinstance(codec, Flag):
        special[keyword] = read_flag(key, True)
    elif isinstance(codec, NoPrefixFlag):
        special[keyword] = read_flag(key, True)
        special[f"no{keyword}"] = read_flag(key, False)
    else:
        values[keyword] = (key, _converter_of(codec))


# The most derived class first: Hex is a Number that JSON has as text.
CONVERTERS: Mapping[type[Codec], Callable[[str], Any]] = {Hex: str, Text: str, Mac: str}


def _converter_of(codec: Codec) -> Callable[[str], Any]:
    """Return the converter of the values of a codec, as JSON has them."""
    for codec_class, convert in CONVERTERS.items():
        if isinstance(codec, codec_class):
            return convert
    return parse_value
