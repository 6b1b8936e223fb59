"""The link-local addresses that the kernel generates from MAC addresses."""

import ipaddress

from ipwrap.undo.link_data import Json

__all__ = ["has_interface_id", "interface_id"]

MAC_DIGITS = 12  # of a MAC address without colons
UNIVERSAL_BIT = 0x02


def interface_id(link: Json) -> bytes | None:
    """Return the interface identifier that the kernel derives from a MAC address, or None.

    RFC 4291, appendix A: ff:fe lies between the halves, and the universal bit is inverted.
    """
    digits = str(link.get("address")).replace(":", "")
    if len(digits) != MAC_DIGITS:
        return None

    halves = bytes.fromhex(digits)
    return bytes([halves[0] ^ UNIVERSAL_BIT]) + halves[1:3] + b"\xff\xfe" + halves[3:]


def has_interface_id(address: Json, identifier: bytes | None) -> bool:
    """Return whether an address is link-local, with an interface identifier."""
    if address.get("family") != "inet6" or address.get("scope") != "link":
        return False
    return ipaddress.IPv6Address(str(address.get("local"))).packed[8:] == identifier
