#!/usr/bin/env python3
"""Measure exports: ``.venv/bin/python scripts/bench/paper.py [--events N] [--format FORMAT]``.

Both options may be repeated. The script records empty pods at each size, and exports the recordings
by the command line: the seconds, and the peak memory of the process. In the lab ``links`` the pods
stay; in ``churn`` every pod is deleted before the next pod, and no teardown is left to do.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tabulate import tabulate

from ipwrap import DryRun, Local, Session
from ipwrap.export import FORMATS
from ipwrap.kinds import Bridge, Veth

SIZES = (20_000, 200_000)
LABS = ("links", "churn")


def main() -> None:
    """Print a table: lab, size of the recording, format, seconds, MiB."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--events",
        type=int,
        action="append",
        help=f"of so many events (default: {SIZES})",
    )

    parser.add_argument(
        "--format",
        choices=sorted(FORMATS),
        action="append",
        help="as this (default: sh)",
    )

    options = parser.parse_args()

    print(
        tabulate(
            measure_exports(options.events or SIZES, options.format or ("sh",)),
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


def measure_exports(sizes: Iterable[int], formats: Sequence[str]) -> list[tuple[object, ...]]:
    """Record each lab at each size, export the recording, and return the rows of the table."""
    rows: list[tuple[object, ...]] = []

    # The recordings are made in child processes: the peak memory (ru_maxrss) of an export begins
    # with the memory of this process.
    pool = multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1)

    with pool, tempfile.TemporaryDirectory(prefix="ipwrap-bench-") as folder:
        for lab in LABS:
            for events in sizes:
                path = Path(folder) / f"{lab}.jsonl"
                links = pool.apply(
                    record_pods, (path,), {"events": events, "churn": lab == "churn"}
                )
                mib = path.stat().st_size / 2**20

                for format_ in formats:
                    print(f"{lab}, {events} events, {format_}", file=sys.stderr)
                    seconds, peak = export(path, format_)
                    rows.append((lab, events, links, f"{mib:.0f}", format_, seconds, peak))

    return rows


def record_pods(path: Path, *, events: int, churn: bool) -> int:
    """Record pods until the recording has so many events; return the number of created links."""
    with Session(Local(), DryRun(), record=path) as session:
        session.ip.link.add("cni0", Bridge(), up=True)
        pods = 0

        while len(session.recording.events) < events - 1:
            pods += 1
            add_pod(session, pods)
            if churn:
                session.ip.netns.delete(f"pod{pods}")

    return 1 + 2 * pods


def add_pod(session: Session, number: int) -> None:
    """Add a pod: a namespace, a cable to the bridge, and an address."""
    name = f"pod{number}"
    cable = f"veth{number}"
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/8"

    session.note(f"{name}: a namespace, and a cable to the bridge.")
    session.ip.netns.add(name)
    session.ip.link.add(cable, Veth(peer="eth0", peer_netns=name), master="cni0", up=True)
    session.netns(name).ip.address.add(address, dev="eth0")


def export(path: Path, format_: str) -> tuple[str, str]:
    """Export a recording in a new process; return the seconds and the peak memory in MiB."""
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

    start = time.perf_counter()
    process = subprocess.Popen(argv)
    _, status, usage = os.wait4(process.pid, 0)

    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(argv)}: status {process.returncode}")

    return f"{time.perf_counter() - start:.1f}", f"{usage.ru_maxrss / 1024:.0f}"


if __name__ == "__main__":
    main()
