"""A script without mistakes, for type checkers only. The script never runs."""

from datetime import timedelta
from ipaddress import IPv4Address, ip_interface

from ipwrap import Session, parse
from ipwrap.ip.link import LinkFilter
from ipwrap.kinds import Bridge, Kind, Macvlan, Veth, Vlan, Vxlan
from ipwrap.models import Interface, Link, Neigh, Route
from ipwrap.qdiscs import Htb, HtbClass, Netem
from ipwrap.session import Namespace
from ipwrap.tc import Gact, Matchall, Mirred


def main(session: Session) -> list[Link]:
    """Use many options with correct names, types and words."""
    session.ip.link.add(
        "br0", Bridge(stp_state=1, vlan_protocol="802.1ad", mcast_snooping=False), up=True, mtu=1400
    )
    session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"), master="br0")
    session.ip.link.add("v0.7", Vlan(id=7, protocol="802.1Q"), link="v0")
    session.ip.link.add(
        "x0", Vxlan(id=7, dstport=4789, remote="192.0.2.1", df="set"), addrgenmode="none"
    )
    session.ip.link.add("m0", Macvlan(mode="bridge"), link="v0")
    session.ip.link.add("f0", Kind("foo", {"option": "value"}))
    session.ip.link.add("br1", Bridge(forward_delay=timedelta(seconds=2), ageing_time=30000))
    session.ip.link.add(
        "x1", Vxlan(id=8, local=IPv4Address("192.0.2.1"), ageing=timedelta(minutes=5))
    )
    red: Namespace = session.ip.netns.add("red")
    red.ip.address.add("10.0.0.1/24", dev="v1")
    session.cable(
        "red:e0", "e1", addresses=(None, ["10.1.0.1/24", "fd00::1/64"]), master=("b", None)
    )
    session.cable("red:e2", ":e3", addresses=[ip_interface("10.2.0.1/24"), None], master="b")
    pods: list[Namespace] = session.pods(2, bridge="cni0", subnet="10.3.0.0/24", names=["a", "b"])
    loopback: Link = pods[0].ip.link.get("lo")
    interface: Interface = pods[1].ip.address.get("eth0", stats=2)
    session.netns("red").ip.address.add(
        ip_interface("10.0.0.3/24"), dev="v1", valid_lft=timedelta(hours=1)
    )
    session.ip.route.add("default", via=IPv4Address("10.0.0.2"))
    session.ip.route.add("10.1.0.0/16", via="10.0.0.2", type="unicast", metric=7)
    session.ip.neigh.add("10.0.0.2", dev="v0", lladdr="02:00:00:00:00:01", nud="permanent")
    slow = Netem(
        delay="100ms",
        jitter=timedelta(milliseconds=10),
        slot=0.001,
        loss=1,
        rate="10mbit",
        slot_bytes="64kb",
    )
    delay: float | None = slow.delay
    rate: int | None = slow.rate
    session.tc.qdisc.add("v0", slow, parent="1:20", handle="20:")
    session.tc.qdisc.replace("v0", Htb(default="20"), estimator=(1, "8s"))
    session.tc.class_.add(
        "v0", HtbClass(rate=10_000_000, linklayer="atm"), classid="1:20", parent="1:"
    )
    session.tc.filter.add(
        "v0", Matchall(action=(Mirred(dev="v1", action="mirror"), Gact("drop"))), parent="ingress"
    )
    routes: list[Route] = session.ip.route.show(table="all")
    neighbours: list[Neigh] = parse(Neigh, "[]")
    only: LinkFilter = {"up": True, "type": "bridge"}
    played: Session = Session.playback("a.jsonl", "per-namespace", allow_playback_repeats=True)
    unplayed: list[str] = played.unplayed
    Session(sandbox=True, normalise=("mac", "time"))
    print(loopback.mtu, interface.prefixes, unplayed, routes, neighbours, delay, rate)  # noqa: T201
    return session.ip.link.show(**only)
