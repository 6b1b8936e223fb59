"""The lines of `ip rule` and `ip monitor rule`: print_rule() in ip/iprule.c."""

import re
from collections.abc import Sequence

from ipwrap.models.rule import Rule
from ipwrap.models.text.grammar import (
    TYPES,
    Data,
    LineGrammar,
    ParsedLine,
    Unread,
    WordReader,
    Words,
    number_or_word,
    parse_line,
    read_flag,
)

__all__ = ["rule"]

PRIORITY = re.compile(r"\d+:", re.ASCII)


def _read_from(words: Words, data: Data) -> None:
    """Read the source, with an optional prefix length."""
    data["src"], _, length = str(words[0]).partition("/")
    if length:
        data["srclen"] = int(length)
    words.popleft()


def _read_to(words: Words, data: Data) -> None:
    """Read the destination, with an optional prefix length."""
    data["dst"], _, length = str(words[0]).partition("/")
    if length:
        data["dstlen"] = int(length)
    words.popleft()


def _masked_reader(name: str, mask_name: str) -> WordReader:
    """Return a parser of `VALUE[/MASK]`, both in hexadecimal."""

    def read_masked(words: Words, data: Data) -> None:
        value, _, mask = str(words.popleft()).partition("/")
        data[name] = value
        if mask:
            data[mask_name] = mask

    return read_masked


def _port_reader(name: str) -> WordReader:
    """Return a parser of a port, a port with a mask, or a range of ports."""

    def read_port(words: Words, data: Data) -> None:
        first, dash, last = str(words[0]).partition("-")
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
        data[name] = str(words.popleft())
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
        data["table"] = str(words.popleft())


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
    first, slash, second = str(words.popleft()).partition("/")
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


RULE = LineGrammar(
    {
        "tos": ("tos", str),
        "ipproto": ("ipproto", str),
        "tun_id": ("tun_id", int),
        "suppress_prefixlength": ("suppress_prefixlen", int),
        "suppress_ifgroup": ("suppress_ifgroup", str),
        "map-to": ("nat_gateway", str),
        "proto": ("protocol", str),
    },
    frozenset({"not", "masquerade", "nop"}),
    special={
        "from": _read_from,
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
        **{action: read_flag("action", action) for action in TYPES},
    },
)


def rule(text: str) -> ParsedLine:
    """Parse a line of a rule of the routing policy."""
    return parse_line(Rule, read_rule, text=text, begins=is_rule)


def is_rule(words: Sequence[str]) -> bool:
    """Return whether words begin with the priority, an optional `not`, and `from`."""
    if len(words) < 3 or not PRIORITY.fullmatch(words[0]):
        return False
    return words[1] == "from" or (words[1] == "not" and words[2] == "from")


def read_rule(words: Words) -> tuple[Data, Unread]:
    """Read the words of a rule: its JSON, and the unknown words."""
    data: Data = {"priority": int(words.popleft()[:-1])}
    unread = RULE.read(words, data)
    return data, unread
