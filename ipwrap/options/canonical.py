"""IP addresses and prefixes in canonical form, so that different spellings compare equal.

Other text passes unchanged: `default`, the name of a table, a MAC address.
"""

import socket
from functools import lru_cache
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

__all__ = ["canonical_address", "network_of", "parse_interface"]

# By their text, as a long list of routes has them.
IPV4_LENGTHS = {str(length) for length in range(33)}


def parse_interface(text: object) -> IPv4Interface | IPv6Interface | None:
    """Parse an address with or without a prefix length; return None for text that is no address."""
    try:
        return ip_interface(str(text))
    except ValueError:
        return None


def canonical_address(text: object) -> str:
    """Return an address or prefix in canonical form: ``fd00:0::1`` as ``fd00::1/128``."""
    return _canonical_text(str(text))


@lru_cache(maxsize=1024)  # the gateway of many routes is one
def _canonical_text(text: str) -> str:
    """Return the text of an address or prefix in canonical form."""
    address, _, length = text.partition("/")
    if _is_ipv4(address) and (length or "32") in IPV4_LENGTHS and not text.endswith("/"):
        return f"{address}/{length or '32'}"

    interface = parse_interface(text)
    return text if interface is None else str(interface)


def _is_ipv4(text: str) -> bool:
    """Return whether a text is an IPv4 address, which has a single spelling: inet_pton(3).

    The module ipaddress takes twenty times as long.
    """
    try:
        socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return False
    return True


def network_of(text: object) -> str:
    """Return the network that contains an address: ``10.0.0.1/8`` as ``10.0.0.0/8``."""
    interface = parse_interface(text)
    return str(text) if interface is None else str(interface.network)
