"""A tunnel that eats packets: small answers pass, big ones do not, and nobody says why.

    client --- node1 === switch === node2 --- server

The nodes believe that the switch takes 1500 bytes, and leave 1450 to their VXLAN tunnel. It takes
1400, and drops in silence what is longer, since a switch has no way to tell a sender. Captures
find the place. With an MTU that fits, the node tells the server by ICMP, and TCP sends less.

Run it: ipwrap run scripts/mtu.py
It writes sent.pcap, arrived.pcap and told.pcap in the current directory. Needs tcpdump, or as an
ordinary user dumpcap (apt-get install wireshark-common).
"""

from ipwrap import Session, until
from ipwrap.kinds import Bridge, Vxlan

NODES = {"node1": "192.0.2.1", "node2": "192.0.2.2"}
HOSTS = {"client": ("node1", "10.1.0.2", "10.1.0.1"), "server": ("node2", "10.2.0.2", "10.2.0.1")}
TUNNELS = {"node1": "10.9.0.1", "node2": "10.9.0.2"}
SWITCH_MTU, WRONG_MTU, RIGHT_MTU = 1400, 1450, 1350
SERVER = HOSTS["server"][1]
# A server that sends as many bytes as it is asked for, behind a line that repeats the number.
SERVE = """\
import socketserver
class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line)
        try:
            self.wfile.write(bytes(int(line)))
        except ConnectionError:
            pass  # the client has given up
socketserver.ThreadingTCPServer(("", 7000), Answer).serve_forever()
"""
# Ask for so many bytes: `all` of them have to come, or only the line.
FETCH = """\
import socket, sys
address, size, expected = sys.argv[1:]
server = socket.create_connection((address, 7000), 10)
server.sendall(size.encode() + b"\\n")
answer = server.makefile("rb", buffering=0)
print("the line", answer.readline().decode().strip())
server.settimeout(10 if expected == "all" else 0.5)
received = 0
try:
    while data := answer.read(65536):
        received += len(data)
except TimeoutError:
    pass
print(received, "bytes")
sys.exit(received != (int(size) if expected == "all" else 0))
"""


def main(session: Session) -> None:
    """Build the tunnel, lose long packets in it, find where, and mend it."""
    add_nodes(session)
    server = session.netns("server")
    server.spawn("python3", "-c", SERVE, ready=until.listening(7000), name="serve")

    session.note("A small answer arrives.")
    fetch(session, 1000, "all")

    lose_long_packets(session)
    find_size(session)
    mend(session)


def add_nodes(session: Session) -> None:
    """Add the switch, the nodes, a host behind each, and the tunnel."""
    session.note(f"A switch that takes {SWITCH_MTU} bytes, and two nodes that believe in 1500.")
    switch = session.ip.netns.add("switch")
    switch.ip.link.add("br0", Bridge(), up=True)
    for name, address in NODES.items():
        session.ip.netns.add(name).sysctl.set("net.ipv4.ip_forward", 1)
        ends = (f"switch:to-{name}", f"{name}:eth0")
        session.cable(*ends, master=("br0", None), addresses=((), f"{address}/24"))
        switch.ip.link.set(f"to-{name}", mtu=SWITCH_MTU)

    session.note(
        "Behind each node a host. It sends single packets, as hardware does in the end: between "
        "namespaces the kernel would pass on many at once, of any length."
    )
    for name, (node, address, gateway) in HOSTS.items():
        host = session.ip.netns.add(name)
        ends = (f"{node}:to-{name}", f"{name}:eth0")
        session.cable(*ends, addresses=(f"{gateway}/24", f"{address}/24"), mtu=WRONG_MTU)
        host.ip.link.set("eth0", gso_max_segs=1)
        host.ip.route.add("default", via=gateway)

    session.note("The tunnel takes 1450 bytes, as the hosts do: 50 bytes of 1500 are its headers.")
    for name, other, subnet in (
        ("node1", "node2", "10.2.0.0/24"),
        ("node2", "node1", "10.1.0.0/24"),
    ):
        tunnel = Vxlan(id=1, local=NODES[name], remote=NODES[other], dstport=4789)
        end = session.netns(name)
        end.ip.link.add("vxlan1", tunnel, mtu=WRONG_MTU, up=True)
        end.ip.address.add(f"{TUNNELS[name]}/24", dev="vxlan1")
        end.ip.route.add(subnet, via=TUNNELS[other])


def lose_long_packets(session: Session) -> None:
    """Ask for much, and capture where the packets are lost."""
    session.note(
        "Of a big answer, only the first line arrives. node2 sends long packets that node1 never "
        "sees, and the server is told nothing."
    )
    node1, node2, server = (session.netns(name) for name in ("node1", "node2", "server"))
    long = f"udp and greater {SWITCH_MTU + 14 + 1}"  # 14 bytes are of Ethernet
    with (
        node2.capture("eth0", "sent.pcap", filter=long) as sent,
        node1.capture("eth0", "arrived.pcap", filter=long) as arrived,
        server.capture("eth0", "told.pcap", filter="icmp") as told,
    ):
        fetch(session, 100_000, "line")

    assert sent.packets, "node2 has sent no long packets"
    assert (arrived.packets, told.packets) == (0, 0), (arrived.packets, told.packets)
    print("node2 has sent long packets, node1 has received none, the server was told nothing")


def find_size(session: Session) -> None:
    """Find the size that passes, by pings that must not be fragmented."""
    session.note(
        "Pings that must not be fragmented (-M do) find the size that passes: 28 bytes are headers "
        f"of the ping, 50 those of the tunnel, so {SWITCH_MTU - 78} fit."
    )
    for size, fits in ((SWITCH_MTU - 78, True), (WRONG_MTU - 28, False)):
        ping = ("ping", "-q", "-c", "1", "-M", "do", "-W", "5" if fits else "0.3", "-s", str(size))
        answered = session.netns("client").exec(*ping, SERVER, check=False).ok
        assert answered == fits, f"a ping of {size} bytes: {answered}"
        print(f"a ping of {size} bytes {'is answered' if fits else 'is lost'}")


def mend(session: Session) -> None:
    """Give the tunnel an MTU that fits, and ask for much again."""
    session.note(
        "The tunnel gets an MTU that fits. Now node2 knows that packets are too long for it, and "
        "tells the server: fragmentation needed. TCP sends shorter ones."
    )
    # The first connection still sends its packets again, so that it may be told at once.
    with session.netns("server").capture("eth0", "told.pcap", filter="icmp") as told:
        for name in NODES:
            session.netns(name).ip.link.set("vxlan1", mtu=RIGHT_MTU)
        fetch(session, 100_000, "all")

    assert told.packets, "the server was told nothing"
    print("the server was told by ICMP")


def fetch(session: Session, size: int, expected: str) -> None:
    """Ask the server for so many bytes: all of them have to come, or only the line before them."""
    session.netns("client").exec("python3", "-c", FETCH, SERVER, str(size), expected)
    print(f"of {size} bytes {'all' if expected == 'all' else 'none'} have arrived")
