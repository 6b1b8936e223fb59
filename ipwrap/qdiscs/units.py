"""Times, rates, sizes and percentages, in Python, on the command line and in the JSON of `tc`.

get_time(), get_time64(), get_rate(), get_size() in iproute2's lib/; parse_percent() in
tc/tc_util.c. A value is normalized on construction, so that a qdisc and its JSON compare equal:
seconds as a float, bits a second and bytes as an int, percentages from 0 to 100.
"""

import itertools
import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "CodelTime",
    "LossModel",
    "Percent",
    "Probability",
    "Rate",
    "Seconds",
    "Size",
    "to_bits",
    "to_bytes",
    "to_percent",
    "to_seconds",
]

Time = float | str | timedelta
TIME = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(s|secs?|ms|msecs?|us|usecs?|ns|nsecs?)", re.IGNORECASE)
RATE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([kmgt]i?)?(bit|bps)", re.IGNORECASE)
# After a slash is the size of a cell: get_size_and_cell() in tc/tc_util.c, and `tc -d`.
SIZE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([kmg]?)b?(?:/\d+)?", re.IGNORECASE)

SECONDS_BY_UNIT = {
    "s": Decimal(1),
    "m": Decimal("1e-3"),
    "u": Decimal("1e-6"),
    "n": Decimal("1e-9"),
}
EXPONENTS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
TIME_UNITS = (("s", 10**9), ("ms", 10**6), ("us", 10**3), ("ns", 1))
RATE_UNITS = (("tbit", 10**12), ("gbit", 10**9), ("mbit", 10**6), ("kbit", 10**3), ("bit", 1))
UNITS_PER_SECOND = {"s": 1, "us": 10**6, "ns": 10**9}


def to_seconds(value: Time | None) -> float | None:
    """Return a time in seconds, to the nanosecond, from seconds, "100ms", or a `timedelta`.

    Raises `InvalidArgument` for a negative time or an unknown unit.
    """
    if value is None:
        return None

    number = _parse_time(value)
    if number is None or number < 0:
        raise InvalidArgument(
            f"{value!r} is not a time: give seconds as a number, text such as '100ms',"
            " or a timedelta"
        )

    return round(float(number), 9)


def to_bits(value: int | str | None) -> int | None:
    """Return a rate in bits a second, rounded down to whole bytes, from an int or "10mbit".

    Raises `InvalidArgument` for less than a byte a second, and for `bps`: bytes a second in tc, but
    bits a second to many readers.
    """
    if value is None:
        return None

    if isinstance(value, str):
        number = _parse_rate(value)
    elif isinstance(value, bool) or not isinstance(value, int):
        raise InvalidArgument(
            f"{value!r} is not a rate: give bits a second as an int, or text such as '10mbit'"
        )
    else:
        number = value

    if number < 8:
        raise InvalidArgument(f"{value!r} is less than a byte (8 bits) a second")

    # get_rate64() in lib/utils_math.c divides by 8, and the kernel keeps bytes a second.
    return number - number % 8


def to_bytes(value: int | str | None) -> int | None:
    """Return a size in bytes, from an int, or text such as "10kb", which in tc are 10240 bytes.

    Raises `InvalidArgument` for a negative size or an unknown unit.
    """
    if value is None:
        return None

    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value

    match = SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise InvalidArgument(
            f"{value!r} is not a size: give bytes as an int, or text such as '10kb' (10240 bytes)"
        )

    number, prefix = match.groups()
    factor = 1024 ** EXPONENTS[prefix.lower()]
    return int(Decimal(number) * factor)


def to_percent(value: float | None) -> float | None:
    """Return a percentage: 1.5 is 1.5 %. Raises `InvalidArgument` outside of 0 to 100."""
    if value is None:
        return None

    if not _is_number(value) or not 0 <= value <= 100:
        raise InvalidArgument(f"{value!r} is not a percentage: give a number from 0 to 100")

    return float(value)


def _is_number(value: Any) -> bool:
    """Return whether a value is a finite number."""
    # In Python a bool is an int, and a comparison with NaN is False.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False

    return abs(value) < float("inf")


def _parse_time(value: Time) -> Decimal | None:
    """Return a time in seconds; None for an unknown unit or type."""
    if isinstance(value, timedelta):
        return Decimal(str(value.total_seconds()))

    if isinstance(value, str):
        match = TIME.fullmatch(value)
        if match is None:
            return None

        number, unit = match.groups()
        return Decimal(number) * SECONDS_BY_UNIT[unit[0].lower()]

    if _is_number(value):
        return Decimal(str(value))

    return None


