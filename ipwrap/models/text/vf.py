"""The virtual functions of a network card in `ip link`: print_vfinfo() in ip/ipaddress.c.

A comma follows most values: `vf 0 MAC 02:00:00:00:00:01, vlan 5, spoof checking on`.
"""

from collections.abc import Callable
from typing import Any

from ipwrap.models.text.grammar import (
    Data,
    LineGrammar,
    Unread,
    Word,
    WordReader,
    Words,
    parse_on_off,
)

__all__ = ["read_vf"]


def _value_reader(
    key: str, convert: Callable[[str], Any], *, before: str = "", inner: str = ""
) -> WordReader:
    """Return a parser of a value, with a word before it, for a key (of an inner object)."""

    def read_value(words: Words, data: Data) -> None:
        if before and words[0] == before:
            words.popleft()
        value = convert(words[0].strip(","))
        words.popleft()
        target = data.setdefault(inner, {}) if inner else data
        target[key] = value

    return read_value


def _parse_rate(word: str) -> int:
    """Parse a rate in Mbit/s: `100Mbps`, or `100` before `(Mbps)`."""
    return int(word.removesuffix("Mbps"))


def _read_hardware(words: Words, data: Data) -> None:
    """Read the type of the link layer and the address, a comma behind both."""
    data["link_type"] = str(words.popleft())
    data["address"] = str(words.popleft().strip(","))


def _read_peer(words: Words, data: Data) -> None:
    """Read the peer address of a point-to-point link."""
    data["broadcast"] = str(words.popleft().strip(","))
    data["link_pointtopoint"] = True


def _read_tx_rate(words: Words, data: Data) -> None:
    """Read `tx rate 100 (Mbps)`."""
    if words[0] != "rate":
        raise ValueError("no rate")
    words.popleft()
    data["tx_rate"] = int(words.popleft())
    if words and words[0].strip(",") == "(Mbps)":
        words.popleft()


VF = LineGrammar(
    {},
    special={
        "MAC": _value_reader("address", str),
        "link/": _read_hardware,
        "brd": _value_reader("broadcast", str),
        "peer": _read_peer,
        "vlan": _value_reader("vlan", int),
        "qos": _value_reader("qos", int),
        "tx": _read_tx_rate,
        "max_tx_rate": _value_reader("max_tx", _parse_rate, inner="rate"),
        "min_tx_rate": _value_reader("min_tx", _parse_rate, inner="rate"),
        "spoof": _value_reader("spoofchk", parse_on_off, before="checking"),
        "NODE_GUID": _value_reader("node guid", str),
        "PORT_GUID": _value_reader("port guid", str),
        "link-state": _value_reader("link_state", str),
        "trust": _value_reader("trust", parse_on_off),
        "query_rss": _value_reader("query_rss_en", parse_on_off),
    },
)


def read_vf(words: Words, data: Data, *, stop: Callable[[Word], bool]) -> Unread:
    """Read a virtual function, to the next part of the link."""
    words.popleft()
    number = words.popleft() if words else Word("")
    if not number.isdecimal():
        return (number,) if number else ()

    function: Data = {"vf": int(number)}
    unread = VF.read(words, function, stop=lambda word: _ends_function(word, stop))
    vlan = {key: function.pop(key) for key in ("vlan", "qos") if key in function}
    if vlan:
        function["vlan_list"] = [vlan]
    data.setdefault("vfinfo_list", []).append(function)
    return unread


def _ends_function(word: Word, stop: Callable[[Word], bool]) -> bool:
    """Return whether a word begins another part; the address has a line of its own."""
    return word != "link/" and stop(word)
