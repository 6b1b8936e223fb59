"""The text of a link: `ip link`, `ip address`, `bridge link`, and their monitors.

print_linkinfo() in ip/ipaddress.c and bridge/link.c. A text has parts, and a word means what it
means in its part: the link's own line and `link/` line, the kind and the kind of the port (with
`-d`), counters, virtual functions, addresses. `alias` takes the rest of its line.
"""

import re
from collections.abc import Callable, Sequence

from ipwrap.models.link import Link
from ipwrap.models.port import Port
from ipwrap.models.text.address import FAMILIES, read_address
from ipwrap.models.text.counters import read_counters
from ipwrap.models.text.grammar import (
    Data,
    LineGrammar,
    ParsedLine,
    Unread,
    Word,
    WordReader,
    Words,
    keywords_of,
    parse_line,
    parse_members,
)
from ipwrap.models.text.kind import has_options, is_port_kind, read_kind
from ipwrap.models.text.vf import read_vf
from ipwrap.models.text.xdp import is_xdp, read_xdp

__all__ = [
    "LINK",
    "PORT",
    "is_link",
    "link",
    "port",
    "read_brief",
    "read_link",
    "read_name",
    "read_port",
]

INDEX = re.compile(r"\d+:", re.ASCII)

# ll_idx_n2a() in lib/ll_map.c: the name of a link in another namespace is unknown, so its index is
# printed.
FOREIGN_LINK = re.compile(r"if(?P<index>\d+)", re.ASCII)
# An address that a wrapped line begins with.
HARDWARE = re.compile(r"[\da-f]+(?:[:.][\da-f]+)+", re.ASCII)

# What begins a line of its own, and so ends an address or a virtual function.
LINE_STARTS = frozenset({"alias", "altname", "RX:", "RX", "TX:", "TX", "vf", "link/"}) | FAMILIES


def link(text: str) -> ParsedLine:
    """Parse a line of a link.

    The name ends at its last @. A name with an @ of its own is ambiguous in the text.
    """
    return parse_line(Link, read_link, text=text, begins=is_link)


def port(text: str) -> ParsedLine:
    """Parse a line of a bridge port."""
    return parse_line(Port, read_port, text=text, begins=is_link)


def is_link(words: Sequence[str]) -> bool:
    """Return whether words begin with an index, a name, and flags: `2: eth0@if3: <UP>`."""
    if len(words) < 3 or not INDEX.fullmatch(words[0]):
        return False
    if words[1].endswith(":") and words[2].startswith("<"):
        return True
    # Before 4.10 `bridge link` printed the operational state behind the name.
    return len(words) > 5 and words[2] == "state" and words[5].startswith("<")


def read_link(words: Words) -> tuple[Data, Unread]:
    """Read the words of a link with all that follows it: its JSON, and the unknown words."""
    data = _read_head(words)
    unread: list[Word] = []
    while words:
        unread += _read_part(words, data)
    _set_foreign_index(data)
    return data, tuple(unread)


def read_port(words: Words) -> tuple[Data, Unread]:
    """Read the words of a port of a bridge: its JSON, and the unknown words."""
    data = _read_head(words)
    unread = PORT.read(words, data)

    # Through 5.0 `-d` printed the name of the link once more, at the end.
    if unread and unread[-1] == data["ifname"]:
        unread = unread[:-1]
    _set_foreign_index(data)
    return data, unread


def read_brief(words: Words) -> tuple[Data, Unread]:
    """Read a line of `ip -br link` or `ip -br address`: the name, the state, what follows."""
    data: Data = {}
    read_name(words.popleft(), data)
    data["operstate"] = str(words.popleft())

    if len(words) > 1 and words[1].startswith("<"):
        data["address"] = str(words.popleft())
    if words and words[0].startswith("<"):
        data["flags"] = parse_members(words.popleft())

    addresses: list[Data] = []
    unread: Unread = ()
    while words and not data.get("flags"):
        unread += _read_brief_address(words, addresses)
    if addresses:
        data["addr_info"] = addresses
    return data, unread + tuple(words)


def _read_brief_address(words: Words, addresses: list[Data]) -> Unread:
    """Read an address of a brief line, with its peer and its metric."""
    address: Data = {}
    word = words.popleft()
    address["local"], _, length = str(word).partition("/")
    if len(words) > 1 and words[0] == "peer":
        words.popleft()
        address["address"], _, length = str(words.popleft()).partition("/")
    if not length.isdecimal():
        return (word,)

    address["prefixlen"] = int(length)
    if len(words) > 1 and words[0] == "metric" and words[1].isdecimal():
        words.popleft()
        address["metric"] = int(words.popleft())
    addresses.append(address)
    return ()


def _read_head(words: Words) -> Data:
    """Read the index, the name and the flags of a link."""
    data: Data = {"ifindex": int(words.popleft()[:-1])}
    name = words.popleft()
    if words[0] == "state":
        words.popleft()
        data["operstate"] = str(words.popleft())
        lower_link = words.popleft().removesuffix(":")
        name = Word(f"{name}{lower_link}:")

    read_name(name.removesuffix(":"), data)
    data["flags"] = parse_members(words.popleft())
    return data


def read_name(text: str, data: Data) -> None:
    """Read `NAME@LINK`: the name and the lower link, which JSON has as null if it is NONE."""
    name, has_link, lower_link = text.rpartition("@")
    data["ifname"] = str(name) if has_link and name else str(text)
    if has_link and name:
        data["link"] = None if lower_link == "NONE" else str(lower_link)


def _set_foreign_index(data: Data) -> None:
    """Replace the name `if7` of a lower link in another namespace by ``link_index``, as in JSON."""
    match = FOREIGN_LINK.fullmatch(data.get("link") or "")

    # Without a namespace `if7` may be an ordinary name.
    if match and ("link_netnsid" in data or "link_netns" in data):
        del data["link"]
        data["link_index"] = int(match["index"])


