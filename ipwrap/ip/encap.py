"""What a route wraps its packets in: `encap TYPE …` of `ip route`. ip-route(8); iproute2's ip/iproute_lwtunnel.c.

::

    session.ip.route.add("10.9.0.0/16", dev="v0", encap=Mpls(labels="100/200", ttl=64))

Each class is one type; its fields are that type's options. Numbers have the ranges of the C file.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from attrs import fields, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.link_options import Xdp
from ipwrap.options import validation
from ipwrap.options.codecs import Choice, Codec, ExistingLink, Flag, Ip, Number, Words
from ipwrap.options.table import option, parse_args, to_args

__all__ = [
    "Bpf",
    "Encap",
    "EncapCodec",
    "Ila",
    "Ioam6",
    "Ip4",
    "Ip6",
    "Mpls",
    "Rpl",
    "Seg6",
    "Seg6local",
    "Xfrm",
    "with_encap",
]

U8, U16, U32 = Number(0, 2**8 - 1), Number(0, 2**16 - 1), Number(0, 2**32 - 1)
MOST_FREQ = 1_000_000
SHORT = 3  # `encap`, the type, one word
NOT_LAST = frozenset({"ioam6"})  # their parsers read beyond the end of the line

Seg6Mode = Literal["inline", "encap", "l2encap", "encap.red", "l2encap.red"]
End = Literal[
    "End",
    "End.X",
    "End.T",
    "End.B6",
    "End.B6.Encaps",
    "End.BM",
    "End.S",
    "End.AS",
    "End.AM",
    "End.BPF",
]
EndD = Literal["End.DX2", "End.DX6", "End.DX4", "End.DT6", "End.DT4", "End.DT46"]
Flavor = Literal["psp", "usp", "usd", "next-csid"]


@frozen
class CommaList(Codec):
    """Several values in one word, separated by commas."""

    item: Codec

    def format(self, word: str, value: Any) -> str:
        """Return the word. Raises `InvalidArgument` for none at all."""
        values = (value,) if isinstance(value, str) else tuple(value)
        if not values:
            raise InvalidArgument(f"{word}: give at least one")
        return ",".join(self.item.format(word, one) for one in values)

    def with_choices(self, words: tuple[str, ...]) -> "CommaList":
        """Return the codec for the words of a `Literal`."""
        return CommaList(self.item.with_choices(words))

    def parse(self, text: str) -> Any:
        """Return the values."""
        return tuple(self.item.parse(one) for one in text.split(","))

    def to_python(self, value: Any) -> Any:
        """Return one value as such."""
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value


@frozen
class Program(Codec):
    """A BPF program and where it is: `in object FILE section NAME`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the words of the program."""
        return (word, *to_args(Xdp, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the program."""
        said, count = parse_args(Xdp, words[1:])
        return Xdp(**said), count + 1


@frozen
class Frequency(Codec):
    """So many packets out of so many: ``(1, 100)`` is `freq 1/100`."""

    def format(self, word: str, value: Any) -> str:
        """Return the word. Raises `InvalidArgument` unless 1 <= k <= n <= 1000000."""
        some, of = value
        if not 1 <= some <= of <= MOST_FREQ:
            raise InvalidArgument(
                f"{word}: {value!r} is not a pair of 1 to {MOST_FREQ}, the first no more than the second"
            )
        return f"{some}/{of}"

    def parse(self, text: str) -> Any:
        """Return the pair."""
        some, _, of = text.partition("/")
        return int(some), int(of)


