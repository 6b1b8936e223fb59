"""`fq`: fair queueing with pacing."""

import itertools
from collections.abc import Sequence
from typing import Any, ClassVar

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Json, KeywordPair, NoPrefixFlag, Number
from ipwrap.options.table import option
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.units import Rate, Seconds, Size, to_bits, to_bytes, to_seconds

__all__ = ["Fq", "Numbers"]

RATE = Rate(2**32 - 1)
MICRO = Seconds(shown="us", step="us")


@frozen
class Numbers(Codec):
    """Numbers in a row, so many at least and at most. Some releases end the key with a blank: `priomap `."""

    number: Number
    fewest: int
    most: int
    before: tuple[str, ...] = ()

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the numbers."""
        values = value if isinstance(value, (tuple, list)) else (value,)
        if not self.fewest <= len(values) <= self.most:
            raise InvalidArgument(f"{word}: {value!r} is not {self.fewest} to {self.most} numbers")
        return (*self.before, word, *(self.number.format(word, each) for each in values))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the numbers."""
        found = data.get(key, data.get(f"{key} "))
        return None if found is None else tuple(found)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the key without and with a blank, and that of what stands before."""
        return (key, f"{key} ", *self.before[:1])

    def keywords(self, word: str) -> tuple[str, ...]:
        """Return the first word."""
        return (self.before or (word,))[:1]

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the numbers."""
        start = len(self.before) + 1
        if tuple(words[:start]) != (*self.before, word):
            raise InvalidArgument(f"{' '.join(words[:start])}: not {word}")
        numbers = tuple(itertools.takewhile(str.isdecimal, words[start : start + self.most]))
        return tuple(int(each) for each in numbers), start + len(numbers)


@frozen
class Pacing(NoPrefixFlag):
    """A truth of which JSON shows only that it is not: no key is True."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the truth."""
        return data.get(key, True)


@frozen
class Horizon(KeywordPair):
    """What becomes of packets beyond the horizon: one of two words, which JSON shows as keys."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return whether it is the first one."""
        return True if key in data else (False if self.no in data else None)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return both keys."""
        return (key, self.no)


@frozen(kw_only=True)
class Fq(TcKind):
    """Fair queueing, with pacing by the sockets. tc-fq(8); tc/q_fq.c.

    Rates are bits a second, an int or text such as "10mbit", at most 34 Gbit/s; times seconds as a number, text such
    as "10ms", or a `timedelta`; ``quantum`` and ``initial_quantum`` bytes. ``limit`` and ``flow_limit`` are in packets.
    ``horizon_drop=False`` is `horizon_cap`. ``priomap`` is the band, 0 to 2, of each of the 16 priorities, ``weights``
    are those of the 3 bands, which iproute2 6.8 to 6.15 cannot read. ``buckets`` is rounded up to a power of 2,
    ``refill_delay`` to the kernel's clock. Kernels of today ignore ``defrate``, and do not tell it.
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
        default=None, converter=to_seconds, metadata=option_metadata(MICRO)
    )
    priomap: tuple[int, ...] | None = option(
        Numbers(Number(0, 2), 16, 16, ("bands", "3")),
        since="6.8",
        default=(1, 2, 2, 2, 1, 2, 0, 0, *[1] * 8),
    )
    weights: tuple[int, ...] | None = option(
        Numbers(Number(1, 2**31 - 1), 3, 3), since="6.16", default=(589824, 196608, 65536)
    )
    low_rate_threshold: int | None = field(
        default=None, converter=to_bits, metadata=option_metadata(RATE)
    )
    orphan_mask: int | None = option(Number())
    timer_slack: float | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(Seconds(shown="ns", longest=2**32 / 10**9), since="5.7"),
    )
    ce_threshold: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(MICRO)
    )
    horizon: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(MICRO, since="5.14")
    )
    horizon_drop: bool | None = option(Horizon("horizon_drop", "horizon_cap"), since="5.14")
    offload_horizon: float | None = field(
        default=None, converter=to_seconds, metadata=option_metadata(MICRO, since="6.14")
    )