def _read_part(words: Words, data: Data) -> Unread:
    """Read the part of a link that the next word begins."""
    word = words[0]
    if word.starts_line and word in FAMILIES:
        address: Data = {}
        unread = read_address(words, address, stop=_starts_part)
        data.setdefault("addr_info", []).append(address)
        return unread

    if word.starts_line and word == "vf":
        return read_vf(words, data, stop=_starts_part)
    if is_xdp(word):
        return read_xdp(words, data)
    if word.starts_line and _is_kind(word, data):
        return read_kind(words, data)
    return LINK.read(words, data, stop=_begins_other_part(data, word))


def _begins_other_part(data: Data, first: Word) -> Callable[[Word], bool]:
    """Return a test for the first word of another part than the link's own words."""

    def begins_other_part(word: Word) -> bool:
        if word is first:
            return False
        if not word.starts_line:
            return is_xdp(word)
        return is_xdp(word) or word in FAMILIES or word == "vf" or _is_kind(word, data)

    return begins_other_part


def _starts_part(word: Word) -> bool:
    """Return whether a word begins another part, as the first of its line."""
    return word.starts_line and (word in LINE_STARTS or word.startswith("link/"))


def _is_kind(word: Word, data: Data) -> bool:
    """Return whether a word at the beginning of a line is the name of a kind, or of a port's."""
    if is_port_kind(word):
        return True
    if LINK.has_keyword(word) or word.startswith("link/") or "link_type" not in data:
        return False
    # `-d` prints the promiscuity before the kind, since 3.10. A line that is wrapped begins
    # otherwise: with a keyword, or a value.
    is_first = "linkinfo" not in data
    return has_options(word) or (is_first and "promiscuity" in data and word.isidentifier())


def _read_hardware(words: Words, data: Data) -> None:
    """Read the type of the link layer and the address; some types have no address."""
    data["link_type"] = str(words.popleft())
    if not words or LINK.has_keyword(words[0]):
        return
    if not words[0].starts_line or HARDWARE.fullmatch(words[0]):
        data["address"] = str(words.popleft())


def _read_event(words: Words, data: Data) -> None:
    """Read the event: one or two words in capitals, such as `FEATURE CHANGE`."""
    event_words = []
    while words and words[0].isupper():
        event_words.append(words.popleft())

    data["event"] = " ".join(event_words)


def _read_peer(words: Words, data: Data) -> None:
    """Read the peer address of a point-to-point link."""
    data["broadcast"] = str(words.popleft())
    data["link_pointtopoint"] = True


def _read_altname(words: Words, data: Data) -> None:
    """Add an alternative name."""
    name = str(words.popleft())
    data.setdefault("altnames", []).append(name)


def _read_alias(words: Words, data: Data) -> None:
    """Read an alias: the rest of the line, whatever its words are."""
    first = words[0]
    data["ifalias"] = (first + first.rest).rstrip()
    while words and not words[0].starts_line:
        words.popleft()


def _read_reasons(words: Words, data: Data) -> None:
    """Read the reasons for `protodown`: `<bit1,bit5>`."""
    data["proto_down_reason"] = parse_members(words.popleft())


def _counter_reader(direction: str) -> WordReader:
    """Return a parser of the counters of a direction."""

    def read_direction(words: Words, data: Data) -> None:
        read_counters(words, data, direction=direction)

    return read_direction


LINK = LineGrammar(
    {
        "mtu": ("mtu", int),
        "qdisc": ("qdisc", str),
        "master": ("master", str),
        "state": ("operstate", str),
        "mode": ("linkmode", str),
        "group": ("group", str),
        "qlen": ("txqlen", int),
        "brd": ("broadcast", str),
        "permaddr": ("permaddr", str),
        "link-netnsid": ("link_netnsid", int),
        # The name goes to ``extra``: JSON has only the number.
        "link-netns": ("link_netns", str),
        "new-netns": ("new_netns", str),
        "new-netnsid": ("new_netnsid", int),
        "new-ifindex": ("new_ifindex", int),
        "protodown": ("proto_down", "on".__eq__),
        "promiscuity": ("promiscuity", int),
        "allmulti": ("allmulti", int),
        "minmtu": ("min_mtu", int),
        "maxmtu": ("max_mtu", int),
        "addrgenmode": ("inet6_addr_gen_mode", str),
        "numtxqueues": ("num_tx_queues", int),
        "numrxqueues": ("num_rx_queues", int),
        "gso_max_size": ("gso_max_size", int),
        "gso_max_segs": ("gso_max_segs", int),
        "tso_max_size": ("tso_max_size", int),
        "tso_max_segs": ("tso_max_segs", int),
        "gro_max_size": ("gro_max_size", int),
        "gso_ipv4_max_size": ("gso_ipv4_max_size", int),
        "gro_ipv4_max_size": ("gro_ipv4_max_size", int),
        "portname": ("phys_port_name", str),
        "portid": ("phys_port_id", str),
        "switchid": ("phys_switch_id", str),
        "parentbus": ("parentbus", str),
        "parentdev": ("parentdev", str),
    },
    frozenset({"netns-immutable"}),
    special={
        "event": _read_event,
        "peer": _read_peer,
        "alias": _read_alias,
        "altname": _read_altname,
        "protodown_reason": _read_reasons,
        "RX:": _counter_reader("RX"),
        "RX": _counter_reader("RX"),
        "TX:": _counter_reader("TX"),
        "TX": _counter_reader("TX"),
        "link/": _read_hardware,
    },
)

# The text has the keys of JSON as its words.
PORT = LineGrammar(keywords_of(Port))
