"""Build a bridge with pods, command by command: ``python pods.py PODS RECORDING``."""

import sys

from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

count = int(sys.argv[1])

with Session(record=sys.argv[2]) as session:
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.address.add("10.244.0.1/16", dev="br0")

    for number in range(1, count + 1):
        name = f"pod{number}"
        cable = f"veth{number}"
        high, low = divmod(number + 1, 256)

        session.ip.netns.add(name)
        session.ip.link.add(cable, Veth(peer="eth0", peer_netns=name))
        session.ip.link.set(cable, master="br0", up=True)

        pod = session.netns(name)
        pod.ip.link.set("lo", up=True)
        pod.ip.address.add(f"10.244.{high}.{low}/16", dev="eth0")
        pod.ip.link.set("eth0", up=True)
        pod.ip.route.add("default", via="10.244.0.1")
