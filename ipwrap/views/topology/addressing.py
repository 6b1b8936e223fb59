"""Addresses of a state, as text: a recording may hold any text."""

from ipaddress import ip_address, ip_interface

__all__ = ["find_subnet", "is_multicast", "without_length"]


def without_length(address: str) -> str:
    """Return an address without its prefix length."""
    return address.partition("/")[0]


def find_subnet(address: str) -> str | None:
    """Return the subnet of an address with a prefix length; None for text that is no address."""
    try:
        return str(ip_interface(address).network)
    except ValueError:
        return None


def is_multicast(address: str) -> bool:
    """Return whether a text is the address of a multicast group."""
    try:
        return ip_address(address).is_multicast
    except ValueError:
        return False
