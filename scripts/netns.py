"""Two network namespaces: the list, and the links that the host and each namespace see.

Run it: ipwrap run scripts/netns.py
"""

from ipwrap import Session
from ipwrap.models import Link


def main(session: Session) -> None:
    """Make two namespaces and look at what is in them."""
    session.note("Two network namespaces, red and blue.")
    for name in ("red", "blue"):
        session.ip.netns.add(name)
    print("namespaces:", ", ".join(sorted(each.name for each in session.ip.netns.list())))

    session.note("The first namespace has its own links; a new one has only lo, and that is down.")
    print("links here:   ", names(session.ip.link.show()))
    for name in ("red", "blue"):
        print(f"links in {name}:", names(session.netns(name).ip.link.show()))

    session.note("The same, as any program sees it from inside.")
    print(session.netns("red").exec("ip", "-br", "link", "show", changes=False).stdout, end="")

    session.note("lo of red is set up; lo of blue stays as it is.")
    session.netns("red").ip.link.set("lo", up=True)
    for name in ("red", "blue"):
        (lo,) = session.netns(name).ip.link.show("lo")
        print(f"lo of {name} is", "up" if lo.up else "down")


def names(links: list[Link]) -> str:
    """Return the names of links, for people."""
    return ", ".join(link.ifname for link in links)
