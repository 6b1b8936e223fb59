"""Checks of the names and addresses that the kernel and iproute2 accept, before a command runs.

Sources: ``dev_valid_name`` (net/core/dev.c), ``check_ifname``, ``check_altifname`` (iproute2
lib/utils.c), ``invalid_name`` (iproute2 ip/ipnetns.c).

Each check returns the text of a valid value and raises `InvalidArgument` for an invalid one. The
message begins with ``label``, the option or parameter of the value.
"""

import os
import re
import socket

from ipwrap.errors import InvalidArgument
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "FIRST_NETNS",
    "MAX_NAME",
    "check_address",
    "check_altname",
    "check_argument",
    "check_device",
    "check_link_name",
    "check_mac",
    "check_netns_name",
    "check_prefix",
    "check_seconds",
    "encoding_problem",
    "looks_like_ifindex",
]

FIRST_NETNS = "/proc/1/ns/net"  # the network namespace of a place's first process
LONGEST_SECONDS = 1e12  # as of `ipwrap.recording.lines`
MAX_NAME = 15  # bytes: IFNAMSIZ without the NUL
MAX_ALTNAME = 127  # bytes: ALTIFNAMSIZ without the NUL
MAX_FILE_NAME = 255  # bytes: NAME_MAX of Linux

MAC = lazy_pattern(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2})+")
SHORT_IPV4 = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}(/[0-9]{1,2})?")
OCTAL = lazy_pattern(r"0[0-9]")  # iproute2 parses numbers as C does: 010 is 8
RESERVED_NAMES = frozenset({"all", "default"})
SPACE = frozenset(b" \t\n\v\f\r")  # for iproute2; for the kernel the byte 0xa0 too (lib/ctype.c)
# Nearly every command has a name or two and perhaps an address: those of these forms pass every
# check, and skip the checks.
SIMPLE = re.compile(r"[A-Za-z0-9_-]{1,15}")  # names of existing links, and of namespaces
OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
USUAL_ADDRESS = lazy_pattern(rf"{OCTET}(?:\.{OCTET}){{3}}")
USUAL_PREFIX = lazy_pattern(rf"{OCTET}(?:\.{OCTET}){{3}}(?:/(?:3[0-2]|[12]?[0-9]))?")
# If no link has such a name, iproute2 takes it for an index: ll_idx_a2n() in lib/ll_map.c parses it
# by sscanf(), which skips white space. Through iproute2 6.19 no name with white space gets so far.
IFINDEX = re.compile(r"if[ \t\n\v\f\r]*\+?[0-9]+")


def check_argument(value: object, label: str = "value") -> str:
    """Return a value as one argument of a command: text, not empty, without NUL."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        type_name = type(value).__name__
        raise InvalidArgument(
            f"{label}: {value!r} is a {type_name}; give a str",
        )

    text = str(value)
    if not text:
        raise InvalidArgument(
            f"{label}: an empty word; give at least one character",
        )

    return check_encodable(text, label)


def check_encodable(text: str, label: str) -> str:
    """Return a text that can be the argument of a program: encodable, without NUL."""
    problem = encoding_problem(text)
    if problem is not None:
        raise InvalidArgument(f"{label}: {text!r} {problem}")

    return text


def encoding_problem(text: str, *, allows_nul: bool = False) -> str | None:
    """Return why a text cannot be given to a program, without quoting it; None for a good text."""
    if text.isascii() and "\0" not in text:
        return None

    if "\0" in text and not allows_nul:
        return "holds a NUL, which no program's argument can"

    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        character = f"U+{ord(text[error.start]):04X}"
        return f"cannot be written as bytes: {character} at {error.start}: {error.reason}"

    return None


def check_seconds(value: object, label: str, *, above_zero: bool = False) -> float:
    """Return a time in seconds. Raises `InvalidArgument`, also for a time too long to record."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        is_long_enough = value > 0 if above_zero else value >= 0
        if is_long_enough and value <= LONGEST_SECONDS:
            return value

    least = " above 0" if above_zero else ""
    raise InvalidArgument(f"{label}: {value!r} is not a time in seconds{least}")


def check_link_name(value: str, label: str = "name") -> str:
    """Return a name for a new link: 1 to 15 bytes, no ``/``, ``:``, ``%`` or white space."""
    if type(value) is str and SIMPLE.fullmatch(value) and value not in RESERVED_NAMES:
        return value

    text = _check_name(value, label, max_length=MAX_NAME)

    # dev_valid_name() refuses a colon, dev_alloc_name() expands a percent sign.
    if ":" in text or "%" in text:
        raise InvalidArgument(
            f"{label}: {text!r} holds ':' or '%', which the kernel refuses in a link's name"
        )
    if text in RESERVED_NAMES:
        raise InvalidArgument(
            f"{label}: {text!r} is a directory of /proc/sys/net/ipv4/conf, so the kernel refuses it"
        )
    # isspace() of the kernel has the table of Latin-1, in which 0xa0 is a blank.
    if b"\xa0" in os.fsencode(text):
        raise InvalidArgument(
            f"{label}: {text!r} holds the byte 0xa0 (in UTF-8),"
            " which the kernel takes for white space"
        )
    return text


