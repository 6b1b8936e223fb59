"""Two namespaces on a bridge, the switch in the kernel.

Run it: ipwrap run scripts/bridge.py
"""

from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

HOSTS = {"red": "192.168.15.1/24", "blue": "192.168.15.2/24"}


def main(session: Session) -> None:
    """Plug two namespaces into one bridge."""
    session.note("A bridge is a switch: every link whose master it is, is a port.")
    session.ip.link.add("br0", Bridge(), up=True)

    session.note(
        "For each namespace a cable: one end inside, called eth0, the other a port of the bridge."
    )
    for name, address in HOSTS.items():
        session.ip.netns.add(name)
        session.ip.link.add(f"to-{name}", Veth(peer="eth0", peer_netns=name), master="br0", up=True)
        host = session.netns(name)
        host.ip.address.add(address, dev="eth0")
        host.ip.link.set("eth0", up=True)

    session.note(
        "Red reaches blue through the bridge, which has learned behind which port each of them is."
    )
    ping = session.netns("red").exec("ping", "-c", "1", "-W", "2", "192.168.15.2")
    print(ping.stdout.splitlines()[1])
    for port in session.bridge.link.show():
        learned = [entry.mac for entry in session.bridge.fdb.show(brport=port.ifname, dynamic=True)]
        print(
            f"port {port.ifname} of {port.master}: {port.state}, learned "
            f"{', '.join(map(str, learned)) or 'nothing'}"
        )
