"""What was measured, as tables for people and as JSON for machines."""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import asdict

from ipwrap.system.programs import environment
from ipwrap.views.table import text_table
from scripts.bench.goals import Verdict
from scripts.bench.measure import Measured
from scripts.bench.players import PLAYERS

__all__ = ["as_json", "contest_table", "goal_table", "growth_tables", "machine"]

Row = Sequence[Any]


def machine() -> dict[str, Any]:
    """Return what the numbers depend on."""
    version = subprocess.run(
        ("ip", "-V"), capture_output=True, text=True, check=False, env=environment()
    ).stdout
    return {
        "kernel": os.uname().release,
        "cpus": os.cpu_count(),
        "load": [round(each, 2) for each in os.getloadavg()],
        "user": "root" if os.geteuid() == 0 else "ordinary",
        "python": platform.python_version(),
        "iproute2": version.strip(),
    }


def contest_table(measured: Measured) -> str:
    """Return one contest at one size: medians, and each as a multiple of the first player's."""
    rows = [_row(measured, name) for name in measured.contest.players if name in measured.outcomes]
    headers = (
        "",
        "rounds",
        "steps",
        "us a step",
        "x",
        "open s",
        "work s",
        "close s",
        "whole s",
        "x",
        "peak MiB",
    )
    skipped = [
        f"  {PLAYERS[name].title}: left out, {why}" for name, why in measured.skipped.items()
    ]
    head = f"{measured.contest.name}: {measured.contest.title}; N={measured.n}"
    return "\n".join([head, text_table(headers, rows), *skipped, ""])


def _row(measured: Measured, name: str) -> Row:
    """Return one player's row."""
    outcomes, first = measured.outcomes[name], measured.contest.players[0]
    seconds = [
        f"{measured.median(name, what) / 1e6:.3f}" for what in ("open", "work", "close", "whole")
    ]
    same = (
        outcomes[0].count == measured.outcomes[first][0].count
        if first in measured.outcomes
        else False
    )
    whole = (
        _times(measured.ratio(name, first, "whole")) if same else None
    )  # of fewer steps it would tell nothing
    return (
        PLAYERS[name].title,
        len(outcomes),
        outcomes[0].count,
        f"{measured.median(name, 'each'):.1f}",
        _times(measured.ratio(name, first)),
        *seconds,
        whole,
        f"{measured.median(name, 'peak') / 1024:.1f}",
    )


def _times(ratio: float | None) -> str | None:
    """Return a ratio as a table shows it."""
    return None if ratio is None else f"{ratio:.2f}"


def growth_tables(sizes: Sequence[Measured]) -> str:
    """Return how work and peak memory of each player grow from size to size."""
    return "\n".join(
        (
            f"how the work grows with N (s): {sizes[0].contest.title}",
            _growth(sizes, "work", 1e6, "{:.3f}"),
            "",
            (
                "how the peak memory grows with N (MiB, of the largest process): "
                f"{sizes[0].contest.title}"
            ),
            _growth(sizes, "peak", 1024, "{:.1f}"),
            "",
        )
    )


def _growth(sizes: Sequence[Measured], what: str, unit: float, shape: str) -> str:
    """Return a table of one measure, a column a size, and how many times the first size's it is at
    the last.
    """
    headers = ("", *(f"N={each.n}" for each in sizes), "last / first")
    return text_table(headers, _growth_rows(sizes, what, unit, shape))


def _growth_rows(sizes: Sequence[Measured], what: str, unit: float, shape: str) -> Iterator[Row]:
    """Yield the rows of the players that played at every size."""
    for name in sizes[0].contest.players:
        if all(name in each.outcomes for each in sizes):
            values = [each.median(name, what) / unit for each in sizes]
            yield (
                PLAYERS[name].title,
                *(shape.format(value) for value in values),
                _times(values[-1] / values[0]),
            )


def goal_table(verdicts: Sequence[Verdict]) -> str:
    """Return all goals with the ratio reached, and yes or no."""
    rows = []
    for each in verdicts:
        goal = each.goal
        sign, bound = (">=", "as fast as") if goal.at_least else ("<=", "the time of")
        reached = _times(each.reached) or "not measured"
        met = {True: "yes", False: "no", None: ""}[each.met]
        ours, peer = PLAYERS[goal.ours].title, PLAYERS[goal.peer].title
        rows.append(
            (goal.what, each.n, ours, f"{sign} {goal.bound:g}x {bound} {peer}", reached, met)
        )
    return "\n".join(("goals", text_table(("", "N", "", "goal", "reached", "met"), rows)))


def as_json(
    measured: Sequence[Measured], verdicts: Sequence[Verdict], *, quick: bool
) -> dict[str, Any]:
    """Return everything, the rounds one by one."""
    return {
        "machine": machine(),
        "quick": quick,
        "contests": [_contest_json(each) for each in measured],
        "goals": [
            {**asdict(each.goal), "n": each.n, "reached": each.reached, "met": each.met}
            for each in verdicts
        ],
    }


def _contest_json(measured: Measured) -> dict[str, Any]:
    """Return one contest at one size."""
    first = measured.contest.players[0]
    players = {
        name: {
            "title": PLAYERS[name].title,
            "each_us": measured.median(name, "each"),
            "times_the_first": measured.ratio(name, first),
            "peak_kib": measured.median(name, "peak"),
            "rounds": [asdict(each) for each in outcomes],
        }
        for name, outcomes in measured.outcomes.items()
    }
    contest = measured.contest
    return {
        "name": contest.name,
        "title": contest.title,
        "n": measured.n,
        "players": players,
        "skipped": measured.skipped,
    }
