"""Five pods on a bridge with Mininet: each serves pages, and each fetches from all."""

import subprocess
import tempfile
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge

SERVE = """\
import http.server, socketserver
socketserver.TCPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
FETCH = "import sys, urllib.request as r; [r.urlopen(url).read() for url in sys.argv[1:]]"
URLS = [f"http://10.244.0.{host}:8000" for host in range(2, 7)]

net = Mininet(controller=None, switch=LinuxBridge, ipBase="10.244.0.0/24")
switch = net.addSwitch("s1")
for host in range(2, 7):
    pod = net.addHost(f"pod{host - 1}", ip=f"10.244.0.{host}/24", defaultRoute="via 10.244.0.1")
    net.addLink(pod, switch)
net.start()
servers = []
try:
    switch.cmd("ip address add 10.244.0.1/24 dev s1")
    with tempfile.TemporaryFile() as log:
        streams = {"stdout": log, "stderr": subprocess.STDOUT}
        servers += [pod.popen(["python3", "-c", SERVE], **streams) for pod in net.hosts]
        deadline = time.monotonic() + 10
        for pod in net.hosts:
            while not pod.cmd("ss -Hltn 'sport = :8000'") and time.monotonic() < deadline:
                time.sleep(0.05)
        for pod in net.hosts:
            if pod.popen(["python3", "-c", FETCH, *URLS]).wait():
                raise ChildProcessError(pod.name)
        log.seek(0)
        print(log.read().count(b" 200 "), "pages")
finally:
    for server in servers:
        server.terminate()
        server.wait()
    net.stop()
