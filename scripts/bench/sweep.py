"""How long a sweep of small labs takes: `python -m scripts.bench.sweep [NUMBER]`.

Each lab is two nodes, a cable with addresses and a ping, in a sandbox of its own, with its recording.
They run in one and in two processes of this machine, and on two workers of Dask where the package
distributed is installed. The time has the start of the processes, but not that of Dask's workers,
which other sweeps share.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ipwrap
from ipwrap import Session

__all__ = ["lab", "main"]

DEFAULT_NUMBER = 100


def lab(session: Session, *, number: int) -> int:
    """Build two nodes, and ping one from the other."""
    for name in ("a", "b"):
        session.ip.netns.add(name)
    session.cable("a:eth0", "b:eth0", addresses=("10.0.0.1/24", "10.0.0.2/24"))
    session.netns("a").exec("ping", "-q", "-c", "1", "10.0.0.2")
    return number


def measure(number: int, **workers: Any) -> float:
    """Return the seconds of a sweep of so many labs. Raises `SystemExit` if one fails."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        results = ipwrap.sweep(lab, {"number": range(number)}, out=folder, **workers)
        seconds = time.monotonic() - begin

    if results.failed:
        sys.exit(f"{len(results.failed)} of {number} labs failed: {results.failed[0].error}")
    return seconds


@contextmanager
def dask_executor() -> Iterator[Any]:
    """Yield the executor of two workers of Dask; None without the package."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        yield None
        return

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        yield client.get_executor()


def main() -> None:
    """Print a row for each kind of workers, with the load of the machine before it."""
    parser = argparse.ArgumentParser(description="Measure sweeps of two-node labs.")
    parser.add_argument("number", nargs="?", type=int, default=DEFAULT_NUMBER, help="of labs")
    number = parser.parse_args().number

    print(f"{number} labs of two nodes, {len(os.sched_getaffinity(0))} processors")
    print("workers             seconds  labs/s  ratio  load before")
    first: float | None = None

    with dask_executor() as executor:
        kinds: dict[str, dict[str, Any]] = {
            "1 process": {"jobs": 1},
            "2 processes": {"jobs": 2},
        }
        if executor is not None:
            kinds["2 workers of Dask"] = {"executor": executor}

        for name, options in kinds.items():
            load = os.getloadavg()[0]
            seconds = measure(number, **options)
            first = first or seconds
            ratio = first / seconds
            print(f"{name:18}  {seconds:7.1f}  {number / seconds:6.1f}  {ratio:5.2f}  {load:11.1f}")

    if executor is None:
        print("Dask is not measured: pip install distributed")


if __name__ == "__main__":
    main()
