#!/usr/bin/env python3
"""Measure exports: ``.venv/bin/python scripts/bench/paper.py [--events N]... [--format
FORMAT]...``.

For each size a recording is made, of pods in which nothing runs, and exported by the command line:
seconds, and the most memory that the process held. Of ``links`` all pods stay; of ``churn`` each
goes before the next comes, so that nothing is left to be taken away.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

from ipwrap import DryRun, Local, Session
from ipwrap.export import FORMATS
from ipwrap.kinds import Bridge, Veth

SIZES = (20_000, 200_000)
LABS = ("links", "churn")


def main() -> None:
    """Print a table: what was exported as what, seconds, MiB."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--events", type=int, action="append", help=f"of so many events (default: {SIZES})"
    )
    parser.add_argument(
        "--format", choices=sorted(FORMATS), action="append", help="as this (default: sh)"
    )
    given = parser.parse_args()
    rows = []
    begin = multiprocessing.get_context("spawn").Pool(
        1, maxtasksperchild=1
    )  # a child's peak begins with its parent's
    with begin as apart, tempfile.TemporaryDirectory(prefix="ipwrap-bench-") as folder:
        for lab in LABS:
            for events in given.events or SIZES:
                path = Path(folder) / f"{lab}.jsonl"
                links = apart.apply(record, (path, events, lab == "churn"))
                size = path.stat().st_size / 2**20
                for format_ in given.format or ("sh",):
                    print(f"{lab}, {events} events, {format_}", file=sys.stderr)
                    rows.append(
                        (lab, events, links, f"{size:.0f}", format_, *export(path, format_))
                    )
    print(
        tabulate(
            rows,
            headers=[
                "lab",
                "events",
                "links made",
                "MiB of recording",
                "format",
                "seconds",
                "peak MiB",
            ],
        )
    )


def record(path: Path, events: int, churn: bool) -> int:
    """Record pods, in which nothing runs, until there are so many events.

    Return how many links were made.
    """
    with Session(Local(), DryRun(), record=path) as session:
        session.ip.link.add("cni0", Bridge(), up=True)
        pods = 0
        while len(session.recording.events) < events - 1:
            pods += 1
            pod(session, pods)
            if churn:
                session.ip.netns.delete(f"pod{pods}")
    return 1 + 2 * pods


def pod(session: Session, number: int) -> None:
    """Add one pod: a namespace, a cable to the bridge, and an address on its end."""
    name = f"pod{number}"
    session.note(f"{name}: a namespace, and a cable to the bridge.")
    session.ip.netns.add(name)
    session.ip.link.add(f"veth{number}", Veth(peer="eth0", peer_netns=name), master="cni0", up=True)
    session.netns(name).ip.address.add(
        f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/8", dev="eth0"
    )


def export(path: Path, format_: str) -> tuple[str, str]:
    """Export a recording in a process of its own.

    Return its seconds, and the most MiB that it held.
    """
    argv = (
        sys.executable,
        "-m",
        "ipwrap",
        "export",
        str(path),
        "--format",
        format_,
        "-o",
        f"{path}.out",
    )
    started = time.perf_counter()
    process = subprocess.Popen(argv)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(argv)}: status {process.returncode}")
    return f"{time.perf_counter() - started:.1f}", f"{used.ru_maxrss / 1024:.0f}"


if __name__ == "__main__":
    main()
