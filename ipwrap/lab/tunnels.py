"""Links between nodes of two hosts: a VXLAN each, over the network between the hosts.

Each end is made from the first namespace of its host, straight into that of the node: the UDP
socket stays the host's (vxlan_newlink() in drivers/net/vxlan/vxlan_core.c of the kernel). All that
an end sends goes to the other host, as on a cable: nothing is learned, nothing is flooded.
"""

import zlib
from collections.abc import Container
from ipaddress import ip_address
from itertools import count
from typing import TYPE_CHECKING

from ipwrap.errors import AlreadyExists, InvalidArgument
from ipwrap.kinds.vxlan import Vxlan

if TYPE_CHECKING:
    from ipwrap.lab.hosts import Hosts
    from ipwrap.lab.parts import LabLink, Node

__all__ = [
    "PORT",
    "check_same_family",
    "choose_vni",
    "explain_taken_vni",
    "make_tunnel",
    "set_carrier",
    "tunnel_mtu",
]

PORT = 14789  # containerlab's as well: 4789 and 8472 are often those of a host's own VXLANs
UNDERLAY_MTU = 1500
# Outer headers of IP, UDP and VXLAN, and the inner one of Ethernet, by the version of IP.
OVERHEAD = {4: 20 + 8 + 8 + 14, 6: 40 + 8 + 8 + 14}
# A host can have each VNI once at a port. So the VNIs of a lab begin at a place that its name
# chooses in the 24 bits, and labs of other names rarely get in its way.
VNIS_PER_NAME = 4096


def choose_vni(lab: str, taken: Container[int | None]) -> int:
    """Return the first free VNI behind the place that the name of a lab chooses."""
    start = zlib.crc32(lab.encode()) % (VNIS_PER_NAME - 1) * VNIS_PER_NAME + 1
    return next(vni for vni in count(start) if vni not in taken)


def check_same_family(hosts: "Hosts", nodes: "tuple[Node, Node]") -> None:
    """Raise `InvalidArgument` unless the hosts of two nodes have addresses of one family."""
    addresses = [hosts.underlay(node.host) for node in nodes]
    first, second = (ip_address(address).version for address in addresses)
    if first != second:
        raise InvalidArgument(
            f"lab: {' and '.join(map(str, nodes))}: the underlay addresses of their hosts, "
            f"{' and '.join(addresses)}, are of two families"
        )


def tunnel_mtu(link: "LabLink") -> int:
    """Return the MTU of a link between hosts, where the underlay has that of Ethernet."""
    address = link.lab.hosts.underlay(link.ports[0].node.host)
    return UNDERLAY_MTU - OVERHEAD[ip_address(address).version]


def make_tunnel(link: "LabLink") -> None:
    """Make both ends. `ip link add LINK netns NODE mtu MTU type vxlan id VNI remote HOST …`."""
    for port, other in zip(link.ports, reversed(link.ports), strict=True):
        hosts = link.lab.hosts
        kind = Vxlan(
            id=link.vni,
            local=hosts.underlay(port.node.host),
            remote=hosts.underlay(other.node.host),
            dstport=PORT,
            learning=False,
        )
        mtu = link.mtu or tunnel_mtu(link)
        port.node.session.ip.link.add(port.name, kind, netns=port.node.name, mtu=mtu)


def explain_taken_vni(error: AlreadyExists) -> None:
    """Add a note to an error that tells of a VNI that the host has already."""
    if "VNI" in error.result.stderr:
        error.add_note(
            f"lab: another lab on that host has this number at UDP port {PORT}; numbers go by the "
            "name of the lab: give this one another name="
        )


def set_carrier(link: "LabLink", *, is_on: bool) -> None:
    """Switch the carrier of the end that `pull` leaves up: a veth loses its carrier by itself."""
    port = next(port for port in link.ports if port is not link.pulled_port)
    port.ip.link.set(port.name, protodown=not is_on)
