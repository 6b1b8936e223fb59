"""Two network namespaces: the list, and the links that the host and each namespace see.

Run it: ipwrap run scripts/netns.py
"""

from ipwrap import Session
from ipwrap.models import Link

MADE = """\
A network namespace is a network of its own: it has its own links, addresses, routes and ports.
What runs in a pod sees the one that it was put into, and nothing else.
`ip netns add` makes one, `ip netns list` names them all. Here are two, red and blue."""
HOST = """\
`ip link show` lists the links of the namespace that one is in. Out here these are the host's
(this ran in a sandbox, where the host has none but its loopback)."""
INSIDE = """\
`ip netns exec red` runs a program inside red, and the same question is answered from there.
A new namespace has nothing but a loopback of its own, and that is down."""
SHORT = (
    "For ip itself there is a shorter way, `ip -n`. What red has, blue has too, and they are "
    "two different things."
)
UP = (
    "The loopback of red is set up. The one of blue stays down: what is done in one is not done "
    "in the other."
)


def main(session: Session) -> None:
    """Make two namespaces and look at what is in them."""
    session.note(MADE)
    for name in ("red", "blue"):
        session.ip.netns.add(name)
    print("namespaces:", ", ".join(sorted(netns.name for netns in session.ip.netns.list())))

    session.note(HOST)
    print("links here:   ", names(session.ip.link.show()))

    session.note(INSIDE)
    print(
        session.exec("ip", "netns", "exec", "red", "ip", "link", "show", changes=False).stdout,
        end="",
    )

    session.note(SHORT)
    for name in ("red", "blue"):
        print(f"links in {name}:", names(session.netns(name).ip.link.show()))

    session.note(UP)
    session.netns("red").ip.link.set("lo", up=True)
    for name in ("red", "blue"):
        (lo,) = session.netns(name).ip.link.show("lo")
        print(f"lo of {name} is", "up" if lo.up else "down")


def names(links: list[Link]) -> str:
    """Return the names of links, for people."""
    return ", ".join(link.ifname for link in links)
