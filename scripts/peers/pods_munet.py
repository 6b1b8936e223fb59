"""Five pods on a bridge with munet: each serves pages, and each fetches from all."""

import asyncio
import subprocess
import tempfile
import time

from munet.base import BaseMunet

SERVE = """\
import http.server, socketserver
socketserver.TCPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
FETCH = "import sys, urllib.request as r; [r.urlopen(url).read() for url in sys.argv[1:]]"
PODS = {f"pod{host - 1}": f"10.244.0.{host}" for host in range(2, 7)}
URLS = [f"http://{address}:8000" for address in PODS.values()]


async def main(folder: str) -> None:
    """Build the pods, start the servers, and fetch."""
    net = BaseMunet("five-pods", rundir=folder, isolated=False, pid=False)
    servers = []
    try:
        switch = net.add_switch("cni0")
        net.cmd_raises("ip address add 10.244.0.1/24 dev cni0")
        with tempfile.TemporaryFile() as log:
            for name, address in PODS.items():
                pod = net.add_host(name)
                net.add_link(pod, switch, "eth0", f"veth-{name}")
                pod.cmd_raises(f"ip address add {address}/24 dev eth0")
                pod.cmd_raises("ip link set lo up && ip link set eth0 up")
                pod.cmd_raises("ip route add default via 10.244.0.1")
                servers.append(
                    pod.popen(["python3", "-c", SERVE], stdout=log, stderr=subprocess.STDOUT)
                )
            deadline = time.monotonic() + 10
            for name in PODS:
                probe = "ss -Hltn 'sport = :8000' | grep -q ."
                while net.hosts[name].cmd_status(probe)[0] and time.monotonic() < deadline:
                    time.sleep(0.05)
            for name in PODS:
                net.hosts[name].cmd_raises(["python3", "-c", FETCH, *URLS])
            log.seek(0)
            print(log.read().count(b" 200 "), "pages")
    finally:
        for server in servers:
            server.terminate()
            server.wait()
        await net.async_delete()


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder))
