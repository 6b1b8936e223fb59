"""Every object that can be read: its name as one types it, and the class of its model.

Help texts, completion and tables come from this list.
"""

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from ipwrap.errors import UnknownOption
from ipwrap.system.lazy import LazyTable

if TYPE_CHECKING:
    from ipwrap.models.event import Event, MonitorReader
    from ipwrap.models.output import Output

__all__ = [
    "ALIASES",
    "MONITORS",
    "NOUNS",
    "TEXT_NOUNS",
    "find_noun",
    "parse",
    "parse_output",
]

NOUNS: LazyTable[type] = LazyTable(
    "ipwrap.models",
    {
        "address": "address:Interface",
        "addrlabel": "host_tables:AddrLabel",
        "bridge fdb": "fdb:FdbEntry",
        "bridge link": "port:Port",
        "bridge mdb": "mdb:Mdb",
        "bridge mdb get": "mdb:MdbEntry",
        "bridge mst": "mst:PortMsts",
        "bridge vlan": "port_vlan:PortVlans",
        "bridge vlan global": "global_vlan:GlobalVlans",
        "bridge vlan tunnelshow": "port_vlan:PortVlans",
        "bridge vni": "vni:VxlanVnis",
        "fou": "tunnels:FouPort",
        "ila": "tunnels:IlaMapping",
        "ioam namespace": "protocols:IoamNamespace",
        "ioam schema": "protocols:IoamSchema",
        "l2tp session": "tunnels:L2tpSession",
        "l2tp tunnel": "tunnels:L2tpTunnel",
        "link": "link:Link",
        "link afstats": "afstats:AfStats",
        "link xstats": "xstats:Xstats",
        "macsec": "macsec:Secy",
        "maddress": "maddress:Memberships",
        "mptcp endpoint": "protocols:MptcpEndpoint",
        "mptcp limits": "protocols:MptcpLimits",
        "mroute": "mroute:Mroute",
        "neigh": "neigh:Neigh",
        "netconf": "host_tables:Netconf",
        "netns": "netns:Netns",
        "netns identify": "netns:NetnsName",
        "netns list-id": "netns:NetnsId",
        "netns pids": "netns:NetnsProcess",
        "nexthop": "nexthop:Nexthop",
        "nexthop bucket": "nexthop:NexthopBucket",
        "ntable": "host_tables:NeighTable",
        "route": "route:Route",
        "rule": "rule:Rule",
        "sr tunsrc": "protocols:SrTunsrc",
        "stats": "stats:Stats",
        "tc action": "tc_filter:TcActions",
        "tc chain": "tc_filter:TcChain",
        "tc class": "tc_class:TcClass",
        "tc filter": "tc_filter:TcFilter",
        "tc qdisc": "qdisc:TcQdisc",
        "tcp_metrics": "host_tables:TcpMetrics",
        "token": "token:Token",
        "tunnel": "tunnels:Tunnel",
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
    "l2tp show session": "l2tp session",
    "l2tp show tunnel": "l2tp tunnel",
    "maddr": "maddress",
    "mrule": "rule",
    "neighbour": "neigh",
    "neighbor": "neigh",
    "netns list": "netns",
    "ntbl": "ntable",
    "tap": "tuntap",
    "tc actions": "tc action",
    "tcpmetrics": "tcp_metrics",
    "token list": "token",
    "tunl": "tunnel",
}

# iproute2 takes the first object, in its own order, that begins with a word: cmds in ip/ip.c,
# bridge/bridge.c and tc/tc.c.
ORDER = {
    "ip": (
        *("address", "addrlabel", "maddress", "route", "rule", "neigh", "ntable", "link", "l2tp"),
        *("fou", "ila", "macsec", "tunnel", "tuntap", "token", "tcp_metrics", "mroute", "mrule"),
        *("netns", "netconf", "vrf", "sr", "nexthop", "mptcp", "ioam", "stats"),
    ),
    "bridge": ("link", "fdb", "mdb", "vlan", "vni", "mst"),
    "tc": ("qdisc", "class", "filter", "chain", "actions"),
}
VERBS = ("show", "list", "lst", "ls", "get")  # what may follow an object: the output is the same
CHANGES = ("add", "append", "change", "delete", "replace", "set")  # with `-echo`
# The nouns that are whole commands: arguments follow.
COMMANDS = frozenset(
    {
        *("bridge mdb get", "bridge vlan tunnelshow", "l2tp show session", "l2tp show tunnel"),
        *("link afstats", "link xstats", "netns identify", "netns list-id", "netns pids"),
    }
)
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
    verbs = (*VERBS, *CHANGES) if "-echo" in text.split() else VERBS
    program = words.pop(0) if words[:1] and words[0] in ORDER else "ip"
    prefix = [] if program == "ip" else [program]

    # The longest beginning counts: "link xstats", and what follows an object otherwise.
    for length in range(len(words), 0, -1):
        first = _in_full(program, words[0])
        name = " ".join((*prefix, first, *words[1:length]))
        is_whole = length == len(words) or name in COMMANDS
        if name in known and (is_whole or _begins_any(verbs, words[length])):
            return ALIASES.get(name, name)

    near = difflib.get_close_matches(text, known, 1)
    near = near or [name for name in known if name.endswith(f" {text}")]
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(NOUNS)}"
    raise UnknownOption(f"{text!r} is no object that is read; {hint}")


