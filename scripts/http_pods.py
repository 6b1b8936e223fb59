"""Five pods on a bridge. Each runs a web server, and fetches from all of them.

A server counts as started when it listens, so that no client comes too early.

Run it: ipwrap run scripts/http_pods.py
"""

from ipwrap import Session, until
from ipwrap.background_process import BackgroundProcess
from ipwrap.kinds import Bridge, Veth

PODS = {f"pod{number}": f"10.244.0.{number}" for number in range(1, 6)}
FETCH = """\
import sys
from http.client import HTTPConnection
for pod in sys.argv[1:]:
    server = HTTPConnection(pod, 8000, timeout=10)
    server.request("GET", "/")
    print(pod, server.getresponse().status)
"""


def main(session: Session) -> None:
    """Build the pods, start the servers, and fetch from each pod what each pod serves."""
    session.note("Five pods on one bridge.")
    session.ip.link.add("cni0", Bridge(), up=True)
    for name, address in PODS.items():
        add_pod(session, name, address)

    session.note("Each runs a web server; the next command waits until it listens.")
    servers = [serve(session, name) for name in PODS]

    session.note("Each fetches from all, itself included. The status 200 means that a page came.")
    for name in PODS:
        session.netns(name).exec("python3", "-c", FETCH, *PODS.values())

    requests = sum(server.stderr.count('"GET / HTTP/1.1" 200') for server in servers)
    print(f"{len(servers)} servers have answered {requests} requests")


def add_pod(session: Session, name: str, address: str) -> None:
    """Add a pod: a namespace, a cable to the bridge, and an address."""
    session.ip.netns.add(name)
    cable = Veth(peer="eth0", peer_netns=name)
    session.ip.link.add(f"to-{name}", cable, master="cni0", up=True)

    pod = session.netns(name)
    pod.ip.link.set("lo", up=True)
    pod.ip.address.add(f"{address}/24", dev="eth0")
    pod.ip.link.set("eth0", up=True)


def serve(session: Session, name: str) -> BackgroundProcess:
    """Start a web server in a pod. It runs until the session ends."""
    pod = session.netns(name)
    return pod.spawn(
        *("python3", "-m", "http.server", "8000", "--directory", "/srv"),
        ready=until.listening(8000),
        name=f"web_{name}",
    )
