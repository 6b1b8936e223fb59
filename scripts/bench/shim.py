"""What a call costs under `ipwrap record`, as a multiple of the bare one: ``shim.py [RUNS]``.

Pairs of a bare call and one through the shim, in turn, in a sandbox, with each shell that may be
/bin/sh; the ratio is the median of the pairs'.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

from ipwrap.places import Sandbox
from ipwrap.shims.recorder import make_calls_folder
from ipwrap.shims.shims import Shims
from ipwrap.system.programs import find, need
from ipwrap.views.table import text_table

CALLS = (
    ("ip", "link", "show"),
    ("ip", "-j", "link", "show"),
    ("ip", "link", "set", "dev", "lo", "up"),
    ("ip", "netns", "exec", "red", "ip", "link", "set", "dev", "lo", "up"),
    ("ip", "netns", "exec", "red", "true"),
)


def main(runs: int) -> None:
    """Open a sandbox, run the pairs there, and print the table."""
    place = Sandbox()
    place.open()
    try:
        argv = (sys.executable, os.path.abspath(__file__), "--inside", str(runs))
        subprocess.run(
            place.wrap(("sh", "-c", 'ip netns add red; exec "$@"', "sh", *argv)), check=True
        )
    finally:
        place.close()


def inside(runs: int) -> None:
    """Run the pairs here."""
    rows = []
    for shell in filter(None, map(find, ("dash", "bash"))):
        folder = make_calls_folder()
        try:
            shims = Shims(folder, str(folder), f"/proc/{os.getpid()}/ns/net")
            shims.write()
            for shim in (folder / "bin").iterdir():
                _, _, rest = shim.read_text().partition("\n")
                shim.write_text(f"#!{shell}\n{rest}")
            path = shims.path(os.environ["PATH"])
            rows += [
                (os.path.basename(shell), " ".join(argv), *_pairs(argv, path, runs))
                for argv in CALLS
            ]
        finally:
            shutil.rmtree(folder)
    print(text_table(("sh", "call", "bare, ms", "recorded, ms", "times"), rows))


def _pairs(argv: tuple[str, ...], path: str, runs: int) -> tuple[str, str, str]:
    """Return the medians of a call bare and recorded, and of their ratios."""
    bare = (need(argv[0]), *argv[1:])
    shim = (f"{path.partition(':')[0]}/{argv[0]}", *argv[1:])
    pairs = [(_timed(bare, os.environ["PATH"]), _timed(shim, path)) for _ in range(runs)]
    ratio = statistics.median(recorded / plain for plain, recorded in pairs)
    plain, recorded = (statistics.median(each) * 1000 for each in zip(*pairs, strict=True))
    return f"{plain:.2f}", f"{recorded:.2f}", f"{ratio:.2f}"


def _timed(argv: tuple[str, ...], path: str) -> float:
    """Return how long a call takes, in seconds."""
    before = time.perf_counter()
    subprocess.run(argv, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - before


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 300)
