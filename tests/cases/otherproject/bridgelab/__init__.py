"""Hosts on a bridge: what a small project does with ipwrap."""

import os

from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

__all__ = ["addresses", "build", "reaches"]

MTU = int(os.environ.get("BRIDGELAB_MTU", "1500"))


def build(session: Session, *names: str, mtu: int = MTU) -> None:
    """Build a bridge with a host of each name; the first has 10.7.0.1."""
    session.ip.link.add("br0", Bridge(), up=True)
    for number, name in enumerate(names, start=1):
        session.ip.netns.add(name)
        session.ip.link.add(
            f"to-{name}", Veth(peer="eth0", peer_netns=name), master="br0", mtu=mtu, up=True
        )
        host = session.netns(name)
        host.ip.address.add(f"10.7.0.{number}/24", dev="eth0")
        host.ip.link.set("eth0", up=True)


def addresses(session: Session) -> dict[str, list[str | None]]:
    """Return the IPv4 addresses of every host."""
    found = {
        each.name: session.netns(each.name).ip.address.show("eth0")
        for each in session.ip.netns.list()
    }
    return {
        name: [
            address.local
            for link in links
            for address in link.addr_info
            if address.family == "inet"
        ]
        for name, links in sorted(found.items())
    }


def reaches(session: Session, name: str, address: str) -> bool:
    """Tell whether a host reaches an address."""
    return (
        session.netns(name)
        .exec("ping", "-c", "1", "-W", "2", address, check=False, changes=False)
        .ok
    )
