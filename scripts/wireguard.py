"""A tunnel that is encrypted: two hosts, WireGuard between them, and keys that no recording holds.

    ipwrap run scripts/wireguard.py

Needs a kernel with WireGuard, and the program wg (apt-get install wireguard-tools).
"""

from ipwrap import Session
from ipwrap.kinds import Veth, Wireguard

HOSTS = (("east", 1), ("west", 2))


def main(session: Session) -> None:
    """Join two hosts by a wire, and by a tunnel on it; send packets through the tunnel."""
    session.note("Two hosts on a wire of which nobody knows who listens.")
    for name, _ in HOSTS:
        session.ip.netns.add(name)
    session.ip.link.add("wire-e", Veth(peer="wire-w"))
    session.ip.link.set("wire-e", netns="east", name="wire")
    session.ip.link.set("wire-w", netns="west", name="wire")
    for name, number in HOSTS:
        host = session.netns(name)
        host.ip.address.add(f"192.0.2.{number}/24", dev="wire")
        host.ip.link.set("wire", up=True)

    session.note(
        "Each makes a key. Scripts and recordings have but its name; the other host is told the "
        "public one."
    )
    public = {}
    for name, number in HOSTS:
        host = session.netns(name)
        key = session.secret(f"{name.upper()}_KEY", "wg", "genkey")
        public[name] = session.secret(f"{name.upper()}_PUBLIC", "wg", "pubkey", stdin=key)
        host.ip.link.add("wg0", Wireguard())
        host.exec(
            "wg", "set", "wg0", "listen-port", "51820", "private-key", "/dev/stdin", stdin=key
        )
        host.ip.address.add(f"10.0.0.{number}/24", dev="wg0")
        host.ip.link.set("wg0", up=True)
    for (name, _), (peer_name, number) in zip(HOSTS, reversed(HOSTS), strict=True):
        peer = (
            "peer",
            public[peer_name],
            "endpoint",
            f"192.0.2.{number}:51820",
            "allowed-ips",
            f"10.0.0.{number}/32",
        )
        session.netns(name).exec("wg", "set", "wg0", *peer)

    session.note("What goes through the tunnel arrives.")
    ping = session.netns("east").exec(
        "ping", "-q", "-c", "2", "-i", "0.2", "-W", "5", "10.0.0.2", changes=False
    )
    print(ping.stdout.splitlines()[-2])
