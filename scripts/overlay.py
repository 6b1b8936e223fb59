"""A VXLAN overlay of two nodes: pods on both share one subnet, though only the nodes are joined.

    a1, a2 --- br0, vxlan10 (node1) === 192.0.2.0/24 === (node2) vxlan10, br0 --- b1, b2

Each node puts the frames of its pods for the other node into UDP packets to port 4789 (RFC 7348).

Run it: ipwrap run scripts/overlay.py
"""

from ipwrap import Session
from ipwrap.kinds import Bridge, Vxlan

NODES = {"node1": "192.0.2.1", "node2": "192.0.2.2"}
PODS = {"node1": "a", "node2": "b"}
SUBNET = "10.1.0.0/24"
MTU = 1450  # 50 bytes of each packet are the outer headers


def main(session: Session) -> None:
    """Build the overlay, and ping a pod of the other node."""
    session.note("The underlay: two nodes, and a cable between them.")
    for node in NODES:
        session.ip.netns.add(node)
    session.cable(
        "node1:eth0",
        "node2:eth0",
        addresses=[f"{address}/24" for address in NODES.values()],
    )

    session.note("On each node a bridge with pods. All addresses are of one subnet.")
    for number, (node, letter) in enumerate(PODS.items()):
        session.netns(node).ip.link.add("br0", Bridge(), mtu=MTU, up=True)
        session.pods(
            2,
            bridge=f"{node}:br0",
            subnet=SUBNET,
            gateway=False,
            names=[f"{letter}1", f"{letter}2"],
            start=1 + 2 * number,
            mtu=MTU,
        )

    session.note(
        "The tunnel is one more port of each bridge. Frames for pods that are not known yet go to "
        "the other node; from the answers a bridge and a tunnel learn who lives where."
    )
    for node, local in NODES.items():
        (remote,) = set(NODES.values()) - {local}
        tunnel = Vxlan(id=10, local=local, remote=remote, dstport=4789)
        session.netns(node).ip.link.add("vxlan10", tunnel, mtu=MTU, master="br0", up=True)

    session.note("A pod reaches one on the other node as if both were on one switch.")
    ping = session.netns("a1").exec("ping", "-c", "3", "-i", "0.2", "-W", "2", "10.1.0.4")
    replies = ping.stdout.count("bytes from 10.1.0.4")
    learned = session.netns("node1").bridge.fdb.show(dev="vxlan10", dynamic=True)
    remotes = sorted({str(entry.dst) for entry in learned if entry.dst})
    print(f"a1 on node1 had {replies} replies from b2; node1 learned pods behind {remotes}")
