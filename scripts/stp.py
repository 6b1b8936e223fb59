"""Three switches in a ring: the spanning tree blocks one cable, and takes it when another fails.

       s1
      /  \\
    s2 -- s3
    |      |
    left   right

Run it: ipwrap run scripts/stp.py
"""

from ipwrap import Session, until
from ipwrap.kinds import Bridge, Veth

# Lower priorities win: s1 is the root of the tree, and s3 blocks its port to s2.
PRIORITIES = {"s1": 4096, "s2": 8192, "s3": 12288}
RING = (("s1", "s2"), ("s1", "s3"), ("s2", "s3"))
HOSTS = (("left", "s2", "10.0.0.1"), ("right", "s3", "10.0.0.2"))
PING = ("ping", "-q", "-c", "1", "-W", "5", "10.0.0.2")


def main(session: Session) -> None:
    """Build the ring, wait for the tree, cut a cable, and wait for the new tree."""
    session.note("Three switches. A port forwards 2 + 2 seconds after it came up, the least.")
    for name, priority in PRIORITIES.items():
        session.ip.netns.add(name)
        tree = Bridge(stp_state=1, priority=priority, forward_delay=200, hello_time=100)
        session.netns(name).ip.link.add("br0", tree, up=True)

    session.note("The ring, and a host at each of two switches.")
    for near, far in RING:
        add_cable(session, near, far)
    for name, near, address in HOSTS:
        session.ip.netns.add(name)
        cable = Veth(peer="eth0", peer_netns=name)
        session.netns(near).ip.link.add(f"to-{name}", cable, master="br0", up=True)
        host = session.netns(name)
        host.ip.address.add(f"{address}/24", dev="eth0")
        host.ip.link.set("eth0", up=True)

    session.note("Every port of the tree forwards; the one that would close the ring blocks.")
    s2, s3, left = session.netns("s2"), session.netns("s3"), session.netns("left")
    for switch, port in ((s2, "to-s1"), (s2, "to-left"), (s3, "to-s1"), (s3, "to-right")):
        switch.wait_for(until.port_state(port, "forwarding"), timeout=60)
    s3.wait_for(until.port_state("to-s2", "blocking"), timeout=60)
    left.exec(*PING)
    print("left reaches right by s1")

    session.note("The cable from s1 to s3 is cut. The blocked port takes over.")
    s3.ip.link.set("to-s1", up=False)
    s3.wait_for(until.port_state("to-s2", "forwarding"), timeout=60)

    session.note("The switches are told of it, and forget a moment later who was where.")
    left.wait_for(until.succeeds(*PING), timeout=60)
    left.exec(*PING)
    print("left reaches right by the cable from s2 to s3")


def add_cable(session: Session, near: str, far: str) -> None:
    """Join two switches. The ends of a cable are named after the other end."""
    cable = Veth(peer=f"to-{near}", peer_netns=far)
    session.netns(near).ip.link.add(f"to-{far}", cable, master="br0", up=True)
    session.netns(far).ip.link.set(f"to-{near}", master="br0", up=True)
