"""The sizes of classes, which iproute2 before 6.14 rounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.state.traffic_sizes import is_rounded_by, restore_sizes


@pytest.mark.parametrize(
    ("line", "is_rounded"),
    [
        ("tc utility, iproute2-6.1.0, libbpf 1.1.0", True),
        ("tc utility, iproute2-6.13.0", True),
        ("tc utility, iproute2-6.14.0", False),
        ("tc utility, iproute2-6.15.0, libbpf 1.5.0", False),
        ("tc utility of another maker", False),
    ],
)
def test_old_releases_round(line: str, is_rounded: bool) -> None:
    """Since 6.14 `tc` prints the size that was given."""
    assert is_rounded == is_rounded_by(line)


def restored(**data: Any) -> dict[str, Any]:
    """Return a class with its sizes restored."""
    restore_sizes(data)
    return data


def test_a_size_is_the_least_one_with_the_same_output() -> None:
    """Seen with iproute2 6.1: a burst of 15001 at 777 kbit/s is printed as 15000, and so on."""
    assert {"rate": 154_250, "burst": 15_001, "ceil": 12_345_625, "cburst": 1581} == restored(
        rate=154_250, burst=15_000, ceil=12_345_625, cburst=1580
    )
    assert {"rate": 125_000, "burst": 10_240} == restored(rate=125_000, burst=10_240)


def test_a_size_without_a_rate_stays() -> None:
    """What cannot be a time is left as it is."""
    assert {"rate": 0, "burst": 7} == restored(rate=0, burst=7)
    assert {"burst": "7b", "rate": 1} == restored(burst="7b", rate=1)


def print_size(size: int, rate: int) -> int:
    """Return what iproute2 6.1 prints for a size, in the words of its source."""
    ticks = int(int(1_000_000 * size / rate) * 15.625)
    return int(rate * int(ticks / 15.625) / 1_000_000)


@given(st.integers(1, 10**6), st.integers(1_000, 10**9))
def test_a_restored_size_is_printed_again(size: int, rate: int) -> None:
    """A class made from its own output has the same output, however often."""
    shown = print_size(size, rate)
    again = restored(rate=rate, burst=shown)["burst"]

    assert shown == print_size(again, rate)