def _parse_rate(text: str) -> int:
    """Return a rate in bits a second. Raises `InvalidArgument` for `bps` and unknown units."""
    match = RATE.fullmatch(text)
    if match is None:
        raise InvalidArgument(
            f"{text!r} is not a rate: give bits a second as an int, or text such as '10mbit'"
        )

    number, prefix, unit = match.groups(default="")
    if unit.lower() == "bps":
        raise InvalidArgument(
            f"{text!r}: in tc, bps is BYTES a second; give bits: '8mbit' is the same as '1MBps'"
        )

    prefix = prefix.lower()
    base = 1024 if prefix.endswith("i") else 1000
    factor = base ** EXPONENTS[prefix[:1]]
    return int(Decimal(number) * factor)


def _format_number(number: int, units: tuple[tuple[str, int], ...]) -> str:
    """Return a number in its largest whole unit; 0 in the smallest unit."""
    smallest_unit, _ = units[-1]
    if not number:
        return f"0{smallest_unit}"

    for unit, size in units:
        if number % size == 0:
            return f"{number // size}{unit}"

    return f"{number}{smallest_unit}"


class Seconds(Codec, frozen=True):
    """A time in seconds. ``step`` is the resolution of tc's parser, ``shown`` the unit in JSON.

    Below ``longest`` seconds: times in microseconds have 32 bits.
    """

    json_unit: Literal["s", "us", "ns"] = "s"
    resolution: Literal["ns", "us"] = "ns"
    maximum: float = 2**32 / 10**6

    def format(self, keyword: str, value: Any) -> str:
        """Return the time with its unit."""
        seconds = to_seconds(value)
        if seconds is None or seconds >= self.maximum:
            raise InvalidArgument(f"{keyword}: {value!r} is not within 0 to {self.maximum} seconds")

        step_size = 10**3 if self.resolution == "us" else 1
        steps = round(seconds * 10**9 / step_size)

        # Zero would switch the option off instead of making the time very short.
        if seconds and not steps:
            raise InvalidArgument(
                f"{keyword}: {value!r} is shorter than a microsecond, the least that tc takes here"
            )

        # tc before 6.9 takes no "ns" for the times of netem: get_time() in tc/tc_util.c.
        return _format_number(steps * step_size, TIME_UNITS) if steps else "0us"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the time in seconds."""
        value = data.get(key)
        if value is None:
            return None

        return round(value / UNITS_PER_SECOND[self.json_unit], 9)

    def parse(self, text: str) -> Any:
        """Return the time as text, in microseconds if the text has no unit."""
        # As in get_time() of lib/utils.c, a plain number is in microseconds.
        if text.isdecimal():
            return f"{text}us"

        return text

    def to_python(self, value: Any) -> Any:
        """Return the time with its unit."""
        return self.format("", value)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of durations of a second or less, and of some seconds."""
        from hypothesis import strategies as st

        return st.one_of(
            st.integers(1, 9),
            st.sampled_from((0.5, "100ms", "1.5s", "20us")),
        )


