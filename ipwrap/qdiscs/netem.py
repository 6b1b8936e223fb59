"""`netem`: delay, loss, duplication, reordering and corruption of packets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import evolve, field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Flag, Number
from ipwrap.options.codecs.wrappers import NestedKey
from ipwrap.options.table import option
from ipwrap.qdiscs.base import FollowingValue, TcKind, option_metadata
from ipwrap.qdiscs.units import (
    LossModel,
    Percent,
    Rate,
    Seconds,
    Size,
    to_bits,
    to_bytes,
    to_percent,
    to_seconds,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Netem"]

INT32 = Number(-(2**31), 2**31 - 1)
# The kernel keeps these times as signed 64-bit nanoseconds: get_time64() in lib/utils.c.
LONGEST = 2**63 / 10**9

STATES = LossModel("state", ("p13", "p31", "p32", "p23", "p14"))
GEMODEL = LossModel("gemodel", ("p", "r", "1-h", "1-k"))
# The values behind that of another option, which count by their position.
CHAINS = (
    ("jitter", "delay_correlation"),
    ("packetoverhead", "cellsize", "celloverhead"),
    *((f"{name}_correlation",) for name in ("loss", "duplicate", "corrupt", "reorder")),
    ("slot_jitter",),
)
ZERO_OPTIONS = ("gap", "ecn", "slot_packets", "slot_bytes")


class RandomLoss(Percent, frozen=True):
    """The percentage of lost packets, at random: `loss random 1.5%`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `loss random` and the percentage."""
        return (keyword, "random", self.format(keyword, value))

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the percentage, with or without `random` before."""
        # `loss 1%` is the older form: netem_parse_opt() in tc/q_netem.c takes either.
        if args[1] == "random":
            return self.parse(args[2]), 3

        return self.parse(args[1]), 2


