"""A network policy: only pods with a label reach the database.

    frontend, backend --- node --- db

A policy selects pods by labels, and packets have addresses. So each label of the policy is a set
of addresses; a daemon on the node would keep the sets, and the rules stay as they are.

Run it: ipwrap run scripts/k8s/network_policy.py
Needs a kernel with nftables, and the program nft (apt-get install nftables).
"""

from ipwrap import Session, until

GATEWAY = "10.244.0.1"
PODS = {"db": "10.244.0.2", "backend": "10.244.0.3", "frontend": "10.244.0.4"}
LABELS = {"db": ["app=db"], "backend": ["role=client"], "frontend": []}
SETS = {"app=db": "app_db", "role=client": "role_client"}
# The pods with app=db accept connections from those with role=client, and no others. Here they
# are rejected at once; clusters mostly drop them, and the client waits for its timeout.
RULES = """\
table ip policies {
    set app_db {
        type ipv4_addr
    }
    set role_client {
        type ipv4_addr
    }
    chain forward {
        type filter hook forward priority filter
        ct state established,related accept
        ip daddr @app_db ip saddr @role_client tcp dport 5432 accept
        ip daddr @app_db reject
    }
}
"""
DATABASE = """\
import socketserver
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"rows")
socketserver.TCPServer(("", 5432), Answer).serve_forever()
"""
# Ask the database. What comes of it has to be as expected: rows, or a refusal.
ASK = """\
import socket, sys
address, expected = sys.argv[1:]
try:
    answer = socket.create_connection((address, 5432), 10).makefile().read()
except ConnectionRefusedError:
    answer = "refused"
print(answer)
sys.exit(answer != expected)
"""


def main(session: Session) -> None:
    """Build three pods, and ask the database with and without the label."""
    session.note(
        "A node that forwards, and a cable to each pod: all packets pass the node's rules."
    )
    node = session.ip.netns.add("node")
    node.sysctl.set("net.ipv4.ip_forward", 1)
    for name, address in PODS.items():
        add_pod(session, name, address)

    session.note("A database in db. Without a policy, every pod reaches it.")
    session.netns("db").spawn(
        *("python3", "-c", DATABASE), ready=until.listening(5432), name="database"
    )
    print("without a policy:")
    ask(session, "backend", "rows")
    ask(session, "frontend", "rows")

    session.note("The policy: pods with app=db are reached by pods with role=client only.")
    node.exec("nft", "-f", "-", stdin=RULES)
    for name, labels in LABELS.items():
        for label in labels:
            change_label(session, name, label, verb="add")
    print("backend has the label:")
    ask(session, "backend", "rows")
    ask(session, "frontend", "refused")

    session.note("frontend gets the label, backend loses it. The rules stay, the sets change.")
    change_label(session, "frontend", "role=client", verb="add")
    change_label(session, "backend", "role=client", verb="delete")
    print("frontend has the label:")
    ask(session, "backend", "refused")
    ask(session, "frontend", "rows")


def add_pod(session: Session, name: str, address: str) -> None:
    """Add a pod with a cable to the node, by which it reaches everything."""
    pod = session.ip.netns.add(name)
    session.cable(f"node:to-{name}", f"{name}:eth0", addresses=(f"{GATEWAY}/32", f"{address}/32"))
    session.netns("node").ip.route.add(address, dev=f"to-{name}")
    pod.ip.route.add(GATEWAY, dev="eth0", scope="link")
    pod.ip.route.add("default", via=GATEWAY)


def change_label(session: Session, name: str, label: str, *, verb: str) -> None:
    """Add the address of a pod to the set of a label, or delete it there."""
    element = ("ip", "policies", SETS[label], f"{{ {PODS[name]} }}")
    session.netns("node").exec("nft", verb, "element", *element)


def ask(session: Session, name: str, expected: str) -> None:
    """Ask the database from a pod; the answer has to be as expected."""
    session.netns(name).exec("python3", "-c", ASK, PODS["db"], expected)
    print(f"  {name} asks db: {expected}")
