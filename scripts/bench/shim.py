"""The cost of a call under `ipwrap record`, as a multiple of the bare call: ``shim.py [RUNS]``.

A bare call and a call through the shim alternate, in a sandbox, with each shell that may be
/bin/sh. The ratio is the median over the pairs.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from ipwrap.places import Sandbox
from ipwrap.shims.recorder import make_calls_folder
from ipwrap.shims.shims import Shims
from ipwrap.system.programs import find_program, require_program
from ipwrap.views.table import format_table

CALLS = (
    ("ip", "link", "show"),
    ("ip", "-j", "link", "show"),
    ("ip", "link", "set", "dev", "lo", "up"),
    ("ip", "netns", "exec", "red", "ip", "link", "set", "dev", "lo", "up"),
    ("ip", "netns", "exec", "red", "true"),
)


def main(runs: int) -> None:
    """Open a sandbox, measure the pairs inside, and print the table."""
    script = 'ip netns add red; exec "$@"'
    argv = (sys.executable, os.path.abspath(__file__), "--inside", str(runs))
    place = Sandbox()
    place.open()

    try:
        subprocess.run(place.wrap(("sh", "-c", script, "sh", *argv)), check=True)
    finally:
        place.close()


def measure_calls(runs: int) -> None:
    """Measure the calls in the current namespace, and print the table."""
    rows = []

    for shell in filter(None, map(find_program, ("dash", "bash"))):
        folder = make_calls_folder()
        try:
            shims = Shims(folder, str(folder), f"/proc/{os.getpid()}/ns/net")
            shims.write()
            _use_shell(shims_folder=folder / "bin", shell=shell)
            path = shims.path(os.environ["PATH"])
            for argv in CALLS:
                times = _measure_pairs(argv, path=path, runs=runs)
                rows.append((os.path.basename(shell), " ".join(argv), *times))
        finally:
            shutil.rmtree(folder)

    print(format_table(("sh", "call", "bare, ms", "recorded, ms", "times"), rows))


def _use_shell(*, shims_folder: Path, shell: str) -> None:
    """Replace the interpreter in the first line of every shim."""
    for shim in shims_folder.iterdir():
        _, _, body = shim.read_text().partition("\n")
        shim.write_text(f"#!{shell}\n{body}")


def _measure_pairs(argv: tuple[str, ...], *, path: str, runs: int) -> tuple[str, str, str]:
    """Return the median times of the bare and the recorded call, and the median ratio."""
    program, *arguments = argv
    bare = (require_program(program), *arguments)
    shim = (f"{path.partition(':')[0]}/{program}", *arguments)

    bare_times: list[float] = []
    recorded_times: list[float] = []
    ratios: list[float] = []

    for _ in range(runs):
        bare_times.append(_time_call(bare, os.environ["PATH"]))
        recorded_times.append(_time_call(shim, path))
        ratios.append(recorded_times[-1] / bare_times[-1])

    return (
        f"{statistics.median(bare_times) * 1000:.2f}",
        f"{statistics.median(recorded_times) * 1000:.2f}",
        f"{statistics.median(ratios):.2f}",
    )


def _time_call(argv: tuple[str, ...], path: str) -> float:
    """Run a call and return the time in seconds."""
    start = time.perf_counter()
    subprocess.run(argv, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure_calls(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 300)
