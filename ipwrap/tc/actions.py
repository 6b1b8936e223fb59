"""Actions on the packets that match a filter: `… action drop`, `… action mirred … dev v1`.

tc-actions(8); iproute2's tc/m_action.c.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Choice, Codec, ExistingLink, Flag, Number, PositionalChoice
from ipwrap.options.table import option, options_of, parse_args, to_args
from ipwrap.qdiscs import Qdisc, TcKind
from ipwrap.qdiscs.base import option_metadata
from ipwrap.qdiscs.units import Rate, Size, to_bits, to_bytes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Action", "Actions", "Gact", "Mirred", "Police"]

COOKIE = re.compile(r"(?:[0-9a-fA-F]{2}){1,16}")
Verdict = Literal["continue", "drop", "pass", "pipe", "reclassify", "trap"]
VERDICTS: tuple[str, ...] = get_args(Verdict)

# The kernel keeps the number of a chain in the low 28 bits of a verdict (TC_ACT_EXT_VAL_MASK).
CHAIN = Number(0, 2**28 - 1)


class Control(Codec, frozen=True):
    """A verdict, or a chain to continue with: `goto chain 7` for the number 7.

    parse_action_control() in tc/tc_util.c.
    """

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the verdict, or `goto chain` with the number."""
        if isinstance(value, str):
            return (Choice(VERDICTS).format(keyword, value),)

        return ("goto", "chain", CHAIN.format(keyword, value))

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the verdicts, and the first word of `goto chain`."""
        return (*VERDICTS, "goto")

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the verdict, or the number of the chain."""
        if args[0] == "goto":
            return int(args[2], 0), 3

        return args[0], 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of verdicts."""
        from hypothesis import strategies as st

        return st.one_of(
            st.sampled_from(("drop", "pass", "pipe")),
            st.integers(0, 2**28 - 1),
        )


class RandomVerdict(Codec, frozen=True):
    """A second verdict for a share of the packets: `random netrand drop 10`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword, the generator, the verdict and the number."""
        if not isinstance(value, tuple) or len(value) != 3:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a triple such as ('netrand', 'drop', 10)"
            )

        generator, verdict, number = value
        return (
            keyword,
            Choice(("netrand", "determ")).format(keyword, generator),
            *Control().format_args(keyword, verdict),
            Number(1, 10000).format(keyword, number),
        )

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the generator, the verdict and the number."""
        generator = args[1]
        verdict, verdict_length = Control().parse_args("", args[2:])
        number = int(args[2 + verdict_length], 0)

        return (generator, verdict, number), 3 + verdict_length

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of random verdicts."""
        from hypothesis import strategies as st

        return st.tuples(
            st.sampled_from(("netrand", "determ")),
            Control().strategy(),
            st.integers(1, 10000),
        )


class ConformExceed(Choice, frozen=True):
    """The verdict for packets above the rate, or a pair of verdicts, above and within the rate.

    `conform-exceed drop/pipe`. parse_action_control_slash() in tc/tc_util.c.
    """

    def format(self, keyword: str, value: Any) -> str:
        """Return one verdict, or both with a slash between."""
        verdicts = value if isinstance(value, tuple) else (value,)
        if len(verdicts) not in (1, 2):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a verdict, or a pair of verdicts such as"
                " ('drop', 'pipe')"
            )

        formatted = [super(ConformExceed, self).format(keyword, verdict) for verdict in verdicts]
        return "/".join(formatted)

    def parse(self, text: str) -> Any:
        """Return the verdict, or the pair."""
        if "/" in text:
            return tuple(text.split("/"))

        return text

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of verdicts, and pairs of verdicts."""
        from hypothesis import strategies as st

        return st.sampled_from(("drop", ("drop", "pipe")))


