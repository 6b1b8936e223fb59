"""Values as Python has them, in the form that iproute2 takes and shows: addresses as text, times as whole numbers.

A field that holds such a value brings it into that form when it is given, so that what was built and what is shown of
it are equal.
"""

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

__all__ = [
    "FOREVER",
    "IpAddress",
    "IpPrefix",
    "timedelta_to_units",
    "to_centiseconds",
    "to_lifetime",
    "to_milliseconds",
    "to_seconds",
    "to_text",
]

IpAddress = str | IPv4Address | IPv6Address
IpPrefix = IpAddress | IPv4Interface | IPv6Interface | IPv4Network | IPv6Network

# A lifetime without an end: INFINITY_LIFE_TIME in iproute2's ip/ip_common.h and in the kernel's
# include/net/addrconf.h.
FOREVER = 2**32 - 1

SECOND = timedelta(seconds=1)
HUNDREDTH = SECOND / 100
MILLISECOND = SECOND / 1000
UNITS = {SECOND: "seconds", HUNDREDTH: "hundredths of a second", MILLISECOND: "milliseconds"}


def to_text(value: IpAddress | None) -> str | None:
    """Return an address as text; what is no address is found when the words are built."""
    return value if value is None or isinstance(value, str) else str(value)


def timedelta_to_units(value: Any, unit: timedelta, what: str = "time") -> Any:
    """Return how many units a `timedelta` is; any other value as it is. Raises `InvalidArgument` where some of it is left."""
    if not isinstance(value, timedelta):
        return value
    whole, rest = divmod(value, unit)
    if rest:
        raise InvalidArgument(f"{what}: {value} is no whole number of {UNITS[unit]}")
    return whole


def to_centiseconds(value: int | timedelta | None) -> int | None:
    """Return a time in hundredths of a second: of a number of them, or a `timedelta`."""
    return timedelta_to_units(value, HUNDREDTH)  # type: ignore[no-any-return]


def to_milliseconds(value: int | timedelta | None) -> int | None:
    """Return a time in milliseconds: of a number of them, or a `timedelta`."""
    return timedelta_to_units(value, MILLISECOND)  # type: ignore[no-any-return]


def to_seconds(value: int | timedelta | None) -> int | None:
    """Return a time in seconds: of a number of them, or a `timedelta`."""
    return timedelta_to_units(value, SECOND)  # type: ignore[no-any-return]


def to_lifetime(value: int | str | timedelta | None) -> int | str | None:
    """Return a time in seconds, or a word such as `none`: of either, or a `timedelta`."""
    return timedelta_to_units(value, SECOND)  # type: ignore[no-any-return]
