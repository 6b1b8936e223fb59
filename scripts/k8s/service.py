"""A service: one address that no interface has. The node sends each connection to one of the pods.

    client --- node --- web1, web2, web3
               10.96.0.10 -> one of 10.244.0.3, .4, .5

Each pod has a cable to the node, as with the CNI plugin ptp, so that all packets pass the node's
rules: the replies too, which have to get the address of the service back.

Run it: ipwrap run scripts/k8s/service.py
Needs a kernel with nftables, and the program nft (apt-get install nftables).
"""

from ipwrap import Session, until

SERVICE = "10.96.0.10"
GATEWAY = "10.244.0.1"
CLIENT = {"client": "10.244.0.2"}
PODS = {"web1": "10.244.0.3", "web2": "10.244.0.4", "web3": "10.244.0.5"}
TABLE = """\
table ip services {
    chain web {
    }
    chain prerouting {
        type nat hook prerouting priority dstnat
        ip daddr 10.96.0.10 jump web
    }
}
"""
# A web server that answers with the name of its pod.
WEB = """\
import sys
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(sys.argv[1].encode())
TCPServer(("", 8080), Web).serve_forever()
"""
# Send so many requests. Exactly these pods have to answer.
FETCH = """\
import sys
from collections import Counter
from http.client import HTTPConnection
address, requests, *pods = sys.argv[1:]
answers = Counter()
for _ in range(int(requests)):
    service = HTTPConnection(address, timeout=10)
    service.request("GET", "/")
    answers[service.getresponse().read().decode()] += 1
print(", ".join(f"{pod} {answers[pod]}" for pod in sorted(answers)))
sys.exit(sorted(answers) != pods)
"""


def main(session: Session) -> None:
    """Build the pods and the service, and fetch from it, with three pods and with two."""
    session.note("A node that forwards, and a cable to each pod.")
    node = session.ip.netns.add("node")
    node.sysctl.set("net.ipv4.ip_forward", 1)
    for name, address in (CLIENT | PODS).items():
        add_pod(session, name, address)

    session.note("Three pods serve a page, which has the name of the pod.")
    for name in PODS:
        session.netns(name).spawn(
            *("python3", "-c", WEB, name), ready=until.listening(8080), name=f"serve_{name}"
        )

    session.note("The service: each new connection to its address goes to the next pod.")
    node.exec("nft", "-f", "-", stdin=TABLE)
    set_endpoints(session, list(PODS.values()))
    fetch(session, list(PODS))

    session.note("web2 leaves the service. nft replaces the rule in one step.")
    set_endpoints(session, [PODS["web1"], PODS["web3"]])
    fetch(session, ["web1", "web3"])


def add_pod(session: Session, name: str, address: str) -> None:
    """Add a pod with a cable to the node, by which it reaches everything."""
    pod = session.ip.netns.add(name)
    session.cable(f"node:to-{name}", f"{name}:eth0", addresses=(f"{GATEWAY}/32", f"{address}/32"))
    session.netns("node").ip.route.add(address, dev=f"to-{name}")
    pod.ip.route.add(GATEWAY, dev="eth0", scope="link")
    pod.ip.route.add("default", via=GATEWAY)


def set_endpoints(session: Session, addresses: list[str]) -> None:
    """Replace the pods that the service sends to."""
    pods = ", ".join(f"{number} : {address}" for number, address in enumerate(addresses))
    next_pod = f"numgen inc mod {len(addresses)} map {{ {pods} }}"
    rule = f"add rule ip services web tcp dport 80 dnat to {next_pod}:8080"
    rules = f"flush chain ip services web\n{rule}\n"
    session.netns("node").exec("nft", "-f", "-", stdin=rules)


def fetch(session: Session, pods: list[str]) -> None:
    """Send six requests to the service, which have to reach these pods."""
    fetched = session.netns("client").exec("python3", "-c", FETCH, SERVICE, "6", *pods)
    print(f"answers of {SERVICE}: {fetched.stdout.strip()}")
