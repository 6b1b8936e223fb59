"""`u32`: a filter by any bytes of a packet."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

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

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["U32", "Bits", "Offset"]

BYTE = Number(0, 255)
PORT = Number(0, 65535)
UINT32 = Number()
INT32 = Number(-(2**31), 2**31 - 1)
NEXT_HEADER = "nexthdr+"
WIDTHS = {"u8": 8, "u16": 16, "u32": 32}

# The number of arguments after `match`, by the first of them: parse_selector() in tc/f_u32.c.
MATCH_LENGTHS = {
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
# An address has its mask in the same argument (10.0.0.0/8), so the match is one argument shorter.
ADDRESS_MATCH_LENGTH = 3


class Match(Codec, frozen=True):
    """One field of a packet: `match ip src 10.0.0.0/8`.

    ``mask`` follows a number, and covers the whole field.
    """

    codec: Codec
    mask: str | None = None
    family: str = "ip"

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the match."""
        args = ("match", self.family, keyword, self.codec.format(keyword, value))
        if self.mask is None:
            return args

        return (*args, self.mask)

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the common keyword of the matches."""
        return ("match",)

    def parse_args(self, keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the value of the field. Raises `InvalidArgument` for a different field or mask."""
        value = args[3]
        expected = ["match", self.family, keyword, value]
        if self.mask is not None:
            expected.append(self.mask)

        # For a different mask `Matches` parses the same arguments instead.
        count = len(expected)
        actual = list(args[:count])
        if actual != expected:
            raise InvalidArgument(f"{' '.join(actual)}: not a match of {keyword}")

        return self.codec.parse(value), count

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of values of the other codec."""
        return self.codec.strategy()


class MatchFlag(Flag, frozen=True):
    """A bit of the IP header with a name in iproute2: `match ip nofrag`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the match; no arguments for False."""
        # iproute2 has no word for a bit that is not set.
        is_set = bool(super().format_args(keyword, value))
        if is_set:
            return ("match", "ip", keyword)

        return ()

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the common keyword of the matches."""
        return ("match",)

    def parse_args(self, keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return True for the name of the bit."""
        if tuple(args[1:3]) != ("ip", keyword):
            raise InvalidArgument(f"{' '.join(args[:3])}: not a match of {keyword}")

        return True, 3


class Mark(Codec, frozen=True):
    """The mark of a packet, and the mask of its significant bits: `match mark 7 0xff`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the match."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a mark and its mask, such as (7, 255)"
            )

        mark, mask = value
        mark = int(UINT32.format(keyword, mark))
        mask = int(UINT32.format(keyword, mask))

        # parse_mark() in tc/f_u32.c refuses the combination, too.
        if mark & mask != mark:
            raise InvalidArgument(f"{keyword}: {mark:#x} has bits outside of the mask {mask:#x}")

        return ("match", keyword, hex(mark), hex(mask))

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the common keyword of the matches."""
        return ("match",)

    def parse_args(self, keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the mark and its mask."""
        if args[1] != keyword:
            raise InvalidArgument(f"{args[1]!r} is not {keyword}")

        mark = int(args[2], 0)
        mask = int(args[3], 0)
        return (mark, mask), 4

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of a mark and its mask."""
        from hypothesis import strategies as st

        return st.just((7, 0xFF))


class Matches(Codec, frozen=True):
    """Any matches, each a tuple of the arguments after `match`."""

    repeatable: ClassVar[bool] = True

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the matches."""
        if isinstance(value, str) or not all(_is_argument_list(match) for match in value):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a tuple of matches such as (('u32', '0', '0'),)"
            )

        args: list[str] = []
        for match in value:
            args.append("match")
            args += [validation.check_argument(argument, keyword) for argument in match]

        return tuple(args)

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return one match, in a tuple. Raises `InvalidArgument` for a match with `at`."""
        length = _match_length(args)
        # A match with `at` is `Bits`, which `RawMatch` parses.
        end = length + 1
        has_offset = "at" in args[end : end + 1]
        if len(args) < end or has_offset:
            raise InvalidArgument(f"{' '.join(args)}: not a match")

        match = tuple(args[1:end])
        return (match,), end

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of tuples of matches."""
        from hypothesis import strategies as st

        return st.sampled_from(
            (
                (("u32", "0", "0"),),
                (("ip", "precedence", "7", "0xff"), ("icmp", "type", "8", "0xff")),
            )
        )


def _is_argument_list(match: Any) -> bool:
    """Return whether a value is a tuple or list with at least one argument."""
    return isinstance(match, (tuple, list)) and len(match) > 0


def _match_length(args: Sequence[str]) -> int:
    """Return the number of arguments after `match`. Raises `KeyError` for an unknown protocol."""
    if _is_address_match(args):
        return ADDRESS_MATCH_LENGTH

    return MATCH_LENGTHS[args[1]]


