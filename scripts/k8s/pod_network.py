"""The pods of one node, and the world outside: what Kubernetes asks of a pod network.

    pod1 --.
    pod2 -- cni0 (node) eth0 --- outside
    pod3 --'

Pods and node reach each other by their own addresses. What leaves for the world outside gets the
address of the node, because nobody there has a route to the pods.

Run it: ipwrap run scripts/k8s/pod_network.py
Needs a kernel with nftables, and the program nft (apt-get install nftables).
"""

from ipwrap import Session, until

PODS = {"pod1": "10.244.0.2", "pod2": "10.244.0.3", "pod3": "10.244.0.4"}
GATEWAY, NODE, OUTSIDE = "10.244.0.1", "192.0.2.1", "192.0.2.2"
RULES = """\
table ip pods {
    chain postrouting {
        type nat hook postrouting priority srcnat
        ip saddr 10.244.0.0/24 ip daddr != 10.244.0.0/24 masquerade
    }
}
"""
# A service that answers each client with the client's address.
WHOAMI = """\
import socketserver
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(self.client_address[0].encode())
socketserver.TCPServer(("", 7000), Answer).serve_forever()
"""
# Ask such a service. It has to see the client at the second address.
ASK = """\
import socket, sys
address, expected = sys.argv[1:]
seen = socket.create_connection((address, 7000), 10).makefile().read()
print(f"{address} sees {seen}")
sys.exit(seen != expected)
"""


def main(session: Session) -> None:
    """Build the node and its pods, and ask everywhere who is asking."""
    session.note("A node, and a network outside that has no route to the pods of the node.")
    node, outside = session.ip.netns.add("node"), session.ip.netns.add("outside")
    addresses = (f"{NODE}/24", f"{OUTSIDE}/24")
    session.cable("node:eth0", "outside:eth0", addresses=addresses)

    session.note("Three pods on a bridge of the node. Its address is the gateway of the pods.")
    session.pods(len(PODS), bridge="node:cni0", subnet="10.244.0.0/24")

    session.note(
        "The node forwards for its pods. It translates what leaves their subnet, and nothing else."
    )
    node.sysctl.set("net.ipv4.ip_forward", 1)
    node.exec("nft", "-f", "-", stdin=RULES)

    session.note("A service in a pod, and one outside, tell each client its address.")
    for name, place in (("pod", session.netns("pod1")), ("outside", outside)):
        place.spawn("python3", "-c", WHOAMI, ready=until.listening(7000), name=f"whoami_{name}")

    session.note("A pod is seen by other pods at its own address, and so is the node.")
    for name in ("pod2", "pod3"):
        session.netns(name).exec("python3", "-c", ASK, PODS["pod1"], PODS[name])
        print(f"pod1 sees {name} at {PODS[name]}")
    node.exec("python3", "-c", ASK, PODS["pod1"], GATEWAY)
    print(f"pod1 sees the node at {GATEWAY}")

    session.note("Outside, all pods are seen at the address of the node.")
    for name in PODS:
        session.netns(name).exec("python3", "-c", ASK, OUTSIDE, NODE)
    print(f"outside sees {len(PODS)} pods at {NODE}")
