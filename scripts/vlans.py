"""One bridge, two VLANs: access ports for hosts, a trunk to a second bridge.

Hosts meet only those of their VLAN.

    red1, blue1 --- left ==trunk== right --- red2, blue2

Needs a kernel with CONFIG_BRIDGE_VLAN_FILTERING. Run it: ipwrap run scripts/vlans.py
"""

from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

VLANS = {"red": 10, "blue": 20}
HOSTS = {"red1": ("left", "10.0.0.1/24"), "blue1": ("left", "10.0.0.2/24")}
HOSTS |= {"red2": ("right", "10.0.0.3/24"), "blue2": ("right", "10.0.0.4/24")}


def main(session: Session) -> None:
    """Build two switches that keep VLANs apart, and show who reaches whom."""
    session.note(
        "Two switches that know VLANs. No port is in any VLAN of itself: vlan_default_pvid is 0."
    )
    for switch in ("left", "right"):
        session.ip.link.add(switch, Bridge(vlan_filtering=True, vlan_default_pvid=0), up=True)

    session.note("The trunk carries both VLANs, each frame with its tag.")
    session.ip.link.add("trunk-l", Veth(peer="trunk-r"))
    for end, switch in (("trunk-l", "left"), ("trunk-r", "right")):
        session.ip.link.set(end, master=switch, up=True)
        for vlan in VLANS.values():
            session.bridge.vlan.add(vlan, dev=end)

    session.note("An access port is in one VLAN, and its host sees no tag.")
    for name, (switch, address) in HOSTS.items():
        session.ip.netns.add(name)
        session.ip.link.add(name, Veth(peer="eth0", peer_netns=name), master=switch, up=True)
        session.bridge.vlan.add(VLANS[name[:-1]], dev=name, pvid=True, untagged=True)
        session.netns(name).ip.address.add(address, dev="eth0")
        session.netns(name).ip.link.set("eth0", up=True)

    session.note(
        "Red reaches red, over the trunk; blue it does not reach, though both have addresses of "
        "one network."
    )
    red1 = session.netns("red1")
    red1.exec("ping", "-c", "1", "-W", "5", "10.0.0.3")
    blue = red1.exec("ping", "-c", "1", "-W", "1", "10.0.0.4", check=False)
    for port in session.bridge.vlan.show():
        print(
            port.ifname, *(f"{vlan.vlan}{' untagged' if vlan.flags else ''}" for vlan in port.vlans)
        )
    print(
        "red1 reaches red2, and blue2", "too: the VLANs leak" if blue.ok else "does not answer it"
    )
