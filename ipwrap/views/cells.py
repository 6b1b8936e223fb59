"""Cells and columns that the tables of several programs use."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ipwrap.models import Json, dump
from ipwrap.qdiscs.units import Rate

__all__ = [
    "Columns",
    "columns_of",
    "format_counts",
    "format_encap",
    "format_group",
    "format_option",
    "format_rate",
    "format_seconds",
    "format_words",
]

# The headers of an object, and the function for the row of a model, or of a part of it.
Columns = tuple[tuple[str, ...], Callable[[Any], Sequence[Any]]]


def columns_of(*names: str) -> Columns:
    """Return headers, and a function for the row of the attributes with the same names."""

    def read_row(model: Any) -> tuple[Any, ...]:
        return tuple(getattr(model, name) for name in names)

    return names, read_row


def format_group(group: Any) -> tuple[str, ...] | None:
    """Return the counters of a model, without zeros; None for a missing model."""
    if not group:
        return None

    return tuple(format_counts(dump(group)))


def format_counts(counters: Json, prefix: str = "") -> Iterator[str]:
    """Yield the names and values of counters, without zeros; nested names have a dot."""
    for key, value in counters.items():
        if isinstance(value, dict):
            yield from format_counts(value, f"{prefix}{key}.")
        elif value:
            yield format_option(f"{prefix}{key}", value)


def format_rate(bytes_per_second: int | None) -> str | int | None:
    """Return a rate in bits a second, with its unit. None for 0; unchanged outside of 64 bits."""
    if not bytes_per_second:
        return None

    # A malformed reply is shown, not refused: the table must not fail for it.
    if not 0 < bytes_per_second < 2**64:
        return bytes_per_second

    return Rate().format("rate", bytes_per_second * 8)


def format_option(name: str, value: Any) -> str:
    """Return an option as words of a command line: `stp_state 1`, `isolated on`."""
    if isinstance(value, bool):
        value = "on" if value else "off"
    elif isinstance(value, (list, tuple)):
        value = ",".join(map(_format_element, value))
    return f"{name} {value}"


def _format_element(element: Any) -> str:
    """Return an element of a list; of an object its values."""
    if isinstance(element, dict):
        return " ".join(map(str, element.values()))
    return str(element)


def format_seconds(seconds: float | str | None) -> str | None:
    """Return a duration with its unit."""
    return None if seconds in (None, "") else f"{seconds}s"


def format_encap(encap: Any) -> str | None:
    """Return an encapsulation: its type, and its keys with their values."""
    if encap is None or isinstance(encap, str):
        return encap

    data = dict(encap) if isinstance(encap, dict) else dump(encap)
    kind = data.pop("encap_type", "")
    words = [word for key, value in data.items() for word in format_words(key, value)]
    return " ".join((kind, *words)).strip()


def format_words(key: str, value: Any) -> tuple[str, ...]:
    """Return a key with its value as words; a flag has no value."""
    if value is None or value is True:
        return (key,)
    if isinstance(value, (list, tuple)):
        return (key, ",".join(str(element) for element in value))
    return (key, str(value))
