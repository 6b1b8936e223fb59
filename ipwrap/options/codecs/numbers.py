"""Codecs of numbers: whole ones, times, and those in hexadecimal."""

from datetime import timedelta
from typing import Any

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options import converters, validation
from ipwrap.options.codecs.base import Codec, Json

__all__ = ["Dsfield", "Duration", "Hex", "HexWord", "Number", "PositiveOrNone"]


@frozen
class Number(Codec):
    """A whole number, written in decimal (a leading zero would mean octal), within its range."""

    low: int = 0
    high: int = 2**32 - 1

    def format(self, word: str, value: Any) -> str:
        """Return the number in decimal."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidArgument(f"{word}: {value!r} is not a whole number; give an int")
        if not self.low <= value <= self.high:
            raise InvalidArgument(f"{word}: {value} is not within {self.low} to {self.high}")
        return str(value)

    def parse(self, text: str) -> Any:
        """Return the number, which may be written in hexadecimal."""
        return int(text, 0)


@frozen
class Duration(Number):
    """A time in whole units, as a number of them or as a `timedelta`."""

    unit: timedelta = converters.SECOND

    def format(self, word: str, value: Any) -> str:
        """Return the number of units."""
        return super().format(word, converters.timedelta_to_units(value, self.unit, word))


@frozen
class Hex(Number):
    """A whole number that iproute2 prints as text in hexadecimal ("0x8", and "0")."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        return int(value, 16) if isinstance(value, str) else value


@frozen
class Dsfield(Codec):
    """A type of service: a name of /etc/iproute2/rt_dsfield, or a number, which iproute2 reads in hexadecimal."""

    def format(self, word: str, value: Any) -> str:
        """Return the name, or the number with 0x before it (rtnl_dsfield_a2n() in lib/rt_names.c)."""
        if isinstance(value, str):
            return validation.check_argument(value, word)
        return hex(int(Number(0, 255).format(word, value)))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number, or the name."""
        value = data.get(key)
        return int(value, 16) if isinstance(value, str) and value.startswith("0x") else value

    def parse(self, text: str) -> Any:
        """Return the number, in hexadecimal with 0x or without, or the name."""
        return int(text, 16) if text[:1].isdigit() else text


@frozen
class HexWord(Hex):
    """A whole number that iproute2 also reads as hexadecimal, with 0x or without: `tclass 10` would be 16."""

    def format(self, word: str, value: Any) -> str:
        """Return the number with 0x before it."""
        return hex(int(Number.format(self, word, value)))

    def parse(self, text: str) -> Any:
        """Return the number, in hexadecimal with 0x or without."""
        return int(text, 16)


@frozen
class PositiveOrNone(Number):
    """A whole number above 0, which JSON shows as 0 where there is none."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number; None for 0."""
        return data.get(key) or None
