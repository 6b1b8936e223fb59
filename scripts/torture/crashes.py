"""Crashes on a host in use: refused in another namespace, undone in the host's own."""

import random
import signal
import sys
from pathlib import Path

from scripts.torture.host import StandIn, difference, open_stand_in
from scripts.torture.outcome import Outcome

__all__ = ["crashes"]

LAB = Path(__file__).with_name("wild_lab.py")
# The text of a refusal names the namespace.
OTHER_NAMESPACE = ("unshare", "--net", sys.executable, "-m", "ipwrap", "clean", "--yes")


def crashes(folder: Path, *, runs: int, seed: int) -> Outcome:
    """Kill sessions that change a host in use, and undo each.

    After each crash `ipwrap clean` runs in another network namespace, where it must leave the
    recording alone, and then on the host, which must be as before.
    """
    outcome = Outcome("crashes undone")
    seeds = random.Random(seed)

    with open_stand_in(folder) as host:
        before = host.state()

        for _ in range(runs):
            lab_seed = seeds.randrange(2**32)
            outcome.runs += 1

            problems = _crash_and_clean(host, before, lab_seed)
            for problem in problems:
                outcome.fail(f"wild_lab.py {lab_seed}: {problem}")

            # A host that is not as before would make every later run fail, too.
            if problems:
                return _go_on(folder, outcome, runs=runs, seed=seeds.randrange(2**32))

    return outcome


def _go_on(folder: Path, outcome: Outcome, *, runs: int, seed: int) -> Outcome:
    """Run the rest of the trial on a new stand-in."""
    rest = runs - outcome.runs
    if rest > 0:
        outcome.add(crashes(folder.with_name(f"{folder.name}+"), runs=rest, seed=seed))
    return outcome


def _crash_and_clean(host: StandIn, before: dict[str, object], lab_seed: int) -> list[str]:
    """Crash one session, undo it, and return the problems."""
    crashed = host.run(sys.executable, str(LAB), str(lab_seed))
    if crashed.returncode != -signal.SIGKILL and crashed.returncode != 128 + signal.SIGKILL:
        return [f"the lab ended with status {crashed.returncode}: {crashed.stderr}"]

    kept = list(host.state_folder.rglob("*.jsonl"))
    elsewhere = host.run(*OTHER_NAMESPACE)
    problems = []

    if kept != list(host.state_folder.rglob("*.jsonl")):
        problems.append(f"clean in another namespace took the recording: {elsewhere.stderr}")
    if elsewhere.stdout:
        problems.append(f"clean in another namespace ran commands: {elsewhere.stdout}")

    cleaned = host.ipwrap("clean", "--yes")
    differences = difference(before, host.state())
    problems += differences

    if differences or cleaned.returncode != 0:
        problems.append(f"clean ended with {cleaned.returncode}: {cleaned.stderr.strip()}")
    if list(host.state_folder.rglob("*.jsonl")) and not problems:
        problems.append("clean kept the recording")
    return problems
