"""Mistakes for type checkers; `# E:` names the error of a line. The script never runs."""
# ruff: noqa: T201

from ipwrap import Session
from ipwrap.kinds import Bridge, Macvlan, Veth, Vlan, Vxlan
from ipwrap.models import Route
from ipwrap.qdiscs import Htb, HtbClass, Netem
from ipwrap.tc import Gact, Mirred


def main(session: Session) -> None:
    """Use wrong names, types and words."""
    Bridge(forward_dealy=200)  # E: call-arg
    Bridge(forward_delay="2 s")  # E: arg-type
    Bridge(vlan_protocol="802.1x")  # E: arg-type
    Veth("v1")  # E: call-arg
    Vlan(id="7")  # E: arg-type
    Vxlan(df=True)  # E: arg-type
    Macvlan(mode="bridged")  # E: arg-type
    Netem(dealy="100ms")  # E: call-arg
    Netem(delay=b"100ms")  # E: arg-type
    Netem(loss="1.5%")  # E: arg-type
    Netem(rate=1.5)  # E: arg-type
    Htb(default=20)  # E: arg-type
    HtbClass(linklayer="adsl")  # E: arg-type
    Gact("shot")  # E: arg-type
    Mirred(dev="v1", action="copy")  # E: arg-type
    session.tc.qdisc.add("v0", Netem(), handel="1:")  # E: call-arg
    session.tc.class_.add("v0", HtbClass())  # E: call-arg
    session.ip.link.add("v0")  # E: call-arg
    session.ip.link.add("v0", "veth")  # E: arg-type
    session.ip.link.add("v0", Veth(), mtv=1400)  # E: call-arg
    session.ip.link.add("v0", Veth(), mtu="1400")  # E: arg-type
    session.ip.link.add("v0", Veth(), addrgenmode="eui")  # E: arg-type
    session.ip.link.set("v0", up="yes")  # E: arg-type
    session.ip.route.add("10.0.0.0/8", type="black_hole")  # E: arg-type
    session.ip.neigh.add("10.0.0.2", dev="v0", nud="stall")  # E: arg-type
    session.ip.link.show(typ="bridge")  # E: call-arg
    links: list[Route] = session.ip.link.show()  # E: assignment
    print(session.ip.link.show()[0].ifnaem)  # E: attr-defined
    print(session.ip.lnik)  # E: attr-defined
    Session.playback("a.jsonl", "sorted")  # E: arg-type
    print(links)