def _is_address_match(args: Sequence[str]) -> bool:
    """Return whether arguments match an IP address, such as `match ip6 src fd00::/8`."""
    if len(args) < 3:
        return False

    return args[1].startswith("ip") and args[2] in ("src", "dst")


@frozen
class Bits:
    """Some bits at an offset: `u32 0x50 0xffff at 20`. tc/f_u32.c.

    ``at`` is in bytes from the start of the IP header; of the next header if ``nexthdr`` is True.
    """

    width: Literal["u8", "u16", "u32"]
    value: int
    mask: int
    at: int = 0
    nexthdr: bool = False

    def to_args(self) -> tuple[str, ...]:
        """Return the arguments. Raises `InvalidArgument` for a value or mask above the width."""
        if self.width not in WIDTHS:
            raise InvalidArgument(f"width: {self.width!r} is not one of {', '.join(WIDTHS)}")

        number = Number(0, 2 ** WIDTHS[self.width] - 1)
        value = int(number.format(self.width, self.value))
        mask = int(number.format(self.width, self.mask))

        offset = INT32.format("at", self.at)
        if self.nexthdr:
            offset = NEXT_HEADER + offset

        return (
            self.width,
            hex(value),
            hex(mask),
            "at",
            offset,
        )

    @classmethod
    def from_args(cls, args: Sequence[str]) -> Self:
        """Return the bits of arguments such as `u32 0x50 0xffff at 20`."""
        width, value, mask, at, offset = args[:5]
        if at != "at" or width not in WIDTHS:
            raise InvalidArgument(f"{' '.join(args[:5])}: not bits at an offset")

        return cls(
            width,  # type: ignore[arg-type]  # a key of WIDTHS
            int(value, 0),
            int(mask, 0),
            at=int(offset.removeprefix(NEXT_HEADER), 0),
            nexthdr=offset.startswith(NEXT_HEADER),
        )


class BitsCodec(Codec, frozen=True):
    """Bits at any offsets, with the keyword `match` before each of them."""

    repeatable: ClassVar[bool] = True

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the matches."""
        matches = (value,) if isinstance(value, Bits) else tuple(value)
        if not matches or not all(isinstance(match, Bits) for match in matches):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not Bits such as Bits('u16', 80, 0xffff, at=22),"
                " or a tuple of Bits"
            )

        args: list[str] = []
        for match in matches:
            args += ("match", *match.to_args())

        return tuple(args)

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the common keyword of the matches."""
        return ("match",)

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the bits of one match, in a tuple."""
        bits = Bits.from_args(args[1:])
        return (bits,), 6

    def to_python(self, value: Any) -> Any:
        """Return a single match without its tuple."""
        if isinstance(value, tuple) and len(value) == 1:
            return value[0]

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of tuples of bits."""
        from hypothesis import strategies as st

        return st.just(
            (
                Bits("u16", 80, 0xFFFF, at=22),
                Bits("u8", 1, 1, at=-4, nexthdr=True),
            )
        )


@frozen(kw_only=True)
class Offset:
    """The start of the next header, for the filters that this filter links to. tc/f_u32.c.

    The start is the number at ``at``, masked and shifted right, plus ``plus``. With ``eat`` the
    offsets in linked filters count from the next header.
    """

    at: int | None = option(INT32)
    mask: int | None = option(HexWord(0, 65535))
    shift: int | None = option(Number(0, 15))
    plus: int | None = option(INT32)
    eat: bool | None = option(Flag())


class OffsetCodec(Codec, frozen=True):
    """The options of an `Offset` after the keyword: `offset at 0 mask 0f00 shift 6 plus 0 eat`.

    parse_offset() in tc/f_u32.c reads the mask in hexadecimal, with or without 0x.
    """

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the options."""
        if not isinstance(value, Offset) or not to_args(Offset, value):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not an Offset such as Offset(at=0, mask=0xf00, shift=6)"
            )

        return (keyword, *to_args(Offset, value))

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the `Offset`."""
        options, count = parse_args(Offset, args[1:])
        return Offset(**options), count + 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of an offset."""
        from hypothesis import strategies as st

        return st.just(Offset(at=0, mask=0xF00, shift=6, plus=4, eat=True))


class HashKey(Codec, frozen=True):
    """The bits that choose the bucket of a hash table: `hashkey mask 0xff at 12`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword, the mask and the offset."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a mask and its offset, such as (255, 12)"
            )

        mask, offset = value
        # parse_hashkey() reads the mask in base 16, with or without 0x.
        return (
            keyword,
            "mask",
            hex(int(UINT32.format(keyword, mask))),
            "at",
            Number(0, 2**31 - 4).format(keyword, offset),
        )

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the mask and the offset."""
        # parse_hashkey() accepts either order; ipwrap writes the mask first.
        _, mask_keyword, mask, at_keyword, offset = args[:5]
        if (mask_keyword, at_keyword) != ("mask", "at"):
            raise InvalidArgument(f"{' '.join(args[:5])}: not a key")

        key = (int(mask, 0), int(offset, 0))
        return key, 5

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of a mask and its position."""
        from hypothesis import strategies as st

        return st.just((0xFF, 12))


