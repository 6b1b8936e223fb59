"""`u32`: a filter by any bytes of a packet."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options import validation
from ipwrap.options.codecs import Codec, ExistingLink, Flag, Mac, Number, Prefix
from ipwrap.options.codecs.numbers import HexWord
from ipwrap.options.table import option, parse_args, to_args
from ipwrap.qdiscs import TcKind
from ipwrap.tc.actions import Actions, Police
from ipwrap.tc.filters import PositionalValue
from ipwrap.tc.ids import ClassId

__all__ = ["U32", "Bits", "Offset"]

BYTE = Number(0, 255)
PORT = Number(0, 65535)
WORD = Number()
NEXT_HEADER = "nexthdr+"
WIDTHS = {"u8": 8, "u16": 16, "u32": 32}

# How many words stand behind `match` and one of these.
MATCHED = {
    "u32": 3,
    "u16": 3,
    "u8": 3,
    "ip": 4,
    "ip6": 4,
    "udp": 4,
    "tcp": 4,
    "icmp": 4,
    "ether": 3,
}


@frozen
class Match(Codec):
    """One field of a packet: `match ip src 10.0.0.0/8`. Numbers have a mask behind them, of all their bits."""

    other: Codec
    mask: str | None = None
    family: str = "ip"

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        mask = () if self.mask is None else (self.mask,)
        return ("match", self.family, word, self.other.format(word, value), *mask)

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return what stands before every match."""
        return ("match",)

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return what the field has to be."""
        mask = () if self.mask is None else (self.mask,)
        count = 4 + len(mask)
        if (*words[1:3], *words[4:count]) != (self.family, word, *mask):
            raise InvalidArgument(f"{' '.join(words[:count])}: not a match of {word}")
        return self.other.parse(words[3]), count


@frozen
class MatchFlag(Flag):
    """A bit of a header that has a word of its own: `match ip nofrag`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words, or nothing for False."""
        return ("match", "ip", word) if super().format_args(word, value) else ()

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return what stands before every match."""
        return ("match",)

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return True for the bit's own word."""
        if tuple(words[1:3]) != ("ip", word):
            raise InvalidArgument(f"{' '.join(words[:3])}: not a match of {word}")
        return True, 3


@frozen
class Mark(Codec):
    """The packet's mark and which of its bits count: `match mark 7 0xff`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(f"{word}: {value!r} is not a mark and its mask, such as (7, 255)")
        mark, mask = (int(WORD.format(word, each)) for each in value)
        if mark & mask != mark:
            raise InvalidArgument(f"{word}: {mark:#x} has bits that the mask {mask:#x} has not")
        return ("match", word, hex(mark), hex(mask))

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return what stands before every match."""
        return ("match",)

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the mark and its mask."""
        if words[1] != word:
            raise InvalidArgument(f"{words[1]!r} is not {word}")
        return (int(words[2], 0), int(words[3], 0)), 4


@frozen
class Matches(Codec):
    """Any matches, each as the words that stand behind `match`."""

    repeatable: ClassVar[bool] = True

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words of all."""
        if isinstance(value, str) or not all(
            isinstance(each, (tuple, list)) and each for each in value
        ):
            raise InvalidArgument(
                f"{word}: {value!r} is not a tuple of matches such as (('u32', '0', '0'),)"
            )
        return tuple(
            part
            for each in value
            for part in ("match", *(validation.check_argument(one, word) for one in each))
        )

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return one match; another may follow."""
        count = (
            3
            if words[1:3] and words[2] in ("src", "dst") and words[1].startswith("ip")
            else MATCHED[words[1]]
        )
        if len(words) <= count or "at" in words[count + 1 : count + 2]:
            raise InvalidArgument(f"{' '.join(words)}: not a match")
        return (tuple(words[1 : count + 1]),), count + 1


@frozen
class Bits:
    """Some bits at some place: `u32 0x50 0xffff at 20`. tc/f_u32.c.

    ``at`` is in bytes from the start of the IP header, or from the end of it where ``nexthdr`` is True.
    """

    width: Literal["u8", "u16", "u32"]
    value: int
    mask: int
    at: int = 0
    nexthdr: bool = False

    def words(self) -> tuple[str, ...]:
        """Return the words. Raises `InvalidArgument` for what is too wide."""
        if self.width not in WIDTHS:
            raise InvalidArgument(f"width: {self.width!r} is not one of {', '.join(WIDTHS)}")
        widest = Number(0, 2 ** WIDTHS[self.width] - 1)
        value, mask = (int(widest.format(self.width, each)) for each in (self.value, self.mask))
        at = Number(-(2**31), 2**31 - 1).format("at", self.at)
        return (self.width, hex(value), hex(mask), "at", NEXT_HEADER + at if self.nexthdr else at)

    @classmethod
    def from_words(cls, words: Sequence[str]) -> Self:
        """Return the bits that `u32 0x50 0xffff at 20` says."""
        width, value, mask, at, place = words[:5]
        if at != "at" or width not in WIDTHS:
            raise InvalidArgument(f"{' '.join(words[:5])}: not bits at a place")
        next_ = place.startswith(NEXT_HEADER)
        at_ = int(place.removeprefix(NEXT_HEADER), 0)
        return cls(width, int(value, 0), int(mask, 0), at_, next_)  # type: ignore[arg-type]  # it is one of WIDTHS


@frozen
class RawMatch(Codec):
    """Bits at any places, each behind `match`."""

    repeatable: ClassVar[bool] = True

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words of all."""
        several = (value,) if isinstance(value, Bits) else tuple(value)
        if not several or not all(isinstance(each, Bits) for each in several):
            raise InvalidArgument(
                f"{word}: {value!r} is not Bits such as Bits('u16', 80, 0xffff, at=22), or a tuple of them"
            )
        return tuple(part for each in several for part in ("match", *each.words()))

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return what stands before every match."""
        return ("match",)

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return bits at one place; others may follow."""
        return (Bits.from_words(words[1:]),), 6

    def to_python(self, value: Any) -> Any:
        """Return what is alone as such."""
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value


