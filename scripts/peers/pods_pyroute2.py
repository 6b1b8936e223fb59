"""Five pods on a bridge with pyroute2: each serves pages, and each fetches from all."""

import subprocess
import tempfile
import time

from pyroute2 import IPRoute, NetNS, NSPopen, netns

SERVE = """\
import http.server, socketserver
socketserver.TCPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
FETCH = "import sys, urllib.request as r; [r.urlopen(url).read() for url in sys.argv[1:]]"
PODS = {f"pod{host - 1}": f"10.244.0.{host}" for host in range(2, 7)}
URLS = [f"http://{address}:8000" for address in PODS.values()]


def add_pod(host: IPRoute, name: str, address: str, *, bridge: int) -> None:
    """Add a namespace with an address and a cable to the bridge."""
    netns.create(name)
    port = f"veth-{name}"
    host.link("add", ifname=port, kind="veth", peer={"ifname": "eth0", "net_ns_fd": name})
    host.link("set", index=host.link_lookup(ifname=port)[0], master=bridge, state="up")
    with NetNS(name) as pod:
        (loopback,), (eth0,) = pod.link_lookup(ifname="lo"), pod.link_lookup(ifname="eth0")
        pod.link("set", index=loopback, state="up")
        pod.addr("add", index=eth0, address=address, prefixlen=24)
        pod.link("set", index=eth0, state="up")
        pod.route("add", dst="default", gateway="10.244.0.1")


def wait_until_listening(name: str) -> None:
    """Wait until a pod listens at port 8000."""
    for _ in range(100):
        probe = NSPopen(name, ["ss", "-Hltn", "sport = :8000"], stdout=subprocess.PIPE)
        output, _ = probe.communicate()
        probe.release()
        if output:
            return
        time.sleep(0.05)
    raise TimeoutError(name)


with IPRoute() as host, tempfile.TemporaryFile() as log:
    servers = []
    try:
        host.link("add", ifname="cni0", kind="bridge")
        bridge = host.link_lookup(ifname="cni0")[0]
        host.addr("add", index=bridge, address="10.244.0.1", prefixlen=24)
        host.link("set", index=bridge, state="up")
        for name, address in PODS.items():
            add_pod(host, name, address, bridge=bridge)
            servers.append(NSPopen(name, ["python3", "-c", SERVE], stdout=log, stderr=log))
        for name in PODS:
            wait_until_listening(name)
        for name in PODS:
            client = NSPopen(name, ["python3", "-c", FETCH, *URLS])
            status = client.wait()
            client.release()
            if status:
                raise ChildProcessError(name)
        log.seek(0)
        print(log.read().count(b" 200 "), "pages")
    finally:
        for server in servers:
            server.terminate()
            server.wait()
            server.release()
        for name in netns.listnetns():
            netns.remove(name)
        for index in host.link_lookup(ifname="cni0"):
            host.link("delete", index=index)
