"""Very many commands in one session: memory and file descriptors stay flat."""

import json
import subprocess
import sys
from pathlib import Path

from ipwrap.system.programs import command_environment
from scripts.torture.host import REPOSITORY
from scripts.torture.outcome import Outcome

__all__ = ["endurance"]

SESSION = Path(__file__).with_name("long_session.py")
MOST_GROWTH_KIB = 4096  # of the second half: caches are full by then


def endurance(folder: Path, *, runs: int, seed: int) -> Outcome:
    """Run a session with that many commands, recorded to a file."""
    outcome = Outcome("one long session", runs)
    folder.mkdir(parents=True, exist_ok=True)

    process = subprocess.run(
        (sys.executable, str(SESSION), str(runs), str(seed), str(folder / "long.jsonl")),
        capture_output=True,
        text=True,
        env={**command_environment(), "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    if process.returncode != 0:
        outcome.fail(f"the session ended with status {process.returncode}: {process.stderr[-500:]}")
        return outcome

    half, end = json.loads(process.stdout)
    growth = end["kib"] - half["kib"]
    descriptors = end["descriptors"] - half["descriptors"]
    outcome.figures = {
        "memory of the second half": f"{growth:+d} KiB",
        "descriptors": f"{descriptors:+d}",
        "at the end": f"{end['kib'] // 1024} MiB",
    }

    if growth > MOST_GROWTH_KIB:
        outcome.fail(f"{runs // 2} commands took {growth} KiB")
    if descriptors > 0:
        outcome.fail(f"{runs // 2} commands left {descriptors} descriptors open")
    return outcome
