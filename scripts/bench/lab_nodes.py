"""A lab of N nodes on a switch: seconds and memory. ``python -m scripts.bench.lab_nodes [N]``.

Beside it the same commands as `ip -batch` files, which is what the export "batch" of the lab's
recording runs, and Mininet where it is installed in /tmp/peers. Each build has a new sandbox.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ipwrap import Sandbox
from ipwrap.lab import Lab

__all__ = ["main"]

PEERS = Path("/tmp/peers")  # a folder of Python packages
PODS = Path(__file__).parent / "mininet_pods.py"


def main(count: int) -> None:
    """Build the lab by each way, and print a line for each."""
    script = build_by_lab(count)
    with tempfile.TemporaryDirectory() as folder:
        build_by_batch_files(script, Path(folder) / "lab.sh")
    build_by_mininet(count)


def build_by_lab(count: int) -> str:
    """Build the lab, print its figures, and return the commands as batch files."""
    with Lab(pools="10.0.0.0/8") as lab:
        started = time.perf_counter()
        switch = lab.switch("sw1")
        for number in range(count):
            lab.link(lab.node(f"h{number}"), switch)
        lab.up()
        seconds = time.perf_counter() - started

        commands = sum(1 for _ in lab.session.recording.commands)
        script = lab.session.export("batch")

    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"lab          {count} nodes  {commands} commands  {seconds:6.2f} s  "
        f"{megabytes:.0f} MB of this process"
    )
    return script


def build_by_batch_files(script: str, path: Path) -> None:
    """Run the same commands by `ip -batch`, and print the seconds."""
    path.write_text(script, encoding="utf-8")
    sandbox = Sandbox()
    sandbox.open()
    try:
        started = time.perf_counter()
        subprocess.run(sandbox.wrap(("sh", str(path))), check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
    finally:
        sandbox.close()

    print(f"ip -batch    the same commands from files  {seconds:6.2f} s")


def build_by_mininet(count: int) -> None:
    """Build the same lab by Mininet, if it is there, and print what its script prints."""
    if not (PEERS / "mininet").is_dir():
        print(f"mininet      skipped: there is no {PEERS / 'mininet'}")
        return

    sandbox = Sandbox(privileged=True)
    sandbox.open()
    try:
        argv = ("env", f"PYTHONPATH={PEERS}", sys.executable, str(PODS), str(count))
        done = subprocess.run(sandbox.wrap(argv), check=False, capture_output=True, text=True)
    finally:
        sandbox.close()

    print(f"mininet      {done.stdout.strip() or done.stderr.strip()}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)