@frozen
class Trace(Codec):
    """A trace of in-situ OAM: `trace prealloc type TYPE ns NUMBER size BYTES`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words. Raises `InvalidArgument` for a size that is no multiple of 4, or above 244."""
        kind, namespace, size = value
        if size % 4:
            raise InvalidArgument(f"{word}: the size {size} is no multiple of 4 bytes")
        said = (
            Number(1, 2**24 - 1).format_args("type", kind),
            U16.format_args("ns", namespace),
            Number(4, 244).format_args("size", size),
        )
        return (word, "prealloc", *(part for each in said for part in each))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the type, the namespace and the size."""
        if (*words[1:3], words[4], words[6]) != ("prealloc", "type", "ns", "size"):
            raise InvalidArgument(f"{' '.join(words)}: not a trace")
        return tuple(int(words[place], 0) for place in (3, 5, 7)), 8


@frozen(kw_only=True)
class Encap:
    """What packets are wrapped in. The base of the others."""

    type: ClassVar[str] = ""

    def to_args(self) -> tuple[str, ...]:
        """Return the words after `encap`."""
        return (self.type, *to_args(type(self), self))

    @classmethod
    def parse_args(cls, words: Sequence[str]) -> tuple[Self, int]:
        """Return what words after the type say, and how many of them do."""
        first = [each.name for each in fields(cls) if "option" not in each.metadata]
        said, count = parse_args(cls, words[len(first) :])
        return cls(**dict(zip(first, words, strict=False)), **said), count + len(first)


@frozen
class EncapCodec(Words):
    """An `Encap`, or the words after the keyword as they are."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the words."""
        return (
            (word, *value.to_args())
            if isinstance(value, Encap)
            else super().format_args(word, value)
        )

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the `Encap` that the words after the keyword say."""
        found, count = TYPES[words[1]].parse_args(words[2:])
        return found, count + 2


def with_encap(cls: type, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words of a table that has ``encap`` last, in an order in which iproute2 takes them for what they are.

    iproute_modify() and parse_one_nh() in ip/iproute.c go on with what the encapsulation left.

    An encapsulation has options of the same names as a route (`src`, `tos`), or takes whatever follows (`xfrm`): so it
    stands last. One of a single word (`mpls 100`) cannot, says lwt_parse_encap(), nor can `ioam6`, says
    parse_encap_ioam6(): those stand first.
    """
    alone = to_args(cls, {"encap": values.get("encap")})
    if len(alone) != SHORT and NOT_LAST.isdisjoint(alone[1:2]):
        return to_args(cls, values)
    return (*alone, *to_args(cls, {**values, "encap": None}))


@frozen
class Mpls(Encap):
    """`encap mpls LABEL[/LABEL…]`: a stack of labels. parse_encap_mpls()."""

    type: ClassVar[str] = "mpls"
    labels: str
    ttl: int | None = option(U8)

    def to_args(self) -> tuple[str, ...]:
        """Return the type, the labels and the rest."""
        return (
            self.type,
            validation.check_argument(self.labels, "labels"),
            *to_args(type(self), self),
        )


@frozen(kw_only=True)
class Tunnel(Encap):
    """What `encap ip` and `encap ip6` share; the outer packet is made by the route's device (an `external` tunnel).

    ``geneve_opts`` is CLASS:TYPE:DATA, several separated by commas; ``erspan_opts`` VERSION:INDEX:DIR:HWID.
    """

    id: int | None = option(Number(0, 2**64 - 1))
    dst: str | None = option(Ip())
    src: str | None = option(Ip())
    geneve_opts: str | None = option(Codec(), since="5.8")
    vxlan_opts: int | None = option(U32, since="5.8")
    erspan_opts: str | None = option(Codec(), since="5.8")
    key: bool | None = option(Flag())
    csum: bool | None = option(Flag())
    seq: bool | None = option(Flag())


@frozen(kw_only=True)
class Ip4(Tunnel):
    """`encap ip`: IPv4. parse_encap_ip()."""

    type: ClassVar[str] = "ip"
    tos: int | None = option(U8)
    ttl: int | None = option(U8)


@frozen(kw_only=True)
class Ip6(Tunnel):
    """`encap ip6`: IPv6. parse_encap_ip6()."""

    type: ClassVar[str] = "ip6"
    tc: int | None = option(U8)
    hoplimit: int | None = option(U8)


@frozen
class Ila(Encap):
    """`encap ila LOCATOR`: identifier locator addressing. parse_encap_ila()."""

    type: ClassVar[str] = "ila"
    locator: str
    csum_mode: Literal["adj-transport", "neutral-map", "neutral-map-auto", "no-action"] | None = (
        option(Choice(), keyword="csum-mode")
    )
    ident_type: (
        Literal[
            "luid", "use-format", "iid", "virt-v4", "virt-uni-v6", "virt-multi-v6", "nonlocal-addr"
        ]
        | None
    ) = option(Choice(), keyword="ident-type")
    hook_type: Literal["output", "input"] | None = option(Choice(), keyword="hook-type")

    def to_args(self) -> tuple[str, ...]:
        """Return the type, the locator and the rest."""
        return (
            self.type,
            validation.check_argument(self.locator, "locator"),
            *to_args(type(self), self),
        )