def check_device(value: str, label: str = "dev") -> str:
    """Return a name of an existing link: its name, or an alternative name (up to 127 bytes)."""
    if type(value) is str and SIMPLE.fullmatch(value):
        return value

    text = check_argument(value, label)
    if len(os.fsencode(text)) <= MAX_NAME:
        return _check_name(text, label, max_length=MAX_NAME)
    return check_altname(text, label)


def check_altname(value: str, label: str = "altname") -> str:
    """Return an alternative name of a link: 1 to 127 bytes, no ``/``, no white space.

    iproute2 accepts ``/`` and white space from 7.0 on. Older releases could not even remove such a
    name.
    """
    return _check_name(value, label, max_length=MAX_ALTNAME)


def check_netns_name(value: str, label: str = "netns") -> str:
    """Return a name of a network namespace: a file name of 1 to 255 bytes.

    ``/``, ``.`` and ``..`` are refused.
    """
    if type(value) is str and SIMPLE.fullmatch(value):
        return value

    text = check_argument(value, label)
    if text in (".", "..") or "/" in text:
        raise InvalidArgument(
            f"{label}: {text!r} is not a file's name; a namespace is a file in /run/netns"
        )
    if len(os.fsencode(text)) > MAX_FILE_NAME:
        raise InvalidArgument(f"{label}: {text!r} is longer than {MAX_FILE_NAME} bytes")

    return text


def looks_like_ifindex(name: str) -> bool:
    """Return whether iproute2 takes the name for an index if no link has the name."""
    return bool(IFINDEX.match(name))


def check_address(value: object, label: str = "address") -> str:
    """Return an IPv4 or IPv6 address as text."""
    if type(value) is str and USUAL_ADDRESS.fullmatch(value):
        return value

    text = check_argument(str(value), label)
    if _is_address(text):
        return text

    hint = "; a zone (%) iproute2 does not take, say dev=" if "%" in text else ""
    raise InvalidArgument(f"{label}: {text!r} is not an IPv4 or IPv6 address{hint}")


def check_prefix(value: object, label: str = "prefix") -> str:
    """Return an address or a prefix as text.

    ``default``, ``any``, ``all`` and short IPv4 prefixes (``10/8``) are valid.
    """
    if type(value) is str and USUAL_PREFIX.fullmatch(value):
        return value

    text = check_argument(str(value), label)
    host, slash, length = text.partition("/")

    # get_addr_ipv4() and get_netmask() in lib/utils.c parse octets and lengths by strtoul(…, 0).
    octets = [] if ":" in host else host.split(".")
    if any(OCTAL.match(number) for number in (length, *octets)):
        raise InvalidArgument(
            f"{label}: {text!r} holds a number with a leading zero, which iproute2 reads as octal"
        )

    if _is_address(host) and (not slash or _is_prefix_length(length, host)):
        return text
    # get_prefix_1() and get_addr_1() in lib/utils.c.
    if text in ("default", "any", "all"):
        return text
    if SHORT_IPV4.fullmatch(text) and _is_in_ipv4_range(text):
        return text

    raise InvalidArgument(
        f"{label}: {text!r} is not an address or a prefix such as 10.0.0.0/8 or fd00::/64"
    )


def check_mac(value: object, label: str = "address") -> str:
    """Return a link-layer address as text: bytes in hex with colons, or a tunnel's IP address."""
    text = check_argument(str(value), label)
    if MAC.fullmatch(text):
        return text

    try:
        return check_address(text)
    except InvalidArgument as error:
        raise InvalidArgument(
            f"{label}: {text!r} is not a link-layer address such as 02:00:00:00:00:01"
        ) from error


def _check_name(value: str, label: str, *, max_length: int) -> str:
    """Return a name or alternative name of a link within the common rules."""
    text = check_argument(value, label)

    size = len(os.fsencode(text))
    if size > max_length:
        raise InvalidArgument(f"{label}: {text!r} has {size} bytes; the kernel takes {max_length}")
    if text in (".", "..") or "/" in text:
        raise InvalidArgument(
            f"{label}: {text!r} cannot be a file's name in /sys/class/net, so the kernel refuses it"
        )
    if SPACE & set(os.fsencode(text)):
        raise InvalidArgument(
            f"{label}: {text!r} holds white space,"
            " which iproute2 and the kernel refuse in a link's name"
        )
    return text


def _is_address(text: str) -> bool:
    """Return whether the C library, which iproute2 calls too, parses the text as an IP address."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        socket.inet_pton(family, text)
    except (OSError, ValueError):
        return False

    return True


def _is_prefix_length(text: str, host: str) -> bool:
    """Return whether the text is a prefix length, or a netmask, for an address."""
    is_ipv6 = ":" in host
    max_length = 128 if is_ipv6 else 32
    if text.isdecimal() and text.isascii() and int(text) <= max_length:
        return True

    # get_netmask() in lib/utils.c also takes an IPv4 netmask.
    return not is_ipv6 and _is_address(text) and _is_netmask(text)


def _is_netmask(text: str) -> bool:
    """Return whether the bits of an IPv4 address are ones, followed by zeros."""
    bits = f"{int.from_bytes(socket.inet_aton(text)):032b}"
    return "01" not in bits


def _is_in_ipv4_range(text: str) -> bool:
    """Return whether a short IPv4 prefix has octets up to 255 and a length up to 32."""
    host, _, length = text.partition("/")
    if int(length or 0) > 32:
        return False

    octets = [int(octet) for octet in host.split(".")]
    return max(octets) <= 255
