"""Times, rates, sizes and percentages: conversion, arguments, and the values from JSON."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import InvalidArgument
from ipwrap.options.codecs import Codec
from ipwrap.qdiscs.units import (
    CodelTime,
    Percent,
    Probability,
    Rate,
    Seconds,
    Size,
    to_bits,
    to_bytes,
    to_percent,
    to_seconds,
)

NANO = Seconds()
MICRO = Seconds(json_unit="us", resolution="us")


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
def test_time_is_converted_to_seconds(value: Any, expected: float | None) -> None:
    """A number, a text and a `timedelta` give seconds."""
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
def test_rate_is_converted_to_bits_a_second(value: Any, expected: int | None) -> None:
    """A rate is rounded to whole bytes, the kernel's unit."""
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
def test_size_is_converted_to_bytes(value: Any, expected: int | None) -> None:
    """A kilobyte of tc has 1024 bytes."""
    assert expected == to_bytes(value)


@pytest.mark.parametrize(("value", "expected"), [(None, None), (0, 0.0), (1.5, 1.5), (100, 100.0)])
def test_percentage_is_converted_to_float(value: Any, expected: float | None) -> None:
    """A percentage is a float from 0 to 100."""
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
CONVERTERS: list[tuple[Callable[[Any], Any], list[Any]]] = [
    (to_seconds, TIMES),
    (to_bits, RATES),
    (to_bytes, SIZES),
    (to_percent, PERCENTAGES),
]


@pytest.mark.parametrize(
    ("convert", "value"),
    [(convert, value) for convert, invalid in CONVERTERS for value in invalid],
)
def test_invalid_value_is_refused(convert: Callable[[Any], Any], value: Any) -> None:
    """The error has the value and the accepted notations."""
    with pytest.raises(InvalidArgument, match=r"give|is not|less than"):
        convert(value)


@pytest.mark.parametrize("text", ["1mbps", "10MBps", "8bps", "1KiBps"])
def test_bytes_a_second_are_refused(text: str) -> None:
    """The error explains `bps`, which is bytes in tc, and bits to most readers."""
    with pytest.raises(InvalidArgument, match="BYTES a second; give bits"):
        to_bits(text)


@pytest.mark.parametrize(
    ("codec", "value", "expected"),
    [
        (NANO, 0.1, "100ms"),
        (NANO, 1, "1s"),
        (NANO, "1500us", "1500us"),
        (NANO, 0.000000001, "1ns"),
        (NANO, 0, "0us"),
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
        (Probability(), 0.02, "0.02"),
        (Probability(), 1, "1"),
    ],
)
def test_codec_formats_a_value(codec: Codec, value: Any, expected: str) -> None:
    """A value has its largest whole unit."""
    assert expected == codec.format("x", value)


@pytest.mark.parametrize(
    ("codec", "value", "reason"),
    [
        (MICRO, 4294.967296, "0 to 4294.967296 seconds"),
        (MICRO, 1e-7, "shorter than a microsecond"),
        (Seconds(json_unit="ns", maximum=1), 1, "0 to 1 seconds"),
        (Rate(2**32 - 1), "40gbit", "8 to 34359738360 bits a second"),
        (Rate(), None, "bits a second"),
        (Size(1), 0, "1 to 4294967295 bytes"),
        (Size(), 2**32, "0 to 4294967295 bytes"),
        (Probability(), 1.1, "from 0 to 1"),
        (Percent(), "1%", "from 0 to 100"),
    ],
)
def test_value_out_of_range_is_refused(codec: Codec, value: Any, reason: str) -> None:
    """The error names the option and the range."""
    with pytest.raises(InvalidArgument, match=f"^keyword: .*{reason}"):
        codec.format("keyword", value)


@pytest.mark.parametrize(
    ("codec", "shown", "expected"),
    [
        (NANO, 0.123457, 0.123457),
        (MICRO, 50000, 0.05),
        (Seconds(json_unit="ns"), 10000, 0.00001),
        (Rate(), 1250000, 10_000_000),
        (Rate(), 0, None),
        (Size(), 10240, 10240),
        (Size(), "10Kb/1", 10240),
        (Size(), "1540b/8", 1540),
        (Percent(), 0.015, 1.5),
        (Percent(), 0.333, 33.3),
        (Percent(), 0, 0.0),
        (CodelTime(), 4999, 0.005),
        (CodelTime(), 99999, 0.1),
        (CodelTime(), 5120, 0.00512),
    ],
)
def test_codec_reads_a_value_from_json(codec: Codec, shown: Any, expected: Any) -> None:
    """A value from JSON has the unit of the constructor; a missing key gives None."""
    assert expected == codec.from_json({"key": shown}, "key")
    assert codec.from_json({}, "key") is None


def kernel_steps(microseconds: int) -> int:
    """Return the steps in which net/sched/sch_codel.c keeps a time."""
    return microseconds * 1000 >> 10


def shown_microseconds(steps: int) -> int:
    """Return the microseconds that tc shows for the kernel's steps."""
    return (steps << 10) // 1000


@given(st.integers(1, 10**8))
def test_codel_time_survives_a_round_trip(microseconds: int) -> None:
    """A time read from JSON, and set again, has the same JSON."""
    shown = shown_microseconds(kernel_steps(microseconds))

    seconds = CodelTime().from_json({"key": shown}, "key")
    restored = round(seconds * 10**6)

    assert shown == shown_microseconds(kernel_steps(restored))
    assert microseconds - 1 <= restored <= microseconds
