"""The report: words missing from the installed usage texts, and the coverage of a release."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ipwrap import Session
from scripts.surface.exceptions import Exceptions
from scripts.surface.facts import PROGRAMS, Release
from scripts.surface.figures import measure_files, percent_of_words, summarize
from scripts.surface.usage import find_missing_words, usage_commands, words_newer_than

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Print the report, or save the facts of a checkout, and return the exit status."""
    parser = _argument_parser()
    options = parser.parse_args(arguments)
    if options.keep and not options.source:
        parser.error("--keep needs --source")

    release = Release.read(options.source) if options.source else Release.load_newest()

    if options.keep:
        print(release.save())
        return 0

    exceptions = Exceptions.load()
    has_every_word = _report_usage_texts(exceptions, release)
    is_goal_met = _report_release(release, exceptions, options.goal)

    return 0 if has_every_word and is_goal_met else 1


def _argument_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description="which option words and JSON keys of iproute2 ipwrap covers"
    )
    parser.add_argument(
        "--source",
        type=Path,
        metavar="DIR",
        help="compare with a checkout of iproute2 instead of the newest known release",
    )

    parser.add_argument(
        "--keep",
        action="store_true",
        help="write the words and keys of the checkout to scripts/, and do nothing else",
    )

    parser.add_argument(
        "--goal",
        type=float,
        default=98,
        help="percentage of option words that has to be covered (default: 98)",
    )

    return parser


def _report_usage_texts(exceptions: Exceptions, release: Release) -> bool:
    """Print the words of the installed usage texts that ipwrap lacks; return whether none is.

    Words of an iproute2 that is newer than the release are reported, and are no failure: the next
    reference release will include them.
    """
    with Session(sandbox=True) as session:
        missing = find_missing_words(session, exceptions)
        installed = session.iproute2

    newer = words_newer_than(release, missing) if release.is_older_than(installed) else {}
    overdue = _without(missing, newer)

    verdict = "missing" if overdue else "nothing is missing"
    print(f"{len(usage_commands())} usage texts of the installed iproute2: {verdict}")
    _print_words(overdue)

    if newer:
        print(
            f"newer than the reference {release.name}: words of iproute2 {installed}; run "
            "--source to take them in"
        )
        _print_words(newer)

    return not overdue


def _without(
    missing: Mapping[str, Sequence[str]], newer: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the missing words that are not newer, by subject of usage text."""
    overdue = {}

    for subject, words in missing.items():
        remaining = [word for word in words if word not in newer.get(subject, ())]
        if remaining:
            overdue[subject] = remaining

    return overdue


def _print_words(words_by_subject: Mapping[str, Sequence[str]]) -> None:
    """Print the words of each usage text on a line."""
    for subject, words in words_by_subject.items():
        print(f"    {subject}: {', '.join(words)}")


def _report_release(release: Release, exceptions: Exceptions, goal: float) -> bool:
    """Print the figures of a release, by C file and in total; return whether the goal is met."""
    figures, omitted = measure_files(release, exceptions)
    print(f"iproute2 {release.name}:", *figures, sep="\n")

    is_goal_met = True

    for program in PROGRAMS:
        of_program = [figure for figure in figures if figure.is_of(program)]
        print(f"{program}: {summarize(of_program)}")
        is_goal_met = is_goal_met and percent_of_words(of_program) >= goal

    print(f"in all: {summarize(figures)}")

    words = sum(len(source.words) for source in omitted)
    keys = sum(len(source.keys) for source in omitted)
    print(
        f"not counted: {len(omitted)} files that ipwrap leaves out, "
        f"with {words} words and {keys} keys"
    )

    return is_goal_met


if __name__ == "__main__":
    sys.exit(main())
