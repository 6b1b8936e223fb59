"""`ip rule`: the rules that select a routing table for a packet. ip-rule(8).

Source: iproute2's ip/iprule.c.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import field, frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options import converters
from ipwrap.options.codecs import Choice, Codec, Dsfield, Flag, Ip, NewName, Number, Prefix
from ipwrap.options.converters import IpAddress, IpPrefix
from ipwrap.options.table import Option, to_args, to_fields
from ipwrap.result import Result
from ipwrap.verbs.base import FAMILY_FLAGS, ObjectCommands, format_family_flag

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Masked", "RuleAction", "RuleFilter", "RuleFlush", "RuleOptions", "RuleVerbs"]

RuleAction = Literal["unicast", "blackhole", "unreachable", "prohibit"]
U16 = Number(0, 2**16 - 1)
U20 = Number(0, 2**20 - 1)
U32 = Number()


@frozen
class Masked:
    """A value compared under a mask: ``fwmark=Masked(1, 0xff)`` is `fwmark 0x1/0xff`.

    So is the text, ``fwmark="0x1/0xff"``.
    """

    value: int | str
    mask: int


@frozen
class MaskableNumber(Codec):
    """A number, or a `Masked` value, in hexadecimal as iproute2 prints both."""

    number: Number

    def format(self, word: str, value: Any) -> str:
        """Return `0x1` or `0x1/0xff`, also for that text."""
        if isinstance(value, str) and "/" in value:
            bits, _, mask = value.partition("/")
            value = Masked(bits, converters.to_number(mask))
        if not isinstance(value, Masked):
            return self.format_value(word, value)

        bits = self.format_value(word, value.value)
        mask = self.format_value(word, value.mask)

        return f"{bits}/{mask}"

    def format_value(self, word: str, value: Any) -> str:
        """Return a number, or its text, in hexadecimal."""
        return hex(int(self.number.format(word, converters.to_number(value))))

    def parse(self, text: str) -> Any:
        """Return the number, or the `Masked` value."""
        bits, slash, mask = text.partition("/")
        value = self.parse_value(bits)

        if slash:
            return Masked(value, int(mask, 0))

        return value

    def parse_value(self, text: str) -> int | str:
        """Return a number in decimal, hexadecimal or octal notation."""
        return int(text, 0)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers, with and without a mask."""
        from hypothesis import strategies as st

        numbers = self.number.strategy()
        return st.one_of(numbers, st.builds(Masked, numbers, numbers))


@frozen
class Dscp(MaskableNumber):
    """The upper six bits of the type of service, with or without a mask.

    A value is a number, or a name of /etc/iproute2/rt_dsfield such as "CS6".
    """

    number: Number = field(factory=lambda: Number(0, 63))

    def format_value(self, word: str, value: Any) -> str:
        """Return a name unchanged, and a number in decimal, as iproute2 prints both."""
        if isinstance(value, str):
            return Codec().format(word, value)

        return self.number.format(word, value)

    def parse_value(self, text: str) -> int | str:
        """Return a number or a name."""
        if text[:1].isdigit():
            return int(text, 0)

        return text

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers, with and without a mask, and names."""
        from hypothesis import strategies as st

        numbers = st.integers(0, 63)
        return st.one_of(
            numbers,
            st.builds(Masked, numbers, numbers),
            st.sampled_from(("CS6", "AF11")),
        )


@frozen
class NumberRange(Codec):
    """A pair of the first and the last number of a range: `0-1000`."""

    number: Number = U32

    def format(self, word: str, value: Any) -> str:
        """Return the range."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(f"{word}: {value!r} is not a pair such as (1000, 1999)")

        first = self.number.format(word, value[0])
        last = self.number.format(word, value[1])

        if value[0] > value[1]:
            raise InvalidArgument(f"{word}: {value!r} has its end before its beginning")

        return f"{first}-{last}"

    def parse(self, text: str) -> Any:
        """Return the pair."""
        first, _, last = text.partition("-")
        return int(first), int(last)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of ranges of numbers."""
        from hypothesis import strategies as st

        numbers = st.integers(0, 2**32 - 1)
        return st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))


@frozen
class PortMatch(MaskableNumber):
    """A port, a pair for a range of ports, or a `Masked` port."""

    number: Number = U16

    def format(self, word: str, value: Any) -> str:
        """Return `80`, `1024-2047` or `0x50/0xfff0`."""
        # Hexadecimal only for a mask: an iproute2 without masks refuses 0x50/0xfff0, but would read
        # 80/65520 as port 80.
        if isinstance(value, Masked):
            return super().format(word, value)

        if isinstance(value, tuple):
            return NumberRange(self.number).format(word, value)

        return self.number.format(word, value)

    def parse(self, text: str) -> Any:
        """Return the port, the pair, or the `Masked` port."""
        if "-" in text:
            return NumberRange(self.number).parse(text)

        return super().parse(text)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of ports, with and without a mask, and ranges."""
        from hypothesis import strategies as st

        numbers = st.integers(0, 65535)
        pairs = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
        return st.one_of(numbers, st.builds(Masked, numbers, numbers), pairs)


