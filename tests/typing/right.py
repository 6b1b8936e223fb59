"""A script without a mistake: a type checker finds nothing in it. It is never run."""

from ipwrap import Session, parse
from ipwrap.ip.link import LinkFilter
from ipwrap.kinds import Bridge, Kind, Macvlan, Veth, Vlan, Vxlan
from ipwrap.models import Link, Neigh, Route


def main(session: Session) -> list[Link]:
    """Say a bit of everything."""
    session.ip.link.add("br0", Bridge(stp_state=1, vlan_protocol="802.1ad", mcast_snooping=False), up=True, mtu=1400)
    session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"), master="br0")
    session.ip.link.add("v0.7", Vlan(id=7, protocol="802.1Q"), link="v0")
    session.ip.link.add("x0", Vxlan(id=7, dstport=4789, remote="192.0.2.1", df="set"), addrgenmode="none")
    session.ip.link.add("m0", Macvlan(mode="bridge"), link="v0")
    session.ip.link.add("f0", Kind("foo", {"option": "value"}))
    session.netns("red").ip.address.add("10.0.0.1/24", dev="v1")
    session.ip.route.add("10.1.0.0/16", via="10.0.0.2", type="unicast", metric=7)
    session.ip.neigh.add("10.0.0.2", dev="v0", lladdr="02:00:00:00:00:01", nud="permanent")
    routes: list[Route] = session.ip.route.show(table="all")
    neighbours: list[Neigh] = parse(Neigh, "[]")
    only: LinkFilter = {"up": True, "type": "bridge"}
    print(routes, neighbours)  # noqa: T201
    return session.ip.link.show(**only)