def _without_options(words: list[str]) -> list[str]:
    """Return the words of a command line without options, and without the values of options.

    The program is without its folder, and without sudo before it.
    """
    if words[:1] == ["sudo"]:
        words = words[1:]
    if words[:1] and words[0].startswith("/"):
        words = [words[0].rpartition("/")[2], *words[1:]]

    left = []
    remaining = iter(words)
    for word in remaining:
        if word in OPTIONS_WITH_VALUE:
            next(remaining, None)
        elif not word.startswith("-"):
            left.append(word)
    return left


def _begins_any(verbs: Iterable[str], word: str) -> bool:
    """Return whether a word is the beginning of a verb, which is all that iproute2 compares."""
    return any(verb.startswith(word) for verb in verbs)


def _in_full(program: str, word: str) -> str:
    """Return the object that a word means to a program of iproute2; an unknown word unchanged."""
    objects = ORDER[program]
    return next((name for name in objects if name.startswith(word)), word)


@overload
def parse(
    noun: Literal["monitor", "bridge monitor", "netns monitor"],
    text: str,
    *,
    partial: bool = ...,
) -> "list[Event]": ...
@overload
def parse(noun: str, text: str, *, partial: bool = ...) -> list[Any]: ...
@overload
def parse(noun: type[M], text: str, *, partial: bool = ...) -> list[M]: ...
def parse(noun: str | type, text: str, *, partial: bool = False) -> list[Any]:
    """Return the objects that `ip -j NOUN show` (or `bridge`, `tc`) printed, as models.

    ::

        ip -j -d link show | ...        parse("link", text), or parse(Link, text)
        ip address | ...                parse("address", text): text without -j, as people paste it
        ip -o -ts monitor label | ...   parse("monitor", text); or "bridge monitor", "netns monitor"

    ``noun`` is the object as one types it: "link", "bridge vlan", "a", "ip -j -d link show"; or the
    class of its model. Keys that no field names are in each model's ``extra``. What a monitor
    prints is text; it becomes `Event`s, whatever it is.

    The text may be one list, the lists of several commands, one object, or JSON Lines, also below a
    prompt or a message of iproute2. ``partial``: of a text that is cut off, return the objects that
    are whole.

    Words of a text that no grammar knows are in ``extra["unread"]``.

    Raises `UnknownOption` for another noun; `OutputError`, with the position, for what is no JSON
    or does not look like the noun, for a text that is cut off, and with the line of a text that is
    not understood.
    """
    return parse_output(noun, text, partial=partial).models


def parse_output(noun: str | type, text: str, *, partial: bool = False) -> "Output":
    """Return the models of a text as `parse` does, with notes on what is not in them."""
    from ipwrap.models.output import Output, read_output
    from ipwrap.models.recognition import check_objects

    name = find_noun(noun) if isinstance(noun, str) else _noun_of(noun)
    if name in MONITORS:
        from ipwrap.models.event import parse_events

        return Output(parse_events(text, MONITORS[name]), text)

    text_models = _read_text(name, text) if name else None
    if text_models is not None:
        return Output(text_models, text)

    output = read_output(NOUNS[name] if isinstance(noun, str) else noun, text, partial=partial)
    if name:
        check_objects(name, output.models, text=output.text)
    return output


def _noun_of(cls: type) -> str:
    """Return the noun with a class of models; empty for a class of another kind."""
    ending = f":{cls.__name__}"
    return next((name for name, path in NOUNS.paths.items() if path.endswith(ending)), "")


def _read_text(name: str, text: str) -> list[Any] | None:
    """Return the models of a pasted text without JSON; None for JSON."""
    first_characters = "".join(text[:64].split())
    if first_characters.startswith(("[{", "[]", "{")) or not text or text.isspace():
        return None  # without loading the grammars

    from ipwrap.models.text.reading import read_text

    return read_text(name, text)
