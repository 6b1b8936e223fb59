"""Anycast: two servers have the same address, and the nearer one answers. It goes, the other does.

    client --- r1 --- near
                \\
                 r2 --- far

A router needs nothing for it but two routes with metrics: the lower one is used while it is there.

Run it: ipwrap run scripts/anycast.py
"""

from ipwrap import Session, until

SERVICE = "198.51.100.53"  # an address of both servers
CABLES = {
    ("client:eth0", "r1:to-client"): ("10.1.0.2/24", "10.1.0.1/24"),
    ("r1:to-near", "near:eth0"): ("10.2.0.1/24", "10.2.0.2/24"),
    ("r1:to-r2", "r2:to-r1"): ("10.3.0.1/24", "10.3.0.2/24"),
    ("r2:to-far", "far:eth0"): ("10.4.0.1/24", "10.4.0.2/24"),
}
# A server that answers with its name.
SERVE = """\
import socketserver, sys
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(sys.argv[1].encode())
socketserver.TCPServer(("", 7000), Answer).serve_forever()
"""
# Ask the service. This server has to answer.
ASK = """\
import socket, sys
address, expected = sys.argv[1:]
server = socket.create_connection((address, 7000), 10).makefile().read()
print(f"{address} is {server}")
sys.exit(server != expected)
"""


def main(session: Session) -> None:
    """Build the routers and servers, and ask while the nearer server comes and goes."""
    session.note("A client, two routers, and two servers.")
    for name in ("client", "r1", "r2", "near", "far"):
        session.ip.netns.add(name)
        session.netns(name).ip.link.set("lo", up=True)
    for (first, second), addresses in CABLES.items():
        session.cable(first, second, addresses=addresses)
    for router in ("r1", "r2"):
        session.netns(router).sysctl.set("net.ipv4.ip_forward", 1)

    session.note("Both servers have the address of the service, and tell their names.")
    for name, gateway in (("near", "10.2.0.1"), ("far", "10.4.0.1")):
        server = session.netns(name)
        server.ip.address.add(f"{SERVICE}/32", dev="lo")
        server.ip.route.add("default", via=gateway)
        server.spawn(*("python3", "-c", SERVE, name), ready=until.listening(7000), name=name)

    session.note("r1 has two routes to it. The nearer server is the one with the lower metric.")
    r1, r2 = session.netns("r1"), session.netns("r2")
    session.netns("client").ip.route.add("default", via="10.1.0.1")
    r1.ip.route.add(SERVICE, via="10.2.0.2", metric=10)
    r1.ip.route.add(SERVICE, via="10.3.0.2", metric=20)
    r2.ip.route.add(SERVICE, via="10.4.0.2")
    r2.ip.route.add("10.1.0.0/24", via="10.3.0.1")
    ask(session, "near")

    session.note(
        "The cable to near is pulled. r1 is told to use no route on a link without carrier."
    )
    r1.sysctl.set("net.ipv4.conf.all.ignore_routes_with_linkdown", 1)
    near = session.netns("near")
    near.ip.link.set("eth0", up=False)
    r1.wait_for(until.link("to-near", carrier=False))
    ask(session, "far")

    session.note("It is put back. near has lost its default route with the cable.")
    near.ip.link.set("eth0", up=True)
    near.ip.route.add("default", via="10.2.0.1")
    r1.wait_for(until.link("to-near", carrier=True))
    ask(session, "near")


def ask(session: Session, expected: str) -> None:
    """Ask the service; this server has to answer."""
    session.netns("client").exec("python3", "-c", ASK, SERVICE, expected)
    print(f"{SERVICE} is {expected}")
