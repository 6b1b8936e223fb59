"""The command: run the trials, print a table and every failure."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from ipwrap.views.table import format_table
from scripts.torture.command_line import command_lines
from scripts.torture.crashes import crashes
from scripts.torture.endurance import endurance
from scripts.torture.outcome import Outcome
from scripts.torture.signals import signals
from scripts.torture.states import states

__all__ = ["main"]


@frozen
class Trial:
    """A trial, with its number of runs in the short and in the long form."""

    run: Callable[..., Outcome]
    short: int
    long: int


TRIALS = {
    "recordings": Trial(command_lines, 400, 15_000),
    "signals": Trial(signals, 24, 300),
    "crashes": Trial(crashes, 10, 200),
    "session": Trial(endurance, 4_000, 200_000),
    "states": Trial(states, 30, 300),
}
MOST_FAILURES = 30  # printed of each trial


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="torture", description="Attack ipwrap at random.")
    parser.add_argument("--long", action="store_true", help="many more runs: about two hours")
    parser.add_argument(
        "--only", nargs="+", choices=TRIALS, metavar="TRIAL", help=", ".join(TRIALS)
    )
    parser.add_argument("--seed", type=int, help="repeat the run with this seed")
    parser.add_argument("--runs", type=int, metavar="N", help="instead of each trial's own number")

    return parser.parse_args()


def main() -> int:
    """Run the trials. The exit status is 1 after a failure."""
    options = parse_arguments()
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)

    rows = []
    failures = []

    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        for name in options.only or TRIALS:
            trial = TRIALS[name]
            runs = options.runs or (trial.long if options.long else trial.short)

            start = time.perf_counter()
            outcome = trial.run(Path(folder) / name, runs=runs, seed=seed)
            minutes = (time.perf_counter() - start) / 60

            figures = ", ".join(f"{key} {value}" for key, value in outcome.figures.items())
            row = (outcome.trial, outcome.runs, len(outcome.failures), f"{minutes:.1f}", figures)
            print(f"{name}: {outcome.runs} runs, {len(outcome.failures)} failures", file=sys.stderr)

            rows.append(row)
            failures += outcome.failures[:MOST_FAILURES]

    print(format_table(["trial", "runs", "failures", "minutes", "figures"], rows))
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
