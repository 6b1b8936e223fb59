"""Signals have names in recordings and numbers in the kernel, the real-time ones as well."""

import signal

import pytest

from ipwrap import InvalidArgument
from ipwrap.system.signals import is_real_time, signal_name, signal_number

RTMIN, RTMAX = int(signal.SIGRTMIN), int(signal.SIGRTMAX)


@pytest.mark.parametrize(
    ("given", "number", "name"),
    [
        ("HUP", 1, "HUP"),
        ("SIGHUP", 1, "HUP"),
        (signal.SIGTERM, 15, "TERM"),
        (9, 9, "KILL"),
        ("RTMIN", RTMIN, "RTMIN"),
        ("RTMIN+0", RTMIN, "RTMIN"),
        ("RTMIN+1", RTMIN + 1, "RTMIN+1"),
        ("SIGRTMIN+1", RTMIN + 1, "RTMIN+1"),
        ("RTMAX", RTMAX, f"RTMIN+{RTMAX - RTMIN}"),
        ("RTMAX-1", RTMAX - 1, f"RTMIN+{RTMAX - RTMIN - 1}"),
        (RTMIN + 2, RTMIN + 2, "RTMIN+2"),
    ],
)
def test_a_signal_has_a_number_and_a_name(given: int | str, number: int, name: str) -> None:
    """The name of any signal is one by which the same signal is found."""
    assert (number, name) == (signal_number(given), signal_name(signal_number(given)))
    assert number == signal_number(name)


@pytest.mark.parametrize(
    "given",
    [
        *("", "hup", "NOPE", "SIGSIGHUP", "RTMIN+", "RTMIN-1", "RTMIN+99", "RTMIN+1 ", "RTMAX-99"),
        *(0, -1, 32, 65, 10**30, True, 1.0, None),
    ],
)
def test_no_signal(given: object) -> None:
    """What the system does not have is refused before anything is recorded."""
    with pytest.raises(InvalidArgument, match="is no signal of this system"):
        signal_number(given)  # type: ignore[arg-type]


def test_real_time_signals_are_told_by_their_names() -> None:
    """Not every shell knows their names."""
    assert [True, True, False] == [is_real_time(name) for name in ("RTMIN+1", "RTMAX", "HUP")]
