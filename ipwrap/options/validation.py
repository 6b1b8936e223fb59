"""Which names the kernel and iproute2 take, checked before anything runs.

Sources: ``dev_valid_name`` (net/core/dev.c), ``check_ifname``, ``check_altifname`` (iproute2 lib/utils.c),
``invalid_name`` (iproute2 ip/ipnetns.c).
"""

import os
import re
import socket

from ipwrap.errors import InvalidArgument

__all__ = [
    "FIRST_NETNS",
    "check_address",
    "check_altname",
    "check_argument",
    "check_device",
    "check_link_name",
    "check_mac",
    "check_netns_name",
    "check_prefix",
    "looks_like_ifindex",
]

FIRST_NETNS = "/proc/1/ns/net"  # of a place: that of its first process
MAC = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2})+")
SHORT_IPV4 = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}(/[0-9]{1,2})?")
OCTAL = re.compile(r"0[0-9]")  # iproute2 reads numbers in C's way: 010 is 8
SPACE = frozenset(b" \t\n\v\f\r")  # to iproute2; to the kernel the byte 0xa0 too (lib/ctype.c)
SIMPLE = re.compile(r"[A-Za-z0-9_-]{1,15}")  # no more to ask of such a name of a link
# Where no link bears it, it means the link of that index: ll_idx_a2n() in lib/ll_map.c reads it by sscanf(), which
# skips white space. Through iproute2 6.19 no name with any gets that far.
IFINDEX = re.compile(r"if[ \t\n\v\f\r]*\+?[0-9]+")


