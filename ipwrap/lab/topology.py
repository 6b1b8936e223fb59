"""A topology as values: the nodes, the links between them, and what each node holds.

A `Lab` builds one; a file of a lab is read into one, and a lab that runs is written as one.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

from attrs import field, frozen

from ipwrap.qdiscs.netem import Netem

__all__ = [
    "HostSpec",
    "LinkSpec",
    "NodeSpec",
    "PortSpec",
    "ProcessSpec",
    "Role",
    "RouteMode",
    "Topology",
    "host_by_rule",
]

Role = Literal["node", "switch", "router"]
RouteMode = Literal["auto", "none"]


@frozen(kw_only=True)
class HostSpec:
    """A host of a lab over several: its name in the lab, and how it is reached.

    - ``ssh``: a destination of ssh(1); None for a host whose session is given
    - ``sudo``: run everything there as root, by `sudo -n`
    - ``underlay``: its address in the network between the hosts, which carries their links
    """

    name: str
    ssh: str | None = None
    sudo: bool = False
    underlay: str | None = None


@frozen(kw_only=True)
class ProcessSpec:
    """A background process of a node: ``pod.spawn(line, name=…, ready=…)``."""

    line: str
    name: str | None = None
    ready_port: int | None = None


@frozen(kw_only=True)
class NodeSpec:
    """A node: a network namespace of its own.

    - ``role``: a "switch" has a bridge whose ports are its links, a "router" forwards packets
    - ``addresses``: of a switch's bridge, or of a node's `lo`: prefixes
    - ``routes``: lines of `ip route add`, such as "default via 10.0.0.1"
    - ``sysctls``: by name, "net.ipv4.ip_forward"
    - ``hostname``: of a UTS namespace of its own; None is the name of the whole place
    - ``files``: text by name below /etc, as the node's processes see it: "hosts", "resolv.conf"
    - ``commands``: lines that run in the node when all links are up
    - ``host``: the name of its host, in a lab over several; None leaves it to the topology's rule
    """

    name: str
    role: Role = "node"
    addresses: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    sysctls: Mapping[str, str] = field(factory=dict)
    hostname: str | None = None
    files: Mapping[str, str] = field(factory=dict)
    commands: tuple[str, ...] = ()
    processes: tuple[ProcessSpec, ...] = ()
    host: str | None = None


@frozen(kw_only=True)
class PortSpec:
    """An end of a link: the node, the interface there, its addresses, and netem.

    - ``interface``: its name; None leaves that to the lab
    - ``addresses``: None deals them from the pools (never to a switch's own end); () is none
    - ``netem_to``: for what goes to the addresses of a node, by its name; ``netem`` is for all else
      that the end sends
    """

    node: str
    interface: str | None = None
    addresses: tuple[str, ...] | None = None
    netem: Netem | None = None
    netem_to: Mapping[str, Netem] = field(factory=dict)


@frozen(kw_only=True)
class LinkSpec:
    """A link between two nodes: a veth pair; a VXLAN between nodes of two hosts."""

    ends: tuple[PortSpec, PortSpec]
    mtu: int | None = None


@frozen(kw_only=True)
class Topology:
    """Nodes and links, in the order in which they are made.

    ``pools`` are the prefixes from which addresses are dealt, at most one of each family. With
    ``routes`` "auto", a node with dealt addresses has a default route by the one router of its
    segment. With ``hostnames``, every node has a hostname: its name, if it has no other.

    ``hosts`` are those of a lab over several. A node without a host of its own is on that of the
    first pattern in ``place`` that its name matches: ``{"web*": "lab1", "*": "lab2"}``.
    """

    name: str = "lab"
    nodes: tuple[NodeSpec, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    pools: tuple[str, ...] = ()
    routes: RouteMode = "auto"
    hostnames: bool = False
    hosts: tuple[HostSpec, ...] = ()
    place: Mapping[str, str] = field(factory=dict)

    def host_of(self, node: NodeSpec) -> str | None:
        """Return the host of a node: its own, or that of the rule; None for neither."""
        return host_by_rule(self.place, node.name) if node.host is None else node.host


def host_by_rule(place: Mapping[str, str], name: str) -> str | None:
    """Return the host of the first pattern that the name of a node matches; None for none."""
    return next((host for glob, host in place.items() if fnmatchcase(name, glob)), None)
