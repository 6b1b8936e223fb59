"""Two customers behind one router, with the same addresses: a VRF each keeps their routes apart.

    red1 --+             +-- red2
           +-- router ---+
    blue1 -+             +-- blue2

Needs a kernel with VRF. Run it: ipwrap run scripts/vrf.py
"""

from ipwrap import Session
from ipwrap.kinds import Veth, Vrf

TABLES = {"red": 10, "blue": 20}
SITES = {"1": ("10.1.0.2/24", "10.1.0.1"), "2": ("10.2.0.2/24", "10.2.0.1")}


def main(session: Session) -> None:
    """Build a router with two VRFs, and show that each customer reaches his own other site."""
    session.note(
        "One router. Each customer has a VRF there: a link whose ports look routes up in a table "
        "of its own."
    )
    session.ip.netns.add("router")
    router = session.netns("router")
    router.exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
    for customer, table in TABLES.items():
        router.ip.link.add(customer, Vrf(table=table), up=True)

    session.note("Two sites each, with the same addresses for both customers.")
    for customer in TABLES:
        for site, (address, gateway) in SITES.items():
            add_site(session, f"{customer}{site}", customer, address, gateway)

    session.note(
        "Each reaches his own other site. Two routes to 10.2.0.0/24 are there, and neither hides "
        "the other."
    )
    for customer, table in TABLES.items():
        session.netns(f"{customer}1").exec("ping", "-c", "1", "-W", "5", "10.2.0.2")
        (way,) = router.ip.route.show("10.2.0.0/24", table=table)
        print(f"{customer}1 reaches 10.2.0.2, by {way.dev}")


def add_site(session: Session, name: str, customer: str, address: str, gateway: str) -> None:
    """Add a customer's host with a cable to the router, whose end is a port of the customer's
    VRF.
    """
    session.ip.netns.add(name)
    session.ip.link.add(name, Veth(peer="eth0", peer_netns=name), netns="router")
    router, host = session.netns("router"), session.netns(name)
    router.ip.link.set(name, master=customer, up=True)
    router.ip.address.add(f"{gateway}/24", dev=name)
    host.ip.address.add(address, dev="eth0")
    host.ip.link.set("eth0", up=True)
    host.ip.route.add("default", via=gateway)
