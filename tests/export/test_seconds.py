"""Times as arguments of programs."""

import pytest

from ipwrap.export.seconds import format_limit, format_seconds, to_whole_seconds


@pytest.mark.parametrize(
    ("seconds", "text", "limit", "whole"),
    [
        (0.0, "0", "0.001", 0),
        (0.0001, "0", "0.001", 1),
        (0.5, "0.5", "0.5", 1),
        (100.0, "100", "100", 100),
        (2.0004, "2", "2", 3),
        (1e12, "1000000000", "1000000000", 10**9),
    ],
)
def test_a_time_is_written_for_a_program(seconds: float, text: str, limit: str, whole: int) -> None:
    """A time has no exponent, a limit is never 0, and whole seconds are not shorter."""
    written = (format_seconds(seconds), format_limit(seconds), to_whole_seconds(seconds))

    assert (text, limit, whole) == written
