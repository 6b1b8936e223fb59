"""Addresses of a state, which may be any text."""

import pytest

from ipwrap.views.topology.addressing import find_subnet, is_multicast, without_length


@pytest.mark.parametrize(
    ("address", "subnet"),
    [("10.0.0.7/24", "10.0.0.0/24"), ("2001:db8::7/64", "2001:db8::/64"), ("x/1000", None)],
)
def test_subnet_of_an_address(address: str, subnet: str | None) -> None:
    """The subnet of an address, and None for any other text."""
    assert subnet == find_subnet(address)


@pytest.mark.parametrize(
    ("address", "answer"), [("239.1.1.1", True), ("10.0.0.1", False), ("x", False)]
)
def test_multicast_address(address: str, answer: bool) -> None:
    """A group is told from an address, and from any other text."""
    assert answer is is_multicast(address)


def test_length_is_cut() -> None:
    """The address is what is before the slash."""
    assert "10.0.0.1" == without_length("10.0.0.1/24")
