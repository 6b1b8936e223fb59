"""What a `show` returns, one object a file.

`NOUNS` says which class reads the output of which object, by the name one types: ``ipwrap parse "bridge fdb"``.
"""

import difflib
from typing import Any, Literal, TypeVar, overload

from ipwrap.errors import UnknownOption
from ipwrap.models.address import Address, Interface
from ipwrap.models.afstats import AfCounts, AfStats
from ipwrap.models.base import Json, dump, dump_all, load, read
from ipwrap.models.counters import CanStats, LinkStats, Received, Sent
from ipwrap.models.encap import Encap, EncapStats, ErspanOpt, GeneveOpt, SegmentHeader, VxlanOpt
from ipwrap.models.event import MONITORS, Event, events
from ipwrap.models.fdb import FdbEntry
from ipwrap.models.filter_options import (
    FlowerKeys,
    FlowerOptions,
    MatchallOptions,
    U32Match,
    U32Options,
)
from ipwrap.models.global_vlan import GlobalVlan, GlobalVlans, Querier
from ipwrap.models.link import Link, LinkInfo
from ipwrap.models.macsec import ReceiveChannel, SecureAssociation, Secy
from ipwrap.models.maddress import Maddress, Memberships
from ipwrap.models.mdb import Mdb, MdbEntry, MdbSource, RouterPort
from ipwrap.models.mroute import Mroute, Oif
from ipwrap.models.mst import Mst, PortMsts
from ipwrap.models.neigh import Neigh
from ipwrap.models.netns import Netns, NetnsId
from ipwrap.models.nexthop import (
    Bucket,
    HwStats,
    Member,
    MemberStats,
    Nexthop,
    NexthopBucket,
    Resilient,
)
from ipwrap.models.port import Port
from ipwrap.models.port_vlan import PortVlan, PortVlans
from ipwrap.models.qdisc import SizeTable, TcQdisc
from ipwrap.models.route import Metrics, NextHop, Route, Via
from ipwrap.models.rule import Rule
from ipwrap.models.stats import HwInfo, MplsStats, Stats, StatsInfo, VlanStats
from ipwrap.models.tc_class import ClassStats, TcClass
from ipwrap.models.tc_filter import Chance, Control, TcAction, TcFilter
from ipwrap.models.tc_stats import TcStats
from ipwrap.models.token import Token
from ipwrap.models.tuntap import TunProcess, Tuntap
from ipwrap.models.vf import VfInfo, VfRate, VfReceived, VfSent, VfStats, VfVlan
from ipwrap.models.vni import Vni, VniStats, VxlanVnis
from ipwrap.models.vrf import VrfTable
from ipwrap.models.xdp import XdpAttached, XdpInfo, XdpProgram
from ipwrap.models.xstats import LacpStats, Leaves, MulticastStats, StpStats, Versions, Xstats

__all__ = [
    "ALIASES",
    "MONITORS",
    "NOUNS",
    "Address",
    "AfCounts",
    "AfStats",
    "Bucket",
    "CanStats",
    "Chance",
    "ClassStats",
    "Control",
    "Encap",
    "EncapStats",
    "ErspanOpt",
    "Event",
    "FdbEntry",
    "FlowerKeys",
    "FlowerOptions",
    "GeneveOpt",
    "GlobalVlan",
    "GlobalVlans",
    "HwInfo",
    "HwStats",
    "Interface",
    "Json",
    "LacpStats",
    "Leaves",
    "Link",
    "LinkInfo",
    "LinkStats",
    "Maddress",
    "MatchallOptions",
    "Mdb",
    "MdbEntry",
    "MdbSource",
    "Member",
    "MemberStats",
    "Memberships",
    "Metrics",
    "MplsStats",
    "Mroute",
    "Mst",
    "MulticastStats",
    "Neigh",
    "Netns",
    "NetnsId",
    "NextHop",
    "Nexthop",
    "NexthopBucket",
    "Oif",
    "Port",
    "PortMsts",
    "PortVlan",
    "PortVlans",
    "Querier",
    "ReceiveChannel",
    "Received",
    "Resilient",
    "Route",
    "RouterPort",
    "Rule",
    "SecureAssociation",
    "Secy",
    "SegmentHeader",
    "Sent",
    "SizeTable",
    "Stats",
    "StatsInfo",
    "StpStats",
    "TcAction",
    "TcClass",
    "TcFilter",
    "TcQdisc",
    "TcStats",
    "Token",
    "TunProcess",
    "Tuntap",
    "U32Match",
    "U32Options",
    "Versions",
    "VfInfo",
    "VfRate",
    "VfReceived",
    "VfSent",
    "VfStats",
    "VfVlan",
    "Via",
    "VlanStats",
    "Vni",
    "VniStats",
    "VrfTable",
    "VxlanOpt",
    "VxlanVnis",
    "XdpAttached",
    "XdpInfo",
    "XdpProgram",
    "Xstats",
    "dump",
    "dump_all",
    "load",
    "parse",
    "read",
]

NOUNS: dict[str, type] = {
    "address": Interface,
    "bridge fdb": FdbEntry,
    "bridge link": Port,
    "bridge mdb": Mdb,
    "bridge mdb get": MdbEntry,
    "bridge mst": PortMsts,
    "bridge vlan": PortVlans,
    "bridge vlan global": GlobalVlans,
    "bridge vlan tunnelshow": PortVlans,
    "bridge vni": VxlanVnis,
    "link": Link,
    "link afstats": AfStats,
    "link xstats": Xstats,
    "macsec": Secy,
    "maddress": Memberships,
    "mroute": Mroute,
    "neigh": Neigh,
    "netns": Netns,
    "netns list-id": NetnsId,
    "nexthop": Nexthop,
    "nexthop bucket": NexthopBucket,
    "route": Route,
    "rule": Rule,
    "stats": Stats,
    "tc class": TcClass,
    "tc filter": TcFilter,
    "tc qdisc": TcQdisc,
    "token": Token,
    "tuntap": Tuntap,
    "vrf": VrfTable,
}

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
) -> list[Event]: ...
@overload
def parse(noun: str, text: str) -> list[Any]: ...
@overload
def parse(noun: type[M], text: str) -> list[M]: ...
def parse(noun: str | type, text: str) -> list[Any]:
    """Return the objects that `ip -j NOUN show` (or `bridge`, `tc`) printed, as models.

    ::

        ip -j -d link show | ...        parse("link", text), or parse(Link, text)
        ip -o -ts monitor label | ...   parse("monitor", text); or "bridge monitor", "netns monitor"

    ``noun`` is the object as one types it: "link", "bridge vlan"; or the class of its model. Keys that no field names
    are in each model's ``extra``. What a monitor prints is text; it becomes `Event`s, whatever it is.

    Raises `UnknownOption` for another noun; `OutputError`, with the position, for what is no JSON or does not look like
    the noun.
    """
    if not isinstance(noun, str):
        return read(noun, text)
    name = ALIASES.get(noun, noun)
    if name in MONITORS:
        return events(text, MONITORS[name])
    if name not in NOUNS:
        near = difflib.get_close_matches(noun, [*NOUNS, *ALIASES, *MONITORS], 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(NOUNS)}"
        raise UnknownOption(f"{noun!r} is no object that is read; {hint}")
    return read(NOUNS[name], text)
