"""The figures of the round trips, printed after the tests: what of each kind was built, read back, and equal."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import pytest
from attrs import define
from tabulate import tabulate

STAGES = ("built", "read back", "equal")


@define
class Trip:
    """The round trip of one value of one option: how far it came, and why not farther."""

    kind: str
    option: str
    reached: set[str]
    reason: str


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of each kind, and the reasons of what is missing."""
    ended = (terminalreporter.stats.get(outcome, ()) for outcome in ("passed", "failed", "skipped"))
    reports = (report for each in ended for report in each)
    trips = sorted(_trips(reports), key=lambda trip: (trip.kind, trip.option))
    if not trips:
        return
    terminalreporter.section("round trips: options, and how many were …")
    rows = [_figures(kind, list(each)) for kind, each in groupby(trips, key=lambda trip: trip.kind)]
    total = ["in all", *map(sum, zip(*(row[1:] for row in rows), strict=True))]
    terminalreporter.write_line(tabulate([*rows, total], headers=["kind", "options", *STAGES]))
    for line in dict.fromkeys(f"{trip.kind} {trip.option}: {trip.reason}" for trip in trips if trip.reason):
        terminalreporter.write_line(line)


def _trips(reports: Iterable[pytest.TestReport]) -> Iterator[Trip]:
    """Yield the round trips among the tests."""
    for report in reports:
        said = {name: str(value) for name, value in getattr(report, "user_properties", ())}
        if "round trip" in said and report.when == "call":
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            kind, option = said["round trip"].split()
            yield Trip(kind, option, {stage for stage in STAGES if said.get(stage) == "True"}, reason)


def _figures(kind: str, trips: list[Trip]) -> list[str | int]:
    """Return a kind's options, and how many came how far: with any value built and read back, with each one equal."""
    options = [list(each) for _, each in groupby(trips, key=lambda trip: trip.option)]
    came = [{stage for trip in each for stage in trip.reached} for each in options]
    equal = [all("equal" in trip.reached or "built" not in trip.reached for trip in each) for each in options]
    built, read = (sum(stage in reached for reached in came) for stage in STAGES[:2])
    same = sum(alike and "equal" in reached for alike, reached in zip(equal, came, strict=True))
    return [kind, len(options), built, read, same]
