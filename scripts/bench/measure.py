"""The rounds of a contest. Every player plays in every round: a busy moment hits all alike."""

import statistics
import sys
import time
from collections.abc import Sequence

from attrs import define, field

from scripts.bench.arena import Outcome, PlayFailed, play, wait_for_cleanup
from scripts.bench.contests import Contest, Size
from scripts.bench.players import PLAYERS

__all__ = ["Measured", "Play", "measure"]

Play = tuple[str, int, str]  # contest, position of the size among its sizes, player

# Seconds after its start during which a contest of a quick run may begin another round.
QUICK_SECONDS = 4.0


@define
class Measured:
    """The outcomes of a contest at one size, by player and round, and the skipped players' reasons.

    ``at`` is the position of the size among the sizes of the contest.
    """

    contest: Contest
    n: int
    at: int
    outcomes: dict[str, list[Outcome]] = field(factory=dict)
    skipped: dict[str, str] = field(factory=dict)

    def median(self, player: str, measure: str) -> float:
        """Return the median of a measure (an attribute of `Outcome`) over a player's rounds."""
        values: list[float] = [getattr(outcome, measure) for outcome in self.outcomes[player]]
        return statistics.median(values)

    def ratio(
        self,
        player: str,
        peer: str,
        *,
        measure: str = "per_step",
        peer_measure: str | None = None,
    ) -> float | None:
        """Return how many times as much a player needs as a peer.

        The value is the median over the rounds in which both played, or None without such rounds.
        ``peer_measure`` is another measure of the peer, or of the player itself.
        """
        rounds = self.outcomes.get(player)
        peer_rounds = self.outcomes.get(peer)
        if not rounds or not peer_rounds:
            return None

        # A player may have fewer rounds than the peer: only common rounds are compared.
        ratios: list[float] = []
        for outcome, peer_outcome in zip(rounds, peer_rounds, strict=False):
            value = getattr(outcome, measure)
            peer_value = getattr(peer_outcome, peer_measure or measure)
            if value and peer_value:  # CPU times of bash are in ticks of 10 ms: there may be none
                ratios.append(value / peer_value)

        return statistics.median(ratios) if ratios else None


def measure(contest: Contest, size: Size, *, at: int, quick: bool) -> Measured:
    """Play the rounds of a contest at a size.

    A quick run plays at least one round, and further rounds while `QUICK_SECONDS` last.
    """
    start = time.perf_counter()
    measured = Measured(contest, size.n, at)

    for name in contest.players:
        player = PLAYERS[name]
        n = player.scale(size.n, repeats=contest.repeats)
        if reason := player.absence_reason(n, quick=quick):
            measured.skipped[name] = reason

    for number in range(size.rounds):
        if quick and number and time.perf_counter() - start > QUICK_SECONDS:
            break

        for name in _playing_order(contest.players, number):
            player_rounds = PLAYERS[name].rounds or size.rounds
            if name not in measured.skipped and number < player_rounds:
                _add_play(measured, name, f"round {number + 1} of {size.rounds}")

    return measured


def _playing_order(players: Sequence[str], number: int) -> tuple[str, ...]:
    """Return the players in the order of a round: each round begins with the next player."""
    start = number % len(players)
    return (*players[start:], *players[:start])


def _add_play(measured: Measured, name: str, progress: str) -> None:
    """Run a play and add the outcome. After a failure, the player is skipped."""
    contest = measured.contest
    print(f"{contest.name} N={measured.n}, {progress}: {PLAYERS[name].title}", file=sys.stderr)

    try:
        if contest.settles:
            wait_for_cleanup()
        measured.outcomes.setdefault(name, []).append(play(contest, name, measured.n))
    except PlayFailed as failure:
        measured.skipped[name] = str(failure)
        measured.outcomes.pop(name, None)
