"""Two nodes with a pod subnet each, joined by VXLAN in the way of flannel: nothing is learned.

    pod1 --- cni0, flannel.1 (node1) === 192.0.2.0/24 === (node2) flannel.1, cni0 --- pod2

A daemon on each node would read from the cluster which subnets and which addresses the other
nodes have, and programs for each of them three entries: a route to its pods, the MAC address of
its tunnel, and the node behind that MAC address. So no tunnel floods, none asks by ARP, and no
multicast group is needed.

Run it: ipwrap run scripts/k8s/vxlan.py
"""

from attrs import frozen

from ipwrap import Session
from ipwrap.kinds import Vxlan

MTU = 1450  # 50 bytes of each packet are the outer headers


@frozen
class Node:
    """What the cluster knows of a node: its address, its tunnel, and its pods."""

    address: str
    mac: str
    subnet: str
    tunnel: str
    pod: str
    pod_address: str


NODES = {
    "node1": Node(
        address="192.0.2.1",
        mac="02:00:00:00:01:01",
        subnet="10.244.1.0/24",
        tunnel="10.244.1.0",
        pod="pod1",
        pod_address="10.244.1.2",
    ),
    "node2": Node(
        address="192.0.2.2",
        mac="02:00:00:00:02:01",
        subnet="10.244.2.0/24",
        tunnel="10.244.2.0",
        pod="pod2",
        pod_address="10.244.2.2",
    ),
}


def main(session: Session) -> None:
    """Build both nodes, program the tunnels, and let the pods ping each other."""
    session.note("Two nodes, and a link between them that knows nothing of pods.")
    for name in NODES:
        session.ip.netns.add(name)
    addresses = [f"{node.address}/24" for node in NODES.values()]
    session.cable("node1:eth0", "node2:eth0", addresses=addresses)

    for name, node in NODES.items():
        add_node(session, name, node)

    session.note("What the daemon of each node programs for each other node.")
    program(session, "node1", NODES["node2"])
    program(session, "node2", NODES["node1"])

    session.note("A pod reaches the pod of the other node, by two routers and without translation.")
    for node, other in ((NODES["node1"], NODES["node2"]), (NODES["node2"], NODES["node1"])):
        ping = session.netns(node.pod).exec("ping", "-c", "1", "-W", "5", other.pod_address)
        assert f"from {other.pod_address}: icmp_seq=1 ttl=62 " in ping.stdout, ping.stdout
        print(f"{node.pod} reaches {other.pod_address} with ttl=62")

    session.note("Nothing was learned: the tunnel has the programmed entry, and no other.")
    (entry,) = session.netns("node1").bridge.fdb.show(dev="flannel.1")
    (neighbour,) = session.netns("node1").ip.neigh.show(dev="flannel.1", family="inet")
    assert (entry.mac, entry.dst) == (NODES["node2"].mac, NODES["node2"].address), entry
    assert neighbour.state == ("PERMANENT",), neighbour
    print(f"node1 knows {neighbour.dst} at {neighbour.lladdr}, behind {entry.dst}")


def add_node(session: Session, name: str, node: Node) -> None:
    """Add the pod, the bridge and the tunnel of a node."""
    session.note(f"{name}: a pod on a bridge, and a tunnel that learns nothing.")
    session.pods(1, bridge=f"{name}:cni0", subnet=node.subnet, names=[node.pod], mtu=MTU)

    tunnel = Vxlan(id=1, dev="eth0", local=node.address, dstport=8472, learning=False)
    there = session.netns(name)
    there.ip.link.add("flannel.1", tunnel, address=node.mac, mtu=MTU)
    there.ip.link.set("flannel.1", addrgenmode="none", up=True)
    there.ip.address.add(f"{node.tunnel}/32", dev="flannel.1")
    there.sysctl.set("net.ipv4.ip_forward", 1)


def program(session: Session, name: str, other: Node) -> None:
    """Program what a node has to know of another one."""
    there = session.netns(name)
    there.ip.route.add(other.subnet, via=other.tunnel, dev="flannel.1", onlink=True)
    there.ip.neigh.add(other.tunnel, dev="flannel.1", lladdr=other.mac, nud="permanent")
    there.bridge.fdb.append(other.mac, dev="flannel.1", dst=other.address)
