"""The links, addresses, routes, ports, sockets, /proc/net and sysctls of a network namespace.

Run it: ipwrap run scripts/isolation.py
"""

from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

LISTEN_TWICE = """
import socket, subprocess, sys
here = socket.create_server(("0.0.0.0", 8080))
there = "import socket; socket.create_server(('0.0.0.0', 8080)); print('and again on 8080 in blue')"
print("listening on 8080 in red", flush=True)
sys.exit(subprocess.call(["ip", "netns", "exec", "blue", "python3", "-c", there]))
"""

ABSTRACT = """
import socket, subprocess, sys
name = "\\0ipwrap-isolation"
server = socket.socket(socket.AF_UNIX)
server.bind(name)
server.listen()
there = "import socket, sys; sys.exit(socket.socket(socket.AF_UNIX)\
.connect_ex(sys.argv[1].replace('@', chr(0))))"
same = subprocess.call(["python3", "-c", there, name.replace("\\0", "@")])
other = subprocess.call(["ip", "netns", "exec", "blue", \
"python3", "-c", there, name.replace("\\0", "@")])
print("abstract UNIX socket: found in red" if same == 0 else "lost", \
"and not in blue" if other else "and in blue too")
sys.exit(0 if same == 0 and other != 0 else 1)
"""


def main(session: Session) -> None:
    """Show each thing in red, and that blue knows nothing of it."""
    session.note("Two namespaces. What red gets, blue does not have.")
    for name in ("red", "blue"):
        session.ip.netns.add(name)
        session.netns(name).ip.link.set("lo", up=True)
    links(session)
    addresses_and_routes(session)
    ports_and_sockets(session)
    files(session)


def links(session: Session) -> None:
    """Links: the same name in both, two different things."""
    session.note("Links: each has an eth0, and they are two different things.")
    session.netns("red").ip.link.add("eth0", Bridge(), address="02:00:00:00:00:01", up=True)
    session.netns("blue").ip.link.add(
        "eth0", Veth(peer="eth1"), address="02:00:00:00:00:02", up=True
    )
    for name in ("red", "blue"):
        (eth0,) = session.netns(name).ip.link.show("eth0")
        print(f"eth0 of {name}: a {eth0.kind.type if eth0.kind else '?'} at {eth0.address}")


def addresses_and_routes(session: Session) -> None:
    """Addresses and routes: the same address in both is no conflict, a route is known in one."""
    session.note(
        "Addresses: both have 10.0.0.1, without conflict. Routes and neighbours: only red's."
    )
    red, blue = session.netns("red"), session.netns("blue")
    for namespace in (red, blue):
        namespace.ip.address.add("10.0.0.1/24", dev="eth0")
    red.ip.route.add("10.99.0.0/16", via="10.0.0.2")
    red.ip.neigh.add("10.0.0.2", dev="eth0", lladdr="02:00:00:00:00:99")
    for namespace in (red, blue):
        routes = [route.dst for route in namespace.ip.route.show()]
        neighbours = [neigh.dst for neigh in namespace.ip.neigh.show()]
        print(f"{namespace.name}: routes {routes}, neighbours {neighbours}")


def ports_and_sockets(session: Session) -> None:
    """Ports and abstract sockets: names that a program takes are taken in one namespace only."""
    session.note("A port: listened on in red and, at the same time, in blue.")
    red = session.netns("red")
    print(red.exec("python3", "-c", LISTEN_TWICE, changes=False).stdout, end="")
    session.note("An abstract UNIX socket belongs to a network namespace too.")
    print(red.exec("python3", "-c", ABSTRACT, changes=False).stdout, end="")


def files(session: Session) -> None:
    """Files: /proc/net, /sys/class/net and /proc/sys/net are each namespace's own."""
    session.note("/proc/net and /sys/class/net show the namespace of who looks.")
    for name in ("red", "blue"):
        inside = session.netns(name)
        devices = inside.exec("ls", "/sys/class/net", changes=False).stdout.split()
        sockets = inside.exec("sh", "-c", "wc -l < /proc/net/dev", changes=False).stdout.strip()
        print(f"{name}: /sys/class/net has {', '.join(devices)}; /proc/net/dev has {sockets} lines")
    session.note("Sysctls of the network: red forwards, blue does not.")
    session.netns("red").exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
    for name in ("red", "blue"):
        forward = (
            session.netns(name)
            .exec("cat", "/proc/sys/net/ipv4/ip_forward", changes=False)
            .stdout.strip()
        )
        print(f"{name}: net.ipv4.ip_forward = {forward}")
