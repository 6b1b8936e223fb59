"""Times, rates, sizes and percentages: as a person says them, as `tc` takes them, and as it shows them.

get_time(), get_time64(), get_rate(), get_size() in iproute2's lib/; parse_percent() in tc/tc_util.c. A value is brought
into one form when it is given, so that what was built and what is shown of it are equal: seconds as a float, bits a
second and bytes as an int, percentages from 0 to 100.
"""

import itertools
import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Json

__all__ = [
    "Ago",
    "Percent",
    "Percents",
    "Rate",
    "Seconds",
    "Share",
    "Size",
    "to_bits",
    "to_bytes",
    "to_percent",
    "to_seconds",
]

Time = float | str | timedelta
TIME = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(s|secs?|ms|msecs?|us|usecs?|ns|nsecs?)", re.IGNORECASE)
RATE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([kmgt]i?)?(bit|bps)", re.IGNORECASE)
SIZE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([kmg]?)b?(?:/\d+)?", re.IGNORECASE)

IN_SECONDS = {"s": Decimal(1), "m": Decimal("1e-3"), "u": Decimal("1e-6"), "n": Decimal("1e-9")}
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
TIMES = (("s", 10**9), ("ms", 10**6), ("us", 10**3), ("ns", 1))
RATES = (("tbit", 10**12), ("gbit", 10**9), ("mbit", 10**6), ("kbit", 10**3), ("bit", 1))


def to_seconds(value: Time | None) -> float | None:
    """Return a time in seconds, to the nanosecond: of a number of seconds, "100ms", or a `timedelta`."""
    if value is None:
        return None
    if isinstance(value, str):
        found = TIME.fullmatch(value)
        number = Decimal(found[1]) * IN_SECONDS[found[2][0].lower()] if found else None
    elif isinstance(value, timedelta):
        number = Decimal(str(value.total_seconds()))
    else:
        number = Decimal(str(value)) if _is_number(value) else None
    if number is None or number < 0:
        raise InvalidArgument(
            f"{value!r} is not a time: give seconds as a number, text such as '100ms', or a timedelta"
        )
    return round(float(number), 9)


def to_bits(value: int | str | None) -> int | None:
    """Return a rate in bits a second, of whole bytes, which is what the kernel keeps: of an int, or "10mbit".

    In tc `bps` means bytes a second. To many it means bits, so it is refused.
    """
    if value is None:
        return None
    if isinstance(value, str):
        number = _rate(value)
    elif isinstance(value, bool) or not isinstance(value, int):
        raise InvalidArgument(
            f"{value!r} is not a rate: give bits a second as an int, or text such as '10mbit'"
        )
    else:
        number = value
    if number < 8:
        raise InvalidArgument(f"{value!r} is less than a byte (8 bits) a second")
    return number - number % 8


def to_bytes(value: int | str | None) -> int | None:
    """Return a size in bytes: of an int, or of text such as "10kb", which in tc are 10240."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidArgument(
            f"{value!r} is not a size: give bytes as an int, or text such as '10kb' (10240 bytes)"
        )
    return int(Decimal(found[1]) * 1024 ** POWERS[found[2].lower()])


def to_percent(value: float | None) -> float | None:
    """Return a percentage from 0 to 100: 1.5 is 1.5 %."""
    if value is None:
        return None
    if not _is_number(value) or not 0 <= value <= 100:
        raise InvalidArgument(f"{value!r} is not a percentage: give a number from 0 to 100")
    return float(value)


def _is_number(value: Any) -> bool:
    """Tell whether a value is a finite number."""
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and abs(value) < float("inf")
    )


def _rate(text: str) -> int:
    """Return the bits a second that a text says."""
    found = RATE.fullmatch(text)
    if found is None:
        raise InvalidArgument(
            f"{text!r} is not a rate: give bits a second as an int, or text such as '10mbit'"
        )
    if found[3].lower() == "bps":
        raise InvalidArgument(
            f"{text!r}: in tc, bps is BYTES a second; say bits: '8mbit' is what tc's '1MBps' is"
        )
    prefix = (found[2] or "").lower()
    return int(Decimal(found[1]) * (1024 if prefix.endswith("i") else 1000) ** POWERS[prefix[:1]])


def _format_number(number: int, units: tuple[tuple[str, int], ...]) -> str:
    """Return a number with the largest unit of which it is a whole multiple; 0 with the smallest."""
    unit, size = next(
        ((unit, size) for unit, size in units if number and number % size == 0), units[-1]
    )
    return f"{number // size}{unit}"


@frozen
class Seconds(Codec):
    """A time in seconds. tc takes it in nanoseconds or microseconds (``step``), and shows it in ``shown``.

    At most ``longest`` seconds: times in microseconds have 32 bits.
    """

    shown: Literal["s", "us", "ns"] = "s"
    step: Literal["ns", "us"] = "ns"
    longest: float = 2**32 / 10**6

    def format(self, word: str, value: Any) -> str:
        """Return the time with its unit."""
        number = to_seconds(value)
        if number is None or number >= self.longest:
            raise InvalidArgument(f"{word}: {value!r} is not within 0 to {self.longest} seconds")
        size = 10**3 if self.step == "us" else 1
        count = round(number * 10**9 / size) * size
        if number and not count:
            raise InvalidArgument(
                f"{word}: {value!r} is shorter than a microsecond, the least that tc takes here"
            )
        return _format_number(count, TIMES)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the time in seconds."""
        value = data.get(key)
        return (
            value
            if value is None
            else round(value / {"s": 1, "us": 10**6, "ns": 10**9}[self.shown], 9)
        )

    def parse(self, text: str) -> Any:
        """Return the time as text; microseconds where it has no unit."""
        return f"{text}us" if text.isdecimal() else text

    def to_python(self, value: Any) -> Any:
        """Return the time with its unit."""
        return self.format("", value)


