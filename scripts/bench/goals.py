"""The performance goals of ipwrap, and the verdicts on measurements."""

from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from scripts.bench.measure import Measured, Play

__all__ = ["GOALS", "GOAL_PLAYS", "Goal", "MemoryGoal", "Verdict", "judge"]

BySize = Mapping[tuple[str, int], Measured]  # by contest and position of the size

# The CPU time beside a wall time.
CPU_MEASURES = {"per_step": "cpu_per_step"}


@frozen
class Goal:
    """A bound on ipwrap's speed relative to a peer.

    ``at_least``: ipwrap has to be ``bound`` times as fast as the peer. Otherwise ipwrap may take
    ``bound`` times as long. ``what`` is the work, as the table names it. ``at`` is the position of
    the size among the contest's sizes: a quick run has smaller sizes in their place, or none.
    ``measure`` is an attribute of `Outcome`, and ``peer_measure`` that of the peer.
    """

    what: str
    contest: str
    ours: str
    peer: str
    bound: float
    at_least: bool = True
    at: int = 0
    measure: str = "per_step"
    peer_measure: str = "per_step"

    @property
    def plays(self) -> Iterator[Play]:
        """The plays that the goal needs."""
        for player in (self.ours, self.peer):
            yield self.contest, self.at, player

    def is_met_by(self, reached: float) -> bool:
        """Return whether a ratio meets the goal."""
        return reached >= self.bound if self.at_least else reached <= self.bound

    def judge(self, by_size: BySize) -> "Verdict":
        """Return the verdict on measurements."""
        measured = by_size.get((self.contest, self.at))
        if measured is None:
            return Verdict(self, None, None)

        reached = self._ratio(measured, self.measure, self.peer_measure)
        cpu = None
        if self.measure == self.peer_measure:
            cpu_measure = CPU_MEASURES[self.measure]
            cpu = self._ratio(measured, cpu_measure, cpu_measure)

        return Verdict(self, measured.n, reached, cpu)

    def _ratio(self, measured: Measured, measure: str, peer_measure: str) -> float | None:
        """Return the ratio of the goal in one measure: the greater the faster, if ``at_least``."""
        if self.at_least:
            return measured.ratio(self.peer, self.ours, measure=peer_measure, peer_measure=measure)
        return measured.ratio(self.ours, self.peer, measure=measure, peer_measure=peer_measure)


@frozen
class MemoryGoal:
    """A bound in MiB on what the peak memory grows by from the first size to the second.

    ``measure``: that of the process with the session, or "peak", of the largest process.
    """

    what: str
    contest: str
    ours: str
    bound: float
    measure: str = "own_peak"

    @property
    def plays(self) -> Iterator[Play]:
        """The plays that the goal needs."""
        for at in (0, 1):
            yield self.contest, at, self.ours

    def is_met_by(self, reached: float) -> bool:
        """Return whether a growth in MiB meets the goal."""
        return reached <= self.bound

    def judge(self, by_size: BySize) -> "Verdict":
        """Return the verdict on measurements."""
        first, second = (by_size.get((self.contest, at)) for at in (0, 1))
        if first is None or second is None:
            return Verdict(self, None, None)
        if self.ours not in first.outcomes or self.ours not in second.outcomes:
            return Verdict(self, second.n, None)

        growth = second.median(self.ours, self.measure) - first.median(self.ours, self.measure)
        return Verdict(self, second.n, growth / 1024)


def _script_goals() -> Iterator[Goal]:
    """Yield the goals for whole scripts of 100 pods."""
    for ours in ("script", "script-batch", "script-uncompiled"):
        yield Goal("a whole script, 100 pods", "script", ours, "bash", 2.5)
        yield Goal("a whole script, 100 pods", "script", ours, "files", 1.7, at_least=False)


def _closing_goals() -> Iterator[Goal]:
    """Yield the goals for closing a session, as a share of the work before."""
    for ours in ("worker", "batch"):
        yield Goal(
            "closing after 100 pods",
            "pods",
            ours,
            ours,
            0.2,
            at_least=False,
            measure="close",
            peer_measure="work",
        )


GOALS: tuple[Goal | MemoryGoal, ...] = (
    *_script_goals(),
    Goal("building 100 pods", "pods", "batch", "files", 1.1, at_least=False),
    *_closing_goals(),
    Goal("a read", "read", "worker", "bash", 22),
    Goal("a read", "read", "worker", "pyroute2", 5.5),
    Goal("a change", "change", "worker", "bash", 15),
    Goal("a change", "change", "worker", "pyroute2", 2.2),
    Goal("10,000 routes", "routes", "batch", "files", 2, at_least=False),
    Goal("10,000 routes", "routes", "many", "files", 1.3, at_least=False),
    Goal("links of 1,000 namespaces", "links", "each", "pyroute2", 8),
    Goal("10,000 links parsed", "parse", "typed", "loads", 1, at_least=False),
    Goal("the journal, 100 pods", "journal", "worker", "executor", 1.08, at_least=False),
    # Of the growth, 2 MiB are the bench's own list of steps.
    MemoryGoal("200,000 commands, recorded in a file", "memory", "worker", 2),
    MemoryGoal("200,000 commands, recorded in memory", "memory", "memory", 60),
    # `ip -batch` of iproute2 6.1 does not free 4 to 5 KiB a line.
    MemoryGoal("200,000 commands, the largest `ip`", "memory", "worker", 60, measure="peak"),
)

GOAL_PLAYS = frozenset(play for goal in GOALS for play in goal.plays)


@frozen
class Verdict:
    """A goal, the measured size, and what was reached; None without a measurement.

    ``cpu`` is the same ratio of CPU times, of all processes.
    """

    goal: Goal | MemoryGoal
    n: int | None
    reached: float | None
    cpu: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None without a measurement."""
        return None if self.reached is None else self.goal.is_met_by(self.reached)


def judge(results: Iterable[Measured]) -> list[Verdict]:
    """Return the verdict on every goal of the measured contests."""
    by_size = {(measured.contest.name, measured.at): measured for measured in results}
    contests = {contest for contest, _ in by_size}

    return [goal.judge(by_size) for goal in GOALS if goal.contest in contests]
