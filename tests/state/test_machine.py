"""The keys that a machine can print, by iproute2 release and kernel."""

import pytest

from ipwrap.state import Machine


@pytest.mark.parametrize(
    ("machine", "since", "expected"),
    [
        (Machine("6.1.0", "6.1.0-rc1"), None, True),
        (Machine("6.1.0", "6.18.44"), "6.1", True),
        (Machine("6.1.0", "6.18.44"), "6.2", False),
        (Machine("7.1.0", "6.1.176"), "6.2", False),
        (Machine("ss200602", "6.18.44"), "5.5", True),
        (Machine("ss191125", "6.18.44"), "5.5", False),
        (Machine(None, "6.18.44"), "5.5", False),
    ],
)
def test_a_key_is_printed_where_neither_is_older(
    machine: Machine,
    since: str | None,
    expected: bool,
) -> None:
    """A key is printed if neither release is older; a dated release has the number of its date."""
    assert expected is machine.prints(since)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Machine("6.1.0", "6.18"), True),
        (Machine("6.1.0", None), True),
        (Machine("6.15.0", "6.18"), False),
        (Machine("6.1.0", "6.12"), False),
    ],
)
def test_the_same_release_and_kernel_print_the_same(other: Machine, expected: bool) -> None:
    """Machines with the same release and kernel print the same.

    Unknown values count as the same.
    """
    assert expected is Machine("6.1.0", "6.18").prints_as(other)