class RuleSelectors(TypedDict, total=False):
    """The conditions of a rule: the options that `add`, `delete`, `show` and `flush` share.

    See `RuleOptions` for units and ranges.
    """

    not_: Annotated[bool | None, Option(Flag(), keyword="not", json_key="not")]
    from_: Annotated[IpPrefix | None, Option(Prefix(), keyword="from", json_key="src")]
    to: Annotated[IpPrefix | None, Option(Prefix(), json_key="dst")]
    tos: Annotated[str | int | None, Option(Dsfield())]
    fwmark: Annotated[int | str | Masked | None, Option(MaskableNumber(U32))]
    iif: Annotated[str | None, Option(NewName())]
    oif: Annotated[str | None, Option(NewName())]
    l3mdev: Annotated[bool | None, Option(Flag())]
    uidrange: Annotated[
        tuple[int, int] | None,
        Option(NumberRange(), json_key="uid_start", since="4.10"),
    ]
    # As filters of `show` and `flush`, these three came with iproute2 5.0.
    ipproto: Annotated[str | int | None, Option(Codec(), since="4.17")]
    sport: Annotated[int | tuple[int, int] | Masked | None, Option(PortMatch(), since="4.17")]
    dport: Annotated[int | tuple[int, int] | Masked | None, Option(PortMatch(), since="4.17")]
    tun_id: Annotated[int | None, Option(Number(0, 2**64 - 1), since="4.20")]
    dscp: Annotated[int | str | Masked | None, Option(Dscp(), since="6.13")]
    flowlabel: Annotated[int | str | Masked | None, Option(MaskableNumber(U20), since="6.14")]
    priority: Annotated[int | None, Option(Number())]


class RuleFilter(RuleSelectors, total=False):
    """Filters of `ip rule show`: every given condition has to equal that of the rule.

    ``from_`` and ``to`` select the rules with a prefix inside the given prefix. See `RuleOptions`.
    """

    table: Annotated[str | int | None, Option(Codec())]


class RuleFlush(RuleFilter, total=False):
    """Filters of `ip rule flush`: those of `show`, and ``protocol``.

    iproute2 accepts ``protocol`` for `show` as well, and ignores it.
    """

    protocol: Annotated[str | int | None, Option(Codec(), since="4.17")]


