"""A lab of N nodes on a switch: seconds and memory. ``python -m scripts.bench.lab_nodes [N]``.

Beside it the same commands as `ip -batch` files, which is what the export "batch" of the lab's
recording runs, and Mininet with as many hosts on a LinuxBridge, where it is installed. Each build
has a new sandbox. The memory is that of all processes while the lab is up: files leave none.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ipwrap import Sandbox
from ipwrap.lab import Lab
from ipwrap.views.table import format_table
from scripts.bench.players import missing_mininet, python_with_mininet
from scripts.bench.process_tree import used_memory

__all__ = ["main"]

Row = tuple[str, float, float | None, float | None]  # a way; seconds to build and to close; MiB
PODS = Path(__file__).parent / "mininet_pods.py"
MIB = 2**20


def main() -> None:
    """Build the lab by each way, and print a table."""
    parser = argparse.ArgumentParser(description="Build a lab of many nodes by several ways.")
    parser.add_argument("nodes", nargs="?", type=int, default=1000)
    parser.add_argument("--python", metavar="PYTHON", help="a Python that has Mininet")
    options = parser.parse_args()

    lab_row, script = build_by_lab(options.nodes)
    rows = [lab_row, build_by_batch_files(script)]

    missing = None if options.python else missing_mininet()
    if missing is None:
        python = options.python or python_with_mininet()
        rows.append(build_by_mininet(options.nodes, python))

    print(f"{options.nodes} nodes on a switch")
    print(format_table(("way", "seconds", "to close", "MiB"), map(format_row, rows)))
    if missing is not None:
        print(f"no Mininet: {missing}")


def build_by_lab(count: int) -> tuple[Row, str]:
    """Build the lab, and return its row and its commands as batch files."""
    with Lab(pools="10.0.0.0/8") as lab:
        started = time.perf_counter()
        switch = lab.switch("sw1")
        for number in range(count):
            lab.link(lab.node(f"h{number}"), switch)
        lab.up()
        seconds = time.perf_counter() - started

        memory = used_memory()
        script = lab.session.export("batch")
        closing = time.perf_counter()

    return ("ipwrap's Lab", seconds, time.perf_counter() - closing, memory / MIB), script


def build_by_batch_files(script: str) -> Row:
    """Run the same commands by `ip -batch`."""
    sandbox = Sandbox()
    sandbox.open()
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
            file.write(script)
            file.flush()
            started = time.perf_counter()
            argv = sandbox.wrap(("sh", file.name))
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - started
    finally:
        sandbox.close()

    return ("ip -batch files", seconds, None, None)


def build_by_mininet(count: int, python: str | None) -> Row:
    """Build the same lab by Mininet. Raises `SystemExit` with its last words if it fails."""
    sandbox = Sandbox(privileged=True)
    sandbox.open()
    try:
        argv = sandbox.wrap((python or sys.executable, str(PODS), str(count)))
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
    finally:
        sandbox.close()

    if done.returncode:
        sys.exit(f"Mininet: {done.stderr.strip() or f'status {done.returncode}'}")
    figures = json.loads(done.stdout.splitlines()[-1])
    seconds = (figures["open"] + figures["work"]) / 1e6
    return ("Mininet", seconds, figures["close"] / 1e6, figures["memory"] / MIB)


def format_row(row: Row) -> tuple[str, ...]:
    """Return a row as text."""
    way, seconds, closing, memory = row
    rest = (
        "-" if closing is None else f"{closing:.2f}",
        "-" if memory is None else f"{memory:.0f}",
    )
    return (way, f"{seconds:.2f}", *rest)


if __name__ == "__main__":
    main()