class SlotDistribution(Codec, frozen=True):
    """The distribution table of the delay between slots: `slot distribution NAME`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `slot distribution` and the name of the table."""
        return ("slot", "distribution", self.format(keyword, value))

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the common keyword of the slot options."""
        return ("slot",)

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the name of the table."""
        if args[1] != "distribution":
            raise InvalidArgument(f"{args[1]!r} is not distribution")

        return args[2], 3

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of names of distributions."""
        from ipwrap.options.codecs.strategies import WORDS

        return WORDS


@frozen(kw_only=True)
class Netem(TcKind):
    """A network emulator. tc-netem(8); tc/q_netem.c.

    ::

        Netem(delay="100ms", jitter="10ms", distribution="normal", loss=1.5, rate="10mbit")

    Times are seconds as a number, text such as "100ms", or a `timedelta`; from JSON, seconds.
    iproute2 before 6.9 takes ``delay`` and ``jitter`` in whole microseconds. Percentages,
    correlations too, are numbers from 0 to 100. ``rate`` is in bits a second, an int or text such
    as "10mbit"; ``limit`` in packets; ``slot_bytes`` in bytes. JSON shows six digits of a time or a
    percentage.

    ``loss``, ``loss_state`` (p13, p31, p32, p23, p14) and ``loss_gemodel`` (p, r, 1-h, 1-k) exclude
    each other. ``slot`` and ``slot_max`` exclude ``slot_distribution``, ``slot_delay`` and
    ``slot_jitter``. A ``distribution`` is a file of /usr/lib/tc, such as "normal", "pareto",
    "paretonormal", "uniform"; the kernel does not report the name. ``reorder`` needs a ``delay``,
    ``gap`` needs ``reorder``, ``ecn`` needs a loss. iproute2 sends ``duplicate_correlation`` only
    with a second correlation.
    """

    kind: ClassVar[str] = "netem"
    refuses_defaults: ClassVar[bool] = True

    limit: int | None = option(Number())
    # The values of one keyword in netem_parse_opt()'s order: `delay TIME JITTER CORRELATION`.
    delay: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(NestedKey(Seconds(maximum=LONGEST)), key="delay.delay"),
    )
    jitter: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(
            NestedKey(FollowingValue(Seconds(maximum=LONGEST))),
            key="delay.jitter",
            requires="delay",
        ),
    )
    delay_correlation: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(
            NestedKey(FollowingValue(Percent())), key="delay.correlation", requires="jitter"
        ),
    )
    distribution: str | None = option(Codec(), json_key="")
    # The loss models: netem_parse_opt() refuses a second model.
    loss: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(NestedKey(RandomLoss()), key="loss-random.loss"),
    )
    loss_correlation: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(
            NestedKey(FollowingValue(Percent())), key="loss-random.correlation", requires="loss"
        ),
    )
    loss_state: tuple[float, ...] | None = option(STATES, json_key="loss-state")
    loss_gemodel: tuple[float, ...] | None = option(GEMODEL, json_key="loss-gemodel")
    # The percentages with a correlation.
    duplicate: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(NestedKey(Percent()), key="duplicate.duplicate"),
    )
    duplicate_correlation: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(
            NestedKey(FollowingValue(Percent())), key="duplicate.correlation", requires="duplicate"
        ),
    )
    corrupt: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(NestedKey(Percent()), key="corrupt.corrupt"),
    )
    corrupt_correlation: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(
            NestedKey(FollowingValue(Percent())), key="corrupt.correlation", requires="corrupt"
        ),
    )
    reorder: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(NestedKey(Percent()), key="reorder.reorder"),
    )
    reorder_correlation: float | None = field(
        default=None,
        converter=to_percent,
        metadata=option_metadata(
            NestedKey(FollowingValue(Percent())), key="reorder.correlation", requires="reorder"
        ),
    )
    gap: int | None = option(Number())
    ecn: bool | None = option(Flag())
    # `rate RATE PACKETOVERHEAD CELLSIZE CELLOVERHEAD`.
    rate: int | None = field(
        default=None,
        converter=to_bits,
        metadata=option_metadata(NestedKey(Rate()), key="rate.rate"),
    )
    packetoverhead: int | None = field(
        default=None,
        metadata=option_metadata(
            NestedKey(FollowingValue(INT32)), key="rate.packetoverhead", requires="rate"
        ),
    )
    cellsize: int | None = field(
        default=None,
        metadata=option_metadata(
            NestedKey(FollowingValue(Number())), key="rate.cellsize", requires="packetoverhead"
        ),
    )
    celloverhead: int | None = field(
        default=None,
        metadata=option_metadata(
            NestedKey(FollowingValue(INT32)), key="rate.celloverhead", requires="cellsize"
        ),
    )
    # `slot MIN_DELAY MAX_DELAY` or `slot distribution NAME DELAY JITTER`, with limits.
    slot: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(NestedKey(Seconds(maximum=LONGEST)), key="slot.min-delay"),
    )
    slot_max: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(
            NestedKey(FollowingValue(Seconds(maximum=LONGEST))),
            key="slot.max-delay",
            requires="slot",
        ),
    )
    slot_distribution: str | None = option(SlotDistribution(), json_key="")
    slot_delay: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(
            NestedKey(FollowingValue(Seconds(maximum=LONGEST))),
            key="slot.distribution",
            requires="slot_distribution",
        ),
    )
    slot_jitter: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(
            NestedKey(FollowingValue(Seconds(maximum=LONGEST))),
            key="slot.jitter",
            requires="slot_delay",
        ),
    )
    slot_packets: int | None = field(
        default=None,
        metadata=option_metadata(
            NestedKey(Number(0, 2**31 - 1)),
            word="packets",
            key="slot.packets",
            requires=("slot", "slot_distribution"),
        ),
    )
    slot_bytes: int | None = field(
        default=None,
        converter=to_bytes,
        metadata=option_metadata(
            NestedKey(Size(0, 2**31 - 1)),
            word="bytes",
            key="slot.bytes",
            requires=("slot", "slot_distribution"),
        ),
    )
    seed: int | None = option(Number(0, 2**64 - 1), since="6.6")

    def without_defaults(self) -> Self:
        """Return the kind without the zeros that tc prints where nobody has set an option.

        A zero before a value that is set stays, since it holds the place of its option. tc before
        6.9 reads no nanoseconds in `delay`: get_ticks() in tc/q_netem.c.
        """
        omitted: dict[str, Any] = {name: None for name in ZERO_OPTIONS if not getattr(self, name)}
        for chain in CHAINS:
            for name in reversed(chain):
                if getattr(self, name):
                    break
                omitted[name] = None
        return evolve(super().without_defaults(), **omitted)
