"""Three routers and two ways of equal cost: connections are spread over both, and move to one.

              +--- r2 ---+
    left --- r1          right
              +--- r3 ---+

Run it: ipwrap run scripts/ecmp.py
"""

from ipwrap import Session, until
from ipwrap.ip.route import NextHop

# Each cable: its two ends, named after the other end, with their addresses.
CABLES = {
    ("left:to-r1", "r1:to-left"): ("10.1.0.2/24", "10.1.0.1/24"),
    ("r1:to-r2", "r2:to-r1"): ("10.12.0.1/24", "10.12.0.2/24"),
    ("r1:to-r3", "r3:to-r1"): ("10.13.0.1/24", "10.13.0.3/24"),
    ("r2:to-right", "right:to-r2"): ("10.24.0.2/24", "10.24.0.4/24"),
    ("r3:to-right", "right:to-r3"): ("10.34.0.3/24", "10.34.0.4/24"),
}
SERVICE = "10.9.0.1"  # an address of right that is on neither cable
ASK_WAYS = f"""\
for port in $(seq 40000 40031); do
  ip route get {SERVICE} from 10.1.0.2 iif to-left ipproto tcp sport $port dport 80
done | grep -o "dev to-r[23]" | sort -u
"""


def main(session: Session) -> None:
    """Build the two ways, look which connections take which, and lose one."""
    add_cables(session)
    add_routes(session)
    left, right, r1 = (session.netns(name) for name in ("left", "right", "r1"))

    session.note(
        "By default the way depends on the addresses only. With the ports as well (policy 1), the "
        "connections between the same two hosts are spread."
    )
    r1.sysctl.set("net.ipv4.fib_multipath_hash_policy", 1)
    left.exec("ping", "-c", "1", "-W", "2", SERVICE)
    print(f"connections take {used_ways(session)}")

    session.note(
        "r3 fails: its cables lose their carrier. Both neighbours are told to use no next hop on a "
        "link without carrier."
    )
    for neighbour in (r1, right):
        neighbour.sysctl.set("net.ipv4.conf.all.ignore_routes_with_linkdown", 1)
    for dev in ("to-r1", "to-right"):
        session.netns("r3").ip.link.set(dev, up=False)
    for neighbour in (r1, right):
        neighbour.wait_for(until.link("to-r3", carrier=False))
    left.exec("ping", "-c", "1", "-W", "2", SERVICE)
    print(f"without r3 they take {used_ways(session)}")


def add_cables(session: Session) -> None:
    """Add the hosts, the routers and the cables."""
    session.note("Two hosts and three routers. A router is a namespace that forwards.")
    for name in ("left", "right", "r1", "r2", "r3"):
        session.ip.netns.add(name)
        session.netns(name).ip.link.set("lo", up=True)
    for (near, far), addresses in CABLES.items():
        session.cable(near, far, addresses=addresses)
    for name in ("r1", "r2", "r3"):
        session.netns(name).sysctl.set("net.ipv4.ip_forward", 1)


def add_routes(session: Session) -> None:
    """Add the address of the service, the routes to it, and those back."""
    session.note("The service has an address of its own, which both ways lead to.")
    left, right, r1 = (session.netns(name) for name in ("left", "right", "r1"))
    right.ip.address.add(f"{SERVICE}/32", dev="lo")
    left.ip.route.add("default", via="10.1.0.1")
    for router, hop in (("r2", "10.24.0.4"), ("r3", "10.34.0.4")):
        session.netns(router).ip.route.add(SERVICE, via=hop)

    session.note("r1 has one route with two next hops, and r2 and r3 know the way back to left.")
    r1.ip.route.add(SERVICE, nexthops=[NextHop(via="10.12.0.2"), NextHop(via="10.13.0.3")])
    for router, hop in (("r2", "10.12.0.1"), ("r3", "10.13.0.1")):
        session.netns(router).ip.route.add("10.1.0.0/24", via=hop)
    right.ip.route.add("10.1.0.0/24", nexthops=[NextHop(via="10.24.0.2"), NextHop(via="10.34.0.3")])


def used_ways(session: Session) -> str:
    """Return the links by which r1 sends connections from left to the service."""
    ways = session.netns("r1").exec("sh", "-c", ASK_WAYS).stdout
    return " and ".join(ways.replace("dev ", "").split())
