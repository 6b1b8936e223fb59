"""IP addresses and prefixes in canonical form, so that two spellings of one address compare equal.

Text that is no address passes unchanged: `default`, the name of a table, a MAC address.
"""

from ipaddress import IPv4Interface, IPv6Interface, ip_interface

__all__ = ["canonical_address", "network_of", "parse_interface"]


def parse_interface(text: object) -> IPv4Interface | IPv6Interface | None:
    """Parse an address with or without a prefix length; return None for text that is no address."""
    try:
        return ip_interface(str(text))
    except ValueError:
        return None


def canonical_address(text: object) -> str:
    """Return an address or prefix in canonical form: ``fd00:0::1`` as ``fd00::1/128``."""
    interface = parse_interface(text)
    return str(text) if interface is None else str(interface)


def network_of(text: object) -> str:
    """Return the network that contains an address: ``10.0.0.1/8`` as ``10.0.0.0/8``."""
    interface = parse_interface(text)
    return str(text) if interface is None else str(interface.network)
