"""Random values of options, and the JSON that iproute2 prints for them.

A codec declares the values that it accepts: `Codec.strategy`. This module adds the codecs without a
declaration of their own, values that survive the way through JSON, and a model of that JSON.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

import attrs
from hypothesis import strategies as st

from ipwrap.ip.encap import ENCAP_TYPES, Bpf, Encap, Seg6local
from ipwrap.ip.encap_option import EncapCodec
from ipwrap.ip.route import NextHop, NextHops
from ipwrap.kinds.bareudp import Ethertype
from ipwrap.kinds.bond import NullChoice, Targets
from ipwrap.kinds.can import RecentFlag, SamplePoint, TdcMode
from ipwrap.kinds.ipoib import HexBoolean
from ipwrap.kinds.iptnl import PrefixFromTwoKeys
from ipwrap.kinds.macsec import Window
from ipwrap.kinds.macvlan import Macaddr
from ipwrap.kinds.tunnel import BothDirections, Key, OneDirection, Ttl, Vni
from ipwrap.kinds.vlan import QosMap
from ipwrap.kinds.vxlan import PortRange
from ipwrap.options.codecs import (
    ChoiceOr,
    Codec,
    Dsfield,
    FlagListMember,
    Hex,
    Ip,
    KeywordPair,
    ZeroOne,
)
from ipwrap.options.codecs.strategies import (
    ADDRESSES,
    LINK_NAMES,
    MAC_ADDRESSES,
    NETNS_NAMES,
    PREFIXES,
    TEXTS,
    WORDS,
    addresses,
)
from ipwrap.options.codecs.words import PresenceChoice
from ipwrap.options.codecs.wrappers import ChoiceWithOwnKey, NestedKey, WrapperCodec
from ipwrap.options.table import Option, options_of

__all__ = [
    "ADDRESSES",
    "ANY_TEXT",
    "JSON",
    "NAMES",
    "NETNS",
    "PREFIXES",
    "TEXTS",
    "drop_ambiguous",
    "in_json",
    "option_values",
    "printable",
    "values",
]

NAMES = LINK_NAMES
NETNS = NETNS_NAMES
ANY_TEXT = st.text(st.characters(codec=None), max_size=140)  # with lone surrogates, NUL and all
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    max_leaves=5,
)


def option_values(cls: type) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of values for some of the options of a table, by name."""
    options = {option.name: values(option.codec) for option in options_of(cls) if option.keyword}
    return st.fixed_dictionaries({}, optional=options)


def values(codec: Codec) -> st.SearchStrategy[Any]:
    """Return a strategy of values that the codec accepts."""
    # The inner codec can be in a table below.
    match codec:
        case ChoiceOr(choices=choices, other=inner) if choices:
            return st.one_of(st.sampled_from(choices), values(inner))
        case ChoiceWithOwnKey(choice=choice, inner=inner):
            return st.one_of(st.just(choice), values(inner))
        case ChoiceOr(other=inner) | WrapperCodec(inner=inner):
            return values(inner)

    for cls in type(codec).__mro__:
        if "strategy" in vars(cls):
            break
        if cls in BY_CODEC:
            return BY_CODEC[cls](codec)

    return codec.strategy()


def printable(codec: Codec) -> st.SearchStrategy[Any]:
    """Return a strategy of values that the codec accepts and that JSON can show."""
    match codec:
        case ChoiceWithOwnKey(choice=choice, inner=inner):
            return st.one_of(st.just(choice), printable(inner))
        case ChoiceOr(other=inner) | WrapperCodec(inner=inner):
            return printable(inner)
        case Key():
            return st.integers(0, 2**32 - 1)
        case Targets(version=version):
            return st.lists(addresses(version), min_size=1, max_size=16).map(tuple)
        case RecentFlag():
            return st.just(True)
        case TdcMode():
            return st.sampled_from(("auto", "manual"))
        case Macaddr():
            macs = st.lists(MAC_ADDRESSES, min_size=1, max_size=4)
            return macs.map(lambda addresses: ("set", *sorted(addresses)))
        case Dsfield():
            return st.one_of(st.integers(1, 255), st.just("AF11"))
        case _:
            return values(codec)


