"""Every object that can be read: its name as one types it, and the class of its model.

Help texts, completion and tables come from this list.
"""

import difflib
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from ipwrap.errors import UnknownOption
from ipwrap.system.lazy import LazyTable

if TYPE_CHECKING:
    from ipwrap.models.event import Event, MonitorReader

__all__ = ["ALIASES", "MONITORS", "NOUNS", "parse"]

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

M = TypeVar("M")


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
        ip -o -ts monitor label | ...   parse("monitor", text); or "bridge monitor", "netns monitor"

    ``noun`` is the object as one types it: "link", "bridge vlan"; or the class of its model. Keys
    that no field names are in each model's ``extra``. What a monitor prints is text; it becomes
    `Event`s, whatever it is.

    Raises `UnknownOption` for another noun; `OutputError`, with the position, for what is no JSON
    or does not look like the noun.
    """
    from ipwrap.models.base import read
    from ipwrap.models.recognition import check_objects

    if not isinstance(noun, str):
        models: list[Any] = read(noun, text)
        names = [name for name, path in NOUNS.paths.items() if path.endswith(f":{noun.__name__}")]
        if names:
            check_objects(names[0], models, text=text)
        return models
    name = ALIASES.get(noun, noun)
    if name in MONITORS:
        from ipwrap.models.event import parse_events

        return parse_events(text, MONITORS[name])
    if name not in NOUNS:
        near = difflib.get_close_matches(noun, [*NOUNS, *ALIASES, *MONITORS], 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(NOUNS)}"
        raise UnknownOption(f"{noun!r} is no object that is read; {hint}")
    models = read(NOUNS[name], text)
    check_objects(name, models, text=text)
    return models
