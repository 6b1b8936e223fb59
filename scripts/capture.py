"""Packets of a ping, captured in a file, and read back.

    client --- server

Run it: ipwrap run scripts/capture.py
It writes ping.pcap in the current directory. Needs tcpdump, or as an ordinary user dumpcap
(apt-get install wireshark-common).
"""

from ipwrap import Session
from ipwrap.kinds import Veth

HOSTS = {"client": "10.0.0.1", "server": "10.0.0.2"}
# The format is pcap-savefile(5): a header of 24 bytes, then packets with headers of 16 bytes.
READ = """\
import socket, struct, sys
pcap, packets = open(sys.argv[1], "rb").read()[24:], 0
while pcap:
    length, = struct.unpack_from("=8xI", pcap)
    packet, pcap = pcap[16:16 + length], pcap[16 + length:]
    source, target = (socket.inet_ntoa(packet[at:at + 4]) for at in (26, 30))
    print(source, "to", target, {8: "echo request", 0: "echo reply"}[packet[34]])
    packets += 1
sys.exit(packets != 6)
"""


def main(session: Session) -> None:
    """Join two hosts, capture what passes while one pings the other, and read the file."""
    session.note("Two hosts and a cable.")
    for name in HOSTS:
        session.ip.netns.add(name)
    session.ip.link.add("eth0", Veth(peer="eth0", peer_netns="server"), netns="client")
    for name, address in HOSTS.items():
        host = session.netns(name)
        host.ip.address.add(f"{address}/24", dev="eth0")
        host.ip.link.set("eth0", up=True)

    session.note(
        "The capture listens before the first packet is sent, and ends with all packets in the "
        "file."
    )
    client, server = session.netns("client"), session.netns("server")
    with server.capture("eth0", "ping.pcap", filter="icmp") as capture:
        client.exec("ping", "-q", "-c", "3", "-i", "0.2", "-W", "5", "10.0.0.2")

    session.note("Any program that knows the format reads the file: tcpdump, Wireshark, Python.")
    packets = server.exec("python3", "-c", READ, "ping.pcap")
    print(packets.stdout, end="")
    print(f"{capture.packets} packets captured")