@frozen(kw_only=True)
class Offset:
    """Where the next header starts, for filters that this one leads to. tc/f_u32.c.

    It is the number at ``at``, masked and shifted right; ``plus`` is added. ``eat`` goes on from there.
    """

    at: int | None = option(Number(-(2**31), 2**31 - 1))
    mask: int | None = option(HexWord(0, 65535))
    shift: int | None = option(Number(0, 15))
    plus: int | None = option(Number(-(2**31), 2**31 - 1))
    eat: bool | None = option(Flag())


@frozen
class OffsetCodec(Codec):
    """`offset at 0 mask 0f00 shift 6 plus 0 eat`: the mask is read in hexadecimal."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, Offset) or not to_args(Offset, value):
            raise InvalidArgument(
                f"{word}: {value!r} is not an Offset such as Offset(at=0, mask=0xf00, shift=6)"
            )
        return (word, *to_args(Offset, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return where the next header starts."""
        said, count = parse_args(Offset, words[1:])
        return Offset(**said), count + 1


@frozen
class HashKey(Codec):
    """Which bits say the bucket: `hashkey mask 0xff at 12`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(
                f"{word}: {value!r} is not a mask and where it is, such as (255, 12)"
            )
        mask, at = value
        return (
            word,
            "mask",
            hex(int(WORD.format(word, mask))),
            "at",
            Number(0, 2**31 - 4).format(word, at),
        )

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the mask, and where it is."""
        if (words[1], words[3]) != ("mask", "at"):
            raise InvalidArgument(f"{' '.join(words[:5])}: not a key")
        return (int(words[2], 0), int(words[4], 0)), 5


@frozen
class PoliceCodec(Codec):
    """`police` with its options, as an action that needs no `action` before it."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, Police):
            raise InvalidArgument(
                f"{word}: {value!r} is not a Police such as Police(rate='1mbit', burst='10kb')"
            )
        return (word, *value.to_args())

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the rate and what goes with it."""
        said, count = parse_args(Police, words[1:])
        return Police(**said), count + 1


@frozen
class Sample(Codec):
    """Which bucket a rule is for, by what a packet would hold: the words of a match, and the table's size."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, tuple) or len(value) != 2 or not isinstance(value[0], Bits):
            raise InvalidArgument(
                f"{word}: {value!r} is not Bits and a divisor, such as (Bits('u8', 6, 0xff, at=9), 256)"
            )
        bits, divisor = value
        return (word, *bits.words(), "divisor", Number(1, 256).format(word, divisor))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the bits, and the size of the table."""
        if words[6] != "divisor":
            raise InvalidArgument(f"{words[6]!r} is not divisor")
        return (Bits.from_words(words[1:]), int(words[7], 0)), 8


