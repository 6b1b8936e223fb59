"""What a sandbox holds, as SECURITY.md says: each row of its table is tried."""

import os
import subprocess
from pathlib import Path

import pytest

from ipwrap import PlaceError, Sandbox
from tests.places.isolation import ATTEMPTS, COLUMNS, available_columns, markdown, try_all

SECURITY = Path(__file__).parents[2] / "SECURITY.md"


def expected_results(column: str) -> dict[str, bool | None]:
    """Return what is known of every attempt in a kind of sandbox: whether it reaches the host."""
    return {attempt.title: column in attempt.reaches for attempt in ATTEMPTS}


@pytest.mark.live
@pytest.mark.parametrize("column", COLUMNS)
def test_sandbox_holds_what_the_table_says(column: str) -> None:
    """Every attempt to reach the host from a sandbox ends as the table says."""
    if column not in available_columns():
        pytest.skip("only root can make this sandbox")

    try:
        results = try_all(column)
    except PlaceError as error:
        pytest.skip(f"no such sandbox here: {error}")

    expected = expected_results(column)
    tried = {title: result for title, result in results.items() if result is not None}
    for attempt in ATTEMPTS:
        if attempt.depends_on_machine and expected[attempt.title]:
            tried.pop(attempt.title, None)

    assert {title: expected[title] for title in tried} == tried
    assert len(tried) > len(ATTEMPTS) / 2
    print(markdown({column: results}))  # noqa: T201 - the table, with `pytest -s`


@pytest.mark.live
def test_what_is_open_to_the_machine_works_inside() -> None:
    """Root inside sets sysctls of the network and its host name, and has raw sockets."""
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    script = (
        "echo 1 >/proc/sys/net/ipv4/ip_forward && hostname inside && "
        "echo $(cat /proc/sys/net/ipv4/ip_forward) $(hostname) && ping -c 1 127.0.0.1 >/dev/null"
    )
    name = os.uname().nodename
    forwarding = Path("/proc/sys/net/ipv4/ip_forward").read_text()
    try:
        completed = run(place, "sh", "-c", script)
    finally:
        place.close()

    assert ("1 inside\n", "", 0) == completed
    assert (name, forwarding) == (
        os.uname().nodename,
        Path("/proc/sys/net/ipv4/ip_forward").read_text(),
    )


def run(place: Sandbox, *argv: str) -> tuple[str, str, int]:
    """Return stdout, stderr and status of a program inside."""
    completed = subprocess.run(place.wrap(argv), capture_output=True, text=True, check=False)
    return completed.stdout, completed.stderr, completed.returncode


def test_security_page_shows_the_table() -> None:
    """SECURITY.md has the table of what each kind of sandbox holds, row by row."""
    table = markdown({column: expected_results(column) for column in COLUMNS})

    assert table in SECURITY.read_text(encoding="utf-8")


@pytest.mark.live
def test_mark_of_an_attempt_that_reaches_the_host() -> None:
    """An attempt of which the table expects too much is noticed: the results are the kernel's."""
    results = try_all(available_columns()[0])

    assert {True, False} <= set(results.values())
