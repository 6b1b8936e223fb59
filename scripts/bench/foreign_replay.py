#!/usr/bin/env python3
"""Measure replays of somebody else's script: ``.venv/bin/python scripts/bench/foreign_replay.py``.

A shell script that adds next hops, one process each, is recorded by `ipwrap record` and replayed:
by the session with a process a command, by the session with workers, and by the exported batch. All
run in throw-away sandboxes. ``--nexthops N`` (default: 1000) sets the size.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tabulate import tabulate

from ipwrap import Process, Recording, Sandbox, Session
from ipwrap.replay import Replay, replay, replay_export

SCRIPT = """\
set -e
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 10.0.0.1/8 dev v0
for number in $(seq 1 {count}); do
    ip nexthop add id "$number" via "10.1.$((number / 250)).$((number % 250 + 1))" dev v0
done
"""


def main() -> None:
    """Record the script, and print a table: the way, seconds, milliseconds a command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nexthops", type=int, default=1000, help="of the script (default: 1000)")
    count = parser.parse_args().nexthops

    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), count)
    print(tabulate(rows, headers=["way", "seconds", "ms a command", "differences"]))


def measure(folder: Path, count: int) -> list[tuple[str, str, str, int]]:
    """Return a row for each way of running the script again."""
    path = folder / "lab.jsonl"
    script = folder / "lab.sh"
    script.write_text(SCRIPT.format(count=count))
    _record(script, path)
    recording = Recording.load(path)

    ways: dict[str, Callable[[], Replay]] = {
        "session, processes": lambda: _replay_by_session(recording, Process()),
        "session, workers": lambda: _replay_by_session(recording, None),
        "batch export": lambda: _replay_by_batch(recording),
    }
    rows = []
    for way, run in ways.items():
        started = time.perf_counter()
        report = run()
        seconds = time.perf_counter() - started
        milliseconds = 1000 * seconds / len(recording.commands)
        rows.append((way, f"{seconds:.2f}", f"{milliseconds:.2f}", len(report.differences)))

    return rows


def _record(script: Path, path: Path) -> None:
    """Record a script in a sandbox."""
    argv = (sys.executable, "-m", "ipwrap", "record", "--sandbox", "-o", path, "--", "sh", script)
    subprocess.run(argv, check=True)


def _replay_by_session(recording: Recording, executor: Process | None) -> Replay:
    """Replay a recording in a session; None stands for workers."""
    with Session(Sandbox(), executor) if executor else Session(Sandbox()) as session:
        return replay(recording, session)


def _replay_by_batch(recording: Recording) -> Replay:
    """Replay the batch export of a recording."""
    with Session(Sandbox()) as session:
        return replay_export(recording, session, export_format="batch")


if __name__ == "__main__":
    main()
