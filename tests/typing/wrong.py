"""Mistakes that a type checker finds: each line with `# E:` is one, and says of which sort. It is never run."""
# ruff: noqa: T201

from ipwrap import Session
from ipwrap.kinds import Bridge, Macvlan, Veth, Vlan, Vxlan
from ipwrap.models import Route


def main(session: Session) -> None:
    """Say everything wrongly."""
    Bridge(forward_dealy=200)  # E: call-arg
    Bridge(forward_delay="2 s")  # E: arg-type
    Bridge(vlan_protocol="802.1x")  # E: arg-type
    Veth("v1")  # E: call-arg
    Vlan(id="7")  # E: arg-type
    Vxlan(df=True)  # E: arg-type
    Macvlan(mode="bridged")  # E: arg-type
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
    print(links)
