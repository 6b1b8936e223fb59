"""Random values of options, and the JSON that iproute2 prints for them.

A codec declares the values that it accepts: `Codec.strategy`. This module adds the codecs without a
declaration of their own, values that survive the way through JSON, and a model of that JSON.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

import attrs
from hypothesis import strategies as st

from ipwrap.bridge.mdb import Sources
from ipwrap.bridge.vlan import TunnelInfo
from ipwrap.bridge.vni import Group
from ipwrap.ip.address import Minus
from ipwrap.ip.encap import TYPES, Bpf, CommaList, Encap, EncapCodec, Frequency, Seg6local, Trace
from ipwrap.ip.nexthop import Members
from ipwrap.ip.route import Enabled, Locked, Metric, NextHop, NextHops, Source, ViaAs
from ipwrap.ip.rule import Bits, Dscp, Masked, NumberRange, Ports
from ipwrap.ip.tuntap import Owner
from ipwrap.kinds.bareudp import Ethertype
from ipwrap.kinds.bond import NullChoice, Targets
from ipwrap.kinds.can import RecentFlag, SamplePoint, TdcMode
from ipwrap.kinds.ipoib import HexTruth
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
from ipwrap.qdiscs.codel import Selector
from ipwrap.qdiscs.fq import Numbers
from ipwrap.qdiscs.htb import Minor
from ipwrap.qdiscs.netem import Random, SlotDistribution
from ipwrap.qdiscs.units import Ago, Percent, Percents, Rate, Seconds, Share, Size
from ipwrap.tc import Bits as U32Bits
from ipwrap.tc import Cfm, Gact, Lse, Mirred, Offset, Police, Stab, filters, u32
from ipwrap.tc.actions import Actions, Control, Cookie, Exceed
from ipwrap.tc.actions import Random as RandomVerdict
from ipwrap.tc.filters import CfmCodec, LseStack, PositionalValue
from ipwrap.tc.ids import ClassId, Handle
from ipwrap.tc.qdisc import Estimator, StabCodec

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
    "printable",
    "said",
    "values",
]

NAMES = LINK_NAMES
NETNS = NETNS_NAMES
ANY_TEXT = st.text(st.characters(codec=None), max_size=140)  # with lone surrogates, NUL and all
PERCENT = st.one_of(
    st.integers(0, 100),
    st.integers(0, 100 * 10**6).map(lambda millionths: millionths / 10**6),
)
TIMES = st.one_of(st.integers(1, 9), st.sampled_from((0.5, "100ms", "1.5s", "20us")))
VERDICTS = st.one_of(st.sampled_from(("drop", "pass", "pipe")), st.integers(0, 2**28 - 1))
ACTIONS = (
    (Gact("drop"),),
    (Mirred(dev="v1"), Gact(7)),
    (Police(rate="1mbit", burst=10240),),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    max_leaves=5,
)


def said(cls: type) -> st.SearchStrategy[dict[str, Any]]:
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
        if cls in BY_CLASS:
            return BY_CLASS[cls]
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
        case HexTruth():
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
        case Ip(six=six) if six and ":" in value:
            return {six: value}
        case PortRange():
            return {key: {"low": value[0], "high": value[1]}}
        case QosMap():
            return {key: [{"from": old, "to": new} for old, new in value.items()]}
        case Macaddr():
            return {key: list(reversed(value[1:])), "macaddr_count": len(value) - 1}
        case _:
            return {key: value}


def masked(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """Return a strategy of numbers with and without a mask."""
    return st.one_of(numbers, st.builds(Masked, numbers, numbers))


def between(high: int) -> st.SearchStrategy[tuple[int, int]]:
    """Return a strategy of pairs of numbers, the lower number first."""
    numbers = st.integers(0, high)
    return st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))


def encap(cls: type[Encap]) -> st.SearchStrategy[Encap]:
    """Return a strategy of encapsulations of one type."""
    names = [field.name for field in attrs.fields(cls) if "option" not in field.metadata]
    positional = st.fixed_dictionaries(dict.fromkeys(names, WORDS))
    return st.builds(
        lambda options, arguments: cls(**options, **arguments),
        said(cls),
        positional,
    )


def encaps() -> st.SearchStrategy[Encap]:
    """Return a strategy of encapsulations of the types without a grammar of their own."""
    types = [cls for cls in TYPES.values() if cls not in (Seg6local, Bpf)]
    return st.one_of([encap(cls) for cls in types])


def next_hops() -> st.SearchStrategy[tuple[NextHop, ...]]:
    """Return a strategy of tuples of next hops without an encapsulation."""
    hops = said(NextHop).map(lambda options: NextHop(**{**options, "encap": None}))
    return st.lists(hops, min_size=1, max_size=3).map(tuple)


# Strategies that depend on the attributes of the codec.
BY_CODEC: dict[type[Codec], Callable[[Any], st.SearchStrategy[Any]]] = {
    Bits: lambda codec: masked(values(codec.number)),
    CommaList: lambda codec: st.lists(values(codec.item), min_size=1, max_size=3).map(tuple),
    EncapCodec: lambda _codec: encaps(),
    Metric: lambda codec: st.one_of(
        values(codec.number),
        st.builds(Locked, values(codec.number)),
    ),
    NextHops: lambda _codec: next_hops(),
    Numbers: lambda codec: st.lists(
        values(codec.number), min_size=max(1, codec.fewest), max_size=codec.most
    ).map(tuple),
    Percents: lambda codec: st.lists(PERCENT, min_size=1, max_size=len(codec.names)).map(tuple),
    Size: lambda codec: st.integers(codec.low, codec.high),
    filters.Masked: lambda codec: st.one_of(
        values(codec.number),
        st.sampled_from(("0x1/0x3", "tcp")),
    ),
    u32.Match: lambda codec: values(codec.other),
}

BY_CLASS: dict[type[Codec], st.SearchStrategy[Any]] = {
    Actions: st.sampled_from(ACTIONS),
    Ago: TIMES,
    CfmCodec: st.sampled_from((Cfm(mdl=3), Cfm(mdl=3, op=5))),
    ClassId: st.sampled_from(("1:", "1:20", "ffff:fff1")),
    Control: VERDICTS,
    Cookie: st.sampled_from(("cafe01", "ff")),
    Dscp: st.one_of(masked(st.integers(0, 63)), st.sampled_from(("CS6", "AF11"))),
    Enabled: st.booleans(),
    Estimator: st.sampled_from((("1s", "8s"), (1, 8))),
    Exceed: st.sampled_from(("drop", ("drop", "pipe"))),
    Frequency: st.just((1, 100)),
    Group: st.ip_addresses(network="224.0.0.0/4").map(str),
    Handle: st.sampled_from(("1:", "ffff:")),
    LseStack: st.sampled_from(
        (
            (Lse(depth=1, label=7),),
            (Lse(depth=1, bos=True), Lse(depth=2, ttl=3, tc=1)),
        )
    ),
    Members: st.lists(
        st.one_of(
            st.integers(1, 2**32 - 1),
            st.tuples(st.integers(1, 2**32 - 1), st.integers(1, 65535)),
        ),
        min_size=1,
    ),
    Minor: st.sampled_from(("1", "20", "ffff")),
    Minus: st.booleans(),
    NumberRange: between(2**32 - 1),
    Owner: st.one_of(st.integers(0, 2**32 - 2), st.sampled_from(("root", "nobody"))),
    Percent: PERCENT,
    Ports: st.one_of(masked(st.integers(0, 65535)), between(65535)),
    PositionalValue: st.none(),
    Random: PERCENT,
    RandomVerdict: st.tuples(
        st.sampled_from(("netrand", "determ")),
        VERDICTS,
        st.integers(1, 10000),
    ),
    Rate: st.one_of(
        st.integers(1, 2**30).map(lambda octets: octets * 8),
        st.sampled_from(("10mbit", "1.5gbit")),
    ),
    Seconds: TIMES,
    Selector: st.tuples(st.integers(0, 255), st.integers(0, 255)),
    Share: st.integers(0, 10**9).map(lambda billionths: billionths / 10**9),
    SlotDistribution: WORDS,
    Source: PREFIXES,
    Sources: st.lists(ADDRESSES, min_size=1, max_size=3),
    StabCodec: st.builds(
        Stab,
        overhead=st.integers(-99, 99),
        linklayer=st.sampled_from(("atm", "ethernet")),
    ),
    Trace: st.just((0x800000, 1, 12)),
    TunnelInfo: st.one_of(
        st.integers(1, 2**24 - 1),
        st.tuples(st.integers(1, 99), st.integers(100, 2**24 - 1)),
    ),
    ViaAs: ADDRESSES,
    u32.HashKey: st.just((0xFF, 12)),
    u32.Mark: st.just((7, 0xFF)),
    u32.Matches: st.sampled_from(
        (
            (("u32", "0", "0"),),
            (("ip", "precedence", "7", "0xff"), ("icmp", "type", "8", "0xff")),
        )
    ),
    u32.OffsetCodec: st.just(Offset(at=0, mask=0xF00, shift=6, plus=4, eat=True)),
    u32.PoliceCodec: st.just(Police(rate="1mbit", burst=10240)),
    u32.RawMatch: st.just(
        (
            U32Bits("u16", 80, 0xFFFF, at=22),
            U32Bits("u8", 1, 1, at=-4, nexthdr=True),
        )
    ),
    u32.Sample: st.just((U32Bits("u8", 6, 0xFF, at=9), 256)),
}
