"""Two nodes with a pod subnet each: a route on each node leads to the pods of the other.

    pod1, pod2 --- cni0 (node1) eth0 === eth0 (node2) cni0 --- pod3, pod4
     10.244.1.0/24           192.0.2.0/24            10.244.2.0/24

This needs nodes on one link, and nothing else: no tunnel, and no translation of addresses.

Run it: ipwrap run scripts/k8s/host_routes.py
"""

from ipwrap import Session

NODES = {"node1": "192.0.2.1", "node2": "192.0.2.2"}
SUBNETS = {"node1": "10.244.1.0/24", "node2": "10.244.2.0/24"}
PODS = {
    "node1": {"pod1": "10.244.1.2", "pod2": "10.244.1.3"},
    "node2": {"pod3": "10.244.2.2", "pod4": "10.244.2.3"},
}
# Each router on the way takes one from the time to live, which is 64 at first.
PING = """\
ttl=$1; shift
for pod; do ping -c 1 -W 5 "$pod" | grep "from $pod: .* ttl=$ttl " || exit 1; done
"""


def main(session: Session) -> None:
    """Build both nodes, tell each the way to the other's pods, and let all pods ping all."""
    session.note("Two nodes on one link. Both forward for their pods.")
    for name in NODES:
        session.ip.netns.add(name)
    addresses = [f"{address}/24" for address in NODES.values()]
    session.cable("node1:eth0", "node2:eth0", addresses=addresses)
    for name in NODES:
        session.netns(name).sysctl.set("net.ipv4.ip_forward", 1)

    for name, pods in PODS.items():
        session.note(
            f"The pods of {name} are on a bridge, with addresses of a subnet of their own."
        )
        session.pods(len(pods), bridge=f"{name}:cni0", subnet=SUBNETS[name], names=list(pods))

    session.note("One route for each other node: its pods are behind its address.")
    for name, other in (("node1", "node2"), ("node2", "node1")):
        session.netns(name).ip.route.add(SUBNETS[other], via=NODES[other])

    session.note("Pods of one node reach each other directly, those of the other by two routers.")
    for name, other in (("node1", "node2"), ("node2", "node1")):
        for pod in PODS[name]:
            neighbours = [address for key, address in PODS[name].items() if key != pod]
            ping(session, pod, ttl=64, addresses=neighbours)
            ping(session, pod, ttl=62, addresses=list(PODS[other].values()))

    route = session.netns("node1").ip.route.get(PODS["node2"]["pod4"])
    print(f"node1 sends to {route.dst} by {route.dev}, to {route.gateway}")


def ping(session: Session, name: str, *, ttl: int, addresses: list[str]) -> None:
    """Ping addresses from a pod; the replies have to come with a time to live."""
    session.netns(name).exec("sh", "-c", PING, "ping", str(ttl), *addresses)
    print(f"{name} reaches {', '.join(addresses)} with ttl={ttl}")
