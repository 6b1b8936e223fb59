"""A pod network: N pods, each with its own address, on one bridge with a gateway.

Every pod reaches every other.

Up to 24 pods this is shown for every two of them. Of more, each pings the gateway and the next pod:
the kernel keeps at most 1024 neighbours in all namespaces together
(net.ipv4.neigh.default.gc_thresh3).

Run it: ipwrap run scripts/pods.py --pods 4
"""

import argparse
from ipaddress import IPv4Interface, IPv4Network

from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

BRIDGE = "cni0"
ALL_BY_ALL = 24
PING = 'for ip; do ping -q -c 1 -W 2 "$ip" >/dev/null && echo "$ip answers" || exit 1; done'


def main(session: Session, argv: list[str] | None = None) -> None:
    """Build the pods, and let each reach the others and the gateway."""
    number = arguments(argv).pods
    network = IPv4Network("10.244.0.0/16")
    gateway, *pods = (
        IPv4Interface(f"{network[n]}/{network.prefixlen}") for n in range(1, number + 2)
    )

    session.note(f"A bridge for {number} pods. Its address is the gateway of them all.")
    session.ip.link.add(BRIDGE, Bridge(), up=True)
    session.ip.address.add(str(gateway), dev=BRIDGE)

    for n, address in enumerate(pods, start=1):
        add_pod(session, n, address, gateway)

    targets_of = reached(gateway, pods)
    everyone = "every other pod" if number <= ALL_BY_ALL else "the next pod"
    session.note(f"Every pod reaches the gateway and {everyone}, directly.")
    for n, targets in targets_of.items():
        session.netns(f"pod{n}").exec("sh", "-c", PING, "ping", *targets)
    print(f"{number} pods on {BRIDGE}, {sum(map(len, targets_of.values()))} pings, all answered")


def add_pod(session: Session, n: int, address: IPv4Interface, gateway: IPv4Interface) -> None:
    """Add one pod: a namespace, a cable to the bridge, an address, a way out."""
    name = f"pod{n}"
    session.note(f"{name}: its own namespace, with eth0 at {address.ip}.")
    session.ip.netns.add(name)
    session.ip.link.add(f"veth{n}", Veth(peer="eth0", peer_netns=name), master=BRIDGE, up=True)
    pod = session.netns(name)
    pod.ip.link.set("lo", up=True)
    pod.ip.address.add(str(address), dev="eth0")
    pod.ip.link.set("eth0", up=True)
    pod.ip.route.add("default", via=str(gateway.ip))


def reached(gateway: IPv4Interface, pods: list[IPv4Interface]) -> dict[int, list[str]]:
    """Return whom each pod pings."""
    everyone = [str(gateway.ip), *(str(pod.ip) for pod in pods)]
    if len(pods) <= ALL_BY_ALL:
        return {
            n: [ip for ip in everyone if ip != str(pod.ip)] for n, pod in enumerate(pods, start=1)
        }
    return {n: [str(gateway.ip), str(pods[n % len(pods)].ip)] for n in range(1, len(pods) + 1)}


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=4, help="how many (default: 4)")
    given = parser.parse_args(argv or [])
    if not 1 <= given.pods <= 1000:
        parser.error("--pods: give a number from 1 to 1000, which is what a bridge has ports for")
    return given