@frozen(kw_only=True)
class U32(TcKind):
    """Packets by any of their bytes. tc-u32(8); tc/f_u32.c.

    ``src`` to ``icmp_code`` are of IPv4, and ports and ICMP's types at the place where they are in a packet without IP
    options; those with ``6`` are of IPv6; ``tcp_src`` to ``udp_dst`` start at the next header, which an `Offset` of a
    filter before has to say. ``bits`` are any bits at any place, ``mark`` is a mark and its mask. ``match`` is any
    other, as the words behind `match`: ``(("icmp", "type", "8", "0xff"),)``. ``flowid`` is the class, as "1:20".

    ``divisor``, ``ht``, ``link``, ``order``, ``hashkey``, ``sample`` and ``offset`` are for hash tables; ``others`` are
    plain words for what is no row here.
    """

    kind: ClassVar[str] = "u32"

    src: str | None = option(Match(Prefix()), json_key="")
    dst: str | None = option(Match(Prefix()), json_key="")
    protocol: int | None = option(Match(BYTE, "0xff"), json_key="")
    tos: int | None = option(Match(BYTE, "0xff"), json_key="")
    ihl: int | None = option(Match(Number(0, 15), "0x0f"), json_key="")
    nofrag: bool | None = option(MatchFlag(), json_key="")
    firstfrag: bool | None = option(MatchFlag(), json_key="")
    df: bool | None = option(MatchFlag(), json_key="")
    mf: bool | None = option(MatchFlag(), json_key="")
    sport: int | None = option(Match(PORT, "0xffff"), json_key="")
    dport: int | None = option(Match(PORT, "0xffff"), json_key="")
    icmp_type: int | None = option(Match(BYTE, "0xff"), json_key="")
    icmp_code: int | None = option(Match(BYTE, "0xff"), json_key="")
    src6: str | None = option(Match(Prefix(), family="ip6"), keyword="src", json_key="")
    dst6: str | None = option(Match(Prefix(), family="ip6"), keyword="dst", json_key="")
    protocol6: int | None = option(Match(BYTE, "0xff", "ip6"), keyword="protocol", json_key="")
    priority6: int | None = option(Match(BYTE, "0xff", "ip6"), keyword="priority", json_key="")
    flowlabel6: int | None = option(
        Match(Number(0, 2**20 - 1), "0xfffff", "ip6"), keyword="flowlabel", json_key=""
    )
    tcp_src: int | None = option(Match(PORT, "0xffff", "tcp"), keyword="src", json_key="")
    tcp_dst: int | None = option(Match(PORT, "0xffff", "tcp"), keyword="dst", json_key="")
    udp_src: int | None = option(Match(PORT, "0xffff", "udp"), keyword="src", json_key="")
    udp_dst: int | None = option(Match(PORT, "0xffff", "udp"), keyword="dst", json_key="")
    ether_src: str | None = option(Match(Mac(), family="ether"), keyword="src", json_key="")
    ether_dst: str | None = option(Match(Mac(), family="ether"), keyword="dst", json_key="")
    mark: tuple[int, int] | None = option(Mark(), json_key="")
    bits: Bits | tuple[Bits, ...] | None = option(RawMatch(), json_key="")
    match: tuple[tuple[str, ...], ...] | None = option(Matches())
    offset: Offset | None = option(OffsetCodec(), json_key="")
    hashkey: tuple[int, int] | None = option(HashKey(), json_key="")
    divisor: int | None = option(Number(1, 256), json_key="ht_divisor")
    order: int | None = option(Number(1, 4095))
    ht: str | None = option(Codec(), json_key="key_ht")
    sample: tuple[Bits, int] | None = option(Sample(), json_key="")
    link: str | None = option(Codec())
    others: tuple[str, ...] | None = option(PositionalValue(), json_key="")
    indev: str | None = option(ExistingLink(), json_key="input_dev")
    flowid: str | None = option(ClassId())
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    police: Police | None = option(PoliceCodec(), json_key="")
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), json_key="actions")
