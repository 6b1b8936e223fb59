"""The sandbox that round trips share, and their figures, printed after the tests: what was built, read back, equal."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby

import pytest
from attrs import define
from tabulate import tabulate

from ipwrap import Command, NotFound, Session
from tests.labs import opened

GROUP = 99  # of what is taken away
STAGES = ("built", "read back", "equal")


@define
class Trip:
    """The round trip of one value of one option: how far it came, and why not farther."""

    kind: str
    option: str
    reached: set[str]
    reason: str


@pytest.fixture(scope="package")
def box() -> Iterator[Session]:
    """One sandbox for all round trips: on a full kernel, where processes start slowly, its opening takes a second."""
    with opened() as session:
        yield session


@pytest.fixture
def room(box: Session) -> Iterator[Session]:
    """The sandbox of all round trips, with `lo` alone, and what a test makes there is taken away after it."""
    yield box
    for name in there(box, "/run/netns"):
        box.ip.netns.delete(name)
    if links := there(box, "/sys/class/net"):
        clear(box, links)


def clear(box: Session, links: list[str]) -> None:
    """Take links away, together: the kernel waits but once then until nobody looks at them any more.

    By a worker: nobody else is there whose names it could take for these.
    """
    for name in links:
        with suppress(NotFound):  # it went with its other end, which was in a namespace
            box.ip.link.set(name, group=GROUP)
    together = Command(("ip", "link", "delete", "group", str(GROUP)), batch=True)
    if box.run(together, check=False).ok:  # else none can take away one of them
        return
    for name in links:
        with suppress(NotFound):  # it went with its other end, or with the link that it stood on
            box.ip.link.delete(name)


def there(box: Session, path: str) -> list[str]:
    """Return the names of a folder in a sandbox, but for `lo` and what is no link: no process is needed for that."""
    folder = box.place.host_path(path)
    return (
        sorted({*os.listdir(folder)} - {"lo", "bonding_masters"}) if os.path.isdir(folder) else []
    )


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
    for line in dict.fromkeys(
        f"{trip.kind} {trip.option}: {trip.reason}" for trip in trips if trip.reason
    ):
        terminalreporter.write_line(line)


def _trips(reports: Iterable[pytest.TestReport]) -> Iterator[Trip]:
    """Yield the round trips among the tests."""
    for report in reports:
        said = {name: str(value) for name, value in getattr(report, "user_properties", ())}
        if "round trip" in said and report.when == "call":
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            kind, option = said["round trip"].split()
            yield Trip(
                kind, option, {stage for stage in STAGES if said.get(stage) == "True"}, reason
            )


def _figures(kind: str, trips: list[Trip]) -> list[str | int]:
    """Return a kind's options, and how many came how far: with any value built and read back, with each one equal."""
    options = [list(each) for _, each in groupby(trips, key=lambda trip: trip.option)]
    came = [{stage for trip in each for stage in trip.reached} for each in options]
    equal = [
        all("equal" in trip.reached or "built" not in trip.reached for trip in each)
        for each in options
    ]
    built, read = (sum(stage in reached for reached in came) for stage in STAGES[:2])
    same = sum(alike and "equal" in reached for alike, reached in zip(equal, came, strict=True))
    return [kind, len(options), built, read, same]
