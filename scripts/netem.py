"""A link across the world: 40 ms there, 40 ms back, and now and then a packet is lost.

    near --- far

Needs a kernel with netem (CONFIG_NET_SCH_NETEM).
Run it: ipwrap run scripts/netem.py
"""

from ipwrap import Session
from ipwrap.kinds import Veth
from ipwrap.qdiscs import Netem


def main(session: Session) -> None:
    """Lay the cable, make it slow, and ask with ping what a packet meets on it."""
    session.note("Two hosts, each a namespace, and a cable between them.")
    for name in ("near", "far"):
        session.ip.netns.add(name)
    session.ip.link.add("wan", Veth(peer="wan", peer_netns="far"), netns="near")
    for number, name in enumerate(("near", "far"), start=1):
        session.netns(name).ip.address.add(f"10.0.0.{number}/24", dev="wan")
        session.netns(name).ip.link.set("wan", up=True)
    print(f"a cable in a room:    {ping(session)}")

    session.note("Each end keeps what it sends for 40 ms, so that there and back takes 80 ms.")
    for name in ("near", "far"):
        session.netns(name).tc.qdisc.add("wan", Netem(delay="40ms", rate="10mbit"), handle="1:")
    print(f"across the world:     {ping(session)}")

    session.note(
        "Now about every fifth packet on the way there is lost; iproute2 6.6 could make it the "
        "same ones with a seed."
    )
    session.netns("near").tc.qdisc.change("wan", Netem(delay="40ms", rate="10mbit", loss=20))
    print(f"by a bad connection:  {ping(session, count=50)}")

    session.note("What the kernel has counted.")
    for name in ("near", "far"):
        (qdisc,) = session.netns(name).tc.qdisc.show("wan", stats=True)
        print(f"{name:4} has sent {qdisc.packets} packets and lost {qdisc.drops}")


def ping(session: Session, count: int = 5) -> str:
    """Return how many packets were answered, and after how long."""
    done = session.netns("near").exec(
        "ping",
        "-q",
        "-c",
        str(count),
        "-i",
        "0.01",
        "-W",
        "1",
        "10.0.0.2",
        check=False,
        changes=False,
    )
    answered, times = done.stdout.splitlines()[-2:] if "rtt" in done.stdout else ("no answer", "")
    return f"{answered.partition(', time')[0]}; {times}"
