"""The ports on which a process and its children listen, from the files of /proc: see proc(5)."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["listening_ports"]

# Files of /proc/PID/net, and the state of a listening socket: TCP_LISTEN, or TCP_CLOSE for a UDP
# socket without a peer (include/net/tcp_states.h).
TABLES = (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07"))
STATE, INODE = 3, 9  # the columns
SOCKET = re.compile(r"socket:\[([0-9]+)\]")

# The kernel chooses ports from here on (ip(7), ip_local_port_range): a replay gets another port.
FIRST_CHOSEN_PORT = 32768
MAX_PROCESSES = 100


def listening_ports(proc: Path, pid: int) -> set[tuple[str, int]]:
    """Return the ports on which a process or a descendant listens, as ("tcp", 80).

    ``proc`` is the mounted /proc. Processes that have ended, or may not be read, are skipped.
    """
    ports: set[tuple[str, int]] = set()
    for process in _with_children(proc, pid):
        inodes = set(_socket_inodes(proc / str(process)))
        if inodes:
            ports.update(_ports_of(proc / str(process), inodes))
    return ports


def _with_children(proc: Path, pid: int) -> list[int]:
    """Return a process and its descendants."""
    processes = [pid]
    for process in processes:
        with contextlib.suppress(OSError):
            children = (proc / f"{process}/task/{process}/children").read_text()
            processes += map(int, children.split())
        if len(processes) > MAX_PROCESSES:
            break
    return processes


def _socket_inodes(folder: Path) -> Iterator[str]:
    """Yield the inodes of the sockets of a process."""
    with contextlib.suppress(OSError):
        for entry in os.listdir(folder / "fd"):
            with contextlib.suppress(OSError):
                match = SOCKET.fullmatch(os.readlink(folder / "fd" / entry))
                if match is not None:
                    yield match[1]


def _ports_of(folder: Path, inodes: set[str]) -> Iterator[tuple[str, int]]:
    """Yield the ports of the listening sockets with these inodes."""
    for table, listening in TABLES:
        try:
            lines = (folder / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue

        for line in lines:
            columns = line.split()
            if columns[STATE] != listening or columns[INODE] not in inodes:
                continue
            port = int(columns[1].rpartition(":")[2], 16)
            if port < FIRST_CHOSEN_PORT:
                yield table.removesuffix("6"), port
