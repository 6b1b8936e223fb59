"""The ports on which a process and its children listen are read from /proc."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from ipwrap.shims.calls.sockets import FIRST_CHOSEN_PORT, listening_ports

PROC = Path("/proc")
LISTEN = """
import socket, sys
sockets = []
for kind, listens in ((socket.SOCK_STREAM, True), (socket.SOCK_DGRAM, False)):
    for port in range(20000, 32000):
        server = socket.socket(socket.AF_INET, kind)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            continue
        if listens:
            server.listen()
        sockets.append(server)
        print(port, flush=True)
        break
sys.stdin.read()
"""


def test_ports_of_a_child() -> None:
    """A TCP socket that listens and a bound UDP socket of a child count."""
    argv = (sys.executable, "-c", LISTEN)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        ports = [int(child.stdout.readline()), int(child.stdout.readline())]
        open_ports = listening_ports(PROC, child.pid)
        assert child.stdin is not None
        child.stdin.close()

    assert {("tcp", ports[0]), ("udp", ports[1])} == open_ports


def test_port_that_the_kernel_chose_is_left_out() -> None:
    """Another run has another port: nobody can wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ports = listening_ports(PROC, os.getpid())

    assert port >= FIRST_CHOSEN_PORT
    assert ("tcp", port) not in ports


def test_process_that_has_ended_listens_on_nothing(tmp_path: Path) -> None:
    """A process without files in /proc has no ports."""
    assert set() == listening_ports(tmp_path, 1)
