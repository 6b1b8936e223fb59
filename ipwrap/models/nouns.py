"""Every object that can be read: its name as one types it, and the class of its model.

Help texts, completion and tables come from this list.
"""

import difflib
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from ipwrap.errors import UnknownOption
from ipwrap.system.lazy import LazyTable

if TYPE_CHECKING:
    from ipwrap.models.event import Event, MonitorReader

__all__ = ["ALIASES", "MONITORS", "NOUNS", "TEXT_NOUNS", "find_noun", "parse"]

NOUNS: LazyTable[type] = LazyTable(
    "ipwrap.models",
    {
        "address": "address:Interface",
        "bridge fdb": "fdb:FdbEntry",
        "bridge link": "port:Port",
        "bridge mdb": "mdb:Mdb",
        "bridge mdb get": "mdb:MdbEntry",
        "bridge mst": "mst:PortMsts",
        "bridge vlan": "port_vlan:PortVlans",
        "bridge vlan global": "global_vlan:GlobalVlans",
        "bridge vlan tunnelshow": "port_vlan:PortVlans",
        "bridge vni": "vni:VxlanVnis",
        "link": "link:Link",
        "link afstats": "afstats:AfStats",
        "link xstats": "xstats:Xstats",
        "macsec": "macsec:Secy",
        "maddress": "maddress:Memberships",
        "mroute": "mroute:Mroute",
        "neigh": "neigh:Neigh",
        "netns": "netns:Netns",
        "netns list-id": "netns:NetnsId",
        "nexthop": "nexthop:Nexthop",
        "nexthop bucket": "nexthop:NexthopBucket",
        "route": "route:Route",
        "rule": "rule:Rule",
        "stats": "stats:Stats",
        "tc class": "tc_class:TcClass",
        "tc filter": "tc_filter:TcFilter",
        "tc qdisc": "qdisc:TcQdisc",
        "token": "token:Token",
        "tuntap": "tuntap:Tuntap",
        "vrf": "vrf:VrfTable",
    },
)

# Programs whose output is text. ip-monitor(8), bridge(8) "monitor", ip-netns(8).
MONITORS: LazyTable["MonitorReader"] = LazyTable(
    "ipwrap.models",
    {"bridge monitor": "event:BRIDGE", "monitor": "event:IP", "netns monitor": "event:NETNS"},
)

# The objects whose text is read as well: ipwrap.models.text.reading has their grammars.
TEXT_NOUNS = (
    *("address", "bridge fdb", "bridge link", "bridge mdb", "bridge vlan"),
    *("link", "neigh", "nexthop", "route", "rule"),
)

ALIASES = {
    "addr": "address",
    "maddr": "maddress",
    "mrule": "rule",
    "neighbour": "neigh",
    "neighbor": "neigh",
    "netns list": "netns",
    "tap": "tuntap",
    "token list": "token",
}

# iproute2 takes the first object, in its own order, that begins with a word: cmds in ip/ip.c,
# bridge/bridge.c and tc/tc.c.
ORDER = {
    "ip": (
        *("address", "maddress", "route", "rule", "neigh", "link", "tuntap", "token", "netns"),
        *("macsec", "mroute", "mrule", "vrf", "nexthop", "stats"),
    ),
    "bridge": ("link", "fdb", "mdb", "vlan", "vni", "mst"),
    "tc": ("qdisc", "class", "filter"),
}
VERBS = ("show", "list", "lst", "ls", "get")  # what may follow an object: the output is the same
OPTIONS_WITH_VALUE = frozenset({"-n", "-netns", "-f", "-family"})

M = TypeVar("M")


def find_noun(text: str) -> str:
    """Return the noun or monitor that is meant: "addr", "a", "bridge f", "ip -j -d link show".

    Raises `UnknownOption` for another text.
    """
    known = {*NOUNS, *MONITORS, *ALIASES}
    if text in known:
        return ALIASES.get(text, text)

    words = _without_options(text.split())
    program = words.pop(0) if words[:1] and words[0] in ORDER else "ip"
    prefix = [] if program == "ip" else [program]

    # The longest beginning counts: "link xstats", and what follows an object otherwise.
    for length in range(len(words), 0, -1):
        first = _in_full(program, words[0])
        name = " ".join((*prefix, first, *words[1:length]))
        if name in known and (length == len(words) or words[length] in VERBS):
            return ALIASES.get(name, name)

    near = difflib.get_close_matches(text, known, 1)
    near = near or [name for name in known if name.endswith(f" {text}")]
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(NOUNS)}"
    raise UnknownOption(f"{text!r} is no object that is read; {hint}")


def _without_options(words: list[str]) -> list[str]:
    """Return the words of a command line without options, and without the values of options."""
    left = []
    remaining = iter(words)
    for word in remaining:
        if word in OPTIONS_WITH_VALUE:
            next(remaining, None)
        elif not word.startswith("-"):
            left.append(word)
    return left


def _in_full(program: str, word: str) -> str:
    """Return the object that a word means to a program of iproute2; an unknown word unchanged."""
    objects = ORDER[program]
    return next((name for name in objects if name.startswith(word)), word)


@overload
def parse(
    noun: Literal["monitor", "bridge monitor", "netns monitor"], text: str
) -> "list[Event]": ...
@overload
def parse(noun: str, text: str) -> list[Any]: ...
@overload
def parse(noun: type[M], text: str) -> list[M]: ...
def parse(noun: str | type, text: str) -> list[Any]:
    """Return the objects that `ip -j NOUN show` (or `bridge`, `tc`) printed, as models.

    ::

        ip -j -d link show | ...        parse("link", text), or parse(Link, text)
        ip address | ...                parse("address", text): text without -j, as people paste it
        ip -o -ts monitor label | ...   parse("monitor", text); or "bridge monitor", "netns monitor"

    ``noun`` is the object as one types it: "link", "bridge vlan", "a", "ip -j -d link show"; or the
    class of its model. Keys
    that no field names are in each model's ``extra``. What a monitor prints is text; it becomes
    `Event`s, whatever it is.

    Words of a text that no grammar knows are in ``extra["unread"]``.

    Raises `UnknownOption` for another noun; `OutputError`, with the position, for what is no JSON
    or does not look like the noun, or with the line of a text that is not understood.
    """
    from ipwrap.models.base import read
    from ipwrap.models.recognition import check_objects

    if not isinstance(noun, str):
        names = [name for name, path in NOUNS.paths.items() if path.endswith(f":{noun.__name__}")]
        text_models = _read_text(names[0], text) if names else None
        if text_models is not None:
            return text_models
        models: list[Any] = read(noun, text)
        if names:
            check_objects(names[0], models, text=text)
        return models
    name = find_noun(noun)
    if name in MONITORS:
        from ipwrap.models.event import parse_events

        return parse_events(text, MONITORS[name])
    text_models = _read_text(name, text)
    if text_models is not None:
        return text_models
    models = read(NOUNS[name], text)
    check_objects(name, models, text=text)
    return models


def _read_text(name: str, text: str) -> list[Any] | None:
    """Return the models of a pasted text without JSON; None for JSON."""
    first_characters = "".join(text[:64].split())
    if first_characters.startswith(("[{", "[]", "{")) or not text or text.isspace():
        return None  # without loading the grammars

    from ipwrap.models.text.reading import read_text

    return read_text(name, text)
