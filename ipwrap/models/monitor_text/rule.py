"""The lines of `ip monitor rule`: print_rule() in ip/iprule.c."""

import re
from collections.abc import Callable

from ipwrap.models.monitor_text.grammar import (
    TYPES,
    Data,
    LineGrammar,
    ParsedLine,
    Words,
    number_or_word,
    words_of,
)
from ipwrap.models.rule import Rule

__all__ = ["rule"]

HEAD = re.compile(
    r"(?P<priority>\d+):\t(?P<not>not )?from (?P<src>[^\s/]+)(?:/(?P<srclen>\d+))?(?:\s|\Z)",
    re.ASCII,
)


def _to(words: Words, data: Data) -> None:
    """Read where packets go to."""
    data["dst"], _, length = words[0].partition("/")
    if length:
        data["dstlen"] = int(length)
    words.popleft()


def _masked(name: str, mask: str) -> Callable[[Words, Data], None]:
    """Return what reads a value with a mask, both in hexadecimal."""

    def read(words: Words, data: Data) -> None:
        value, _, of = words.popleft().partition("/")
        data[name] = value
        if of:
            data[mask] = of

    return read


def _port(name: str) -> Callable[[Words, Data], None]:
    """Return what reads a port, one of a mask, or a range."""

    def read(words: Words, data: Data) -> None:
        first, dash, last = words[0].partition("-")
        value, _, mask = first.partition("/")
        if dash:
            data |= {f"{name}_start": int(first), f"{name}_end": int(last)}
        else:
            data[name] = int(value, 0)
        if mask:
            data[f"{name}_mask"] = mask
        words.popleft()

    return read


def _link(name: str) -> Callable[[Words, Data], None]:
    """Return what reads the name of a link, and whether there is one."""

    def read(words: Words, data: Data) -> None:
        data[name] = words.popleft()
        if words and words[0] == "[detached]":
            data[f"{name}_detached"] = bool(words.popleft())

    return read


def _lookup(words: Words, data: Data) -> None:
    """Read in which table to look, or that it is that of the packet's VRF."""
    if words[0] == "[l3mdev-table]":
        data["l3mdev"] = bool(words.popleft())
    else:
        data["table"] = words.popleft()


def _uids(words: Words, data: Data) -> None:
    """Read a range of users."""
    first, _, last = words[0].partition("-")
    data |= {"uid_start": int(first), "uid_end": int(last)}
    words.popleft()


def _realms(words: Words, data: Data) -> None:
    """Read realms: that of the source, if there is one, before that of the destination."""
    first, slash, second = words.popleft().partition("/")
    data["flow_to"] = second if slash else first
    if slash:
        data["flow_from"] = first


def _goto(words: Words, data: Data) -> None:
    """Read to which rule to go, and whether there is one."""
    data["goto"] = number_or_word(words.popleft())
    if words and words[0] == "[unresolved]":
        data["unresolved"] = bool(words.popleft())


def _action(word: str) -> Callable[[Words, Data], None]:
    """Return what reads what becomes of a packet."""
    return lambda _, data: data.__setitem__("action", word)


RULE = LineGrammar(
    Rule,
    {
        "tos": ("tos", str),
        "ipproto": ("ipproto", str),
        "tun_id": ("tun_id", int),
        "suppress_prefixlength": ("suppress_prefixlen", int),
        "suppress_ifgroup": ("suppress_ifgroup", str),
        "map-to": ("nat_gateway", str),
        "proto": ("protocol", str),
    },
    frozenset({"masquerade", "nop"}),
    special={
        "to": _to,
        "fwmark": _masked("fwmark", "fwmask"),
        "dscp": _masked("dscp", "dscp_mask"),
        "flowlabel": _masked("flowlabel", "flowlabel_mask"),
        "iif": _link("iif"),
        "oif": _link("oif"),
        "sport": _port("sport"),
        "dport": _port("dport"),
        "lookup": _lookup,
        "uidrange": _uids,
        "realms": _realms,
        "goto": _goto,
        **{word: _action(word) for word in TYPES},
    },
)


def rule(text: str) -> ParsedLine:
    """Read a line about a rule of the routing policy."""
    found = HEAD.match(text)
    if found is None:
        return ParsedLine(Rule(), tuple(words_of(text)))
    data: Data = {
        "priority": int(found["priority"]),
        "src": found["src"],
        "not_": True if found["not"] else None,
    }
    data["srclen"] = int(found["srclen"]) if found["srclen"] else None
    return RULE.fill(words_of(text[found.end() :]), data)
