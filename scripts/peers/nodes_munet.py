"""Ten nodes on a switch with munet: nine fetch from the first, whose packets are captured."""

import asyncio
import signal
import subprocess
import tempfile
import time

from munet.base import BaseMunet

SERVE = """\
import http.server, socketserver
socketserver.TCPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
FETCH = "import sys, urllib.request as r; r.urlopen(sys.argv[1]).read()"


async def main(folder: str) -> None:
    """Build the nodes, start the server and the capture, and fetch."""
    net = BaseMunet("ten-nodes", rundir=folder, isolated=False, pid=False)
    started = []
    try:
        switch = net.add_switch("s1")
        for number in range(1, 11):
            node = net.add_host(f"h{number}")
            net.add_link(node, switch, "eth0", f"veth-h{number}")
            node.cmd_raises(f"ip address add 10.0.0.{number}/24 dev eth0")
            node.cmd_raises("ip link set lo up && ip link set eth0 up")
        server, *clients = net.hosts.values()
        started.append(server.popen(["python3", "-c", SERVE], stderr=subprocess.DEVNULL))
        probe = "ss -Hltn 'sport = :8000' | grep -q ."
        deadline = time.monotonic() + 10
        while server.cmd_status(probe)[0] and time.monotonic() < deadline:
            time.sleep(0.05)

        path = f"{folder}/http.pcap"
        argv = ["tcpdump", "-Z", "root", "--immediate-mode", "-U", "-w", path]
        argv += ["-i", "eth0", "tcp[13] = 2"]
        tcpdump = server.popen(argv, stderr=subprocess.PIPE, text=False, encoding=None)
        started.append(tcpdump)
        while b"listening on" not in tcpdump.stderr.readline():
            pass
        for client in clients:
            client.cmd_raises(["python3", "-c", FETCH, "http://10.0.0.1:8000"])
        tcpdump.send_signal(signal.SIGINT)
        tcpdump.wait()
        read = subprocess.run(["tcpdump", "-r", path], capture_output=True, check=True)
        print(read.stdout.count(b"\n"), "connections")
    finally:
        for process in started:
            process.terminate()
            process.wait()
        await net.async_delete()


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder))
