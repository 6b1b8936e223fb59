"""The report: what is missing from the installed iproute2's usage texts, and the figures of the
newest release.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ipwrap import Session
from scripts.surface.exceptions import Exceptions
from scripts.surface.facts import PROGRAMS, Release
from scripts.surface.figures import figures, share_of_words, total
from scripts.surface.usage import helped, missing_help, words_after

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Print what is asked for and return the exit status."""
    parser = argparse.ArgumentParser(
        description="which option words and JSON keys of iproute2 ipwrap names"
    )
    parser.add_argument(
        "--source",
        type=Path,
        metavar="DIR",
        help="a checkout of iproute2, in place of what is kept",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="write what the checkout says to scripts/, and do no more",
    )
    parser.add_argument(
        "--goal", type=float, default=98, help="percent of option words that have to be named"
    )
    asked = parser.parse_args(arguments)
    if asked.keep and not asked.source:
        parser.error("--keep needs --source")
    release = Release.read(asked.source) if asked.source else Release.newest()
    if asked.keep:
        print(release.keep())
        return 0
    exceptions = Exceptions.load()
    good = [_report_help(exceptions, release), _report_release(release, exceptions, asked.goal)]
    return 0 if all(good) else 1


def _report_help(exceptions: Exceptions, release: Release) -> bool:
    """Print what is missing from the installed iproute2's usage texts, and return whether nothing
    is.

    Words of an iproute2 that is newer than the release are a report: they are taken in with the
    next reference.
    """
    with Session(sandbox=True) as session:
        missing = missing_help(session, exceptions)
        installed = session.iproute2

    newer = words_after(release, missing) if release.is_older_than(installed) else {}
    overdue = _without(missing, newer)

    verdict = "missing" if overdue else "nothing is missing"
    print(f"{len(helped())} usage texts of the installed iproute2: {verdict}")
    _print_words(overdue)
    if newer:
        print(
            f"newer than the reference {release.name}: words of iproute2 {installed}; run "
            "--source to take them in"
        )
        _print_words(newer)

    return not overdue


def _without(
    missing: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the words that are not among the others of the same usage text."""
    left = {}
    for about, words in missing.items():
        remaining = [word for word in words if word not in others.get(about, ())]
        if remaining:
            left[about] = remaining
    return left


def _print_words(words_by_text: Mapping[str, Sequence[str]]) -> None:
    """Print the words of each usage text on a line."""
    for about, words in words_by_text.items():
        print(f"    {about}: {', '.join(words)}")


def _report_release(release: Release, exceptions: Exceptions, goal: float) -> bool:
    """Print the figures of a release, file by file and in all, and tell whether the goal is met."""
    found, left = figures(release, exceptions)
    of = {program: [each for each in found if each.of(program)] for program in PROGRAMS}
    print(f"iproute2 {release.name}:", *found, sep="\n")
    for program, those in of.items():
        print(f"{program}: {total(those)}")
    print(f"in all: {total(found)}")
    words, keys = sum(len(each.words) for each in left), sum(len(each.keys) for each in left)
    print(
        f"not counted: {len(left)} files that ipwrap leaves out, with {words} words and {keys} keys"
    )
    return all(share_of_words(those) >= goal for those in of.values())


if __name__ == "__main__":
    sys.exit(main())
