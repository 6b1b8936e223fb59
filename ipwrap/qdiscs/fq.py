"""`fq`: fair queueing with pacing."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Json, KeywordPair, NoPrefixFlag, Number
from ipwrap.options.table import option
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.units import Rate, Seconds, Size, to_bits, to_bytes, to_seconds

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Fq", "NumberList"]

# The kernel keeps these rates in 32 bits, as bytes a second: 34 Gbit/s at most.
RATE = Rate(2**32 - 1)
MICROSECONDS = Seconds(json_unit="us", resolution="us")


class NumberList(Codec, frozen=True):
    """A list of numbers after one keyword, between ``fewest`` and ``most`` of them.

    ``before`` are arguments that iproute2 requires before the keyword.
    """

    number: Number
    fewest: int
    most: int
    before: tuple[str, ...] = ()

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the numbers."""
        numbers = value if isinstance(value, (tuple, list)) else (value,)
        count = len(numbers)
        if not self.fewest <= count <= self.most:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not {self.fewest} to {self.most} numbers"
            )

        formatted = [self.number.format(keyword, number) for number in numbers]
        return (*self.before, keyword, *formatted)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the numbers."""
        # fq_print_opt() in tc/q_fq.c ends the key with a blank: `priomap `.
        numbers = data.get(key, data.get(f"{key} "))
        if numbers is None:
            return None

        return tuple(numbers)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the key without and with a blank, and the key of the arguments before."""
        return (key, f"{key} ", *self.before[:1])

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return the first argument."""
        return (*self.before, keyword)[:1]

    def parse_args(self, keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the numbers. Raises `InvalidArgument` for a different keyword."""
        expected = (*self.before, keyword)
        start = len(expected)
        actual = tuple(args[:start])
        if actual != expected:
            raise InvalidArgument(f"{' '.join(actual)}: not {keyword}")

        # The list ends at the next keyword, or after the greatest number of elements.
        end = start + self.most
        texts = itertools.takewhile(str.isdecimal, args[start:end])
        numbers = tuple(int(text) for text in texts)
        return numbers, start + len(numbers)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of tuples of numbers, of a valid length."""
        from hypothesis import strategies as st

        numbers = st.lists(
            self.number.strategy(),
            min_size=max(1, self.fewest),
            max_size=self.most,
        )
        return numbers.map(tuple)


class Pacing(NoPrefixFlag, frozen=True):
    """A flag that JSON shows only if off: a missing key means True."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return whether the flag is on."""
        # fq_print_opt() in tc/q_fq.c prints `nopacing` only.
        return data.get(key, True)


class Horizon(KeywordPair, frozen=True):
    """The treatment of packets beyond the horizon: two keywords, which JSON shows as two keys."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return True for the first keyword, False for the second; None if JSON has neither."""
        # Both keys have the value null: print_null() in tc/q_fq.c.
        if key in data:
            return True
        if self.no in data:
            return False

        return None

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of both keywords."""
        return (key, self.no)


@frozen(kw_only=True)
class Fq(TcKind):
    """Fair queueing, with pacing by the sockets. tc-fq(8); tc/q_fq.c.

    Rates are bits a second, an int or text such as "10mbit", at most 34 Gbit/s; times seconds as a
    number, text such as "10ms", or a `timedelta`; ``quantum`` and ``initial_quantum`` bytes.
    ``limit`` and ``flow_limit`` are in packets. ``horizon_drop=False`` is `horizon_cap`.
    ``priomap`` is the band, 0 to 2, of each of the 16 priorities. ``weights`` belong to the 3
    bands, and are an option that iproute2 6.8 to 6.15 cannot parse. The kernel rounds ``buckets``
    up to a power of 2, and ``refill_delay`` to its clock. Current kernels ignore ``defrate``, and
    do not report the option.
    """

    kind: ClassVar[str] = "fq"

    limit: int | None = option(Number())
    flow_limit: int | None = option(Number())
    quantum: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    initial_quantum: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size())
    )
    maxrate: int | None = field(default=None, converter=to_bits, metadata=option_metadata(RATE))
    defrate: int | None = field(default=None, converter=to_bits, metadata=option_metadata(RATE))
    buckets: int | None = option(Number(1))
    pacing: bool | None = option(Pacing(), default=True)
    refill_delay: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(MICROSECONDS)
    )
    # iproute2 requires `bands 3` before the keyword. Defaults: net/sched/sch_fq.c.
    priomap: tuple[int, ...] | None = option(
        NumberList(Number(0, 2), 16, 16, ("bands", "3")),
        since="6.8",
        default=(1, 2, 2, 2, 1, 2, 0, 0, *[1] * 8),
    )
    weights: tuple[int, ...] | None = option(
        NumberList(Number(1, 2**31 - 1), 3, 3), since="6.16", default=(589824, 196608, 65536)
    )
    low_rate_threshold: int | None = field(
        default=None, converter=to_bits, metadata=option_metadata(RATE)
    )
    orphan_mask: int | None = option(Number())
    timer_slack: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(Seconds(json_unit="ns", maximum=2**32 / 10**9), since="5.7"),
    )
    ce_threshold: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(MICROSECONDS)
    )
    horizon: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(MICROSECONDS, since="5.14")
    )
    horizon_drop: bool | None = option(Horizon("horizon_drop", "horizon_cap"), since="5.14")
    offload_horizon: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(MICROSECONDS, since="6.14")
    )
