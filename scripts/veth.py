"""A veth pair across two namespaces, an address on each end, and a ping through it.

Run it: ipwrap run scripts/veth.py
"""

from ipwrap import Session
from ipwrap.kinds import Veth

ENDS = {"red": "192.168.15.1/24", "blue": "192.168.15.2/24"}


def main(session: Session) -> None:
    """Tie two namespaces together with a virtual cable."""
    session.note("A veth pair is a cable with two ends. One goes into red, the other into blue.")
    for name in ENDS:
        session.ip.netns.add(name)
    session.ip.link.add("veth-red", Veth(peer="veth-blue", peer_netns="blue"), netns="red")

    session.note("Each end gets an address and is set up.")
    for name, address in ENDS.items():
        end = session.netns(name)
        end.ip.address.add(address, dev=f"veth-{name}")
        end.ip.link.set(f"veth-{name}", up=True)

    session.note("Red reaches blue, and has learned where blue is.")
    ping = session.netns("red").exec("ping", "-c", "1", "-W", "2", "192.168.15.2")
    print(ping.stdout.splitlines()[1])
    for neigh in session.netns("red").ip.neigh.show(family="inet"):
        print(f"red knows {neigh.dst} at {neigh.lladdr} on {neigh.dev}")
