"""How long a snapshot takes: `python -m scripts.bench.snapshot [NUMBER] [--against TREE]`.

A sandbox gets so many namespaces, each with a veth to a bridge. Inside, players take turns: a new
process of ipwrap that takes a snapshot, the same by the ipwrap of another tree (a checkout of an
earlier commit), and a shell script that reads the same objects, but neither sysctls nor the numbers
of namespaces. The CPU time is that of all processes; the memory is the peak of the first one.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import define, field

from ipwrap import Session
from ipwrap.kinds import Bridge, Veth
from scripts.bench.process_tree import CpuClock

__all__ = ["build", "main"]

DEFAULT_NUMBER = 1000
DEFAULT_ROUNDS = 3
TREE = Path(__file__).resolve().parents[2]
KIBIBYTES = 1024

SCRIPT = r"""
read_namespace() {
    printf '%s show\n' address 'route' neigh rule nexthop link | sed 's/^route.*/& table all/' |
        ip "$@" -j -d -batch -
    ip "$@" -6 -j -d rule show
    tc "$@" -j qdisc show
}
read_namespace
ip netns list | while read -r name _; do read_namespace -n "$name"; done
"""


@define
class Player:
    """A program that reads the place, and its figures so far."""

    name: str
    argv: tuple[str, ...]
    tree: Path
    seconds: list[float] = field(factory=list)
    cpu: list[float] = field(factory=list)
    peak: int = 0  # MiB

    def play(self, session: Session) -> None:
        """Run the program inside the place, and note its figures."""
        variables = {"PYTHONPATH": str(self.tree)}
        argv = session.place.wrap(self.argv, variables=variables)
        environment = {**os.environ, **variables}
        process = subprocess.run(
            argv, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        figures = json.loads(process.stdout.splitlines()[-1])
        self.seconds.append(figures["seconds"])
        self.cpu.append(figures["cpu"])
        self.peak = max(self.peak, figures["peak"])


def build(session: Session, number: int) -> None:
    """Make namespaces, each with a veth to a bridge, and an address."""
    session.ip.link.add("br0", Bridge(), up=True)
    for index in range(number):
        name = f"ns{index}"
        session.ip.netns.add(name)
        session.ip.link.add(f"v{index}", Veth(peer="eth0", peer_netns=name), master="br0", up=True)
        namespace = session.netns(name)
        for link in ("lo", "eth0"):
            namespace.ip.link.set(link, up=True)
        namespace.ip.address.add(f"10.{index // 250}.{index % 250}.1/8", dev="eth0")


def read(by: str) -> None:
    """Read the present place, and print the figures as JSON."""
    clock = CpuClock()
    clock.start()
    start = time.perf_counter()
    if by == "script":
        subprocess.run(("sh", "-c", SCRIPT), stdout=subprocess.DEVNULL, check=True)
    else:
        with Session() as session:
            session.snapshot()
    seconds = time.perf_counter() - start

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIBIBYTES
    print(json.dumps({"seconds": seconds, "cpu": clock.stop() / 1e6, "peak": peak}))


def players(against: Path | None) -> Iterator[Player]:
    """Yield the players, in the order of their turns."""
    program = (sys.executable, str(Path(__file__).resolve()), "--read")
    yield Player("ipwrap", (*program, "ipwrap"), TREE)
    if against is not None:
        yield Player(against.name, (*program, "ipwrap"), against.resolve())
    yield Player("shell script", (*program, "script"), TREE)


def main() -> None:
    """Print a row for each player, with the load of the machine before."""
    parser = argparse.ArgumentParser(description="Measure a snapshot of many namespaces.")
    parser.add_argument("number", nargs="?", type=int, default=DEFAULT_NUMBER)
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS)
    parser.add_argument("--against", type=Path, metavar="TREE", help="another tree of ipwrap")
    parser.add_argument("--read", choices=("ipwrap", "script"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read is not None:
        read(options.read)
        return

    everyone = [*players(options.against)]
    load = os.getloadavg()[0]
    with Session(sandbox=True) as session:
        build(session, options.number)
        for number in range(options.rounds):
            for player in everyone[number % len(everyone) :] + everyone[: number % len(everyone)]:
                player.play(session)

    print(f"{options.number} namespaces, {options.rounds} rounds, load before {load:.1f}")
    print("player            median s   least s   CPU s   peak MiB")
    for player in everyone:
        median, least = statistics.median(player.seconds), min(player.seconds)
        cpu = statistics.median(player.cpu)
        print(f"{player.name:16}  {median:8.2f}  {least:8.2f}  {cpu:6.2f}  {player.peak:9}")


if __name__ == "__main__":
    main()
