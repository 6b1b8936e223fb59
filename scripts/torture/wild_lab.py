"""A session that changes a host at random, and then kills itself: `wild_lab.py SEED [RECORDING]`.

The changes create objects, and alter, move, rename and delete objects of the host in use.
"""

import contextlib
import os
import random
import signal
import sys
from collections.abc import Callable
from typing import Any

from ipwrap import IpwrapError, Session
from ipwrap.kinds import Bridge, LinkKind, Macvlan, Veth, Vxlan

MOST_STEPS = 14
Step = Callable[[Session, random.Random, int], object]


def add_bridge(session: Session, random_source: random.Random, number: int) -> None:
    """Add a bridge with an address."""
    name = f"lab{number}"
    session.ip.link.add(name, Bridge(), up=random_source.random() < 0.7)
    session.ip.address.add(f"10.{number}.0.1/24", dev=name)


def add_pod(session: Session, _: random.Random, number: int) -> None:
    """Add a namespace with a link to a bridge of the host."""
    netns = f"pod{number}"
    session.ip.netns.add(netns)

    pair = Veth(peer="eth0", peer_netns=netns)
    session.ip.link.add(f"pod{number}h", pair, master="br0", up=True)

    pod = session.netns(netns)
    with session.batch():
        pod.ip.address.add(f"192.168.7.{100 + number}/24", dev="eth0")
        pod.ip.link.set("eth0", up=True)
        pod.ip.route.add("default", via="192.168.7.1")


def add_upper_link(session: Session, random_source: random.Random, number: int) -> None:
    """Add a link on a link of the host."""
    kinds: tuple[LinkKind, ...] = (Macvlan(mode="bridge"), Vxlan(id=100 + number, dstport=4789))
    kind = random_source.choice(kinds)
    session.ip.link.add(f"upper{number}", kind, link="uplink", up=True)


def alter_link(session: Session, random_source: random.Random, number: int) -> None:
    """Alter options of a link of the host."""
    link = random_source.choice(("nic0", "uplink", "br0", "work0"))
    options: tuple[dict[str, Any], ...] = (
        {"mtu": 1300},
        {"up": False},
        {"address": f"02:00:00:00:99:{number:02x}"},
        {"txqueuelen": 77},
        {"alias": f"altered by {number}"},
        {"nomaster": True},
    )
    session.ip.link.set(link, **random_source.choice(options))


def move_link(session: Session, random_source: random.Random, number: int) -> None:
    """Move a link of the host into a namespace, perhaps with another name."""
    netns = f"away{number}"
    session.ip.netns.add(netns)

    name = random_source.choice(("nic0", "eth7"))
    session.ip.link.set("nic0", up=False)
    session.ip.link.set("nic0", name=name, netns=netns)

    away = session.netns(netns)
    away.ip.link.set(name, up=True)
    away.ip.address.add(f"10.99.{number}.1/24", dev=name)


def rename_link(session: Session, _: random.Random, number: int) -> None:
    """Rename a link of the host."""
    session.ip.link.set("uplink", up=False)
    session.ip.link.set("uplink", name=f"renamed{number}")


def alter_addresses(session: Session, random_source: random.Random, number: int) -> None:
    """Add an address, or delete one of the host's."""
    if random_source.random() < 0.5:
        session.ip.address.add(f"192.168.7.{number + 1}/24", dev="br0")
    else:
        session.ip.address.delete("192.168.7.1/24", dev="br0")


def alter_routes(session: Session, random_source: random.Random, number: int) -> None:
    """Add a route, replace the default route, or delete a route of the host."""
    choice = random_source.randrange(4)
    if choice == 0:
        session.ip.route.add(f"203.0.113.{number}/32", via="192.168.7.254")
    elif choice == 1:
        session.ip.route.replace("default", via="192.168.7.253")
    elif choice == 2:
        session.ip.route.delete("198.51.100.0/24")
    else:
        session.ip.rule.add(from_=f"192.0.2.{number}", table=78, priority=2000 + number)


def delete_object(session: Session, random_source: random.Random, _: int) -> None:
    """Delete a neighbour, a rule or an alternative name of the host."""
    choice = random_source.randrange(3)
    if choice == 0:
        session.ip.neigh.delete("192.168.7.9", dev="br0")
    elif choice == 1:
        session.ip.rule.delete(priority=1007)
    else:
        session.ip.link.property_del("nic0", "enp7s0")


STEPS: tuple[Step, ...] = (
    *(add_bridge, add_pod, add_upper_link, alter_link, alter_link, move_link),
    *(rename_link, alter_addresses, alter_routes, delete_object),
)


def main() -> None:
    """Run steps, and die by SIGKILL in the middle of the last."""
    seed = int(sys.argv[1])
    record = sys.argv[2] if len(sys.argv) > 2 else None
    random_source = random.Random(seed)

    session = Session(record=record)
    session.open()

    for number in range(1, random_source.randint(1, MOST_STEPS) + 1):
        step = random_source.choice(STEPS)
        # A step may need a link that an earlier step moved away.
        with contextlib.suppress(IpwrapError):
            step(session, random_source, number)

    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
