"""Codecs of numbers: decimal and hexadecimal integers, and durations."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from ipwrap.errors import InvalidArgument
from ipwrap.options import converters, validation
from ipwrap.options.codecs.base import Codec, Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Dsfield", "Duration", "Hex", "HexWord", "Mark", "Number", "PositiveOrNone"]


class Number(Codec, frozen=True):
    """An integer from ``low`` to ``high``, written in decimal: a leading zero would mean octal.

    Text is accepted in hexadecimal, as manuals write marks, keys and masks: "0x1f".
    """

    reads_hex: ClassVar[bool] = True

    low: int = 0
    high: int = 2**32 - 1

    def format(self, keyword: str, value: Any) -> str:
        """Return the number in decimal."""
        if isinstance(value, str):
            value = converters.from_hex(value)
        # A bool is an int of Python, but no number on a command line.
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a whole number; give an int",
            )

        if not self.low <= value <= self.high:
            raise InvalidArgument(
                f"{keyword}: {value} is not within {self.low} to {self.high}",
            )

        return str(value)

    def parse(self, text: str) -> Any:
        """Return the number, which may be written in hexadecimal."""
        return int(text, 0)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of the integers in the range."""
        from hypothesis import strategies as st

        return st.integers(self.low, self.high)


class Duration(Number, frozen=True):
    """A duration in whole units: a number of units, or a `timedelta`."""

    unit: timedelta = converters.SECOND

    def format(self, keyword: str, value: Any) -> str:
        """Return the number of units."""
        units = converters.timedelta_to_units(value, self.unit, label=keyword)
        return super().format(keyword, units)


class Hex(Number, frozen=True):
    """An integer that iproute2 prints as hexadecimal text ("0x8", and "0")."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        return int(value, 16) if isinstance(value, str) else value


class Mark(Number, frozen=True):
    """The mark of a packet: a number, or its text as manuals write it, such as "0x1"."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the number in decimal."""
        return super().format(keyword, converters.to_number(value))


class HexWord(Hex, frozen=True):
    """An integer that iproute2 reads as hexadecimal even without 0x: `tclass 10` would be 16."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the number with the prefix 0x."""
        # iproute2 accepts the prefix, and a person cannot take 0x10 for ten.
        return hex(int(Number.format(self, keyword, value)))

    def parse(self, text: str) -> Any:
        """Return the number, in hexadecimal with or without 0x."""
        return int(text, 16)


class PositiveOrNone(Number, frozen=True):
    """An integer above 0; JSON shows 0 for an option without a value."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number; None for 0."""
        return data.get(key) or None


class Dsfield(Codec, frozen=True):
    """A type of service: a name of /etc/iproute2/rt_dsfield, or a number.

    iproute2 reads the number in hexadecimal.
    """

    def format(self, keyword: str, value: Any) -> str:
        """Return the name, or the number with the prefix 0x."""
        if isinstance(value, str):
            return validation.check_argument(value, keyword)

        # rtnl_dsfield_a2n() in lib/rt_names.c: strtoul(arg, &end, 16)
        return hex(int(Number(0, 255).format(keyword, value)))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number, or the name."""
        value = data.get(key)
        if isinstance(value, str) and value.startswith("0x"):
            return int(value, 16)
        return value

    def parse(self, text: str) -> Any:
        """Return the number, in hexadecimal with or without 0x, or the name."""
        return int(text, 16) if text[:1].isdigit() else text

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers and names."""
        from hypothesis import strategies as st

        return st.one_of(st.integers(0, 255), st.sampled_from(("AF11", "EF", "CS6")))
