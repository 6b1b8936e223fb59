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

WordReader = Callable[[Words, Data], None]

# print_rule() begins every line with the priority, an optional `not`, and the source.
HEAD = re.compile(
    r"(?P<priority>\d+):\t(?P<not>not )?from (?P<src>[^\s/]+)(?:/(?P<srclen>\d+))?(?:\s|\Z)",
    re.ASCII,
)


def _read_to(words: Words, data: Data) -> None:
    """Read the destination, with an optional prefix length."""
    data["dst"], _, length = words[0].partition("/")
    if length:
        data["dstlen"] = int(length)
    words.popleft()


def _masked_reader(name: str, mask_name: str) -> WordReader:
    """Return a parser of `VALUE[/MASK]`, both in hexadecimal."""

    def read_masked(words: Words, data: Data) -> None:
        value, _, mask = words.popleft().partition("/")
        data[name] = value
        if mask:
            data[mask_name] = mask

    return read_masked


def _port_reader(name: str) -> WordReader:
    """Return a parser of a port, a port with a mask, or a range of ports."""

    def read_port(words: Words, data: Data) -> None:
        first, dash, last = words[0].partition("-")
        value, _, mask = first.partition("/")

        if dash:
            data |= {
                f"{name}_start": int(first),
                f"{name}_end": int(last),
            }
        else:
            data[name] = int(value, 0)  # hexadecimal with a mask, else decimal
        if mask:
            data[f"{name}_mask"] = mask

        words.popleft()

    return read_port


def _link_reader(name: str) -> WordReader:
    """Return a parser of a link name; `[detached]` follows if no link has the name."""

    def read_link(words: Words, data: Data) -> None:
        data[name] = words.popleft()
        if words and words[0] == "[detached]":
            words.popleft()
            data[f"{name}_detached"] = True

    return read_link


def _read_lookup(words: Words, data: Data) -> None:
    """Read the routing table, or `[l3mdev-table]`: the table of the packet's VRF."""
    if words[0] == "[l3mdev-table]":
        words.popleft()
        data["l3mdev"] = True
    else:
        data["table"] = words.popleft()


def _read_uid_range(words: Words, data: Data) -> None:
    """Read a range of user ids."""
    first, _, last = words[0].partition("-")
    data |= {
        "uid_start": int(first),
        "uid_end": int(last),
    }
    words.popleft()


def _read_realms(words: Words, data: Data) -> None:
    """Read the realms `[SOURCE/]DESTINATION`."""
    first, slash, second = words.popleft().partition("/")
    if slash:
        data["flow_from"] = first
        data["flow_to"] = second
    else:
        data["flow_to"] = first


def _read_goto(words: Words, data: Data) -> None:
    """Read the priority of the target rule; `[unresolved]` follows if no rule has the priority."""
    data["goto"] = number_or_word(words.popleft())
    if words and words[0] == "[unresolved]":
        words.popleft()
        data["unresolved"] = True


def _action_reader(action: str) -> WordReader:
    """Return a parser that sets the action."""

    def read_action(_: Words, data: Data) -> None:
        data["action"] = action

    return read_action


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
        "to": _read_to,
        "fwmark": _masked_reader("fwmark", "fwmask"),
        "dscp": _masked_reader("dscp", "dscp_mask"),
        "flowlabel": _masked_reader("flowlabel", "flowlabel_mask"),
        "iif": _link_reader("iif"),
        "oif": _link_reader("oif"),
        "sport": _port_reader("sport"),
        "dport": _port_reader("dport"),
        "lookup": _read_lookup,
        "uidrange": _read_uid_range,
        "realms": _read_realms,
        "goto": _read_goto,
        **{action: _action_reader(action) for action in TYPES},
    },
)


def rule(text: str) -> ParsedLine:
    """Parse a line of a rule of the routing policy."""
    match = HEAD.match(text)
    if match is None:
        return ParsedLine(Rule(), tuple(words_of(text)))

    data: Data = {
        "priority": int(match["priority"]),
        "src": match["src"],
        "srclen": int(match["srclen"]) if match["srclen"] else None,
        "not_": True if match["not"] else None,
    }
    return RULE.fill(words_of(text[match.end() :]), data)
