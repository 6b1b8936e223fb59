"""Random values for the codecs of the tables, and how iproute2 would print them."""

import ipaddress
from collections.abc import Iterable
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
from ipwrap.kinds.bridge_slave import STATES, State
from ipwrap.kinds.can import RecentFlag, SamplePoint, TdcMode
from ipwrap.kinds.ipoib import HexTruth
from ipwrap.kinds.iptnl import PrefixFromTwoKeys
from ipwrap.kinds.ipv4_conf import Ipv4Conf, Ipv4ConfCodec
from ipwrap.kinds.link_options import Reason, Vf, VfCodec, Xdp, XdpCodec
from ipwrap.kinds.macsec import Sci, Window
from ipwrap.kinds.macvlan import Macaddr
from ipwrap.kinds.tunnel import BothDirections, Endpoint, Key, OneDirection, Ttl, Vni
from ipwrap.kinds.vlan import QosMap
from ipwrap.kinds.vxlan import PortRange
from ipwrap.options.codecs import (
    Altnames,
    Choice,
    ChoiceOr,
    Codec,
    Dsfield,
    ExistingLink,
    Family,
    Flag,
    FlagListMember,
    Hex,
    Ip,
    KeywordPair,
    Mac,
    Netns,
    NewName,
    NoPrefixFlag,
    Number,
    OnOff,
    Prefix,
    ReadOnly,
    Text,
    Words,
    ZeroOne,
)
from ipwrap.options.codecs.words import PresenceChoice
from ipwrap.options.codecs.wrappers import ChoiceWithOwnKey, NestedKey, WrapperCodec
from ipwrap.options.table import Option, options_of
from ipwrap.qdiscs.codel import Selector
from ipwrap.qdiscs.fq import Numbers
from ipwrap.qdiscs.htb import Minor
from ipwrap.qdiscs.netem import Random, SlotDistribution
from ipwrap.qdiscs.units import Ago, Percent, Percents, Rate, Seconds, Share, Size
from ipwrap.tc import Bits as SomeBits
from ipwrap.tc import Cfm, Gact, Lse, Mirred, Offset, Police, Stab, filters, u32
from ipwrap.tc.actions import Actions, Control, Cookie, Exceed
from ipwrap.tc.actions import Random as RandomVerdict
from ipwrap.tc.filters import CfmCodec, LseStack, PositionalValue
from ipwrap.tc.ids import ClassId, Handle
from ipwrap.tc.qdisc import Estimator, StabCodec

__all__ = ["ANY_TEXT", "JSON", "TEXTS", "in_json", "said", "settled", "shown", "values"]

