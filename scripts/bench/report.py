"""The measurements as tables for people and as JSON for programs."""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import asdict

from ipwrap.system.programs import command_environment
from ipwrap.views.table import format_table
from scripts.bench.goals import Goal, MemoryGoal, Verdict
from scripts.bench.measure import Measured
from scripts.bench.players import PLAYERS

__all__ = ["contest_table", "describe_machine", "goal_table", "growth_tables", "to_json"]

Row = Sequence[Any]

CONTEST_HEADERS = (
    "",
    "rounds",
    "steps",
    "us a step",
    "x",
    "CPU us a step",
    "x",
    "open s",
    "work s",
    "close s",
    "start to exit s",
    "CPU s",
    "own MiB",
    "peak MiB",
)


def describe_machine() -> dict[str, Any]:
    """Return the properties of the machine that change the figures."""
    version = subprocess.run(
        ("ip", "-V"), capture_output=True, text=True, check=False, env=command_environment()
    ).stdout

    return {
        "kernel": os.uname().release,
        "cpus": os.cpu_count(),
        "load": [round(average, 2) for average in os.getloadavg()],
        "user": "root" if os.geteuid() == 0 else "ordinary",
        "python": platform.python_version(),
        "iproute2": version.strip(),
    }


def contest_table(measured: Measured) -> str:
    """Format a contest at one size: medians, also as multiples of the first player's.

    The CPU times are those of all processes of a player.
    """
    contest = measured.contest
    players = [name for name in contest.players if name in measured.outcomes]
    rows = [_contest_row(measured, name) for name in players]

    skipped = []
    for name, reason in measured.skipped.items():
        skipped.append(f"  {PLAYERS[name].title}: left out, {reason}")

    title = f"{contest.name}: {contest.title}; N={measured.n}"

    return "\n".join([title, format_table(CONTEST_HEADERS, rows), *skipped, ""])


def _contest_row(measured: Measured, name: str) -> Row:
    """Return the row of a player."""
    outcomes = measured.outcomes[name]
    first = measured.contest.players[0]

    phases = ("open", "work", "close", "whole", "whole_cpu")
    seconds = [f"{measured.median(name, phase) / 1e6:.3f}" for phase in phases]

    return (
        PLAYERS[name].title,
        len(outcomes),
        outcomes[0].count,
        f"{measured.median(name, 'per_step'):.1f}",
        _format_ratio(measured.ratio(name, first)),
        f"{measured.median(name, 'cpu_per_step'):.1f}",
        _format_ratio(measured.ratio(name, first, measure="cpu_per_step")),
        *seconds,
        f"{measured.median(name, 'own_peak') / 1024:.1f}",
        f"{measured.median(name, 'peak') / 1024:.1f}",
    )


def _format_ratio(ratio: float | None) -> str | None:
    """Format a ratio for a table."""
    return None if ratio is None else f"{ratio:.2f}"


def growth_tables(sizes: Sequence[Measured]) -> str:
    """Format how the work and peak memory of each player grow from size to size."""
    title = sizes[0].contest.title
    lines = (
        f"how the work grows with N (s): {title}",
        _growth_table(sizes, "work", unit=1e6, number_format="{:.3f}"),
        "",
        f"how the peak memory grows with N (MiB, of the largest process): {title}",
        _growth_table(sizes, "peak", unit=1024, number_format="{:.1f}"),
        "",
    )

    return "\n".join(lines)


def _growth_table(
    sizes: Sequence[Measured], measure: str, *, unit: float, number_format: str
) -> str:
    """Format a measure: a column for each size, and the last size as a multiple of the first."""
    headers = ("", *(f"N={measured.n}" for measured in sizes), "last / first")
    rows = _growth_rows(sizes, measure, unit=unit, number_format=number_format)

    return format_table(headers, rows)


def _growth_rows(
    sizes: Sequence[Measured], measure: str, *, unit: float, number_format: str
) -> Iterator[Row]:
    """Yield the rows of the players that played at every size."""
    for name in sizes[0].contest.players:
        if not all(name in measured.outcomes for measured in sizes):
            continue

        values = [measured.median(name, measure) / unit for measured in sizes]
        numbers = [number_format.format(value) for value in values]
        yield (PLAYERS[name].title, *numbers, _format_ratio(values[-1] / values[0]))


def goal_table(verdicts: Sequence[Verdict]) -> str:
    """Format all goals with the reached ratio, that of CPU times, and yes or no."""
    rows = [_goal_row(verdict) for verdict in verdicts]
    headers = ("", "N", "", "goal", "reached", "of CPU time", "met")
    return "\n".join(("goals", format_table(headers, rows)))


def _goal_row(verdict: Verdict) -> Row:
    """Return the row of a goal."""
    goal = verdict.goal
    return (
        goal.what,
        verdict.n,
        PLAYERS[goal.ours].title,
        _describe_bound(goal),
        _format_ratio(verdict.reached) or "not measured",
        _format_ratio(verdict.cpu),
        {True: "yes", False: "no", None: ""}[verdict.is_met],
    )


def _describe_bound(goal: Goal | MemoryGoal) -> str:
    """Describe the bound of a goal."""
    if isinstance(goal, MemoryGoal):
        return f"<= {goal.bound:g} MiB"
    if goal.at_least:
        return f">= {goal.bound:g}x as fast as {PLAYERS[goal.peer].title}"
    if goal.peer == goal.ours:
        return f"<= {goal.bound:g}x the time of the {goal.peer_measure} before"
    return f"<= {goal.bound:g}x the time of {PLAYERS[goal.peer].title}"


def to_json(
    results: Sequence[Measured], verdicts: Sequence[Verdict], *, quick: bool
) -> dict[str, Any]:
    """Return all measurements, round by round, for the JSON output."""
    return {
        "machine": describe_machine(),
        "quick": quick,
        "contests": [_contest_json(measured) for measured in results],
        "goals": [_goal_json(verdict) for verdict in verdicts],
    }


def _goal_json(verdict: Verdict) -> dict[str, Any]:
    """Return a goal and the verdict."""
    return {
        **asdict(verdict.goal),
        "n": verdict.n,
        "reached": verdict.reached,
        "reached_cpu": verdict.cpu,
        "met": verdict.is_met,
    }


def _contest_json(measured: Measured) -> dict[str, Any]:
    """Return a contest at a size."""
    contest = measured.contest
    first = contest.players[0]

    players = {}

    for name, outcomes in measured.outcomes.items():
        players[name] = {
            "title": PLAYERS[name].title,
            "each_us": measured.median(name, "per_step"),
            "times_the_first": measured.ratio(name, first),
            "peak_kib": measured.median(name, "peak"),
            "rounds": [asdict(outcome) for outcome in outcomes],
        }

    return {
        "name": contest.name,
        "title": contest.title,
        "n": measured.n,
        "players": players,
        "skipped": measured.skipped,
    }
