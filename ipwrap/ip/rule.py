"""`ip rule`: which table of routes a packet is looked up in. ip-rule(8); iproute2's ip/iprule.c."""

from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import field, frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.models import Rule
from ipwrap.options.codecs import Choice, Codec, Dsfield, Flag, Ip, NewName, Number, Prefix
from ipwrap.options.converters import IpAddress, IpPrefix
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, family_words

__all__ = ["Masked", "RuleAction", "RuleFilter", "RuleFlush", "RuleOptions", "RuleVerbs"]

RuleAction = Literal["unicast", "blackhole", "unreachable", "prohibit"]
U16 = Number(0, 2**16 - 1)
U20 = Number(0, 2**20 - 1)
U32 = Number()


@frozen
class Masked:
    """A value of which only the bits in the mask count: ``fwmark=Masked(1, 0xff)`` is `fwmark 0x1/0xff`."""

    value: int | str
    mask: int


@frozen
class Bits(Codec):
    """A number, or one with a mask; both are written in hexadecimal, as iproute2 prints them."""

    number: Number

    def format(self, word: str, value: Any) -> str:
        """Return `0x1` or `0x1/0xff`."""
        if isinstance(value, Masked):
            return f"{self.one(word, value.value)}/{self.one(word, value.mask)}"
        return self.one(word, value)

    def one(self, word: str, value: Any) -> str:
        """Return one number."""
        return hex(int(self.number.format(word, value)))

    def parse(self, text: str) -> Any:
        """Return the number, or the one with a mask."""
        value, slash, mask = text.partition("/")
        return Masked(self.one_of(value), int(mask, 0)) if slash else self.one_of(value)

    def one_of(self, text: str) -> int | str:
        """Return one number."""
        return int(text, 0)


@frozen
class Dscp(Bits):
    """The upper six bits of the type of service: a number, or a name of /etc/iproute2/rt_dsfield such as "CS6"."""

    number: Number = field(factory=lambda: Number(0, 63))

    def one(self, word: str, value: Any) -> str:
        """Return a name as it is, and a number in decimal, as iproute2 prints it."""
        return (
            Codec().format(word, value)
            if isinstance(value, str)
            else self.number.format(word, value)
        )

    def one_of(self, text: str) -> int | str:
        """Return a number, or a name."""
        return int(text, 0) if text[:1].isdigit() else text


