"""One pod subnet over two nodes: the tunnels answer ARP themselves, and nothing is flooded.

    pod1 --- br0, vxlan10 (node1) === 192.0.2.0/24 === (node2) vxlan10, br0 --- pod2

The pods take each other for neighbours on one switch, and ask for MAC addresses by ARP. A daemon
on each node would program for each pod of the others its MAC address and its node; the tunnel
(`proxy`) answers from that, so that no question leaves the node.

Run it: ipwrap run scripts/k8s/vxlan_arp.py
"""

from attrs import frozen

from ipwrap import Session, until
from ipwrap.kinds import Bridge, Vxlan

SUBNET = "10.244.0.0/24"
MTU = 1450  # 50 bytes of each packet are the outer headers


@frozen
class Pod:
    """What the cluster knows of a pod, and of its node."""

    name: str
    address: str
    mac: str
    node: str
    node_address: str


PODS = (
    Pod("pod1", "10.244.0.1", "02:00:00:00:00:01", "node1", "192.0.2.1"),
    Pod("pod2", "10.244.0.2", "02:00:00:00:00:02", "node2", "192.0.2.2"),
)


def main(session: Session) -> None:
    """Build both nodes, ask by ARP while they are apart, and join them."""
    session.note("Two nodes. The cable between them is not up yet.")
    for pod in PODS:
        session.ip.netns.add(pod.node)
    addresses = [f"{pod.node_address}/24" for pod in PODS]
    session.cable("node1:eth0", "node2:eth0", addresses=addresses, up=False)

    for number, pod in enumerate(PODS, start=1):
        add_pod(session, pod, number=number)

    session.note("What the daemon of each node programs for each pod of another one.")
    pod1, pod2 = PODS
    program(session, pod1.node, pod2)
    program(session, pod2.node, pod1)

    session.note("pod1 asks for pod2, and gets an answer, though the nodes are apart: by node1.")
    there = session.netns(pod1.name)
    lost = there.exec("ping", "-q", "-c", "1", "-W", "0.3", pod2.address, check=False)
    assert not lost.ok, "the nodes are not apart"
    there.wait_for(until.neigh(pod2.address, dev="eth0", lladdr=pod2.mac))
    print(f"{pod1.name} knows {pod2.address} at {pod2.mac}, without {pod2.node}")

    session.note("The cable comes up. The pods reach each other, with no router between (ttl=64).")
    for pod in PODS:
        session.netns(pod.node).ip.link.set("eth0", up=True)
    for pod in PODS:
        session.netns(pod.node).wait_for(until.link("eth0", operstate="UP"))
    for pod, other in ((pod1, pod2), (pod2, pod1)):
        ping = ("ping", "-c", "1", "-W", "5", other.address)
        answer = session.netns(pod.name).exec(*ping)
        assert f"from {other.address}: icmp_seq=1 ttl=64 " in answer.stdout, answer.stdout
        print(f"{pod.name} reaches {other.address} with ttl=64")


def add_pod(session: Session, pod: Pod, *, number: int) -> None:
    """Add a pod on the bridge of its node, and the tunnel as one more port."""
    session.note(f"{pod.node}: a bridge, a pod, and a tunnel that learns nothing and answers ARP.")
    node = session.netns(pod.node)
    node.ip.link.add("br0", Bridge(), mtu=MTU, up=True)
    session.pods(
        1,
        bridge=f"{pod.node}:br0",
        subnet=SUBNET,
        gateway=False,
        names=[pod.name],
        start=number,
        mtu=MTU,
    )
    session.netns(pod.name).ip.link.set("eth0", address=pod.mac)

    tunnel = Vxlan(id=10, local=pod.node_address, dstport=4789, learning=False, proxy=True)
    node.ip.link.add("vxlan10", tunnel, mtu=MTU, master="br0", up=True)


def program(session: Session, node: str, pod: Pod) -> None:
    """Program on a node what the tunnel has to know of a pod of another one."""
    there = session.netns(node)
    there.ip.neigh.add(pod.address, dev="vxlan10", lladdr=pod.mac, nud="permanent")
    there.bridge.fdb.append(pod.mac, dev="vxlan10", dst=pod.node_address)
