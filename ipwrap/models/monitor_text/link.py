"""The lines of `ip monitor link` and `bridge monitor link`.

print_linkinfo() in ip/ipaddress.c and bridge/link.c.
"""

import re
from collections.abc import Callable

from attrs import evolve

from ipwrap.models.link import Link
from ipwrap.models.monitor_text.grammar import Data, LineGrammar, ParsedLine, Words, words_of
from ipwrap.models.port import Port

__all__ = ["link", "port"]

DEVICE = re.compile(r"(?P<index>\d+): (?P<name>\S+): <(?P<flags>[^\s>]*)>(?:\s|\Z)", re.ASCII)

# ll_idx_n2a() in lib/ll_map.c: the name of a link in another namespace is unknown, so its index is
# printed.
FOREIGN_LINK = re.compile(r"if(?P<index>\d+)", re.ASCII)


def link(text: str) -> ParsedLine:
    """Parse a line of a link.

    The name ends at its last @. A name with an @ of its own is ambiguous in the text.
    """
    return _parse_device(LINK, text)


def port(text: str) -> ParsedLine:
    """Parse a line of a bridge port."""
    return _parse_device(PORT, text)


def _parse_device(grammar: LineGrammar, text: str) -> ParsedLine:
    """Parse a line that begins with the index, the name and the flags of a link."""
    match = DEVICE.match(text)
    if match is None:
        return ParsedLine(grammar.model(), tuple(words_of(text)))

    name, lower_link = _split_name(match["name"])
    data: Data = {
        "ifindex": int(match["index"]),
        "ifname": name,
        "flags": tuple(flag for flag in match["flags"].split(",") if flag),
        "link": lower_link,
    }

    # The type follows `link/` without a blank: make `link/` a keyword.
    words = words_of(text[match.end() :].replace(" link/", " link/ "))
    parsed = grammar.fill(words, data)
    return _with_foreign_index(parsed, lower_link)


def _split_name(text: str) -> tuple[str, str | None]:
    """Split `NAME@LINK` into the name and the lower link; None without one."""
    if "@" not in text:
        return text, None

    name, _, lower_link = text.rpartition("@")
    return name, lower_link


def _with_foreign_index(parsed: ParsedLine, lower_link: str | None) -> ParsedLine:
    """Replace the name `if7` of a lower link in another namespace by ``link_index``, as in JSON."""
    match = FOREIGN_LINK.fullmatch(lower_link or "")
    if match is None:
        return parsed

    # Without a namespace `if7` may be an ordinary name.
    model = parsed.model
    if model.link_netnsid is None and "link_netns" not in model.extra:
        return parsed

    index = int(match["index"])
    return ParsedLine(evolve(model, link=None, link_index=index), parsed.unread)


def _read_hardware(words: Words, data: Data) -> None:
    """Read the type of the link layer and the address; some types have no address."""
    data["link_type"] = words.popleft()
    if words and not LINK.has_keyword(words[0]):
        data["address"] = words.popleft()


def _read_event(words: Words, data: Data) -> None:
    """Read the event: one or two words in capitals, such as `FEATURE CHANGE`."""
    event_words = []
    while words and words[0].isupper():
        event_words.append(words.popleft())

    data["event"] = " ".join(event_words)


def _read_peer(words: Words, data: Data) -> None:
    """Read the peer address of a point-to-point link."""
    data["broadcast"] = words.popleft()
    data["link_pointtopoint"] = True


def _read_altname(words: Words, data: Data) -> None:
    """Add an alternative name."""
    altnames = data.get("altnames", ())
    data["altnames"] = (*altnames, words.popleft())


def _netns_reader(key: str) -> Callable[[Words, Data], None]:
    """Return a parser of a namespace's name.

    The name goes to ``extra``: JSON has only the number.
    """

    def read_netns(words: Words, data: Data) -> None:
        name = words.popleft()
        extra = data.setdefault("extra", {})
        extra[key] = name

    return read_netns


LINK = LineGrammar(
    Link,
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
        "new-netnsid": ("new_netnsid", int),
        "new-ifindex": ("new_ifindex", int),
        "protodown": ("proto_down", "on".__eq__),
    },
    special={
        "link/": _read_hardware,
        "event": _read_event,
        "peer": _read_peer,
        "altname": _read_altname,
        "link-netns": _netns_reader("link_netns"),
        "new-netns": _netns_reader("new_netns"),
    },
)

PORT = LineGrammar(
    Port,
    {
        "mtu": ("mtu", int),
        "master": ("master", str),
        "state": ("state", str),
        "priority": ("priority", int),
        "cost": ("cost", int),
        "hwmode": ("hwmode", str),
    },
)
