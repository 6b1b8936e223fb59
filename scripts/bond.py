"""Two cables bonded into one link: when one is pulled, the other takes over.

Needs a kernel with bonding. Run it: ipwrap run scripts/bond.py
"""

from ipwrap import Session
from ipwrap.kinds import Bond, Veth

ADDRESSES = {"one": "10.0.0.1/24", "other": "10.0.0.2/24"}


def main(session: Session) -> None:
    """Bond two cables at both ends, pull one, and show that the ends still reach each other."""
    session.note("Two hosts and two cables between them.")
    for name in ADDRESSES:
        session.ip.netns.add(name)
    for cable in ("a", "b"):
        session.ip.link.add(cable, Veth(peer=cable, peer_netns="other"), netns="one")

    session.note(
        "At each end a bond with both cables as its ports. One is active; the carrier is looked "
        "at each 100 ms."
    )
    for name, address in ADDRESSES.items():
        host = session.netns(name)
        host.ip.link.add("bond0", Bond(mode="active-backup", miimon=100))
        for cable in ("a", "b"):
            host.ip.link.set(cable, master="bond0")
        host.ip.address.add(address, dev="bond0")
        host.ip.link.set("bond0", up=True)

    host = session.netns("one")
    host.exec("ping", "-q", "-c", "5", "-i", "0.2", "-W", "5", "10.0.0.2")
    before = active(session)

    session.note("The active cable is pulled. The other takes over.")
    host.ip.link.set(before, up=False)
    host.exec("ping", "-q", "-c", "5", "-i", "0.2", "-W", "5", "10.0.0.2")
    print(f"{before} was active; it was pulled, and now {active(session)} is")


def active(session: Session) -> str:
    """Return which cable the bond uses."""
    (bond,) = session.netns("one").ip.link.show("bond0")
    if not isinstance(bond.kind, Bond) or bond.kind.active_slave is None:
        raise RuntimeError("the bond has no active port")
    return bond.kind.active_slave
