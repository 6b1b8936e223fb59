"""What a `show` returns, one object a file.

`NOUNS` says which class reads the output of which object, by the name one types: ``ipwrap parse "bridge fdb"``.
"""

from ipwrap.models.address import Address, Interface
from ipwrap.models.base import Json, dump, dump_all, load, read
from ipwrap.models.fdb import FdbEntry
from ipwrap.models.link import Link, LinkInfo
from ipwrap.models.neigh import Neigh
from ipwrap.models.netns import Netns, NetnsId
from ipwrap.models.port import Port
from ipwrap.models.port_vlan import PortVlan, PortVlans
from ipwrap.models.route import Metrics, NextHop, Route, Via

__all__ = [
    "NOUNS",
    "Address",
    "FdbEntry",
    "Interface",
    "Json",
    "Link",
    "LinkInfo",
    "Metrics",
    "Neigh",
    "Netns",
    "NetnsId",
    "NextHop",
    "Port",
    "PortVlan",
    "PortVlans",
    "Route",
    "Via",
    "dump",
    "dump_all",
    "load",
    "read",
]

NOUNS: dict[str, type] = {
    "address": Interface,
    "bridge fdb": FdbEntry,
    "bridge link": Port,
    "bridge vlan": PortVlans,
    "link": Link,
    "neigh": Neigh,
    "netns": Netns,
    "netns list-id": NetnsId,
    "route": Route,
}
