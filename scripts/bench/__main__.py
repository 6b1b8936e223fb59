"""The bench's command: hold the contests, print the tables, say which goals are met."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator

from ipwrap import PlaceError
from scripts.bench import report
from scripts.bench.contests import CONTESTS, Contest, Size
from scripts.bench.goals import judge
from scripts.bench.launch import adopt
from scripts.bench.measure import Measured, measure

__all__ = ["main"]

SMALLEST = 3


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="bench.py", description="Measure ipwrap against its peers, in sandboxes."
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, and as many rounds as fit into a minute"
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON for machines, every round of it"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=CONTESTS,
        help=f"some of: {', '.join(CONTESTS)}",
    )
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="so many rounds of each, instead of each one's own"
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="F", help="sizes so many times as large"
    )
    return parser.parse_args()


def sizes(contest: Contest, given: argparse.Namespace) -> Iterator[Size]:
    """Yield the sizes of a contest as the command line wants them."""
    for size in contest.quick if given.quick else contest.full:
        n = max(SMALLEST, round(size.n * given.scale))
        yield Size(n, size.rounds if given.rounds is None else max(1, given.rounds))


def hold(contest: Contest, given: argparse.Namespace) -> list[Measured]:
    """Hold a contest at all its sizes; print what came of it, unless JSON is wanted."""
    held = []
    for at, size in enumerate(sizes(contest, given)):
        held.append(measure(contest, size, at, quick=given.quick))
        if not given.json and contest.name != "growth":
            print(report.contest_table(held[-1]), flush=True)
    if not given.json and contest.name == "growth":
        print(report.growth_tables(held), flush=True)
    return held


def main() -> int:
    """Hold the contests and say which goals are met. The exit status says nothing about time."""
    given = arguments()
    adopt()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what plays is ended, too
    started = time.perf_counter()
    if not given.json:
        print(", ".join(f"{key} {value}" for key, value in report.machine().items()), end="\n\n")
    try:
        held = [each for name in given.only or CONTESTS for each in hold(CONTESTS[name], given)]
    except PlaceError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    verdicts = judge(held)
    if given.json:
        print(json.dumps(report.as_json(held, verdicts, quick=given.quick), indent=1))
    else:
        print(report.goal_table(verdicts))
        print(f"\nall of it took {time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
