"""`describe_link_message`: the identity of a link, from the body of the kernel's message.

RTM_NEWLINK of rtnetlink(7): a struct ifinfomsg, then attributes (rtnl_fill_ifinfo() in
net/core/rtnetlink.c). Reading a message costs microseconds, an `ip link show` a thousand times
more.
"""

import struct
from collections.abc import Iterator
from typing import Any

__all__ = [
    "ATTRIBUTE_HEADER",
    "IFLA_IFNAME",
    "IFLA_INFO_KIND",
    "LINK_HEADER",
    "align",
    "attributes_of",
    "describe_link_message",
]

LINK_HEADER = struct.Struct("=BxHiII")  # struct ifinfomsg: family, type, index, flags, change
ATTRIBUTE_HEADER = struct.Struct("=HH")  # struct nlattr: length, type
ATTRIBUTE_TYPE_MASK = 0x3FFF  # NLA_TYPE_MASK: the type of an attribute without its flags

IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_PERM_ADDRESS = 1, 3, 18, 54
IFLA_INFO_KIND, IFLA_INFO_SLAVE_KIND = 1, 4
ARPHRD_ETHER = 1


def describe_link_message(body: bytes) -> dict[str, Any] | None:
    """Return the keys of `ip -j -d link show` that identify an Ethernet link.

    The keys are ``ifindex``, ``ifname``, ``address``, ``permaddr`` (None if equal to the address)
    and, in ``linkinfo``, ``info_kind`` and ``info_slave_kind`` if present. None for a link that is
    not Ethernet, and for a message without an address, such as wireless events.
    """
    _, link_type, index, _, _ = LINK_HEADER.unpack_from(body)
    attributes = _values(body, LINK_HEADER.size, end=len(body))
    address = attributes.get(IFLA_ADDRESS)
    if link_type != ARPHRD_ETHER or address is None:
        return None

    link_info = attributes.get(IFLA_LINKINFO, b"")
    kinds = _values(link_info, 0, end=len(link_info))
    permanent = attributes.get(IFLA_PERM_ADDRESS, address)

    described = {
        "ifindex": index,
        "ifname": _text(attributes[IFLA_IFNAME]),
        "address": address.hex(":"),
        # As print_linkinfo() in ip/ipaddress.c: only if it differs from the address.
        "permaddr": permanent.hex(":") if permanent != address else None,
    }
    info = {
        "info_kind": _text(kinds.get(IFLA_INFO_KIND, b"")),
        "info_slave_kind": _text(kinds.get(IFLA_INFO_SLAVE_KIND, b"")),
    }
    return described | {"linkinfo": {key: kind for key, kind in info.items() if kind}}


def _values(data: bytes, start: int, *, end: int) -> dict[int, bytes]:
    """Return the values of the attributes in a part of the data, by type; the last one counts."""
    return {
        attribute_type: data[value_start:value_end]
        for attribute_type, value_start, value_end in attributes_of(data, start, end=end)
    }


def _text(value: bytes) -> str:
    """Decode a string that ends with a zero byte."""
    return value.rstrip(b"\0").decode("utf-8", "surrogateescape")


def attributes_of(data: bytes, start: int, *, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the type of each attribute, and where its value starts and ends."""
    while start + ATTRIBUTE_HEADER.size <= end:
        length, attribute_type = ATTRIBUTE_HEADER.unpack_from(data, start)
        yield attribute_type & ATTRIBUTE_TYPE_MASK, start + ATTRIBUTE_HEADER.size, start + length

        # At least a header's size, so that a broken length cannot loop for ever.
        start += max(align(length), ATTRIBUTE_HEADER.size)


def align(length: int) -> int:
    """Round a length up to the 4 bytes of netlink's alignment (NLMSG_ALIGN, NLA_ALIGN)."""
    return (length + 3) & ~3