class RuleOptions(RuleSelectors, total=False):
    """Keywords of `ip rule add` and `delete`: conditions on packets, and the action.

    Conditions: ``not_`` inverts the match. ``iif`` and ``oif`` are names, stored by the kernel as
    text: the links need not exist. ``uidrange`` is a pair of user numbers. ``sport`` and ``dport``
    are a port, a pair for a range, or `Masked`; the kernel takes 1 to 65534. Ports need an
    ``ipproto`` ("tcp", or a number). `Masked` adds a mask to a ``fwmark``, a ``dscp`` (0 to 63, or
    a name) or an IPv6 ``flowlabel`` (0 to 1048575); masks of ports and of ``dscp`` need iproute2
    6.15. A ``fwmark`` may be text, with or without a mask: "0x1/0xff".

    Action: by default a lookup in a ``table`` (the main table by default), or in the table of the
    link's VRF (``l3mdev``). ``suppress_prefixlength`` and ``suppress_ifgroup`` reject a result of
    the lookup with at most the given prefix length, or through a link of the given group. In place
    of a lookup, a ``type`` refuses the packets, ``goto`` continues with the rule of the given
    priority, which must be higher, and ``nop`` with the next rule. The kernel no longer supports
    ``nat``.
    """

    protocol: Annotated[str | int | None, Option(Codec(), since="4.17")]
    table: Annotated[str | int | None, Option(Codec())]
    suppress_prefixlength: Annotated[
        int | None,
        Option(Number(0, 2**31 - 1), json_key="suppress_prefixlen"),
    ]
    suppress_ifgroup: Annotated[str | int | None, Option(Codec())]
    realms: Annotated[str | int | None, Option(Codec(), json_key="flow_to")]
    nat: Annotated[IpAddress | None, Option(Ip(), json_key="nat_gateway")]
    type: Annotated[RuleAction | None, Option(Choice(), json_key="action")]
    goto: Annotated[int | None, Option(Number())]
    nop: Annotated[bool | None, Option(Flag())]


