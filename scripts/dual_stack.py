"""IPv4 and IPv6 on one cable. An IPv6 address serves nobody until it is known to be no duplicate.

    left --- right

For a second or so the kernel asks the link for another owner of the address, which is called
duplicate address detection (RFC 4862). Until then the address is tentative: programs cannot bind
to it, and nothing answers for it.

Run it: ipwrap run scripts/dual_stack.py
"""

from ipwrap import Session, until
from ipwrap.kinds import Veth

HOSTS = {"left": ("192.0.2.1", "2001:db8::1"), "right": ("192.0.2.2", "2001:db8::2")}
FETCH = """\
import sys
from http.client import HTTPConnection
server = HTTPConnection(sys.argv[1], 8000, timeout=10)
server.request("GET", "/")
print(server.getresponse().status)
"""


def main(session: Session) -> None:
    """Give two hosts addresses of both families, and serve by each family."""
    session.note("Two hosts, a cable, and for each host an address of each family.")
    for name in HOSTS:
        session.ip.netns.add(name)
    session.ip.link.add("eth0", Veth(peer="eth0", peer_netns="right"), netns="left")
    for name, (ipv4, ipv6) in HOSTS.items():
        host = session.netns(name)
        host.ip.link.set("eth0", up=True)
        host.ip.address.add(f"{ipv4}/24", dev="eth0")
        host.ip.address.add(f"{ipv6}/64", dev="eth0")

    session.note("IPv4 is ready at once. The IPv6 addresses are awaited.")
    for name, (_, ipv6) in HOSTS.items():
        session.netns(name).wait_for(until.address(ipv6, dev="eth0", tentative=False))

    session.note("Now a server can bind to each address, and is reached there.")
    left, right = session.netns("left"), session.netns("right")
    for family, address in zip(("ipv4", "ipv6"), HOSTS["right"], strict=True):
        serve = ("python3", "-m", "http.server", "8000", "--bind", address, "--directory", "/srv")
        with right.spawn(*serve, ready=until.listening(8000, host=address), name=f"web_{family}"):
            status = left.exec("python3", "-c", FETCH, address).stdout.strip()
            print(f"{address} answers with {status}")