@frozen
class NumberRange(Codec):
    """A pair of numbers for all from the first to the last: `0-1000`."""

    number: Number = U32

    def format(self, word: str, value: Any) -> str:
        """Return the range."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(f"{word}: {value!r} is not a pair such as (1000, 1999)")
        first, last = (self.number.format(word, end) for end in value)
        if value[0] > value[1]:
            raise InvalidArgument(f"{word}: {value!r} has its end before its beginning")
        return f"{first}-{last}"

    def parse(self, text: str) -> Any:
        """Return the pair."""
        first, _, last = text.partition("-")
        return int(first), int(last)


@frozen
class Ports(Bits):
    """A port, a pair for a range of them, or one with a mask.

    A mask is written in hexadecimal, which an iproute2 without masks refuses: of `80/65520` it would take the 80.
    """

    number: Number = U16

    def format(self, word: str, value: Any) -> str:
        """Return `80`, `1024-2047` or `0x50/0xfff0`."""
        if isinstance(value, Masked):
            return super().format(word, value)
        if isinstance(value, tuple):
            return NumberRange(self.number).format(word, value)
        return self.number.format(word, value)

    def parse(self, text: str) -> Any:
        """Return the port, the pair, or the one with a mask."""
        return NumberRange(self.number).parse(text) if "-" in text else super().parse(text)


class RuleFilter(TypedDict, total=False):
    """Which rules `ip rule show` lists and `flush` takes away: those that say the same.

    ``from_`` and ``to`` are those within a prefix. See `RuleOptions`.
    """

    not_: Annotated[bool | None, Option(Flag(), keyword="not")]
    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from", json_key="src")]
    to: Annotated[IpPrefix | None, Option(Prefix(), json_key="dst")]
    tos: Annotated[str | int | None, Option(Dsfield())]
    fwmark: Annotated[int | Masked | None, Option(Bits(U32))]
    iif: Annotated[str | None, Option(NewName())]
    oif: Annotated[str | None, Option(NewName())]
    l3mdev: Annotated[bool | None, Option(Flag())]
    uidrange: Annotated[
        tuple[int, int] | None, Option(NumberRange(), json_key="uid_start", since="4.10")
    ]
    ipproto: Annotated[str | int | None, Option(Codec(), since="5.0")]
    sport: Annotated[int | tuple[int, int] | Masked | None, Option(Ports(), since="5.0")]
    dport: Annotated[int | tuple[int, int] | Masked | None, Option(Ports(), since="5.0")]
    tun_id: Annotated[int | None, Option(Number(0, 2**64 - 1), since="4.20")]
    dscp: Annotated[int | str | Masked | None, Option(Dscp(), since="6.13")]
    flowlabel: Annotated[int | Masked | None, Option(Bits(U20), since="6.14")]
    priority: Annotated[int | None, Option(Number())]
    table: Annotated[str | int | None, Option(Codec())]


class RuleFlush(RuleFilter, total=False):
    """Which rules `ip rule flush` takes away. `show` takes ``protocol`` too, and lists all the same."""

    protocol: Annotated[str | int | None, Option(Codec(), since="4.17")]


class RuleOptions(TypedDict, total=False):
    """Keywords of `ip rule add` and `delete`: what packets it is for, and what becomes of them.

    Of packets: ``not_`` is for all that do not match. ``iif`` and ``oif`` are names, which the kernel keeps as text:
    no link has to bear them. ``uidrange`` is a pair of user numbers. ``sport`` and ``dport`` are a port, a pair for a
    range, or `Masked`; the kernel takes 1 to 65534. Ports need an ``ipproto`` ("tcp", or a number). `Masked` gives a
    mask to a ``fwmark``, a ``dscp`` (0 to 63, or a name) or an IPv6 ``flowlabel`` (0 to 1048575); masks of ports and
    of ``dscp`` need iproute2 6.15.

    What becomes of them: they are looked up in a ``table`` (the main one by default), or in that of the link's VRF
    (``l3mdev``). ``suppress_prefixlength`` and ``suppress_ifgroup`` throw away what is found there by a prefix of at
    most that length, or out of a link of that group. Instead of that a ``type`` refuses them, ``goto`` goes on with the
    rule of that priority, which must be higher, and ``nop`` with the next one. ``nat`` the kernel no longer does.
    """

    not_: Annotated[bool | None, Option(Flag(), keyword="not", json_key="not")]
    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from", json_key="src")]
    to: Annotated[IpPrefix | None, Option(Prefix(), json_key="dst")]
    tos: Annotated[str | int | None, Option(Dsfield())]
    fwmark: Annotated[int | Masked | None, Option(Bits(U32))]
    iif: Annotated[str | None, Option(NewName())]
    oif: Annotated[str | None, Option(NewName())]
    l3mdev: Annotated[bool | None, Option(Flag())]
    uidrange: Annotated[
        tuple[int, int] | None, Option(NumberRange(), json_key="uid_start", since="4.10")
    ]
    ipproto: Annotated[str | int | None, Option(Codec(), since="4.17")]
    sport: Annotated[int | tuple[int, int] | Masked | None, Option(Ports(), since="4.17")]
    dport: Annotated[int | tuple[int, int] | Masked | None, Option(Ports(), since="4.17")]
    tun_id: Annotated[int | None, Option(Number(0, 2**64 - 1), since="4.20")]
    dscp: Annotated[int | str | Masked | None, Option(Dscp(), since="6.13")]
    flowlabel: Annotated[int | Masked | None, Option(Bits(U20), since="6.14")]
    priority: Annotated[int | None, Option(Number())]
    protocol: Annotated[str | int | None, Option(Codec(), since="4.17")]
    table: Annotated[str | int | None, Option(Codec())]
    suppress_prefixlength: Annotated[
        int | None, Option(Number(0, 2**31 - 1), json_key="suppress_prefixlen")
    ]
    suppress_ifgroup: Annotated[str | int | None, Option(Codec())]
    realms: Annotated[str | int | None, Option(Codec(), json_key="flow_to")]
    nat: Annotated[IpAddress | None, Option(Ip(), json_key="nat_gateway")]
    type: Annotated[RuleAction | None, Option(Choice(), json_key="action")]
    goto: Annotated[int | None, Option(Number())]
    nop: Annotated[bool | None, Option(Flag())]


@frozen
class RuleVerbs(ObjectCommands):
    """Verbs of `ip rule`. ``family`` is "inet" or "inet6"; where it is not said it is that of the prefixes, or inet."""

    words: ClassVar[tuple[str, ...]] = ("rule",)

    def add(self, *, family: str | None = None, **options: Unpack[RuleOptions]) -> Result:
        """Add a rule.

        ::

            ip [-4 | -6] rule add [not] [from PREFIX] [to PREFIX] [fwmark …] [iif …] … [priority N] [table …] …

        Rules are asked in the order of their ``priority``, 0 to 4294967295. Say it: without one the kernel takes the
        next lower number that is free, and takes the same rule as often as it is added. Raises `AlreadyExists`,
        `RejectedByKernel`, `UsageError` if nothing says what the rule is.
        """
        words, flags = _words(options), _flags(family, options)
        undo = ("ip", *flags, "rule", "delete", *words)
        return self._run_change(
            "add",
            *words,
            flags=flags,
            makes=(CreatedObject("rule", _name(flags, words), undo, self.netns),),
        )

    def delete(self, *, family: str | None = None, **options: Unpack[RuleOptions]) -> Result:
        """Delete the first rule that matches what is said; others that match stay.

        ::

            ip [-4 | -6] rule delete [not] [from PREFIX] [to PREFIX] … [priority N] [table …] …

        Raises `NotFound`, `UsageError` if nothing says which.
        """
        words, flags = _words(options), _flags(family, options)
        return self._run_change(
            "delete", *words, flags=flags, drops=(("rule", self.netns, _name(flags, words)),)
        )

    def show(self, *, family: str | None = None, **which: Unpack[RuleFilter]) -> list[Rule]:
        """Return the rules of one family, in the order in which they are asked.

        ::

            ip -j -d [-4 | -6] rule show [not] [from PREFIX] [to PREFIX] [fwmark …] [priority N] [table …] …
        """
        return self._query(
            Rule, "show", *to_args(RuleFilter, which), flags=("-d", *_flags(family, which))
        )

    def flush(self, *, family: str | None = None, **which: Unpack[RuleFlush]) -> Result:
        """Delete all rules that match, of one family; but never those of priority 0.

        ::

            ip [-4 | -6] rule flush [not] [from PREFIX] [priority N] [table …] [protocol …] …

        If nothing says which, the rules for the tables main and default go, too.
        """
        return self._run_change(
            "flush", *to_args(RuleFlush, which), flags=_flags(family, which), alone=True
        )


def _flags(family: str | None, said: Any) -> tuple[str, ...]:
    """Return the global option of the family: iproute2 does not tell it from the prefixes."""
    six = any(":" in str(said.get(name)) for name in ("from_", "to"))
    return family_words("inet6" if six and family is None else family)


def _words(options: RuleOptions) -> tuple[str, ...]:
    """Return the words that say a rule."""
    if options.get("l3mdev") and options.get("table") is not None:
        raise InvalidArgument(
            "table: a rule with l3mdev has that of the link's VRF; leave one of them out"
        )
    return to_args(RuleOptions, options)


def _name(flags: tuple[str, ...], words: tuple[str, ...]) -> str:
    """Return what tells a rule from others: all that it says, and its family."""
    return " ".join((*flags, *words))