class Cookie(Codec, frozen=True):
    """Up to 16 bytes in hexadecimal, with two digits a byte."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the digits."""
        if not isinstance(value, str) or not COOKIE.fullmatch(value):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not 1 to 16 bytes in hexadecimal, such as 'cafe01'"
            )

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of hexadecimal numbers."""
        from hypothesis import strategies as st

        return st.sampled_from(("cafe01", "ff"))


class Actions(Codec, frozen=True):
    """One action or several, in order, with the keyword `action` before each action."""

    repeatable: ClassVar[bool] = True

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword, the kind and the options of each action."""
        actions = value if isinstance(value, (tuple, list)) else (value,)
        is_valid = bool(actions) and all(isinstance(action, TcKind) for action in actions)
        if not is_valid:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not an action such as Gact('drop'), or a tuple of actions"
            )

        args: list[str] = []
        for action in actions:
            args += (keyword, action.type, *action.to_args())

        return tuple(args)

    def parse_args(self, keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the first action, up to the next `action` or the options of the filter.

        `action drop` is short for `action gact drop`: parse_action() in tc/m_action.c assumes gact
        for a kind that it cannot find.
        """
        cls = ACTIONS.get(args[1])
        start = 2
        if cls is None:
            cls = Gact
            start = 1

        # The options of one action end at the keyword of the next action.
        action_args: list[str] = []
        for arg in args[start:]:
            if arg == keyword:
                break
            action_args.append(arg)

        options, count = parse_args(cls, action_args)
        action = cls(**options)
        return (action,), start + count

    def to_python(self, value: Any) -> Any:
        """Return a single action without its tuple."""
        if isinstance(value, tuple) and len(value) == 1:
            return value[0]

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of tuples of actions."""
        from hypothesis import strategies as st

        return st.sampled_from(
            (
                (Gact("drop"),),
                (Mirred(dev="v1"), Gact(7)),
                (Police(rate="1mbit", burst=10240),),
            )
        )


HwStats = Literal["any", "immediate", "delayed", "disabled"]


@frozen(kw_only=True)
class ActionKind(TcKind):
    """The common options of actions, after the options of the kind.

    parse_action() in tc/m_action.c. ``cookie`` is up to 16 bytes in hexadecimal that the kernel
    keeps with the action. ``hw_stats`` is the type of counters on a device with offload.
    ``no_percpu`` shares a single counter between processors.
    """

    cookie: str | None = option(Cookie())
    hw_stats: HwStats | None = option(Choice(), since="5.8")
    no_percpu: bool | None = option(Flag(), since="5.5")
    skip_hw: bool | None = option(Flag(), since="5.17")
    skip_sw: bool | None = option(Flag(), since="5.17")

    def to_args(self) -> tuple[str, ...]:
        """Return the arguments: first the options of the kind, then the common options."""
        cls = type(self)
        common_names = {declared.name for declared in options_of(ActionKind)}

        # parse_action() reads the common options only once the kind's parse_aopt() has stopped.
        kind_values: dict[str, Any] = {}
        common_values: dict[str, Any] = {}
        for name in [declared.name for declared in options_of(cls)]:
            if name in common_names:
                common_values[name] = getattr(self, name)
            else:
                kind_values[name] = getattr(self, name)

        return (*to_args(cls, kind_values), *to_args(cls, common_values))


@frozen(kw_only=True)
class Mirred(ActionKind):
    """Redirects a packet to another link (`redirect`), or sends a copy (`mirror`).

    tc-mirred(8); tc/m_mirred.c. ``direction`` "egress" sends the packet through ``dev``, "ingress"
    lets ``dev`` receive the packet. ``blockid`` names the links of a block instead of one link.
    ``control`` is the verdict for the original packet of a `mirror`, `pipe` by default.
    """

    kind: ClassVar[str] = "mirred"

    direction: Literal["egress", "ingress"] = field(
        default="egress", metadata=option_metadata(PositionalChoice())
    )
    action: Literal["redirect", "mirror"] = field(
        default="redirect", metadata=option_metadata(PositionalChoice())
    )
    blockid: int | None = option(Number(1), since="6.9")
    dev: str | None = option(ExistingLink(), json_key="to_dev")
    control: Verdict | None = option(PositionalChoice(), json_key="")
    index: int | None = option(Number(1))


@frozen
class Gact(ActionKind):
    """A generic action: "drop", "pass", "pipe" …, or the number of a chain to continue with.

    tc/m_gact.c. ``Gact("drop")`` is `action gact drop`, the long form of `action drop`. ``random``
    is a second verdict for one packet in 1 to 10000, by chance ("netrand") or regularly:
    ``("determ", "pass", 5)``.
    """

    kind: ClassVar[str] = "gact"

    action: Verdict | int = field(metadata=option_metadata(Control()))
    random: tuple[Literal["netrand", "determ"], Verdict | int, int] | None = field(
        default=None, kw_only=True, metadata=option_metadata(RandomVerdict(), key="prob")
    )
    index: int | None = field(default=None, kw_only=True, metadata=option_metadata(Number(1)))


@frozen(kw_only=True)
class Police(ActionKind):
    """A limit to the rate of packets. tc-police(8); tc/m_police.c.

    ``rate`` needs ``burst``, ``peakrate`` needs ``mtu``, ``pkts_rate`` needs ``pkts_burst``. Rates
    are bits a second, an int or text such as "10mbit"; ``pkts_rate`` packets a second; sizes bytes,
    an int or text such as "10kb". ``conform_exceed`` is the verdict for packets above the rate
    ("reclassify" by default), or a pair: the verdicts above and within the rate. iproute2 omits
    ``rate``, ``burst``, ``mtu`` and ``peakrate`` from JSON.
    """

    kind: ClassVar[str] = "police"

    # print_police() prints a field without a key in text only: JSON lacks it.
    rate: int | None = field(
        default=None, converter=to_bits, metadata=option_metadata(Rate(), key="")
    )
    burst: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(1, 2**64 - 1), key="")
    )
    pkts_rate: int | None = option(Number(1, 2**64 - 1), since="5.13")
    pkts_burst: int | None = option(Number(1, 2**64 - 1), since="5.13")
    mtu: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(), key="")
    )
    mpu: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(), key="")
    )
    peakrate: int | None = field(
        default=None, converter=to_bits, metadata=option_metadata(Rate(), key="")
    )
    avrate: int | None = field(
        default=None, converter=to_bits, metadata=option_metadata(Rate(2**32 - 1), key="")
    )
    overhead: int | None = option(Number(0, 65535))
    linklayer: Literal["ethernet", "atm"] | None = option(Choice())
    index: int | None = option(Number(1))
    conform_exceed: Verdict | tuple[Verdict, Verdict] | None = option(
        ConformExceed(), keyword="conform-exceed", json_key=""
    )


@frozen
class Action(Qdisc):
    """Any action, by its name and its options: `Action("skbedit", {"priority": "1:20"})`."""


ACTIONS: dict[str, type[TcKind]] = {cls.kind: cls for cls in (Gact, Mirred, Police)}