ANY_TEXT = st.text(st.characters(codec=None), max_size=140)  # with lone surrogates, NUL and all

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@'\"$ \\#*~é"
NAMES = st.text(LETTERS.replace(" ", ""), min_size=1, max_size=7).map(lambda text: f"n{text}")
LONG = st.text(LETTERS.replace(" ", ""), min_size=16, max_size=60).map(lambda text: f"n{text}")
NETNS = st.text(LETTERS, min_size=1, max_size=40).map(lambda text: f"n{text}")
MACS = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))
V4 = st.ip_addresses(v=4).map(str)
V6 = st.ip_addresses(v=6).map(lambda address: str(ipaddress.IPv6Address(int(address))))
ADDRESSES = st.one_of(V4, V6)
PREFIXES = st.one_of(
    ADDRESSES,
    st.just("default"),
    st.tuples(V4, st.integers(0, 32)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    st.tuples(V6, st.integers(0, 128)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
)
WORDS = st.text(LETTERS, min_size=1, max_size=20)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
PERCENT = st.one_of(
    st.integers(0, 100), st.integers(0, 100 * 10**6).map(lambda parts: parts / 10**6)
)
TIMES = st.one_of(st.integers(1, 9), st.sampled_from((0.5, "100ms", "1.5s", "20us")))
PRIORITIES = st.dictionaries(st.integers(0, 7), st.integers(0, 2**32 - 1), max_size=8)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def masked(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """Return numbers, some of them with a mask."""
    return st.one_of(numbers, st.builds(Masked, numbers, numbers))


def between(most: int) -> st.SearchStrategy[tuple[int, int]]:
    """Return pairs of numbers, the lower one first."""
    number = st.integers(0, most)
    return st.tuples(number, number).map(lambda pair: (min(pair), max(pair)))


def macaddr() -> st.SearchStrategy[tuple[str, ...]]:
    """Return what can be done with a list of source addresses."""
    return st.one_of(
        st.just(("flush",)),
        MACS.map(lambda mac: ("add", mac)),
        MACS.map(lambda mac: ("del", mac)),
        st.lists(MACS, min_size=1, max_size=4).map(lambda macs: ("set", *macs)),
    )


def split_prefixes(version: int) -> st.SearchStrategy[str]:
    """Return prefixes of one version of IP, each with its length."""
    address, longest = (V6, 128) if version == 6 else (V4, 32)
    return st.tuples(address, st.integers(0, longest)).map(lambda pair: f"{pair[0]}/{pair[1]}")


def targets(version: int, fewest: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    """Return addresses to look for, as a bond has them."""
    return st.lists(V6 if version == 6 else V4, min_size=fewest, max_size=16).map(tuple)


def said(cls: type) -> st.SearchStrategy[dict[str, Any]]:
    """Return values for some rows of a table, by their names."""
    return st.fixed_dictionaries(
        {}, optional={row.name: values(row.codec) for row in options_of(cls) if row.keyword}
    )


def values(codec: Codec) -> st.SearchStrategy[Any]:
    """Return values that the codec takes."""
    match codec:
        case ChoiceOr(choices=choices, other=other):
            return st.one_of(st.sampled_from(choices), values(other)) if choices else values(other)
        case ChoiceWithOwnKey(choice=choice, inner=other):
            return st.one_of(st.just(choice), values(other))
        case WrapperCodec(inner=other):
            return values(other)
        case Endpoint(version=version):
            return V6 if version == 6 else V4
        case Targets(version=version):
            return targets(version)
        case Key(no=no):
            return st.one_of(st.integers(0, 2**32 - 1), V4, *([st.just(False)] if no else []))
        case PrefixFromTwoKeys(version=version):
            return split_prefixes(version)
        case Flag():
            return st.just(True)
        case NoPrefixFlag() | ZeroOne() | OnOff() | KeywordPair():
            return st.booleans()
        case Choice(choices=choices):
            return st.sampled_from(choices)
        case Number(low=low, high=high):
            return st.integers(low, high)
        case VfCodec():
            vf = st.builds(lambda num, some: Vf(num=num, **some), st.integers(0, 255), said(Vf))
            return st.one_of(vf, st.lists(vf, min_size=1, max_size=3).map(tuple))
        case Ipv4ConfCodec():
            return st.builds(
                Ipv4Conf, forwarding=st.booleans(), rp_filter=st.none() | st.integers(0, 2)
            )
        case XdpCodec():
            return st.one_of(st.just("off"), said(Xdp).map(lambda some: Xdp(**some)))
        case Ports():
            return st.one_of(masked(st.integers(0, 65535)), between(65535))
        case Dscp():
            return st.one_of(masked(st.integers(0, 63)), st.sampled_from(("CS6", "AF11")))
        case Bits(number=number):
            return masked(values(number))
        case ReadOnly():
            return st.integers(0, 99)
        case Metric(number=number):
            return st.one_of(values(number), st.builds(Locked, values(number)))
        case Numbers(number=number, fewest=fewest, most=most):
            return st.lists(values(number), min_size=max(1, fewest), max_size=most).map(tuple)
        case Percents(names=names):
            return st.lists(PERCENT, min_size=1, max_size=len(names)).map(tuple)
        case Size(low=low, high=high):
            return st.integers(low, high)
        case filters.Masked(number=number):
            return st.one_of(values(number), st.sampled_from(("0x1/0x3", "tcp")))
        case u32.Match(other=other):
            return values(other)
        case CommaList(item=each):
            return st.lists(values(each), min_size=1, max_size=3).map(tuple)
        case EncapCodec():
            return st.one_of([encap(cls) for cls in TYPES.values() if cls not in (Seg6local, Bpf)])
        case NextHops():
            ways = said(NextHop).map(lambda some: NextHop(**{**some, "encap": None}))
            return st.lists(ways, min_size=1, max_size=3).map(tuple)
        case _:
            return BY_CLASS[type(codec)]


def encap(cls: type[Encap]) -> st.SearchStrategy[Encap]:
    """Return what a route wraps its packets in, of one type."""
    first = [each.name for each in attrs.fields(cls) if "option" not in each.metadata]
    return st.tuples(said(cls), st.lists(WORDS, min_size=len(first), max_size=len(first))).map(
        lambda pair: cls(**pair[0], **dict(zip(first, pair[1], strict=True)))
    )


VERDICTS = st.one_of(st.sampled_from(("drop", "pass", "pipe")), st.integers(0, 2**28 - 1))
ACTIONS = ((Gact("drop"),), (Mirred(dev="v1"), Gact(7)), (Police(rate="1mbit", burst=10240),))

BY_CLASS: dict[type[Codec], st.SearchStrategy[Any]] = {
    Actions: st.sampled_from(ACTIONS),
    Ago: TIMES,
    Altnames: st.one_of(LONG, st.lists(st.one_of(NAMES, LONG), min_size=1, max_size=3).map(tuple)),
    ViaAs: ADDRESSES,
    NumberRange: between(2**32 - 1),
    CfmCodec: st.sampled_from((Cfm(mdl=3), Cfm(mdl=3, op=5))),
    ClassId: st.sampled_from(("1:", "1:20", "ffff:fff1")),
    Codec: st.one_of(WORDS, st.integers(0, 99)),
    ExistingLink: st.one_of(NAMES, LONG),
    Control: VERDICTS,
    Cookie: st.sampled_from(("cafe01", "ff")),
    Dsfield: st.one_of(st.integers(0, 255), st.sampled_from(("AF11", "EF", "CS6"))),
    Enabled: st.booleans(),
    Estimator: st.sampled_from((("1s", "8s"), (1, 8))),
    Ethertype: st.one_of(
        st.integers(0, 65535), st.sampled_from(("ip", "ipv6", "mpls_uc", "802.1Q"))
    ),
    Family: st.one_of(ADDRESSES, st.tuples(st.just("inet6"), V6)),
    Exceed: st.sampled_from(("drop", ("drop", "pipe"))),
    Frequency: st.just((1, 100)),
    Handle: st.sampled_from(("1:", "ffff:")),
    Ip: ADDRESSES,
    Mac: MACS,
    u32.HashKey: st.just((0xFF, 12)),
    u32.Mark: st.just((7, 0xFF)),
    u32.OffsetCodec: st.just(Offset(at=0, mask=0xF00, shift=6, plus=4, eat=True)),
    u32.PoliceCodec: st.just(Police(rate="1mbit", burst=10240)),
    u32.RawMatch: st.just(
        (SomeBits("u16", 80, 0xFFFF, at=22), SomeBits("u8", 1, 1, at=-4, nexthdr=True))
    ),
    u32.Sample: st.just((SomeBits("u8", 6, 0xFF, at=9), 256)),
    u32.Matches: st.sampled_from(
        ((("u32", "0", "0"),), (("ip", "precedence", "7", "0xff"), ("icmp", "type", "8", "0xff")))
    ),
    Macaddr: macaddr(),
    Members: st.lists(
        st.one_of(
            st.integers(1, 2**32 - 1), st.tuples(st.integers(1, 2**32 - 1), st.integers(1, 65535))
        ),
        min_size=1,
    ),
    Minor: st.sampled_from(("1", "20", "ffff")),
    Minus: st.booleans(),
    Netns: st.one_of(NETNS, st.integers(1, 2**22), st.just("/proc/1/ns/net")),
    NewName: NAMES,
    Owner: st.one_of(st.integers(0, 2**32 - 2), st.sampled_from(("root", "nobody"))),
    Percent: PERCENT,
    PositionalValue: st.none(),
    PortRange: st.tuples(st.integers(0, 65535), st.integers(0, 65535)),
    Prefix: PREFIXES,
    QosMap: PRIORITIES,
    Random: PERCENT,
    RandomVerdict: st.tuples(
        st.sampled_from(("netrand", "determ")), VERDICTS, st.integers(1, 10000)
    ),
    Rate: st.one_of(
        st.integers(1, 2**30).map(lambda octets: octets * 8), st.sampled_from(("10mbit", "1.5gbit"))
    ),
    Reason: st.tuples(st.integers(0, 31), st.booleans()),
    Selector: st.tuples(st.integers(0, 255), st.integers(0, 255)),
    SamplePoint: st.integers(0, 999).map(lambda thousandths: thousandths / 1000),
    Sci: st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}"),
    Sources: st.lists(ADDRESSES, min_size=1, max_size=3),
    Seconds: TIMES,
    Share: st.integers(0, 10**9).map(lambda parts: parts / 10**9),
    SlotDistribution: WORDS,
    Source: PREFIXES,
    LseStack: st.sampled_from(
        ((Lse(depth=1, label=7),), (Lse(depth=1, bos=True), Lse(depth=2, ttl=3, tc=1)))
    ),
    StabCodec: st.builds(
        Stab, overhead=st.integers(-99, 99), linklayer=st.sampled_from(("atm", "ethernet"))
    ),
    State: st.sampled_from(STATES),
    Text: TEXTS,
    Trace: st.just((0x800000, 1, 12)),
    TunnelInfo: st.one_of(
        st.integers(1, 2**24 - 1), st.tuples(st.integers(1, 99), st.integers(100, 2**24 - 1))
    ),
    Words: st.one_of(WORDS, st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
}
BY_CLASS.update(dict.fromkeys(Ip.__subclasses__(), ADDRESSES))
BY_CLASS[Group] = st.ip_addresses(network="224.0.0.0/4").map(str)


def shown(codec: Codec) -> st.SearchStrategy[Any]:
    """Return values that the codec takes and that iproute2's JSON can tell again."""
    match codec:
        case ChoiceWithOwnKey(choice=choice, inner=other):
            return st.one_of(st.just(choice), shown(other))
        case ChoiceOr(other=other) | WrapperCodec(inner=other):
            return shown(other)
        case Key():
            return st.integers(0, 2**32 - 1)
        case Targets(version=version):
            return targets(version, fewest=1)
        case RecentFlag():
            return st.just(True)
        case TdcMode():
            return st.sampled_from(("auto", "manual"))
        case Macaddr():
            return st.lists(MACS, min_size=1, max_size=4).map(lambda macs: ("set", *sorted(macs)))
        case Dsfield():
            return st.one_of(st.integers(1, 255), st.just("AF11"))
        case _:
            return values(codec)


def settled(cls: type, printed: dict[str, Any]) -> dict[str, Any]:
    """Return the values without those that are told by others.

    The halves of a pair, where the pair is there or they are the same and so make one; the 0 of an external tunnel. A
    `ttl` that is not printed is inherited.
    """
    rows = {row.json_key: row for row in options_of(cls) if isinstance(row.codec, OneDirection)}
    pairs = [row for row in options_of(cls) if isinstance(row.codec, BothDirections)]
    ttl = next((row.name for row in options_of(cls) if isinstance(row.codec, Ttl)), None)
    if ttl is not None and "df" in printed:
        printed = {ttl: "inherit", **printed}
    for row in pairs:
        first, second = rows[row.json_key].name, rows[row.codec.second_key].name  # type: ignore[attr-defined]
        if row.name in printed or printed.get(first) == printed.get(second):
            printed = {
                name: value for name, value in printed.items() if name not in (first, second)
            }
    if (
        printed.get("external")
        and any(isinstance(row.codec, Vni) for row in options_of(cls))
        and printed.get("id") == 0
    ):
        printed = {name: value for name, value in printed.items() if name != "id"}
    return printed


def in_json(row: Option, value: Any) -> dict[str, Any]:
    """Return what iproute2 prints for a value: the model by which the codecs are judged."""
    key = str(row.json_key)
    match row.codec:
        case ChoiceWithOwnKey(choice=choice, mark=mark) if value == choice:
            return {mark: True}
        case Ttl() if value == "inherit":
            return {}
        case NestedKey(inner=other):
            outer, _, inner = key.partition(".")
            return {outer: in_json(Option(other, row.keyword, inner), value)}
        case BothDirections(inner=other, second_key=second):
            return {
                each: shown
                for one in (key, second)
                for each, shown in _as_other(row, other, one, value)
            }
        case ChoiceOr(other=other) | WrapperCodec(inner=other):
            return dict(_as_other(row, other, key, value))
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


def _as_other(row: Option, codec: Codec, key: str, value: Any) -> Iterable[tuple[str, Any]]:
    """Return what is printed for a value by another codec, under another key."""
    return in_json(Option(codec, row.keyword, key), value).items()
