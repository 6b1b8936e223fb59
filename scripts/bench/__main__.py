"""The bench's command: run the contests, print the tables and which goals are met."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator

from attrs import evolve

from ipwrap import PlaceError
from scripts.bench import report
from scripts.bench.contests import CONTESTS, Contest, Size
from scripts.bench.goals import GOAL_PLAYS, judge
from scripts.bench.launch import become_subreaper
from scripts.bench.measure import Measured, Play, measure
from scripts.bench.players import PLAYERS
from scripts.bench.readme import README_PLAYS, readme_section

__all__ = ["main"]

SMALLEST_SIZE = 3

NEEDED_PLAYS: dict[str, frozenset[Play]] = {"goals": GOAL_PLAYS, "readme": README_PLAYS}


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="bench.py", description="Measure ipwrap against its peers, in sandboxes."
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("contests", *NEEDED_PLAYS),
        default="contests",
        help="all tables (the default); or only what the goals, or the figures of README.md, need",
    )

    parser.add_argument(
        "--quick",
        action="store_true",
        help="small sizes, and as many rounds as fit into a minute",
    )

    parser.add_argument(
        "--json",
        action="store_true",
        help="print JSON for machines, every round of it",
    )

    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=CONTESTS,
        help=f"some of: {', '.join(CONTESTS)}",
    )

    parser.add_argument(
        "--rounds",
        type=int,
        metavar="N",
        help="so many rounds of each, instead of each one's own",
    )

    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="F",
        help="sizes so many times as large",
    )

    options = parser.parse_args()
    if options.what == "readme" and (options.quick or options.scale != 1):
        parser.error("the figures of README.md are those of the full sizes")

    return options


def contests_to_run(options: argparse.Namespace) -> Iterator[Contest]:
    """Yield the contests of the command line, with the players that take part."""
    plays = NEEDED_PLAYS.get(options.what)

    for name in options.only or CONTESTS:
        contest = CONTESTS[name]
        players = contest.players
        if plays is not None:
            needed = {player for contest_name, _, player in plays if contest_name == name}
            players = tuple(filter(needed.__contains__, contest.players))
        if players:
            yield evolve(contest, players=players)


def scaled_sizes(contest: Contest, options: argparse.Namespace) -> Iterator[tuple[int, Size]]:
    """Yield position and size of a contest, with the scale and rounds of the command line."""
    plays = NEEDED_PLAYS.get(options.what)
    sizes = contest.quick if options.quick else contest.full

    for at, size in enumerate(sizes):
        if plays is not None and not any((contest.name, at, name) in plays for name in PLAYERS):
            continue

        n = max(SMALLEST_SIZE, round(size.n * options.scale))
        rounds = size.rounds if options.rounds is None else max(1, options.rounds)
        yield at, Size(n, rounds)


def run_contest(contest: Contest, options: argparse.Namespace) -> list[Measured]:
    """Run a contest at every size; print the tables, unless JSON is requested."""
    is_growth = contest.name == "growth"
    has_tables = options.what == "contests" and not options.json
    results = []

    for at, size in scaled_sizes(contest, options):
        measured = measure(contest, size, at=at, quick=options.quick)
        results.append(measured)
        if has_tables and not is_growth:
            print(report.contest_table(measured), flush=True)

    if has_tables and is_growth:
        print(report.growth_tables(results), flush=True)

    return results


def main() -> int:
    """Run the contests and print which goals are met. The exit status does not depend on times."""
    options = parse_arguments()
    become_subreaper()
    # SIGTERM raises KeyboardInterrupt, so that the running play is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    start = time.perf_counter()

    if not options.json:
        properties = report.describe_machine().items()
        print(", ".join(f"{name} {value}" for name, value in properties), end="\n\n")

    results: list[Measured] = []

    try:
        for contest in contests_to_run(options):
            results += run_contest(contest, options)
    except PlaceError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130

    verdicts = judge(results)

    if options.json:
        print(json.dumps(report.to_json(results, verdicts, quick=options.quick), indent=1))
    elif options.what == "readme":
        print(readme_section(results))
    else:
        print(report.goal_table(verdicts))
        if options.quick or options.scale != 1:
            print("\nN is smaller or larger than the goals say: see a full run for these")
        print(f"\nall of it took {time.perf_counter() - start:.0f} s")

    return 0


if __name__ == "__main__":
    sys.exit(main())
