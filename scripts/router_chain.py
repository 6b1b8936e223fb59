"""N routers in a row with static routes, and the way through them, hop by hop.

    left --- r1 --- r2 --- … --- right

A packet that has used up its time to live (TTL) is dropped by the router that it has reached, and
the router says so to the sender: that is how traceroute finds the way.

Run it: ipwrap run scripts/router_chain.py --routers 4
"""

import argparse
from itertools import pairwise

from ipwrap import Session

# Ping the target with a time to live of 1, 2, …; the answers have to come from these hops.
TRACE = """\
target=$1 ttl=0; shift
for hop; do
  ttl=$((ttl + 1))
  ping -n -c 1 -W 5 -t "$ttl" "$target" | grep -q "[Ff]rom $hop[: ]" || exit 1
  echo "$ttl $hop"
done
"""


def main(session: Session, argv: list[str] | None = None) -> None:
    """Build the chain, and trace the way from each end to the other."""
    number = arguments(argv).routers
    names = ["left", *(f"r{n}" for n in range(1, number + 1)), "right"]

    session.note(
        f"Two hosts and {number} routers between them. A router is a namespace that forwards."
    )
    for name in names:
        session.ip.netns.add(name)
    for router in names[1:-1]:
        session.netns(router).sysctl.set("net.ipv4.ip_forward", 1)

    session.note("The cables: the first one is 10.0.0.0/24, and each next one has the next subnet.")
    for n, (near, far) in enumerate(pairwise(names)):
        ends = (f"{near}:to-{far}", f"{far}:to-{near}")
        session.cable(*ends, addresses=(f"10.0.{n}.1/24", f"10.0.{n}.2/24"))

    session.note(
        "Static routes: the default route leads to the right, and what is on the left is behind "
        "the router before. right is the end, and has the left as its default."
    )
    for n, name in enumerate(names[:-1]):
        session.netns(name).ip.route.add("default", via=f"10.0.{n}.2")
    for n, name in enumerate(names[2:-1], start=1):
        session.netns(name).ip.route.add("10.0.0.0/24", via=f"10.0.{n}.1")
    session.netns("right").ip.route.add("default", via=f"10.0.{number}.1")

    session.note("From left to right, each router answers with its address on the left.")
    trace(session, "left", [f"10.0.{n}.2" for n in range(number + 1)])

    session.note("From right to left, with its address on the right.")
    trace(session, "right", [f"10.0.{n}.1" for n in range(number, -1, -1)])


def trace(session: Session, name: str, hops: list[str]) -> None:
    """Trace the way from a host to the last of these hops."""
    session.netns(name).exec("sh", "-c", TRACE, "trace", hops[-1], *hops)
    print(f"{name} reaches {hops[-1]} by {', '.join(hops[:-1])}")


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routers", type=int, default=4, help="how many (default: 4)")
    given = parser.parse_args(argv or [])
    if not 1 <= given.routers <= 50:
        parser.error("--routers: give a number from 1 to 50: packets start with 64 hops to live")
    return given
