"""The lines of `ip monitor link` and `bridge monitor link`: print_linkinfo() in ip/ipaddress.c and bridge/link.c."""

import re

from attrs import evolve

from ipwrap.models.link import Link
from ipwrap.models.monitor_text.grammar import Data, LineGrammar, ParsedLine, Words, words_of
from ipwrap.models.port import Port

__all__ = ["link", "port"]

DEVICE = re.compile(r"(?P<index>\d+): (?P<name>\S+): <(?P<flags>[^\s>]*)>(?:\s|\Z)", re.ASCII)
THERE = re.compile(
    r"if(?P<index>\d+)", re.ASCII
)  # lib/ll_map.c ll_idx_n2a(): the other link is in another namespace


def link(text: str) -> ParsedLine:
    """Read a line about a link.

    A name is cut at its last @, although a name may hold one: the text does not tell.
    """
    return _device(LINK, text)


def port(text: str) -> ParsedLine:
    """Read a line about a port of a bridge."""
    return _device(PORT, text)


def _device(form: LineGrammar, text: str) -> ParsedLine:
    """Read what begins with the index, the name and the flags of a link."""
    found = DEVICE.match(text)
    if found is None:
        return ParsedLine(form.model(), tuple(words_of(text)))
    name, _, lower = (
        found["name"].rpartition("@") if "@" in found["name"] else (found["name"], "", None)
    )
    flags = tuple(flag for flag in found["flags"].split(",") if flag)
    data: Data = {"ifindex": int(found["index"]), "ifname": name, "flags": flags, "link": lower}
    said = form.fill(words_of(text[found.end() :].replace(" link/", " link/ ")), data)
    there = THERE.fullmatch(lower or "")
    if there is None or (said.model.link_netnsid is None and "link_netns" not in said.model.extra):
        return said
    return ParsedLine(evolve(said.model, link=None, link_index=int(there["index"])), said.unread)


def _hardware(words: Words, data: Data) -> None:
    """Read the type of the link layer and the address, which not every type has."""
    data["link_type"] = words.popleft()
    if words and not LINK.has_keyword(words[0]):
        data["address"] = words.popleft()


def _event(words: Words, data: Data) -> None:
    """Read what has happened: one word or two, in capitals."""
    happened = []
    while words and words[0].isupper():
        happened.append(words.popleft())
    data["event"] = " ".join(happened)


def _peer(words: Words, data: Data) -> None:
    """Read the address at the other end."""
    data["broadcast"] = words.popleft()
    data["link_pointtopoint"] = True


def _altname(words: Words, data: Data) -> None:
    """Read one more name."""
    data["altnames"] = (*data.get("altnames", ()), words.popleft())


def _named(key: str, words: Words, data: Data) -> None:
    """Read the name of a namespace, of which JSON has the number only."""
    data["extra"] = {**data.get("extra", {}), key: words.popleft()}


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
        "link/": _hardware,
        "event": _event,
        "peer": _peer,
        "altname": _altname,
        "link-netns": lambda words, data: _named("link_netns", words, data),
        "new-netns": lambda words, data: _named("new_netns", words, data),
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
