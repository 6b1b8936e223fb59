"""Three segments in a row, two routers between them, static routes: the far ends reach each other.

    left --- r1 --- r2 --- right

Run it: ipwrap run scripts/router.py
"""

from ipwrap import Session
from ipwrap.kinds import Veth

# Each cable: who is at its ends, and with which addresses.
CABLES = (
    ("left", "10.1.0.2/24", "r1", "10.1.0.1/24"),
    ("r1", "10.2.0.1/24", "r2", "10.2.0.2/24"),
    ("r2", "10.3.0.1/24", "right", "10.3.0.2/24"),
)
ROUTES = {
    "left": (("default", "10.1.0.1"),),
    "r1": (("10.3.0.0/24", "10.2.0.2"),),
    "r2": (("10.1.0.0/24", "10.2.0.1"),),
    "right": (("default", "10.3.0.1"),),
}


def main(session: Session) -> None:
    """Build the network, and ask from one end to the other which way packets go."""
    session.note("Two hosts and two routers, each a namespace. A router is one that forwards.")
    for name in ROUTES:
        session.ip.netns.add(name)
        session.netns(name).ip.link.set("lo", up=True)
    for router in ("r1", "r2"):
        session.netns(router).exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")

    session.note("A cable is named after the other end.")
    for near, near_ip, far, far_ip in CABLES:
        session.ip.link.add(f"to-{far}", Veth(peer=f"to-{near}", peer_netns=far), netns=near)
        for name, dev, address in ((near, f"to-{far}", near_ip), (far, f"to-{near}", far_ip)):
            session.netns(name).ip.address.add(address, dev=dev)
            session.netns(name).ip.link.set(dev, up=True)

    session.note(
        "Nobody learns routes by himself here: each is told the way to what is not next to him."
    )
    for name, routes in ROUTES.items():
        for dst, via in routes:
            session.netns(name).ip.route.add(dst, via=via)

    session.note(
        "From one end to the other: each of the two routers on the way takes one from the time to "
        "live of 64."
    )
    ping = session.netns("left").exec("ping", "-c", "1", "-W", "2", "10.3.0.2")
    ttl = next(word for word in ping.stdout.split() if word.startswith("ttl="))
    way = session.netns("r1").ip.route.get("10.3.0.2")
    print(f"left reaches 10.3.0.2 with {ttl}; r1 sends it by {way.dev} to {way.gateway}")
