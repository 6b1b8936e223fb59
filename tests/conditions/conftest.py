"""A sandbox with links, addresses, ports, neighbours, sockets and processes to look at."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ipwrap import PlaceError, Session, until
from ipwrap.kinds import Bridge, Veth
from tests.conditions.agreement import POD, Lab
from tests.waiting import until as wait_until

SERVER = """
import socket, sys, time
sockets = []
for family, kind, host, port in (
    (socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", 8000),
    (socket.AF_INET6, socket.SOCK_STREAM, "::1", 8001),
    (socket.AF_INET, socket.SOCK_DGRAM, "0.0.0.0", 8002),
    (socket.AF_INET, socket.SOCK_STREAM, "0.0.0.0", 8003),
):
    server = socket.socket(family, kind)
    server.bind((host, port))
    if kind == socket.SOCK_STREAM:
        server.listen()
    sockets.append(server)
print("ready on port 8000 (it's $HOME [x] {y} <z>)", flush=True)
print("an error", file=sys.stderr, flush=True)
time.sleep(1000)
"""


@pytest.fixture(scope="package")
def lab() -> Iterator[Lab]:
    """Namespaces with odd names, and objects in every state that a condition knows."""
    try:
        session = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox on this machine: {error}")

    with session:
        build_links(session)
        build_neighbours(session)

        server = session.netns(POD).spawn(
            sys.executable, "-c", SERVER, name="web", ready=until.listening(8003)
        )
        assert wait_until(lambda: "an error" in server.stderr)
        yield Lab(session)


def build_links(session: Session) -> None:
    """Make links and addresses, and wait until duplicate address detection has ended."""
    pod = session.netns(POD)
    session.ip.netns.add(POD)

    session.ip.link.add("v0", Veth(peer="it's", peer_netns=POD))
    session.ip.link.set("v0", up=True)
    pod.ip.link.set("it's", up=True)
    pod.ip.link.set("lo", up=True)
    pod.ip.address.add("10.0.0.1/24", dev="it's")
    pod.ip.address.add("2001:db8::1/64", dev="it's")

    # A link without a carrier keeps its addresses tentative.
    pod.ip.link.add("a.b", Veth(peer="down0"))
    pod.ip.link.set("a.b", up=True)
    pod.ip.link.set("a.b", alias="x\\ state UP <LOWER_UP> mode")
    pod.ip.address.add("2001:db8:1::1/64", dev="a.b")

    # The name of another link, and an index that is no name.
    pod.ip.link.add("if77", Veth(peer="peer77"))
    pod.ip.link.set("if77", up=True)
    pod.ip.link.set("peer77", up=True)
    pod.ip.link.property_add("if77", "an-alternative-name")

    pod.ip.link.add("br0", Bridge(stp_state=0))
    for name in ("p0", "p1"):
        pod.ip.link.add(name, Veth(peer=f"peer-{name}"))
        pod.ip.link.set(name, master="br0")
    for name in ("br0", "p0", "peer-p0"):
        pod.ip.link.set(name, up=True)

    assert wait_until(lambda: is_settled(session))


def is_settled(session: Session) -> bool:
    """Return whether the address of the link with a carrier is past the detection."""
    links: Any = session.exec(
        "ip", "-n", POD, "-j", "address", "show", "dev", "it's", "tentative", changes=False
    ).json()
    return not any(address for link in links for address in link.get("addr_info", ()))


def build_neighbours(session: Session) -> None:
    """Make entries of the neighbour table.

    From 128 entries of all namespaces on, the kernel removes failed ones, but for those that are
    learned externally: neigh_periodic_work() in net/core/neighbour.c.
    """
    for to, arguments in (
        ("10.0.0.2", "lladdr 02:00:00:00:00:0a nud permanent"),
        ("10.0.0.3", "lladdr 02:00:00:00:00:0b nud reachable"),
        ("10.0.0.4", "extern_learn nud failed"),
        ("2001:db8::2", "lladdr 02:00:00:00:00:0c nud noarp router"),
    ):
        argv = ("ip", "-n", POD, "neigh", "add", to, "dev", "it's", *arguments.split())
        session.exec(*argv)
