"""Rounds: all players of a contest one after the other, again and again, so that a busy moment hits
them alike.
"""

import statistics
import sys
import time
from collections.abc import Sequence

from attrs import define, field

from scripts.bench.arena import Failed, Outcome, play, settle
from scripts.bench.contests import Contest, Size
from scripts.bench.players import PLAYERS

__all__ = ["Measured", "measure"]

QUICK = (
    4.0  # seconds from its beginning within which a contest of a quick run may begin another round
)


@define
class Measured:
    """The outcomes of a contest at one size, by player and round, and why others did not play.

    ``at``: which size.
    """

    contest: Contest
    n: int
    at: int
    outcomes: dict[str, list[Outcome]] = field(factory=dict)
    skipped: dict[str, str] = field(factory=dict)

    def median(self, player: str, what: str) -> float:
        """Return the median of a player's outcomes."""
        values: list[float] = [getattr(each, what) for each in self.outcomes[player]]
        return statistics.median(values)

    def ratio(self, player: str, other: str, what: str = "each") -> float | None:
        """Return how many times as much one player needs as another.

        The median of the rounds that both played.
        """
        mine, theirs = self.outcomes.get(player), self.outcomes.get(other)
        if not mine or not theirs:
            return None
        ratios: list[float] = [
            getattr(a, what) / getattr(b, what) for a, b in zip(mine, theirs, strict=False)
        ]
        return statistics.median(ratios)


def measure(contest: Contest, size: Size, at: int, *, quick: bool) -> Measured:
    """Play all rounds of a contest at one size.

    Of a quick run as many as its time allows, and one at least.
    """
    begun = time.perf_counter()
    measured = Measured(contest, size.n, at)
    for name in contest.players:
        asked = PLAYERS[name].asked(size.n, alike=contest.repeats)
        if why := PLAYERS[name].absent(asked, quick=quick):
            measured.skipped[name] = why
    for number in range(size.rounds):
        if quick and number and time.perf_counter() - begun > QUICK:
            break
        for name in _order(contest.players, number):
            if name not in measured.skipped and number < (PLAYERS[name].rounds or size.rounds):
                _one(measured, name, f"round {number + 1} of {size.rounds}")
    return measured


def _order(players: Sequence[str], number: int) -> tuple[str, ...]:
    """Return the players in this round's order: another begins each time."""
    start = number % len(players)
    return (*players[start:], *players[:start])


def _one(measured: Measured, name: str, where: str) -> None:
    """Add one play; a player that fails does not play on."""
    contest = measured.contest
    print(f"{contest.name} N={measured.n}, {where}: {PLAYERS[name].title}", file=sys.stderr)
    try:
        if contest.settles:
            settle()
        measured.outcomes.setdefault(name, []).append(play(contest, name, measured.n))
    except Failed as failure:
        measured.skipped[name] = str(failure)
        measured.outcomes.pop(name, None)
