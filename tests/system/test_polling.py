"""Limits of time for poll(2)."""

import select

import pytest

from ipwrap.system.polling import LONGEST_POLL, to_milliseconds


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(None, None), (-1.0, 0.0), (0.25, 250.0), (1e12, LONGEST_POLL * 1000)],
)
def test_limits(seconds: float | None, milliseconds: float | None) -> None:
    """A limit that is too long for an int of C becomes a day."""
    assert milliseconds == to_milliseconds(seconds)


def test_longest_limit_is_one_of_poll() -> None:
    """The kernel takes the longest limit; a descriptor that is ready ends the poll at once."""
    poll = select.poll()
    with open("/dev/null", "rb") as file:
        poll.register(file, select.POLLIN)
        assert [(file.fileno(), select.POLLIN)] == poll.poll(to_milliseconds(float("inf")))
