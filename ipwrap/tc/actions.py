"""What a filter does with a packet that matches: `… action drop`, `… action mirred egress redirect dev v1`.

tc-actions(8); iproute2's tc/m_action.c.
"""

import itertools
import re
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, get_args

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Choice, Codec, ExistingLink, Flag, Number, PositionalChoice
from ipwrap.options.table import option, options_of, parse_args, to_args
from ipwrap.qdiscs import Qdisc, TcKind
from ipwrap.qdiscs.base import option_metadata
from ipwrap.qdiscs.units import Rate, Size, to_bits, to_bytes

__all__ = ["Action", "Actions", "Gact", "Mirred", "Police"]

COOKIE = re.compile(r"(?:[0-9a-fA-F]{2}){1,16}")
Verdict = Literal["continue", "drop", "pass", "pipe", "reclassify", "trap"]


@frozen
class Control(Codec):
    """A verdict, or a chain to go on with: `goto chain 7` for the number 7. parse_action_control() in tc/tc_util.c."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if isinstance(value, str):
            return (Choice(get_args(Verdict)).format(word, value),)
        return ("goto", "chain", Number(0, 2**28 - 1).format(word, value))

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return all verdicts, and what stands before a chain."""
        return (*get_args(Verdict), "goto")

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the verdict, or the number of the chain."""
        return (int(words[2], 0), 3) if words[0] == "goto" else (words[0], 1)


@frozen
class Random(Codec):
    """Another verdict for some of the packets: `random netrand drop 10`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, tuple) or len(value) != 3:
            raise InvalidArgument(
                f"{word}: {value!r} is not a triple such as ('netrand', 'drop', 10)"
            )
        how, verdict, count = value
        return (
            word,
            Choice(("netrand", "determ")).format(word, how),
            *Control().format_args(word, verdict),
            Number(1, 10000).format(word, count),
        )

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return how, the verdict and the number."""
        verdict, count = Control().parse_args("", words[2:])
        return (words[1], verdict, int(words[2 + count], 0)), 3 + count


@frozen
class Exceed(Choice):
    """What becomes of packets above the rate, and of those within: `conform-exceed drop/pipe`."""

    def format(self, word: str, value: Any) -> str:
        """Return one word, or the two with a slash."""
        both = value if isinstance(value, tuple) else (value,)
        if len(both) not in (1, 2):
            raise InvalidArgument(
                f"{word}: {value!r} is not a verdict, or a pair of them such as ('drop', 'pipe')"
            )
        return "/".join(super(Exceed, self).format(word, each) for each in both)

    def parse(self, text: str) -> Any:
        """Return the verdict, or the pair."""
        both = tuple(text.split("/"))
        return both if len(both) > 1 else text


@frozen
class Cookie(Codec):
    """Bytes in hexadecimal, two digits each, at most 16 of them."""

    def format(self, word: str, value: Any) -> str:
        """Return the digits."""
        if not isinstance(value, str) or not COOKIE.fullmatch(value):
            raise InvalidArgument(
                f"{word}: {value!r} is not 1 to 16 bytes in hexadecimal, such as 'cafe01'"
            )
        return value


@frozen
class Actions(Codec):
    """One action or several, in order, each behind the word `action`."""

    repeatable: ClassVar[bool] = True

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words of all."""
        actions = value if isinstance(value, (tuple, list)) else (value,)
        if not actions or not all(isinstance(each, TcKind) for each in actions):
            raise InvalidArgument(
                f"{word}: {value!r} is not an action such as Gact('drop'), or a tuple of them"
            )
        return tuple(part for each in actions for part in (word, each.type, *each.to_args()))

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return one action; another may follow, or the options of the filter. `action drop` is one of `Gact`."""
        kind = words[1] if words[1] in ACTIONS else Gact.kind
        start = 2 if words[1] in ACTIONS else 1
        behind = tuple(itertools.takewhile(lambda each: each != word, words[start:]))
        said, count = parse_args(ACTIONS[kind], behind)
        return (ACTIONS[kind](**said),), start + count

    def to_python(self, value: Any) -> Any:
        """Return one action as such."""
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value


HwStats = Literal["any", "immediate", "delayed", "disabled"]


@frozen(kw_only=True)
class ActionKind(TcKind):
    """What every action may say behind its own options. parse_action() in iproute2's tc/m_action.c.

    ``cookie`` is up to 16 bytes in hexadecimal that the kernel keeps beside it. ``hw_stats`` is how a device that does
    it counts, ``no_percpu`` has one counter for all processors.
    """

    cookie: str | None = option(Cookie())
    hw_stats: HwStats | None = option(Choice(), since="5.8")
    no_percpu: bool | None = option(Flag(), since="5.5")
    skip_hw: bool | None = option(Flag(), since="5.17")
    skip_sw: bool | None = option(Flag(), since="5.17")

    def to_args(self) -> tuple[str, ...]:
        """Return the words: the action's own ones first."""
        rows = {row.name: getattr(self, row.name) for row in options_of(type(self))}
        common = {row.name: rows.pop(row.name) for row in options_of(ActionKind)}
        return (*to_args(type(self), rows), *to_args(type(self), common))


@frozen(kw_only=True)
class Mirred(ActionKind):
    """Sends a packet (`redirect`), or a copy of it (`mirror`), to another link. tc-mirred(8); tc/m_mirred.c.

    ``direction`` "egress" sends it out of ``dev``, "ingress" has it come in there. ``blockid`` names all the links of
    a block in place of one. What becomes of the packet itself after a `mirror` is ``control``, `pipe` by default.
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
    """Decides: "drop", "pass", "pipe" …, or the number of a chain to go on with. tc/m_gact.c.

    ``Gact("drop")`` is `action gact drop`, which is what `action drop` means. ``random`` is another verdict for one
    packet in so many (1 to 10000), by chance ("netrand") or regularly: ``("determ", "pass", 5)``.
    """

    kind: ClassVar[str] = "gact"

    action: Verdict | int = field(metadata=option_metadata(Control()))
    random: tuple[Literal["netrand", "determ"], Verdict | int, int] | None = field(
        default=None, kw_only=True, metadata=option_metadata(Random(), key="prob")
    )
    index: int | None = field(default=None, kw_only=True, metadata=option_metadata(Number(1)))


@frozen(kw_only=True)
class Police(ActionKind):
    """Lets no more through than a rate. tc-police(8); tc/m_police.c.

    ``rate`` needs ``burst``, ``peakrate`` needs ``mtu``, ``pkts_rate`` needs ``pkts_burst``. Rates are bits a second,
    an int or text such as "10mbit"; ``pkts_rate`` packets a second; sizes bytes, an int or text such as "10kb".
    ``conform_exceed`` is what becomes of packets above the rate ("reclassify" by default), or a pair: of those above
    it, and of those within. iproute2 does not tell ``rate``, ``burst``, ``mtu`` and ``peakrate`` in JSON.
    """

    kind: ClassVar[str] = "police"

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
        Exceed(), keyword="conform-exceed", json_key=""
    )


@frozen
class Action(Qdisc):
    """Any action, by its name and the words of its options: `Action("skbedit", {"priority": "1:20"})`."""


ACTIONS: dict[str, type[TcKind]] = {cls.kind: cls for cls in (Gact, Mirred, Police)}