class CodelTime(Seconds, frozen=True):
    """A time of CoDel, which the kernel keeps in steps of 1.024 µs, rounded down.

    5 ms are shown as 4999 µs. `from_json` returns the shortest time with the same output: a qdisc
    rebuilt from its own output would otherwise lose a step each time. net/sched/sch_codel.c.
    """

    shown: Literal["s", "us", "ns"] = "us"
    step: Literal["ns", "us"] = "us"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the time in seconds."""
        microseconds = data.get(key)
        if not isinstance(microseconds, int):
            return microseconds

        # Both divisions round up: the inverse of the kernel's shifts, which round down.
        steps = -(-microseconds * 1000 // 1024)
        return -(-steps * 1024 // 1000) / 10**6


class Rate(Codec, frozen=True):
    """A rate in bits a second, up to ``most`` bytes a second. JSON shows bytes a second."""

    max_bytes: int = 2**64 - 1

    def format(self, keyword: str, value: Any) -> str:
        """Return the rate with its unit."""
        bits = to_bits(value)
        most_bits = self.max_bytes * 8
        if bits is None or bits > most_bits:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not within 8 to {most_bits} bits a second"
            )

        return _format_number(bits, RATE_UNITS)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the rate in bits a second; None for 0, which is a kernel without a rate."""
        bytes_per_second = data.get(key)
        if not bytes_per_second:
            return None

        return bytes_per_second * 8

    def parse(self, text: str) -> Any:
        """Return the rate as text, or as an int if the text has no unit."""
        # get_rate64() in lib/utils_math.c takes a number without a unit for bits a second.
        if text.isdecimal():
            return int(text)

        return text

    def to_python(self, value: Any) -> Any:
        """Return the rate with its unit."""
        return self.format("", value)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of rates in bits a second, and rates with a unit."""
        from hypothesis import strategies as st

        octets = st.integers(1, 2**30)
        return st.one_of(
            octets.map(lambda count: count * 8),
            st.sampled_from(("10mbit", "1.5gbit")),
        )


class Size(Codec, frozen=True):
    """A size in bytes. Some qdiscs show the size as text, with the size of a cell: "10Kb/1"."""

    low: int = 0
    high: int = 2**32 - 1

    def format(self, keyword: str, value: Any) -> str:
        """Return the number of bytes."""
        size = to_bytes(value)
        if size is None or not self.low <= size <= self.high:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not within {self.low} to {self.high} bytes"
            )

        return str(size)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number of bytes."""
        return to_bytes(data.get(key))

    def parse(self, text: str) -> Any:
        """Return the number of bytes."""
        return to_bytes(text)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of sizes in the range."""
        from hypothesis import strategies as st

        return st.integers(self.low, self.high)


class Percent(Codec, frozen=True):
    """A percentage from 0 to 100. JSON shows a fraction with six digits."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the percentage with its sign."""
        if value is None or isinstance(value, str):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a percentage: give a number from 0 to 100"
            )

        # Eight digits keep the resolution of the kernel's 32-bit probabilities.
        digits = f"{to_percent(value):.8f}"
        number = digits.rstrip("0").rstrip(".")
        return f"{number}%"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the percentage."""
        return _fraction_to_percent(data.get(key))

    def parse(self, text: str) -> Any:
        """Return the percentage."""
        return float(text.removesuffix("%"))

    def to_python(self, value: Any) -> Any:
        """Return a whole number as an int."""
        if value == int(value):
            return int(value)

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of percentages."""
        from hypothesis import strategies as st

        return st.one_of(
            st.integers(0, 100),
            st.integers(0, 100 * 10**6).map(lambda millionths: millionths / 10**6),
        )


class LossModel(Percent, frozen=True):
    """The percentages of a loss model: `loss state 1% 2%`.

    JSON shows the percentages as one object, with the keys ``names``.
    """

    model: str = ""
    names: tuple[str, ...] = ()

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `loss`, the model and the percentages."""
        option = f"{keyword} {self.model}"
        percentages = value if isinstance(value, (tuple, list)) else (value,)
        count, most = len(percentages), len(self.names)
        if not 1 <= count <= most:
            raise InvalidArgument(f"{option}: {value!r} is not 1 to {most} percentages")

        formatted = [self.format(option, percentage) for percentage in percentages]
        return ("loss", self.model, *formatted)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the percentages."""
        fractions = data.get(key)
        if not fractions:
            return None

        return tuple(_fraction_to_percent(fractions[name]) for name in self.names)

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the common keyword of the loss models."""
        return ("loss",)

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the percentages. Raises `InvalidArgument` for a different model."""
        if args[1] != self.model:
            raise InvalidArgument(f"{args[1]!r} is not {self.model}")

        # A model may have fewer percentages than parameters: the next keyword ends the list.
        end = 2 + len(self.names)
        texts = itertools.takewhile(_starts_with_digit, args[2:end])
        percentages = tuple(self.parse(text) for text in texts)
        return percentages, 2 + len(percentages)

    def to_python(self, value: Any) -> Any:
        """Return whole numbers as int."""
        return tuple(super(LossModel, self).to_python(percentage) for percentage in value)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of tuples of percentages."""
        from hypothesis import strategies as st

        percentages = st.lists(
            Percent().strategy(),
            min_size=1,
            max_size=len(self.names),
        )
        return percentages.map(tuple)


class Probability(Codec, frozen=True):
    """A probability from 0 to 1."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the number."""
        if not _is_number(value) or not 0 <= value <= 1:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a probability: give a number from 0 to 1"
            )

        return f"{value:.9f}".rstrip("0").rstrip(".")

    def parse(self, text: str) -> Any:
        """Return the number."""
        return float(text)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of fractions from 0 to 1."""
        from hypothesis import strategies as st

        return st.integers(0, 10**9).map(lambda billionths: billionths / 10**9)


def _starts_with_digit(text: str) -> bool:
    """Return whether a text can be a percentage, in contrast to the next keyword."""
    return text[:1].isdigit()


def _fraction_to_percent(fraction: Any) -> Any:
    """Return a fraction as a percentage, with the six digits of tc's output."""
    if isinstance(fraction, (int, float)):
        return float(f"{fraction * 100:.6g}")

    return fraction