@frozen
class RuleVerbs(ObjectCommands):
    """Verbs of `ip rule`.

    ``family`` is "inet" or "inet6", by default the family of the prefixes, or inet without
    prefixes.
    """

    words: ClassVar[tuple[str, ...]] = ("rule",)

    def add(self, *, family: str | None = None, **options: Unpack[RuleOptions]) -> Result:
        """Add a rule.

        ::

            ip [-4 | -6] rule add [not] [from PREFIX] [to PREFIX] [fwmark …] [iif …] …
                [priority N] [table …] …

        The kernel evaluates rules in the order of ``priority``, 0 to 4294967295. Give a priority:
        without it the kernel takes the next lower free number, and accepts the same rule
        repeatedly. Raises `AlreadyExists`, `RejectedByKernel`, `UsageError` for an empty rule.

        Options, from `RuleOptions`::

            not_=True, from_=PREFIX, to=PREFIX, tos=str|int, fwmark=int|str|Masked, iif=NAME,
            oif=NAME, l3mdev=True, uidrange=tuple[int, int] (4.10+), ipproto=str|int (4.17+),
            sport=0..65535|tuple[int, int]|Masked (4.17+),
            dport=0..65535|tuple[int, int]|Masked (4.17+), tun_id=int (4.20+),
            dscp=0..63|str|Masked (6.13+), flowlabel=0..1048575|str|Masked (6.14+), priority=int,
            protocol=str|int (4.17+), table=str|int, suppress_prefixlength=int,
            suppress_ifgroup=str|int, realms=str|int, nat=ADDRESS,
            type="unicast"|"blackhole"|"unreachable"|"prohibit", goto=int, nop=True
        """
        arguments = _rule_arguments(options)
        flags = _family_flags(family, options)

        created = CreatedObject(
            "rule",
            _identity(flags, arguments),
            {**_family_field(flags), **to_fields(RuleOptions, options)},
            self.netns,
        )

        return self._run_change(
            "add",
            *arguments,
            flags=flags,
            creates=(created,),
        )

    def ensure(self, *, family: str | None = None, **options: Unpack[RuleOptions]) -> bool:
        """Add a rule, or change it, if needed; return whether anything changed.

        ::

            ip.rule.ensure(from_="10.0.0.0/8", table=7)

        What is not given counts as it is. Raises as `add`.

        Options: those of `add`.
        """
        return self._ensure(family=family, **options)

    def delete(self, *, family: str | None = None, **options: Unpack[RuleOptions]) -> Result:
        """Delete the first matching rule; further matches stay.

        ::

            ip [-4 | -6] rule delete [not] [from PREFIX] [to PREFIX] … [priority N] [table …] …

        Raises `NotFound`, `UsageError` without options.

        Options: those of `add`.
        """
        arguments = _rule_arguments(options)
        flags = _family_flags(family, options)
        deleted = ("rule", self.netns, _identity(flags, arguments))

        return self._run_change(
            "delete",
            *arguments,
            flags=flags,
            deletes=(deleted,),
        )

    def show(
        self, *, family: str | None = None, **filters: Unpack[RuleFilter]
    ) -> "list[models.Rule]":
        """Return the rules of a single family, in the order of evaluation.

        ::

            ip -j -d [-4 | -6] rule show [not] [from PREFIX] [to PREFIX] [fwmark …]
                [priority N] [table …] …

        Options, from `RuleFilter`::

            not_=True, from_=PREFIX, to=PREFIX, tos=str|int, fwmark=int|str|Masked, iif=NAME,
            oif=NAME, l3mdev=True, uidrange=tuple[int, int] (4.10+), ipproto=str|int (4.17+),
            sport=0..65535|tuple[int, int]|Masked (4.17+),
            dport=0..65535|tuple[int, int]|Masked (4.17+), tun_id=int (4.20+),
            dscp=0..63|str|Masked (6.13+), flowlabel=0..1048575|str|Masked (6.14+), priority=int,
            table=str|int
        """
        return self._query(
            models.Rule,
            "show",
            *to_args(RuleFilter, filters),
            flags=("-d", *_family_flags(family, filters)),
        )

    def flush(self, *, family: str | None = None, **filters: Unpack[RuleFlush]) -> Result:
        """Delete the matching rules of a single family, except rules of priority 0.

        ::

            ip [-4 | -6] rule flush [not] [from PREFIX] [priority N] [table …] [protocol …] …

        Without filters the rules for the tables main and default are deleted, too.

        Options, from `RuleFlush`::

            not_=True, from_=PREFIX, to=PREFIX, tos=str|int, fwmark=int|str|Masked, iif=NAME,
            oif=NAME, l3mdev=True, uidrange=tuple[int, int] (4.10+), ipproto=str|int (4.17+),
            sport=0..65535|tuple[int, int]|Masked (4.17+),
            dport=0..65535|tuple[int, int]|Masked (4.17+), tun_id=int (4.20+),
            dscp=0..63|str|Masked (6.13+), flowlabel=0..1048575|str|Masked (6.14+), priority=int,
            table=str|int, protocol=str|int (4.17+)
        """
        # flush_rule() in ip/iprule.c deletes rules with a FRA_PRIORITY attribute only, and the
        # kernel sends no such attribute for priority 0.
        return self._run_change(
            "flush",
            *to_args(RuleFlush, filters),
            flags=_family_flags(family, filters),
            own_process=True,
        )


def _family_flags(family: str | None, options: Any) -> tuple[str, ...]:
    """Return the global option of the family, by default the family of the prefixes."""
    # iprule_modify() and iprule_list_flush_or_save() in ip/iprule.c assume IPv4 without the global
    # option, whatever the prefixes are.
    has_ipv6_prefix = any(":" in str(options.get(name)) for name in ("from_", "to"))

    if has_ipv6_prefix and family is None:
        return format_family_flag("inet6")

    return format_family_flag(family)


def _family_field(flags: tuple[str, ...]) -> dict[str, str]:
    """Return the family of a rule as a field of its identity; none without a global option."""
    for family, family_flags in FAMILY_FLAGS.items():
        if family is not None and family_flags == flags:
            return {"family": family}
    return {}


def _rule_arguments(options: RuleOptions) -> tuple[str, ...]:
    """Return the arguments of a rule. Refuses a table together with l3mdev."""
    if options.get("l3mdev") and options.get("table") is not None:
        raise InvalidArgument(
            "table: a rule with l3mdev has that of the link's VRF; leave one of them out"
        )

    return to_args(RuleOptions, options)


def _identity(flags: tuple[str, ...], arguments: tuple[str, ...]) -> str:
    """Return the identity of a rule: its family and its arguments."""
    return " ".join((*flags, *arguments))
