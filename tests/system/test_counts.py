"""A number of things, in words."""

import pytest

from ipwrap.system.counts import count_of


@pytest.mark.parametrize(
    ("number", "noun", "plural", "expected"),
    [
        (0, "read", None, "0 reads"),
        (1, "read", None, "1 read"),
        (2, "process", "processes", "2 processes"),
        (1, "process", "processes", "1 process"),
    ],
)
def test_count_of(number: int, noun: str, plural: str | None, expected: str) -> None:
    """The noun follows the number."""
    assert expected == count_of(number, noun, plural=plural)
