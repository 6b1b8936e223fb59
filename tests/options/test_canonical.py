"""Addresses and prefixes have one canonical form."""

import pytest

from ipwrap.options.canonical import canonical_address, network_of, parse_interface


@pytest.mark.parametrize(
    ("text", "address", "network"),
    [
        ("10.0.0.1", "10.0.0.1/32", "10.0.0.1/32"),
        ("10.0.0.1/8", "10.0.0.1/8", "10.0.0.0/8"),
        ("fd00:0::1/64", "fd00::1/64", "fd00::/64"),
        ("FE80::A", "fe80::a/128", "fe80::a/128"),
        ("default", "default", "default"),
        (77, "77", "77"),
        (None, "None", "None"),
    ],
)
def test_address_is_canonical_and_other_text_unchanged(
    text: object, address: str, network: str
) -> None:
    """Two spellings of an address are equal; the name of a table stays a name."""
    assert address == canonical_address(text)
    assert network == network_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1/",
        "10.0.0.1/33",
        "10.0.0.1/ 8",
        "010.0.0.1",
        "1.2.3",
        "/32",
        "1.2.3.4/8/9",
        "1.2.3.4\0",
    ],
)
def test_text_that_resembles_an_ipv4_address_is_unchanged(text: str) -> None:
    """Only a whole IPv4 address, with one length of digits, has a canonical form."""
    assert text == canonical_address(text)


def test_a_netmask_becomes_a_length() -> None:
    """A prefix with a netmask equals the one with the length."""
    assert "10.0.0.1/8" == canonical_address("10.0.0.1/255.0.0.0")


@pytest.mark.parametrize("text", ["", "default", "02:00:00:00:00:01", None, 5])
def test_text_that_is_no_address_is_not_parsed(text: object) -> None:
    """A number is no address, even though Python would accept an integer."""
    assert parse_interface(text) is None
