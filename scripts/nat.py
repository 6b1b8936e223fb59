"""Pods behind NAT: the world outside knows their node only, and nftables translates their addresses.

    pod1 --.
            node --- outside
    pod2 --'

Run it: ipwrap run scripts/nat.py
Needs the programs nft and conntrack (apt-get install nftables conntrack).
"""

import re

from ipwrap import Session, until
from ipwrap.kinds import Bridge, Veth

PODS = {"pod1": "10.244.0.2", "pod2": "10.244.0.3"}
RULES = """\
table ip nat {
    chain postrouting {
        type nat hook postrouting priority srcnat
        oifname "wan" masquerade
    }
}
"""
# A service that answers each client with the client's address.
WHOAMI = """\
import socketserver
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(self.client_address[0].encode())
socketserver.TCPServer(("203.0.113.2", 7000), Answer).serve_forever()
"""
ASK = """\
import socket
print(socket.create_connection(("203.0.113.2", 7000), 10).makefile().read())
"""


def main(session: Session) -> None:
    """Build the networks on both sides of the node, and ask outside who is asking."""
    session.note("A node with a bridge for its pods, and a cable to the outside.")
    for name in ("outside", "node", *PODS):
        session.ip.netns.add(name)
        session.netns(name).ip.link.set("lo", up=True)
    node = session.netns("node")
    node.ip.link.add("cni0", Bridge(), up=True)
    node.ip.address.add("10.244.0.1/24", dev="cni0")
    node.ip.link.add("wan", Veth(peer="eth0", peer_netns="outside"), up=True)
    node.ip.address.add("203.0.113.1/24", dev="wan")

    outside = session.netns("outside")
    outside.ip.address.add("203.0.113.2/24", dev="eth0")
    outside.ip.link.set("eth0", up=True)

    session.note("The pods send by the node what is not for the other pod.")
    for name, address in PODS.items():
        cable = Veth(peer="eth0", peer_netns=name)
        node.ip.link.add(f"to-{name}", cable, master="cni0", up=True)
        pod = session.netns(name)
        pod.ip.address.add(f"{address}/24", dev="eth0")
        pod.ip.link.set("eth0", up=True)
        pod.ip.route.add("default", via="10.244.0.1")

    session.note(
        "The node forwards, and puts its own address in place of a pod's: outside has no route "
        "to the pods, and could not answer them."
    )
    node.sysctl.set("net.ipv4.ip_forward", 1)
    node.exec("nft", "-f", "-", stdin=RULES)

    session.note("A service outside tells each client its address. It is the node's.")
    with outside.spawn("python3", "-c", WHOAMI, ready=until.listening(7000), name="whoami"):
        for name, address in PODS.items():
            answer = session.netns(name).exec("python3", "-c", ASK)
            print(f"{name} has {address}; outside sees {answer.stdout.strip()}")

    session.note("The node remembers whose connection each is, and so where answers belong.")
    for name, address in PODS.items():
        connections = node.exec("conntrack", "-L", "--proto", "tcp", "--src", address)
        (reply_to,) = re.findall(r" src=203.0.113.2 dst=(\S+)", connections.stdout)
        print(f"answers to {reply_to} go to {name}")
