"""Fifty pods on one bridge, with addresses of one subnet, built in one batch.

Each pod pings the one behind it, and the last one the gateway.

Run it: ipwrap run scripts/fifty_pods.py
"""

from ipaddress import ip_network

from ipwrap import Session

PODS = 50
SUBNET = "10.244.0.0/24"


def main(session: Session) -> None:
    """Build the pods, let each ping its neighbour, and print the tree."""
    gateway, first, *others = ip_network(SUBNET).hosts()

    session.note(
        f"{PODS} pods, and a bridge that is their gateway. The pool {SUBNET} gives the first "
        f"address to the gateway, and {first} and those behind it to the pods."
    )
    with session.batch():
        pods = session.pods(PODS, bridge="cni0", subnet=SUBNET)

    session.note("Each pod reaches the one behind it, and the last one the gateway.")
    targets = [*others[: PODS - 1], gateway]
    for pod, target in zip(pods, targets, strict=True):
        pod.exec("ping", "-q", "-c", "1", "-W", "5", str(target))

    print(session.tree())
