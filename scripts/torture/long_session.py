"""A session with very many commands: `long_session.py COMMANDS SEED RECORDING`.

Prints memory (KiB) and descriptors of the process, after half of the commands and at the end.
"""

import gc
import json
import os
import random
import sys
from pathlib import Path

from ipwrap import IpwrapError, Session
from ipwrap.kinds import Bridge, Veth

LINKS = 20
NETNS = 4


def measure() -> dict[str, int]:
    """Return the memory and the number of descriptors of this process."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    kib = int(fields["VmRSS"].split()[0])

    return {"kib": kib, "descriptors": len(os.listdir("/proc/self/fd"))}


def main() -> None:
    """Run the commands, and print the measurements."""
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    source = random.Random(seed)
    measurements = []

    with Session(sandbox=True, record=sys.argv[3]) as session:
        session.ip.link.add("br0", Bridge(), up=True)
        for number in range(NETNS):
            session.ip.netns.add(f"ns{number}")
        for number in range(LINKS):
            pair = Veth(peer="eth0", peer_netns=f"ns{number % NETNS}")
            if number >= NETNS:
                pair = Veth(peer=f"peer{number}")
            session.ip.link.add(f"veth{number}", pair, master="br0", up=True)

        for position in range(2):
            run_commands(session, source, count=count // 2, start=position * count)
            measurements.append(measure())

    print(json.dumps(measurements))


def run_commands(session: Session, source: random.Random, *, count: int, start: int) -> None:
    """Run changes and reads, in several namespaces, some of them failing."""
    for number in range(start, start + count):
        choice = source.randrange(10)
        pod = session.netns(f"ns{number % NETNS}")

        if choice < 3:
            session.ip.link.set(f"veth{number % LINKS}", mtu=1280 + number % 200)
        elif choice < 5:
            pod.ip.address.replace(f"10.{number % 250}.0.1/24", dev="lo")
        elif choice < 7:
            session.ip.link.show(f"veth{number % LINKS}")
        elif choice == 7:
            pod.ip.route.show()
        elif choice == 8:
            add_and_delete(session, number)
        else:
            fail(session, number)


def add_and_delete(session: Session, number: int) -> None:
    """Add a link and delete it: the names never repeat."""
    name = f"b{number}"
    session.ip.link.add(name, Bridge())
    session.ip.link.delete(name)


def fail(session: Session, number: int) -> None:
    """Run a command that fails."""
    try:
        session.ip.link.delete(f"none{number}")
    except IpwrapError:
        return
    raise AssertionError("a missing link was deleted")


if __name__ == "__main__":
    main()
