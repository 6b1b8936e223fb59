"""Names for services: a pod with a name server, and a client that knows nothing but names.

    client, dns, web1, web2 --- cni0 (gateway 10.244.0.1)

The service `web` is one without an address of its own ("headless"): its name has the addresses of
all its pods. As in each pod of a cluster, short names are looked up in the client's namespace:
`web` is web.default.svc.cluster.local.

Run it: ipwrap run scripts/k8s/dns.py
The name server is dns_server.py, the resolver dns_client.py: plain Python, plain sockets.
"""

from pathlib import Path

from ipwrap import Session, until

HERE = Path(__file__).parent
SEARCH = "default.svc.cluster.local"
ADDRESSES = {
    "client": "10.244.0.2",
    "dns": "10.244.0.3",
    "web1": "10.244.0.4",
    "web2": "10.244.0.5",
}
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


def main(session: Session) -> None:
    """Build the pods, serve names and pages, and fetch pages by name."""
    session.note("Four pods on a bridge.")
    session.pods(4, bridge="cni0", subnet="10.244.0.0/24", names=list(ADDRESSES))

    session.note("Two of them are the service web.")
    for name in ("web1", "web2"):
        session.netns(name).spawn(
            *("python3", "-c", WEB, name), ready=until.listening(8080), name=f"serve_{name}"
        )

    session.note("One serves names. A daemon of the cluster would keep them up to date.")
    web = f"web.{SEARCH}={ADDRESSES['web1']},{ADDRESSES['web2']}"
    program = (HERE / "dns_server.py").read_text()
    session.netns("dns").spawn(
        *("python3", "-c", program, web),
        ready=until.listening(53, udp=True),
        name="name_server",
    )

    session.note("The client finds the service by its name, and reaches each of its pods.")
    look_up(session, "web", "web1", "web2")

    session.note("A name that nobody has is answered too: it does not exist.")
    look_up(session, "mail")


def look_up(session: Session, name: str, *pods: str) -> None:
    """Resolve a name in the client's pod, and fetch a page from each of these pods."""
    resolver = (HERE / "dns_client.py").read_text()
    arguments = (ADDRESSES["dns"], SEARCH, name, *pods)
    found = session.netns("client").exec("python3", "-c", resolver, *arguments)
    print(f"{found.stdout.strip()}{': ' if pods else ''}{' and '.join(pods)}")