@frozen
class Ago(Seconds):
    """A time of CoDel, which the kernel keeps in steps of 1.024 µs, rounded down: 5 ms are shown as 4999 µs.

    Read is the time that would be shown so, or else what is shown, built again, would become less each time.
    """

    shown: Literal["s", "us", "ns"] = "us"
    step: Literal["ns", "us"] = "us"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the time in seconds."""
        value = data.get(key)
        if not isinstance(value, int):
            return value
        steps = -(-value * 1000 // 1024)
        return -(-steps * 1024 // 1000) / 10**6


@frozen
class Rate(Codec):
    """A rate in bits a second; tc shows bytes a second. At most ``most`` bytes a second."""

    most: int = 2**64 - 1

    def format(self, word: str, value: Any) -> str:
        """Return the rate with its unit."""
        number = to_bits(value)
        if number is None or number > self.most * 8:
            raise InvalidArgument(
                f"{word}: {value!r} is not within 8 to {self.most * 8} bits a second"
            )
        return _format_number(number, RATES)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the rate in bits a second; 0, of a kernel that has none, as None."""
        value = data.get(key)
        return value * 8 if value else None

    def parse(self, text: str) -> Any:
        """Return the rate as text; a number of bits where it has no unit."""
        return int(text) if text.isdecimal() else text

    def to_python(self, value: Any) -> Any:
        """Return the rate with its unit."""
        return self.format("", value)


@frozen
class Size(Codec):
    """A size in bytes, which some qdiscs show as text, with the size of a cell behind it: "10Kb/1"."""

    low: int = 0
    high: int = 2**32 - 1

    def format(self, word: str, value: Any) -> str:
        """Return the number of bytes."""
        number = to_bytes(value)
        if number is None or not self.low <= number <= self.high:
            raise InvalidArgument(
                f"{word}: {value!r} is not within {self.low} to {self.high} bytes"
            )
        return str(number)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number of bytes."""
        return to_bytes(data.get(key))

    def parse(self, text: str) -> Any:
        """Return the number of bytes."""
        return to_bytes(text)


@frozen
class Percent(Codec):
    """A percentage from 0 to 100, which tc shows as a fraction, with six digits."""

    def format(self, word: str, value: Any) -> str:
        """Return the percentage with its sign."""
        if value is None or isinstance(value, str):
            raise InvalidArgument(
                f"{word}: {value!r} is not a percentage: give a number from 0 to 100"
            )
        return f"{to_percent(value):.8f}".rstrip("0").rstrip(".") + "%"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the percentage."""
        return _hundredfold(data.get(key))

    def parse(self, text: str) -> Any:
        """Return the percentage."""
        return float(text.removesuffix("%"))

    def to_python(self, value: Any) -> Any:
        """Return a whole number as one."""
        return int(value) if value == int(value) else value


@frozen
class Percents(Percent):
    """One percentage or several in a row, which JSON shows in one object, under ``names``."""

    model: str = ""
    names: tuple[str, ...] = ()

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `loss state 1% 2%`."""
        values = value if isinstance(value, (tuple, list)) else (value,)
        if not 1 <= len(values) <= len(self.names):
            raise InvalidArgument(
                f"{word} {self.model}: {value!r} is not 1 to {len(self.names)} percentages"
            )
        return ("loss", self.model, *(self.format(f"{word} {self.model}", each) for each in values))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the percentages."""
        found = data.get(key)
        return tuple(_hundredfold(found[name]) for name in self.names) if found else None

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return what stands before the model."""
        return ("loss",)

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the percentages of this model."""
        if words[1] != self.model:
            raise InvalidArgument(f"{words[1]!r} is not {self.model}")
        said = tuple(
            itertools.takewhile(lambda each: each[:1].isdigit(), words[2 : 2 + len(self.names)])
        )
        return tuple(self.parse(each) for each in said), 2 + len(said)

    def to_python(self, value: Any) -> Any:
        """Return whole numbers as such."""
        return tuple(super(Percents, self).to_python(each) for each in value)


@frozen
class Share(Codec):
    """A probability from 0 to 1."""

    def format(self, word: str, value: Any) -> str:
        """Return the number."""
        if not _is_number(value) or not 0 <= value <= 1:
            raise InvalidArgument(
                f"{word}: {value!r} is not a probability: give a number from 0 to 1"
            )
        return f"{value:.9f}".rstrip("0").rstrip(".")

    def parse(self, text: str) -> Any:
        """Return the number."""
        return float(text)


def _hundredfold(fraction: Any) -> Any:
    """Return a fraction, of which tc shows six digits, as a percentage."""
    return float(f"{fraction * 100:.6g}") if isinstance(fraction, (int, float)) else fraction
