"""The lines of `bridge vlan` and `bridge monitor vlan`.

print_vlan_flags(), print_vlan_opts() and print_vlan_global_opts() in bridge/vlan.c. The name of a
port is before its first VLAN; the options of a VLAN (`-d`) and its counters (`-s`) are behind it.
"""

import re
from collections.abc import Iterable

from ipwrap.models.port_vlan import PortVlan, PortVlans
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
)

__all__ = ["HEADER", "VLAN", "has_vlan_word", "is_vlan", "is_vlan_line", "read_vlan", "vlan"]

NUMBERS = re.compile(r"(?P<first>\d+)(?:-(?P<last>\d+))?", re.ASCII)
# The line above all: `port vlan ids`, since 5.1 `port vlan-id`.
HEADER = (["port", "vlan", "ids"], ["port", "vlan-id"])


def _read_egress(words: Words, data: Data) -> None:
    """Read the flag `Egress Untagged`, of two words."""
    if words[0] != "Untagged":
        raise ValueError("no flag")
    words.popleft()
    data.setdefault("flags", []).append("Egress Untagged")


def _traffic_reader(direction: str) -> WordReader:
    """Return a parser of `RX: 100 bytes 2 packets`."""

    def read_traffic(words: Words, data: Data) -> None:
        byte_count, packet_count = int(words[0]), int(words[2])
        for _ in ("bytes", "packets"):
            words.popleft()
            words.popleft()
        data[f"{direction}_bytes"], data[f"{direction}_packets"] = byte_count, packet_count

    return read_traffic


VLAN = LineGrammar(
    {
        word: entry
        for word, entry in keywords_of(PortVlan).items()
        if word not in ("vlan", "vlanEnd", "vid", "tunid", "tunidEnd")
    }
    | {"mcast_router": ("mcast_router", int), "state": ("state", str)},
    collected={"flags": frozenset({"PVID"})},
    special={
        "Egress": _read_egress,
        "RX:": _traffic_reader("rx"),
        "TX:": _traffic_reader("tx"),
    },
)


def vlan(text: str) -> ParsedLine:
    """Parse a line of a VLAN, or of a range, of a port or of the bridge.

    Global options of a VLAN are unread.
    """
    return parse_line(PortVlans, _read_line, text=text, begins=is_vlan)


def _read_line(words: Words) -> tuple[Data, Unread]:
    """Read a line of a monitor, with the name of the port before it."""
    data: Data = {"ifname": str(words.popleft())}
    return data, read_vlan(words, data)


def is_vlan(words: Iterable[str]) -> bool:
    """Return whether words begin with the name of a port and a VLAN: `eth0 1 PVID`."""
    first_words = list(words)[:2]
    return len(first_words) == 2 and NUMBERS.fullmatch(first_words[1]) is not None


def is_vlan_line(words: Iterable[str]) -> bool:
    """Return whether words continue a port: a VLAN, its options, or its counters."""
    first = next(iter(words), "")
    return NUMBERS.fullmatch(first) is not None or VLAN.has_keyword(first)


def has_vlan_word(word: str) -> bool:
    """Return whether a word is a flag or an option of a VLAN."""
    return word == "PVID" or VLAN.has_keyword(word)


def read_vlan(words: Words, data: Data) -> Unread:
    """Read VLANs of a port, with their options, to the end of the words."""
    vlans: list[Data] = data.setdefault("vlans", [])
    unread: list[Word] = []
    while words:
        numbers = NUMBERS.fullmatch(words[0])
        if numbers and (words[0].starts_line or not vlans):
            words.popleft()
            # print_range() in bridge/vlan.c prints `10-12` for a range of VLANs with equal options.
            end = {"vlanEnd": int(numbers["last"])} if numbers["last"] else {}
            vlans.append({"vlan": int(numbers["first"]), **end})
        elif not vlans:
            unread.append(words.popleft())
        else:
            unread += VLAN.read(words, vlans[-1], stop=_is_number)
    return tuple(unread)


def _is_number(word: Word) -> bool:
    """Return whether a word is a VLAN, or a range: it is the first of its line."""
    return word.starts_line and NUMBERS.fullmatch(word) is not None