def check_argument(value: object, what: str = "value") -> str:
    """Return a value as one word of a command: text, not empty, without NUL."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise InvalidArgument(f"{what}: {value!r} is a {type(value).__name__}; give a str")
    text = str(value)
    if not text:
        raise InvalidArgument(f"{what}: an empty word; give at least one character")
    return check_encodable(text, what)


def check_encodable(text: str, what: str) -> str:
    """Return the text if a program can be given it, that is, if it holds no NUL."""
    if text.isascii() and "\0" not in text:
        return text
    if "\0" in text:
        raise InvalidArgument(f"{what}: {text!r} holds a NUL, which no program's argument can")
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        raise InvalidArgument(
            f"{what}: {text!r} cannot be written as bytes: {error.reason}"
        ) from error
    return text


def check_link_name(value: str, what: str = "name") -> str:
    """Return a name that a new link can bear: 1 to 15 bytes, no ``/``, no ``:``, no ``%``, no white space."""
    text = _check_name(value, what, longest=15)
    if ":" in text or "%" in text:
        raise InvalidArgument(
            f"{what}: {text!r} holds ':' or '%', which the kernel refuses in a link's name"
        )
    if text in ("all", "default"):
        raise InvalidArgument(
            f"{what}: {text!r} is a directory of /proc/sys/net/ipv4/conf, so the kernel refuses it"
        )
    if b"\xa0" in os.fsencode(text):
        raise InvalidArgument(
            f"{what}: {text!r} holds the byte 0xa0 (in UTF-8), which the kernel takes for white space"
        )
    return text


def check_device(value: str, what: str = "dev") -> str:
    """Return a name by which a link can be asked for: its own or an alternative one (up to 127 bytes)."""
    if type(value) is str and SIMPLE.fullmatch(value):
        return value
    text = check_argument(value, what)
    if len(os.fsencode(text)) <= 15:
        return _check_name(text, what, longest=15)
    return check_altname(text, what)


def check_altname(value: str, what: str = "altname") -> str:
    """Return an alternative name of a link: 1 to 127 bytes, no ``/``, no white space.

    iproute2 takes those from 7.0 on; older ones could not even take such a name away.
    """
    return _check_name(value, what, longest=127)


def check_netns_name(value: str, what: str = "netns") -> str:
    """Return a name of a network namespace: 1 to 255 bytes, no ``/``, not ``.`` or ``..`` (it is a file's name)."""
    text = check_argument(value, what)
    if text in (".", "..") or "/" in text:
        raise InvalidArgument(
            f"{what}: {text!r} is not a file's name; a namespace is a file in /run/netns"
        )
    if len(os.fsencode(text)) > 255:
        raise InvalidArgument(f"{what}: {text!r} is longer than 255 bytes")
    return text


def looks_like_ifindex(name: str) -> bool:
    """Tell whether iproute2 would take this name, where no link bears it, for an interface index."""
    return bool(IFINDEX.match(name))


def check_address(value: object, what: str = "address") -> str:
    """Return an IPv4 or IPv6 address as text."""
    text = check_argument(str(value), what)
    if _is_address(text):
        return text
    zone = "; a zone (%) iproute2 does not take, say dev=" if "%" in text else ""
    raise InvalidArgument(f"{what}: {text!r} is not an IPv4 or IPv6 address{zone}")


def check_prefix(value: object, what: str = "prefix") -> str:
    """Return an address or a prefix as text; ``default``, ``any``, ``all`` and short IPv4 (``10/8``) pass."""
    text = check_argument(str(value), what)
    host, slash, length = text.partition("/")
    if any(OCTAL.match(part) for part in (length, *(() if ":" in host else host.split(".")))):
        raise InvalidArgument(
            f"{what}: {text!r} holds a number with a leading zero, which iproute2 reads as octal"
        )
    if _is_address(host) and (
        not slash or _fits(length, 128 if ":" in host else 32) or _is_mask(length, host)
    ):
        return text
    if text in ("default", "any", "all") or (SHORT_IPV4.fullmatch(text) and _octets_fit(text)):
        return text
    raise InvalidArgument(
        f"{what}: {text!r} is not an address or a prefix such as 10.0.0.0/8 or fd00::/64"
    )


def check_mac(value: object, what: str = "address") -> str:
    """Return a link-layer address as text: bytes in hex with colons, or an IPv4 address for a tunnel."""
    text = check_argument(str(value), what)
    if MAC.fullmatch(text):
        return text
    try:
        return check_address(text)
    except InvalidArgument as error:
        raise InvalidArgument(
            f"{what}: {text!r} is not a link-layer address such as 02:00:00:00:00:01"
        ) from error


def _check_name(value: str, what: str, *, longest: int) -> str:
    """Return a link's name within the rules that all names of links share."""
    text = check_argument(value, what)
    size = len(os.fsencode(text))
    if size > longest:
        raise InvalidArgument(f"{what}: {text!r} has {size} bytes; the kernel takes {longest}")
    if text in (".", "..") or "/" in text:
        raise InvalidArgument(
            f"{what}: {text!r} cannot be a file's name in /sys/class/net, so the kernel refuses it"
        )
    if SPACE & set(os.fsencode(text)):
        raise InvalidArgument(
            f"{what}: {text!r} holds white space, which iproute2 and the kernel refuse in a link's name"
        )
    return text


def _is_address(text: str) -> bool:
    """Tell whether a text is an IP address, by the C library, which iproute2 asks too."""
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        return False
    return True


def _is_mask(text: str, host: str) -> bool:
    """Tell whether a text is a netmask, which iproute2 takes in place of the length of an IPv4 prefix."""
    return (
        ":" not in host
        and _is_address(text)
        and "01" not in f"{int.from_bytes(socket.inet_aton(text)):032b}"
    )


def _fits(length: str, most: int) -> bool:
    """Tell whether a text is the length of a prefix."""
    return length.isdecimal() and length.isascii() and int(length) <= most


def _octets_fit(text: str) -> bool:
    """Tell whether the numbers of a short IPv4 prefix are within 0 to 255 and 0 to 32."""
    head, _, length = text.partition("/")
    return all(int(part) <= 255 for part in head.split(".")) and int(length or 0) <= 32
