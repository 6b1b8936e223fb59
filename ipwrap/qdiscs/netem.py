"""`netem`: a link that is slow, loses, doubles, reorders and damages packets."""

from collections.abc import Sequence
from typing import Any, ClassVar

from attrs import field, frozen

from ipwrap.errors import BadValue
from ipwrap.kinds.tunnel import Within
from ipwrap.options.codecs import Codec, Flag, Number
from ipwrap.options.table import option
from ipwrap.qdiscs.base import TcKind, Then, row
from ipwrap.qdiscs.units import Percent, Percents, Rate, Seconds, Size, bits, octets, percent, seconds

__all__ = ["Netem"]

SIGNED = Number(-(2**31), 2**31 - 1)
LONGEST = 2**63 / 10**9

STATES = Percents("state", ("p13", "p31", "p32", "p23", "p14"))
GEMODEL = Percents("gemodel", ("p", "r", "1-h", "1-k"))


@frozen
class Random(Percent):
    """The percentage of packets that are lost, each by chance: `loss random 1.5%`."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        return (word, "random", self.spell(word, value))

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the percentage, behind `random` or not."""
        return (self.unspell(words[2]), 3) if words[1] == "random" else (self.unspell(words[1]), 2)


@frozen
class SlotDistribution(Codec):
    """The table by which slots are spread: `slot distribution NAME`."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        return ("slot", "distribution", self.spell(word, value))

    def heads(self, _word: str) -> tuple[str, ...]:
        """Return what stands before it."""
        return ("slot",)

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the name of the table."""
        if words[1] != "distribution":
            raise BadValue(f"{words[1]!r} is not distribution")
        return words[2], 3


@frozen(kw_only=True)
class Netem(TcKind):
    """A network emulator. tc-netem(8); tc/q_netem.c.

    ::

        Netem(delay="100ms", jitter="10ms", distribution="normal", loss=1.5, rate="10mbit")

    Times are seconds as a number, text such as "100ms", or a `timedelta`; read, they are seconds. iproute2 before 6.9
    takes ``delay`` and ``jitter`` in whole microseconds. Percentages, correlations too, are numbers from 0 to 100.
    ``rate`` is in bits a second, an int or text such as "10mbit"; ``limit`` in packets; ``slot_bytes`` in bytes. JSON
    shows six digits of a time or a percentage.

    ``loss``, ``loss_state`` (p13, p31, p32, p23, p14) and ``loss_gemodel`` (p, r, 1-h, 1-k) exclude each other, and so
    do ``slot`` to ``slot_max`` and ``slot_distribution`` with ``slot_delay`` and ``slot_jitter``. A ``distribution`` is
    a file of /usr/lib/tc, such as "normal", "pareto", "paretonormal", "uniform"; the kernel does not tell it again.
    ``reorder`` needs a ``delay``, ``gap`` needs ``reorder``, ``ecn`` needs a loss. iproute2 sends
    ``duplicate_correlation`` only beside another correlation.
    """

    kind: ClassVar[str] = "netem"

    limit: int | None = option(Number())
    delay: float | None = field(
        default=None, converter=seconds, metadata=row(Within(Seconds(longest=LONGEST)), key="delay.delay")
    )
    jitter: float | None = field(
        default=None,
        converter=seconds,
        metadata=row(Within(Then(Seconds(longest=LONGEST))), key="delay.jitter", after="delay"),
    )
    delay_correlation: float | None = field(
        default=None,
        converter=percent,
        metadata=row(Within(Then(Percent())), key="delay.correlation", after="jitter"),
    )
    distribution: str | None = option(Codec(), key="")
    loss: float | None = field(default=None, converter=percent, metadata=row(Within(Random()), key="loss-random.loss"))
    loss_correlation: float | None = field(
        default=None,
        converter=percent,
        metadata=row(Within(Then(Percent())), key="loss-random.correlation", after="loss"),
    )
    loss_state: tuple[float, ...] | None = option(STATES, key="loss-state")
    loss_gemodel: tuple[float, ...] | None = option(GEMODEL, key="loss-gemodel")
    duplicate: float | None = field(
        default=None, converter=percent, metadata=row(Within(Percent()), key="duplicate.duplicate")
    )
    duplicate_correlation: float | None = field(
        default=None,
        converter=percent,
        metadata=row(Within(Then(Percent())), key="duplicate.correlation", after="duplicate"),
    )
    corrupt: float | None = field(
        default=None, converter=percent, metadata=row(Within(Percent()), key="corrupt.corrupt")
    )
    corrupt_correlation: float | None = field(
        default=None,
        converter=percent,
        metadata=row(Within(Then(Percent())), key="corrupt.correlation", after="corrupt"),
    )
    reorder: float | None = field(
        default=None, converter=percent, metadata=row(Within(Percent()), key="reorder.reorder")
    )
    reorder_correlation: float | None = field(
        default=None,
        converter=percent,
        metadata=row(Within(Then(Percent())), key="reorder.correlation", after="reorder"),
    )
    gap: int | None = option(Number())
    ecn: bool | None = option(Flag())
    rate: int | None = field(default=None, converter=bits, metadata=row(Within(Rate()), key="rate.rate"))
    packetoverhead: int | None = field(
        default=None, metadata=row(Within(Then(SIGNED)), key="rate.packetoverhead", after="rate")
    )
    cellsize: int | None = field(
        default=None, metadata=row(Within(Then(Number())), key="rate.cellsize", after="packetoverhead")
    )
    celloverhead: int | None = field(
        default=None, metadata=row(Within(Then(SIGNED)), key="rate.celloverhead", after="cellsize")
    )
    slot: float | None = field(
        default=None, converter=seconds, metadata=row(Within(Seconds(longest=LONGEST)), key="slot.min-delay")
    )
    slot_max: float | None = field(
        default=None,
        converter=seconds,
        metadata=row(Within(Then(Seconds(longest=LONGEST))), key="slot.max-delay", after="slot"),
    )
    slot_distribution: str | None = option(SlotDistribution(), key="")
    slot_delay: float | None = field(
        default=None,
        converter=seconds,
        metadata=row(Within(Then(Seconds(longest=LONGEST))), key="slot.distribution", after="slot_distribution"),
    )
    slot_jitter: float | None = field(
        default=None,
        converter=seconds,
        metadata=row(Within(Then(Seconds(longest=LONGEST))), key="slot.jitter", after="slot_delay"),
    )
    slot_packets: int | None = field(
        default=None,
        metadata=row(
            Within(Number(0, 2**31 - 1)), word="packets", key="slot.packets", after=("slot", "slot_distribution")
        ),
    )
    slot_bytes: int | None = field(
        default=None,
        converter=octets,
        metadata=row(Within(Size(0, 2**31 - 1)), word="bytes", key="slot.bytes", after=("slot", "slot_distribution")),
    )
    seed: int | None = option(Number(0, 2**64 - 1), since="6.6")
