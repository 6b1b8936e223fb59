"""The lines of `ip monitor address`: print_addrinfo() in ip/ipaddress.c."""

import re

from ipwrap.models.address import Address
from ipwrap.models.monitor_text.grammar import (
    Data,
    LineGrammar,
    ParsedLine,
    Words,
    seconds,
    words_of,
)

__all__ = ["address"]

HEAD = re.compile(
    r"(?P<index>\d+): (?P<dev>\S+) {4}(?:family (?P<number>\d+)|(?P<family>\S+))(?:\s|\Z)",
    re.ASCII,
)

# ifa_flag_names in ip/ipaddress.c
FLAGS = frozenset(
    {
        "secondary",
        "temporary",
        "nodad",
        "optimistic",
        "dadfailed",
        "home",
        "deprecated",
        "tentative",
        "dynamic",
        "mngtmpaddr",
        "noprefixroute",
        "autojoin",
        "stable-privacy",
    }
)

ADDRESS = LineGrammar(
    Address,
    {
        "metric": ("metric", int),
        "brd": ("broadcast", str),
        "any": ("anycast", str),
        "mcast": ("multicast", str),
        "scope": ("scope", str),
        "flags": ("ifa_flags", str),
        "proto": ("protocol", str),
        "valid_lft": ("valid_life_time", seconds),
        "preferred_lft": ("preferred_life_time", seconds),
    },
    FLAGS,
)


def address(text: str) -> ParsedLine:
    """Parse a line of an address (`maddress`: ``multicast``; `acaddress`: ``anycast``)."""
    match = HEAD.match(text)
    if match is None:
        return ParsedLine(Address(), tuple(words_of(text)))

    words = words_of(text[match.end() :])
    family_number = match["number"]  # of a family that iproute2 has no name for
    data: Data = {
        "index": int(match["index"]),
        "dev": match["dev"],
        "family": match["family"],
        "family_index": int(family_number) if family_number else None,
    }
    if words and not ADDRESS.has_keyword(words[0]):
        _read_local(words, data)

    unread = ADDRESS.read(words, data)
    if len(unread) == 1:  # iproute2 prints the label without a keyword
        data["label"], unread = unread[0], ()

    return ParsedLine(Address(**data), unread)


def _read_local(words: Words, data: Data) -> None:
    """Read the local address and an optional peer; the prefix length follows the last of both."""
    prefix = words.popleft()
    data["local"], _, length = prefix.partition("/")

    has_peer = len(words) > 1 and words[0] == "peer"
    if has_peer:
        words.popleft()
        prefix = words.popleft()
        data["address"], _, length = prefix.partition("/")

    if length.isascii() and length.isdecimal():
        data["prefixlen"] = int(length)
