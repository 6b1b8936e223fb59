"""Build a bridge with pods by netlink: ``python pods_pyroute2.py PODS``."""

import sys

from pyroute2 import IPRoute, NetNS, netns

count = int(sys.argv[1])

with IPRoute() as host:
    host.link("add", ifname="br0", kind="bridge", state="up")
    (bridge,) = host.link_lookup(ifname="br0")
    host.addr("add", index=bridge, address="10.244.0.1", prefixlen=16)

    for number in range(1, count + 1):
        name = f"pod{number}"
        cable = f"veth{number}"
        high, low = divmod(number + 1, 256)

        netns.create(name)
        host.link("add", ifname=cable, kind="veth", peer={"ifname": "eth0", "net_ns_fd": name})
        (index,) = host.link_lookup(ifname=cable)
        host.link("set", index=index, master=bridge, state="up")

        with NetNS(name) as pod:
            (lo,) = pod.link_lookup(ifname="lo")
            (eth0,) = pod.link_lookup(ifname="eth0")
            pod.link("set", index=lo, state="up")
            pod.addr("add", index=eth0, address=f"10.244.{high}.{low}", prefixlen=16)
            pod.link("set", index=eth0, state="up")
            pod.route("add", dst="default", gateway="10.244.0.1")
