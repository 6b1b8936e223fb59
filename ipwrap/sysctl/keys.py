"""The keys of sysctl(8): their two spellings, and the keys that decide whether packets flow.

`net.ipv4.conf.eth0.forwarding` and `net/ipv4/conf/eth0/forwarding` are the same key: the first
separator decides, and the other character is then a part of a name (sysctl(8), "Parameters").
"""

import re
from collections.abc import Iterable, Iterator

from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_encodable
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "LINK_FOLDER",
    "LINK_KEYS",
    "MAIN_KEYS",
    "canonical_key",
    "canonical_prefix",
    "check_value",
    "default_key",
    "is_of_namespace",
    "key_of_path",
    "path_of_key",
    "write_order",
    "written_settings",
]

# `net.ipv4.ip_forward` is `net.ipv4.conf.all.forwarding` as well: ip-sysctl.rst of Linux.
IPV4_LINK_KEYS = (
    "accept_local",
    "accept_source_route",
    "arp_announce",
    "arp_filter",
    "arp_ignore",
    "forwarding",
    "proxy_arp",
    "proxy_arp_pvlan",
    "route_localnet",
    "rp_filter",
    "src_valid_mark",
)
IPV6_LINK_KEYS = ("accept_ra", "disable_ipv6", "forwarding", "proxy_ndp")

# The keys of each link, by family: read for `all` and `default`, and for a link where its value is
# not that of `default`.
LINK_KEYS = {"ipv4": IPV4_LINK_KEYS, "ipv6": IPV6_LINK_KEYS}

# Further keys of a namespace, as paths below /proc/sys.
MAIN_KEYS = (
    "net/ipv4/ip_forward",
    "net/ipv4/icmp_echo_ignore_all",
    "net/bridge/bridge-nf-call-arptables",
    "net/bridge/bridge-nf-call-ip6tables",
    "net/bridge/bridge-nf-call-iptables",
    "net/mpls/platform_labels",
)

# A value that is written: the kernel's parameters hold numbers, words and lists of them.
WRITABLE_VALUE = lazy_pattern(r"[\w.,:+/\t @%-]{1,4096}", re.ASCII)
# Group 1 is the folder of all links, group 2 the link, or `all` or `default`.
LINK_FOLDER = r"(net/(?:ipv4|ipv6)/(?:conf|neigh)|net/mpls/conf)/([^/]+)"
LINK_KEY = lazy_pattern(rf"{LINK_FOLDER}/(.+)")

# Options of procps with which KEY=VALUE is still written: `-w` says so, and the others, such as
# `-q`, change only what is printed.
SETTING_OPTIONS = lazy_pattern(r"-[benNqw]+|--(?:write|quiet|ignore|values|names)")


def canonical_key(key: str) -> str:
    """Return a key with dots between its parts; with slashes if a part has a dot, as `eth0.10`.

    Raises `InvalidArgument` for a text that is no key.
    """
    return key_of_path(path_of_key(key))


def canonical_prefix(prefix: str) -> str:
    """Return a folder of keys, such as `net.ipv4.conf`; a dot or slash at its end is left out."""
    return canonical_key(str(prefix).rstrip("./"))


def path_of_key(key: str) -> str:
    """Return the path of a key below /proc/sys. Raises `InvalidArgument` for no key."""
    if not isinstance(key, str):
        raise InvalidArgument(f"key: {key!r} is no text such as 'net.ipv4.ip_forward'")
    check_encodable(key, "key")

    first_separator = next((character for character in key if character in "./"), ".")
    # sysctl(8) exchanges the two characters.
    path = key
    if first_separator == ".":
        path = key.translate({ord("."): "/", ord("/"): "."})

    parts = path.split("/")
    if _has_wrong_characters(key) or len(parts) < 2:
        raise InvalidArgument(f"key: {key!r} is no key such as 'net.ipv4.ip_forward'")
    if any(part in ("", ".", "..") for part in parts):
        raise InvalidArgument(
            f"key: {key!r} has an empty part; a link with a dot in its name needs slashes: "
            "'net/ipv4/conf/eth0.10/forwarding'"
        )
    return path


def _has_wrong_characters(key: str) -> bool:
    """Return whether sysctl(8) would take a text for an option, a setting or a pattern."""
    if key.startswith("-") or "=" in key or "*" in key:
        return True
    return " " in key or not key.isprintable()  # the only blank that is printable


def key_of_path(path: str) -> str:
    """Return the key of a path below /proc/sys: with slashes where a name has a dot."""
    return path if "." in path else path.replace("/", ".")


def is_of_namespace(key: str) -> bool:
    """Return whether a key may belong to a network namespace: `net.*` only."""
    return path_of_key(key).startswith("net/")


def default_key(key: str) -> str | None:
    """Return the key from which a new link gets its value; None for a key of no single link."""
    match = LINK_KEY.fullmatch(path_of_key(key))
    if match is None or match[2] in ("all", "default"):
        return None
    return key_of_path(f"{match[1]}/default/{match[3]}")


def check_value(value: object, name: str = "value") -> str:
    """Return a value as text: a number, True and False as 1 and 0, or text with several of them.

    Raises `InvalidArgument` for an empty text, and for characters that no value has.
    """
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, (int, str)):
        raise InvalidArgument(f"{name}: {value!r} is neither a number nor a text")

    text = " ".join(str(value).split())
    if not WRITABLE_VALUE.fullmatch(text):
        raise InvalidArgument(f"{name}: {str(value)[:60]!r} is no value of a sysctl")
    return text


def written_settings(argv: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the keys and values that a command line of sysctl(8) writes, such as `sysctl -w K=V`.

    Keys are canonical. Settings of files (`-p`) are not among them, nor is what is no key.
    """
    program, *arguments = map(str, argv)
    if program.rpartition("/")[2] != "sysctl":
        return

    options = [argument for argument in arguments if argument.startswith("-")]
    if not all(map(SETTING_OPTIONS.fullmatch, options)):
        return

    for argument in arguments:
        key, separator, value = argument.partition("=")
        if argument.startswith("-") or not separator:
            continue
        try:
            yield canonical_key(key.strip()), " ".join(value.split())
        except InvalidArgument:
            continue


def write_order(key: str) -> tuple[int, str]:
    """Return the position of a key among others that are written.

    A key of all links comes first, since it sets those of the single links:
    devinet_sysctl_forward() in net/ipv4/devinet.c.
    """
    path = path_of_key(key)
    if default_key(key) is not None:
        return 2, path
    return (1 if "/default/" in path else 0), path