@frozen(kw_only=True)
class Seg6(Encap):
    """`encap seg6`: a segment routing header. parse_encap_seg6(). ``mode`` and ``segs`` are needed.

    ``lookup`` is the table in which the way to the first segment is looked up.
    """

    type: ClassVar[str] = "seg6"
    mode: Seg6Mode | None = option(Choice())
    tunsrc: str | None = option(Ip(), since="6.12")
    segs: str | Sequence[str] | None = option(CommaList(Ip()))
    hmac: int | None = option(U32)
    lookup: str | int | None = option(Codec(), since="7.3")


@frozen
class Srh(Codec):
    """A segment routing header within `seg6local`: its segments, or those and the number of a key."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `srh segs …` with or without `hmac …`."""
        return (word, *to_args(Seg6, {"segs": value.segs, "hmac": value.hmac}))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the segments, and the number of a key."""
        said, count = parse_args(Seg6, words[1:])
        return Seg6(**said), count + 1


@frozen(kw_only=True)
class Seg6local(Encap):
    """`encap seg6local`: what the end of a segment does. parse_encap_seg6local(). ``action`` is needed.

    ``srh`` is a `Seg6` of which ``segs`` and ``hmac`` count. ``lblen`` and ``nflen`` go with the flavor "next-csid".
    """

    type: ClassVar[str] = "seg6local"
    action: End | EndD | None = option(Choice())
    table: str | int | None = option(Codec())
    vrftable: str | int | None = option(Codec(), since="5.11")
    nh4: str | None = option(Ip())
    nh6: str | None = option(Ip())
    iif: str | None = option(ExistingLink())
    oif: str | None = option(ExistingLink())
    count: bool | None = option(Flag(), since="5.14")
    flavors: Flavor | Sequence[Flavor] | None = option(CommaList(Choice()), since="6.1")
    lblen: int | None = option(U8, since="6.1")
    nflen: int | None = option(U8, since="6.1")
    srh: Seg6 | None = option(Srh())
    endpoint: Xdp | None = option(Program())


@frozen(kw_only=True)
class Rpl(Encap):
    """`encap rpl`: a source route for lossy networks. parse_encap_rpl(), since iproute2 5.8. ``segs`` is needed."""

    type: ClassVar[str] = "rpl"
    segs: str | Sequence[str] | None = option(CommaList(Ip()), since="5.8")


@frozen(kw_only=True)
class Ioam6(Encap):
    """`encap ioam6`: in-situ OAM. parse_encap_ioam6(), since iproute2 5.15.

    ``trace`` is the bits of its type, the number of the IOAM namespace and the bytes for the data. ``tundst`` is
    needed unless ``mode`` is inline, the default.
    """

    type: ClassVar[str] = "ioam6"
    freq: tuple[int, int] | None = option(Frequency(), since="5.18")
    mode: Literal["inline", "encap", "auto"] | None = option(Choice(), since="5.16")
    tunsrc: str | None = option(Ip(), since="6.12")
    tundst: str | None = option(Ip(), since="5.16")
    trace: tuple[int, int, int] | None = option(Trace(), since="5.15")


@frozen(kw_only=True)
class Bpf(Encap):
    """`encap bpf`: programs on the way in, out and beyond. parse_encap_bpf(). ``headroom`` is in bytes, at least 1."""

    type: ClassVar[str] = "bpf"
    in_: Xdp | None = option(Program(), keyword="in")
    out: Xdp | None = option(Program())
    xmit: Xdp | None = option(Program())
    headroom: int | None = option(Number(1))


@frozen(kw_only=True)
class Xfrm(Encap):
    """`encap xfrm`: an IPsec policy by its number. parse_encap_xfrm(), since iproute2 6.1. ``if_id`` is needed.

    iproute2 ignores every word that follows it: with several next hops only the last can have it.
    """

    type: ClassVar[str] = "xfrm"
    if_id: int | None = option(Number(1), since="6.1")
    link_dev: str | None = option(ExistingLink(), since="6.1")


TYPES: dict[str, type[Encap]] = {
    cls.type: cls for cls in (Bpf, Ila, Ioam6, Ip4, Ip6, Mpls, Rpl, Seg6, Seg6local, Xfrm)
}
