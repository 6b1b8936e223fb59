"""Ten nodes on a switch with ipwrap: nine fetch from the first, whose packets are captured."""

import tempfile

from ipwrap import until
from ipwrap.lab import Lab

SERVE = """\
import http.server, socketserver
socketserver.TCPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
FETCH = "import sys, urllib.request as r; r.urlopen(sys.argv[1]).read()"

with Lab(pools="10.0.0.0/24") as lab, tempfile.TemporaryDirectory() as folder:
    switch = lab.switch("s1")
    server, *clients = (lab.node(f"h{number}") for number in range(1, 11))
    for node in (server, *clients):
        lab.link(node, switch)
    lab.up()

    server.spawn("python3", "-c", SERVE, ready=until.listening(8000))
    with server.capture("eth0", f"{folder}/http.pcap", filter="tcp[13] = 2") as capture:
        for client in clients:
            client.exec("python3", "-c", FETCH, f"http://{server.address}:8000")
    print(capture.packets, "connections")
