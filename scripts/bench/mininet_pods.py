"""Mininet as a player: the pods as its hosts on a Linux bridge. ``python mininet_pods.py N``.

The script may run in the system's Python, and imports nothing but Mininet, the standard library
and `process_tree`.
"""

import importlib
import itertools
import json
import sys
import time


def main(n: int) -> None:
    """Build the pods, and print the time of opening, building and closing, and memory, as JSON."""
    process_tree = importlib.import_module("process_tree")  # beside this script
    cpu_clock = process_tree.CpuClock()
    net = importlib.import_module("mininet.net")
    nodelib = importlib.import_module("mininet.nodelib")
    clock = [time.perf_counter()]

    mininet = net.Mininet(controller=None, switch=nodelib.LinuxBridge, ipBase="10.244.0.0/16")
    clock.append(time.perf_counter())
    cpu_clock.start()

    switch = mininet.addSwitch("br0")

    for number in range(1, n + 1):
        high, low = divmod(number + 1, 256)
        address = f"10.244.{high}.{low}/16"
        pod = mininet.addHost(f"pod{number}", ip=address, defaultRoute="via 10.244.0.1")
        mininet.addLink(pod, switch)

    mininet.start()
    clock.append(time.perf_counter())
    cpu = cpu_clock.stop()
    memory = process_tree.used_memory()
    looked = time.perf_counter()

    mininet.stop()
    clock.append(clock[-1] + time.perf_counter() - looked)

    durations = [(end - start) * 1e6 for start, end in itertools.pairwise(clock)]
    phases = dict(zip(("open", "work", "close"), durations, strict=True))
    print(json.dumps({**phases, "cpu": cpu, "count": 7 * n + 2, "memory": memory}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
