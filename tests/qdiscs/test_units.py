"""Times, rates, sizes and percentages: what is taken for one, how it is spelled, and how it is read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import InvalidArgument
from ipwrap.options.codecs import Codec
from ipwrap.qdiscs.units import (
    Ago,
    Percent,
    Rate,
    Seconds,
    Share,
    Size,
    to_bits,
    to_bytes,
    to_percent,
    to_seconds,
)

NANO = Seconds()
MICRO = Seconds(shown="us", step="us")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (0.1, 0.1),
        (2, 2.0),
        (0, 0.0),
        ("100ms", 0.1),
        ("1.5s", 1.5),
        ("10usec", 0.00001),
        ("7NSECS", 0.000000007),
        (".5sec", 0.5),
        (timedelta(milliseconds=100), 0.1),
        (timedelta(microseconds=1), 0.000001),
        (0.1 + 0.2, 0.3),
    ],
)
def test_a_time_is_in_seconds(value: Any, expected: float | None) -> None:
    """However it was said."""
    assert expected == to_seconds(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (8, 8),
        (1_000_000, 1_000_000),
        (1_000_001, 1_000_000),
        ("10mbit", 10_000_000),
        ("1.5Gbit", 1_500_000_000),
        ("56kbit", 56_000),
        ("1kibit", 1024),
        ("2Tbit", 2 * 10**12),
        ("800bit", 800),
    ],
)
def test_a_rate_is_in_bits_a_second(value: Any, expected: int | None) -> None:
    """Of whole bytes, as the kernel keeps it."""
    assert expected == to_bits(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (0, 0),
        (1500, 1500),
        ("10kb", 10240),
        ("10k", 10240),
        ("2Mb", 2 << 20),
        ("1599b", 1599),
        ("7", 7),
    ],
)
def test_a_size_is_in_bytes(value: Any, expected: int | None) -> None:
    """A kilobyte of tc has 1024."""
    assert expected == to_bytes(value)


@pytest.mark.parametrize(("value", "expected"), [(None, None), (0, 0.0), (1.5, 1.5), (100, 100.0)])
def test_a_percentage_is_a_number(value: Any, expected: float | None) -> None:
    """From 0 to 100."""
    assert expected == to_percent(value)


TIMES: list[Any] = [
    "10",
    "ten",
    "-1s",
    "1m",
    "1 s",
    -1,
    True,
    float("nan"),
    [],
    b"1s",
    timedelta(seconds=-1),
]
RATES: list[Any] = [7, 0, -8, "10", "10m", "10mb", "-1mbit", 1e6, True, [], "4bit"]
SIZES: list[Any] = [-1, "10kbit", "ten", 1.5, True, []]
PERCENTAGES: list[Any] = [-0.1, 100.1, "1%", True, float("nan"), []]
TAKERS: list[tuple[Callable[[Any], Any], list[Any]]] = [
    (to_seconds, TIMES),
    (to_bits, RATES),
    (to_bytes, SIZES),
    (to_percent, PERCENTAGES),
]


@pytest.mark.parametrize(
    ("take", "value"), [(take, value) for take, wrong in TAKERS for value in wrong]
)
def test_what_is_none_is_refused(take: Callable[[Any], Any], value: Any) -> None:
    """Before anything runs, with the value and what would do."""
    with pytest.raises(InvalidArgument, match=r"give|is not|less than"):
        take(value)


@pytest.mark.parametrize("text", ["1mbps", "10MBps", "8bps", "1KiBps"])
def test_bytes_a_second_are_refused(text: str) -> None:
    """To most people bps is bits, to tc it is bytes: the error says so."""
    with pytest.raises(InvalidArgument, match="BYTES a second; give bits"):
        to_bits(text)


@pytest.mark.parametrize(
    ("codec", "value", "expected"),
    [
        (NANO, 0.1, "100ms"),
        (NANO, 1, "1s"),
        (NANO, "1500us", "1500us"),
        (NANO, 0.000000001, "1ns"),
        (NANO, 0, "0ns"),
        (MICRO, 0.0000015, "2us"),
        (MICRO, "5ms", "5ms"),
        (Rate(), "10mbit", "10mbit"),
        (Rate(), 1_500_000, "1500kbit"),
        (Rate(), 8, "8bit"),
        (Rate(), 10**12, "1tbit"),
        (Size(), "10kb", "10240"),
        (Percent(), 1.5, "1.5%"),
        (Percent(), 100, "100%"),
        (Percent(), 0, "0%"),
        (Percent(), 0.00001, "0.00001%"),
        (Share(), 0.02, "0.02"),
        (Share(), 1, "1"),
    ],
)
def test_a_value_is_spelled(codec: Codec, value: Any, expected: str) -> None:
    """With the largest unit of which it is a whole multiple."""
    assert expected == codec.format("x", value)


@pytest.mark.parametrize(
    ("codec", "value", "named"),
    [
        (MICRO, 4294.967296, "0 to 4294.967296 seconds"),
        (MICRO, 1e-7, "shorter than a microsecond"),
        (Seconds(shown="ns", longest=1), 1, "0 to 1 seconds"),
        (Rate(2**32 - 1), "40gbit", "8 to 34359738360 bits a second"),
        (Rate(), None, "bits a second"),
        (Size(1), 0, "1 to 4294967295 bytes"),
        (Size(), 2**32, "0 to 4294967295 bytes"),
        (Share(), 1.1, "from 0 to 1"),
        (Percent(), "1%", "from 0 to 100"),
    ],
)
def test_what_is_out_of_range_is_refused(codec: Codec, value: Any, named: str) -> None:
    """The error names the option and the range."""
    with pytest.raises(InvalidArgument, match=f"^word: .*{named}"):
        codec.format("word", value)


@pytest.mark.parametrize(
    ("codec", "shown", "expected"),
    [
        (NANO, 0.123457, 0.123457),
        (MICRO, 50000, 0.05),
        (Seconds(shown="ns"), 10000, 0.00001),
        (Rate(), 1250000, 10_000_000),
        (Rate(), 0, None),
        (Size(), 10240, 10240),
        (Size(), "10Kb/1", 10240),
        (Size(), "1540b/8", 1540),
        (Percent(), 0.015, 1.5),
        (Percent(), 0.333, 33.3),
        (Percent(), 0, 0.0),
        (Ago(), 4999, 0.005),
        (Ago(), 99999, 0.1),
        (Ago(), 5120, 0.00512),
    ],
)
def test_a_value_is_read(codec: Codec, shown: Any, expected: Any) -> None:
    """As it would be said."""
    assert expected == codec.from_json({"key": shown}, "key")
    assert codec.from_json({}, "key") is None


@given(st.integers(1, 10**8))
def test_a_time_of_codel_does_not_shrink(micro: int) -> None:
    """What the kernel shows of a time, read and built again, is shown alike: net/sched/sch_codel.c."""
    step = micro * 1000 >> 10
    shown = (step << 10) // 1000
    read = Ago().from_json({"key": shown}, "key")
    again = round(read * 10**6)
    assert shown == (again * 1000 >> 10 << 10) // 1000
    assert micro - 1 <= again <= micro