class PoliceCodec(Codec, frozen=True):
    """The options of a `Police` after the keyword `police`, without the keyword `action`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the options."""
        if not isinstance(value, Police):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a Police such as Police(rate='1mbit', burst='10kb')"
            )

        return (keyword, *value.to_args())

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the `Police`."""
        options, count = parse_args(Police, args[1:])
        return Police(**options), count + 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of a policer."""
        from hypothesis import strategies as st

        return st.just(Police(rate="1mbit", burst=10240))


class Sample(Codec, frozen=True):
    """The bucket of a rule, from the bits of a sample packet and the size of the hash table."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword, the match and the size of the table."""
        is_pair = isinstance(value, tuple) and len(value) == 2
        if not is_pair or not isinstance(value[0], Bits):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not Bits and a divisor, such as"
                " (Bits('u8', 6, 0xff, at=9), 256)"
            )

        bits, divisor = value
        return (
            keyword,
            *bits.to_args(),
            "divisor",
            Number(1, 256).format(keyword, divisor),
        )

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the bits, and the size of the table."""
        if args[6] != "divisor":
            raise InvalidArgument(f"{args[6]!r} is not divisor")

        bits = Bits.from_args(args[1:])
        divisor = int(args[7], 0)
        return (bits, divisor), 8

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of bits and a divisor."""
        from hypothesis import strategies as st

        return st.just((Bits("u8", 6, 0xFF, at=9), 256))


@frozen(kw_only=True)
class U32(TcKind):
    """Matches packets by any of their bytes. tc-u32(8); tc/f_u32.c.

    ``src`` to ``icmp_code`` are fields of IPv4; ports and ICMP types have their offset in a packet
    without IP options. Names with ``6`` are fields of IPv6. ``tcp_src`` to ``udp_dst`` start at the
    next header, which needs the `Offset` of a previous filter. ``bits`` are bits at any offset,
    ``mark`` is a mark and its mask. ``match`` is any further match, as the arguments after `match`:
    ``(("icmp", "type", "8", "0xff"),)``. ``flowid`` is the class, such as "1:20".

    ``divisor``, ``ht``, ``link``, ``order``, ``hashkey``, ``sample`` and ``offset`` are for hash
    tables; ``others`` are plain arguments for options without a field in this class.
    """

    kind: ClassVar[str] = "u32"

    # IPv4, with the ports and ICMP types of a packet without IP options.
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
    # IPv6: iproute2 has the same keywords after `match ip6`.
    src6: str | None = option(Match(Prefix(), family="ip6"), keyword="src", json_key="")
    dst6: str | None = option(Match(Prefix(), family="ip6"), keyword="dst", json_key="")
    protocol6: int | None = option(Match(BYTE, "0xff", "ip6"), keyword="protocol", json_key="")
    priority6: int | None = option(Match(BYTE, "0xff", "ip6"), keyword="priority", json_key="")
    flowlabel6: int | None = option(
        Match(Number(0, 2**20 - 1), "0xfffff", "ip6"), keyword="flowlabel", json_key=""
    )
    # Ports after the next header, whose start needs the `Offset` of a previous filter.
    tcp_src: int | None = option(Match(PORT, "0xffff", "tcp"), keyword="src", json_key="")
    tcp_dst: int | None = option(Match(PORT, "0xffff", "tcp"), keyword="dst", json_key="")
    udp_src: int | None = option(Match(PORT, "0xffff", "udp"), keyword="src", json_key="")
    udp_dst: int | None = option(Match(PORT, "0xffff", "udp"), keyword="dst", json_key="")
    # Ethernet, and the mark of the kernel.
    ether_src: str | None = option(Match(Mac(), family="ether"), keyword="src", json_key="")
    ether_dst: str | None = option(Match(Mac(), family="ether"), keyword="dst", json_key="")
    mark: tuple[int, int] | None = option(Mark(), json_key="")
    # Matches without a field above.
    bits: Bits | tuple[Bits, ...] | None = option(BitsCodec(), json_key="")
    match: tuple[tuple[str, ...], ...] | None = option(Matches())
    # Hash tables and links between filters.
    offset: Offset | None = option(OffsetCodec(), json_key="")
    hashkey: tuple[int, int] | None = option(HashKey(), json_key="")
    divisor: int | None = option(Number(1, 256), json_key="ht_divisor")
    order: int | None = option(Number(1, 4095))
    ht: str | None = option(Codec(), json_key="key_ht")
    sample: tuple[Bits, int] | None = option(Sample(), json_key="")
    link: str | None = option(Codec())
    # The class, the actions and their offload to the device.
    others: tuple[str, ...] | None = option(PositionalValue(), json_key="")
    indev: str | None = option(ExistingLink(), json_key="input_dev")
    flowid: str | None = option(ClassId())
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    police: Police | None = option(PoliceCodec(), json_key="")
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), json_key="actions")
