"""The helper program inside a place: finds the network namespaces that only processes have.

`ipwrap.state.process_namespaces` runs it. Containers have such namespaces: no file in /run/netns
names them (lsns(8)). It imports nothing of ipwrap: it perhaps runs as another user, and has to
start in milliseconds.

The records on stdout, with a NUL behind each::

    o BOOT DEVICE:INODE   the boot, and the first namespace of the place
    p PID NAME            the oldest process of a namespace without a name, and the process's name
"""

import os
import sys

NETNS_DIR = os.path.realpath("/var/run") + "/netns"
# A command of iproute2, or a worker of ipwrap, in a namespace whose name has just been deleted.
PASSERS_BY = ("ip", "bridge", "tc")
BOOT_ID = "/proc/sys/kernel/random/boot_id"


def read_text(path: str) -> str:
    """Return the text of a file, an empty one if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read().strip("\n")
    except OSError:
        return ""


def identify(path: str) -> "str | None":
    """Return device and inode of a namespace; None for one that cannot be looked at."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return f"{status.st_dev}:{status.st_ino}"


def named_namespaces() -> "set[str | None]":
    """Return the namespaces that have a name, and the first one."""
    namespaces = {identify("/proc/self/ns/net")}
    try:
        names = os.listdir(NETNS_DIR)
    except OSError:
        names = []
    return namespaces | {identify(f"{NETNS_DIR}/{name}") for name in names}


def process_namespaces() -> "list[tuple[int, str]]":
    """Return the oldest process of each namespace without a name, and its name."""
    known = named_namespaces()
    found = []
    for pid in sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
        namespace = identify(f"/proc/{pid}/ns/net")
        if namespace is None or namespace in known:
            continue

        program = read_text(f"/proc/{pid}/comm")
        if program not in PASSERS_BY:
            known.add(namespace)
            found.append((pid, program))
    return found


def main() -> None:
    """Print the records."""
    records = [f"o{read_text(BOOT_ID)} {identify('/proc/self/ns/net')}"]
    records += [f"p{pid} {name}" for pid, name in process_namespaces()]
    reply = "".join(f"{record}\0" for record in records)
    sys.stdout.buffer.write(reply.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    main()