def drop_ambiguous(cls: type, printed: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a kind without the values that JSON cannot show beside the rest.

    Two equal directions of a tunnel are read as one option. An external tunnel shows the number 0.
    A missing `ttl` beside a `df` is read as `inherit`.
    """
    options = options_of(cls)
    kept = dict(printed)

    for option in options:
        if isinstance(option.codec, Ttl) and "df" in kept:
            kept = {option.name: "inherit", **kept}

    directions = {}
    for option in options:
        if isinstance(option.codec, OneDirection):
            directions[option.json_key] = option.name

    for option in options:
        if not isinstance(option.codec, BothDirections):
            continue

        first = directions[option.json_key]
        second = directions[option.codec.second_key]
        if option.name in kept or kept.get(first) == kept.get(second):
            kept.pop(first, None)
            kept.pop(second, None)

    has_vni = any(isinstance(option.codec, Vni) for option in options)
    if has_vni and kept.get("external") and kept.get("id") == 0:
        del kept["id"]

    return kept


def in_json(option: Option, value: Any) -> dict[str, Any]:
    """Return the JSON that iproute2 prints for a value of an option."""
    key = str(option.json_key)

    match option.codec:
        case ChoiceWithOwnKey(choice=choice, mark=mark) if value == choice:
            return {mark: True}
        case Ttl() if value == "inherit":
            return {}
        case NestedKey(inner=inner):
            outer_key, _, inner_key = key.partition(".")
            return {outer_key: in_json(Option(inner, option.keyword, inner_key), value)}
        case BothDirections(inner=inner, second_key=second_key):
            first = in_json(Option(inner, option.keyword, key), value)
            second = in_json(Option(inner, option.keyword, second_key), value)
            return {**first, **second}
        case ChoiceOr(other=inner) | WrapperCodec(inner=inner):
            return in_json(Option(inner, option.keyword, key), value)
        case PresenceChoice():
            return {key: True}
        case Key():
            return {key: str(ipaddress.IPv4Address(value))}
        case Ethertype():
            return {key: f"[{value}]" if isinstance(value, int) else value}
        case PrefixFromTwoKeys():
            address, _, length = value.partition("/")
            return {key: address, f"{key}len": int(length)}
        case NullChoice(null=null) if value == null:
            return {key: None}
        case Targets():
            return {key: list(value)}
        case Window():
            return {key: value - 2**32 if value >= 2**31 else value}
        case SamplePoint():
            return {key: f"{value:.3f}"}
        case RecentFlag(member=member):
            return {key: [member]}
        case TdcMode(prefix=prefix):
            return {key: [f"{prefix}TDC-{value.upper()}"]}
        case HexBoolean():
            return {key: f"{int(value):04x}"}
        case Hex():
            return {key: hex(value) if value else "0"}
        case Dsfield():
            return {key: hex(value) if isinstance(value, int) else value}
        case ZeroOne():
            return {key: int(value)}
        case FlagListMember(member=member, inverted=inverted):
            return {key: [member] if value is not inverted else []}
        case KeywordPair(member=member):
            return {key: [member] if value else []}
        case Ip(ipv6_key=six) if six and ":" in value:
            return {six: value}
        case PortRange():
            return {key: {"low": value[0], "high": value[1]}}
        case QosMap():
            return {key: [{"from": old, "to": new} for old, new in value.items()]}
        case Macaddr():
            return {key: list(reversed(value[1:])), "macaddr_count": len(value) - 1}
        case _:
            return {key: value}


def encap(cls: type[Encap]) -> st.SearchStrategy[Encap]:
    """Return a strategy of encapsulations of one type."""
    names = [field.name for field in attrs.fields(cls) if "option" not in field.metadata]
    positional = st.fixed_dictionaries(dict.fromkeys(names, WORDS))
    return st.builds(
        lambda options, arguments: cls(**options, **arguments),
        option_values(cls),
        positional,
    )


def encaps() -> st.SearchStrategy[Encap]:
    """Return a strategy of encapsulations of the types without a grammar of their own."""
    types = [cls for cls in ENCAP_TYPES.values() if cls not in (Seg6local, Bpf)]
    return st.one_of([encap(cls) for cls in types])


def next_hops() -> st.SearchStrategy[tuple[NextHop, ...]]:
    """Return a strategy of tuples of next hops without an encapsulation."""
    hops = option_values(NextHop).map(lambda options: NextHop(**{**options, "encap": None}))
    return st.lists(hops, min_size=1, max_size=3).map(tuple)


# Strategies that depend on the attributes of the codec.
BY_CODEC: dict[type[Codec], Callable[[Any], st.SearchStrategy[Any]]] = {
    EncapCodec: lambda _codec: encaps(),
    NextHops: lambda _codec: next_hops(),
}
