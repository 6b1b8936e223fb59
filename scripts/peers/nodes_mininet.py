"""Ten nodes on a switch with Mininet: nine fetch from the first, whose packets are captured."""

import signal
import subprocess
import tempfile
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge

SERVE = """\
import http.server, socketserver
socketserver.TCPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
FETCH = "import sys, urllib.request as r; r.urlopen(sys.argv[1]).read()"

net = Mininet(controller=None, switch=LinuxBridge, ipBase="10.0.0.0/24")
switch = net.addSwitch("s1")
server, *clients = (net.addHost(f"h{number}") for number in range(1, 11))
for node in (server, *clients):
    net.addLink(node, switch)
net.start()
started = []
try:
    started.append(server.popen(["python3", "-c", SERVE], stderr=subprocess.DEVNULL))
    deadline = time.monotonic() + 10
    while not server.cmd("ss -Hltn 'sport = :8000'") and time.monotonic() < deadline:
        time.sleep(0.05)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/http.pcap"
        argv = ["tcpdump", "-Z", "root", "--immediate-mode", "-U", "-w", path]
        argv += ["-i", "h1-eth0", "tcp[13] = 2"]
        tcpdump = server.popen(argv, stderr=subprocess.PIPE)
        started.append(tcpdump)
        while b"listening on" not in tcpdump.stderr.readline():
            pass
        for client in clients:
            if client.popen(["python3", "-c", FETCH, f"http://{server.IP()}:8000"]).wait():
                raise ChildProcessError(client.name)
        tcpdump.send_signal(signal.SIGINT)
        tcpdump.wait()
        read = subprocess.run(["tcpdump", "-r", path], capture_output=True, check=True)
        print(read.stdout.count(b"\n"), "connections")
finally:
    for process in started:
        process.terminate()
        process.wait()
    net.stop()
