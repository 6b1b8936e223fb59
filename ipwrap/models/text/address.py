"""The lines of `ip monitor address`, and of an address in `ip address`.

print_addrinfo() in ip/ipaddress.c.
"""

import re
from collections.abc import Callable, Sequence

from ipwrap.models.address import Address
from ipwrap.models.text.grammar import (
    Data,
    LineGrammar,
    ParsedLine,
    Unread,
    Word,
    Words,
    never,
    parse_line,
    seconds,
)

__all__ = ["FAMILIES", "address", "read_address"]

INDEX = re.compile(r"\d+:", re.ASCII)
# family_name() in lib/utils.c; a family without a name is `family` and its number
FAMILIES = frozenset({"inet", "inet6", "family"})

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
    return parse_line(Address, _read_line, text=text, begins=_is_address)


def _is_address(words: Sequence[str]) -> bool:
    """Return whether words begin with the index of a link, its name, and a family."""
    return len(words) > 2 and INDEX.fullmatch(words[0]) is not None


def _read_line(words: Words) -> tuple[Data, Unread]:
    """Read a line of an address, with the link before it."""
    data: Data = {"index": int(words.popleft()[:-1]), "dev": str(words.popleft())}
    return data, read_address(words, data)


def read_address(words: Words, data: Data, *, stop: Callable[[Word], bool] = never) -> Unread:
    """Read an address from its family on."""
    family = words.popleft()
    if family == "family" and words and words[0].isdecimal():
        data["family_index"] = int(words.popleft())
    else:
        data["family"] = str(family)

    if words and not ADDRESS.has_keyword(words[0]):
        _read_local(words, data)

    unread = ADDRESS.read(words, data, stop=stop)
    if len(unread) == 1:  # iproute2 prints the label without a keyword
        data["label"], unread = str(unread[0]), ()
    return unread


def _read_local(words: Words, data: Data) -> None:
    """Read the local address and an optional peer; the prefix length follows the last of both."""
    prefix = words.popleft()
    data["local"], _, length = str(prefix).partition("/")

    has_peer = len(words) > 1 and words[0] == "peer"
    if has_peer:
        words.popleft()
        prefix = words.popleft()
        data["address"], _, length = str(prefix).partition("/")

    if length.isascii() and length.isdecimal():
        data["prefixlen"] = int(length)
