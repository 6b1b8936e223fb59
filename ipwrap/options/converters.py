"""Converters of Python values to the form of iproute2: addresses to text, durations to integers.

A field with a converter has the same value in an object built by hand and in an object read from
the output of iproute2, so both compare equal.
"""

import re
from datetime import timedelta
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Any

from ipwrap.errors import InvalidArgument
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "FOREVER",
    "IpAddress",
    "IpPrefix",
    "timedelta_to_units",
    "to_centiseconds",
    "to_lifetime",
    "to_milliseconds",
    "to_number",
    "to_seconds",
    "to_text",
]

IpAddress = str | IPv4Address | IPv6Address
IpPrefix = IpAddress | IPv4Interface | IPv6Interface | IPv4Network | IPv6Network

# A lifetime without an end: INFINITY_LIFE_TIME in iproute2's ip/ip_common.h and in the kernel's
# include/net/addrconf.h.
FOREVER = 2**32 - 1

HEX_NUMBER = lazy_pattern("0[xX][0-9a-fA-F]+", re.ASCII)
NUMBER = lazy_pattern("0[xX][0-9a-fA-F]+|0|[1-9][0-9]*", re.ASCII)

SECOND = timedelta(seconds=1)
HUNDREDTH = SECOND / 100
MILLISECOND = SECOND / 1000
UNITS = {SECOND: "seconds", HUNDREDTH: "hundredths of a second", MILLISECOND: "milliseconds"}


def to_text(value: IpAddress | None) -> str | None:
    """Return an address as text. The codec of the option checks the text later."""
    if value is None or isinstance(value, str):
        return value
    return str(value)


def to_number(value: int | str | None) -> Any:
    """Return the number of a text such as "0x1"; other values unchanged.

    A leading zero, octal to iproute2 and decimal to most people, is left to the codec to refuse.
    """
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return int(value, 0)
    return value


def from_hex(value: str) -> Any:
    """Return the number of a text such as "0x1f"; other text unchanged."""
    return int(value, 16) if HEX_NUMBER.fullmatch(value) else value


def timedelta_to_units(value: Any, unit: timedelta, *, label: str = "time") -> Any:
    """Return a `timedelta` as a number of units; other values unchanged.

    Raises `InvalidArgument` for a fraction of a unit.
    """
    if not isinstance(value, timedelta):
        return value

    count, remainder = divmod(value, unit)
    if remainder:
        raise InvalidArgument(f"{label}: {value} is no whole number of {UNITS[unit]}")

    return count


def to_centiseconds(value: int | timedelta | None) -> int | None:
    """Return a time in hundredths of a second, from a number of them or a `timedelta`."""
    return timedelta_to_units(value, HUNDREDTH)  # type: ignore[no-any-return]


def to_milliseconds(value: int | timedelta | None) -> int | None:
    """Return a time in milliseconds, from a number of them or a `timedelta`."""
    return timedelta_to_units(value, MILLISECOND)  # type: ignore[no-any-return]


def to_seconds(value: int | timedelta | None) -> int | None:
    """Return a time in seconds, from a number of them or a `timedelta`."""
    return timedelta_to_units(value, SECOND)  # type: ignore[no-any-return]


def to_lifetime(value: int | str | timedelta | None) -> int | str | None:
    """Return a time in seconds, from a number or a `timedelta`; a word such as `none` unchanged."""
    return timedelta_to_units(value, SECOND)  # type: ignore[no-any-return]
