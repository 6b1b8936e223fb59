"""The shared sandbox of round trips, and the summary: options built, read back and equal."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby

import pytest
from attrs import define
from tabulate import tabulate

from ipwrap import Command, NotFound, Session
from tests.labs import open_sandbox

GROUP = 99  # of the links to delete
STAGES = ("built", "read back", "equal")


@define
class Trip:
    """The round trip of one value of an option, with reached stages and the reason of a skip."""

    kind: str
    option: str
    reached: set[str]
    reason: str


@pytest.fixture(scope="package")
def shared_sandbox() -> Iterator[Session]:
    """One sandbox for every round trip, because opening takes a second on a slow kernel."""
    with open_sandbox() as session:
        yield session


@pytest.fixture
def sandbox_session(shared_sandbox: Session) -> Iterator[Session]:
    """The shared sandbox with `lo` alone, emptied after the test."""
    yield shared_sandbox
    for name in list_names(shared_sandbox, "/run/netns"):
        shared_sandbox.ip.netns.delete(name)
    if links := list_names(shared_sandbox, "/sys/class/net"):
        delete_links(shared_sandbox, links)


def delete_links(session: Session, links: list[str]) -> None:
    """Delete links as a group, so that the kernel waits only once for the last reference."""
    for name in links:
        with suppress(NotFound):  # deleted with the peer in a namespace
            session.ip.link.set(name, group=GROUP)

    # A batch is safe here: no further process renames links in the sandbox.
    delete_group = Command(("ip", "link", "delete", "group", str(GROUP)), batch=True)
    if session.run(delete_group, check=False).ok:
        return

    # The kernel refuses the whole group if one link cannot be deleted.
    for name in links:
        with suppress(NotFound):  # deleted with the peer or the lower link
            session.ip.link.delete(name)


def list_names(session: Session, path: str) -> list[str]:
    """Return the names in a folder of a sandbox, without `lo` and files that are no links."""
    # A folder is read without a process, unlike the output of `ip`.
    folder = session.place.host_path(path)
    if not os.path.isdir(folder):
        return []

    return sorted({*os.listdir(folder)} - {"lo", "bonding_masters"})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of each kind, and the reasons of skips."""
    reports: list[pytest.TestReport] = []
    for outcome in ("passed", "failed", "skipped"):
        reports += terminalreporter.stats.get(outcome, ())

    trips = sorted(_read_trips(reports), key=lambda trip: (trip.kind, trip.option))
    if not trips:
        return

    terminalreporter.section("round trips: options, and how many were …")
    rows = []
    for kind, kind_trips in groupby(trips, key=lambda trip: trip.kind):
        rows.append((kind, *_count_stages(list(kind_trips))))

    columns = list(zip(*rows, strict=True))
    total = ("in all", *map(sum, columns[1:]))
    headers = ["kind", "options", *STAGES]
    terminalreporter.write_line(tabulate([*rows, total], headers=headers))

    skips = [f"{trip.kind} {trip.option}: {trip.reason}" for trip in trips if trip.reason]
    for line in dict.fromkeys(skips):
        terminalreporter.write_line(line)


def _read_trips(reports: Iterable[pytest.TestReport]) -> Iterator[Trip]:
    """Yield the round trips among test reports."""
    for report in reports:
        user_properties = getattr(report, "user_properties", ())
        properties = {name: str(value) for name, value in user_properties}

        if "round trip" in properties and report.when == "call":
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            kind, option = properties["round trip"].split()
            reached = {stage for stage in STAGES if properties.get(stage) == "True"}
            yield Trip(kind, option, reached, reason)


def _count_stages(trips: list[Trip]) -> tuple[int, int, int, int]:
    """Return the number of a kind's options, and the numbers of built, read and equal options.

    An option is built and read back with at least one value, and equal with every built value.
    """
    option_count = built_count = read_count = equal_count = 0

    for _, group in groupby(trips, key=lambda trip: trip.option):
        option_trips = list(group)
        reached: set[str] = set()
        for trip in option_trips:
            reached |= trip.reached

        differences = [
            trip for trip in option_trips if "built" in trip.reached and "equal" not in trip.reached
        ]

        option_count += 1
        built_count += "built" in reached
        read_count += "read back" in reached
        equal_count += "equal" in reached and not differences

    return option_count, built_count, read_count, equal_count
