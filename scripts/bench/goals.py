"""What this project has set itself as goals, and whether they are met."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from scripts.bench.measure import Measured

__all__ = ["GOALS", "Goal", "Verdict", "judge"]


@frozen
class Goal:
    """How many times as fast as a peer ipwrap has to be (``at_least``), or how many times as long
    it may take.

    ``at`` says which of the contest's sizes is meant: a quick run has smaller ones in their place,
    or none.
    """

    what: str
    contest: str
    ours: str
    peer: str
    bound: float
    at_least: bool = True
    at: int = 0


def _pods(what: str, at: int, bash: float, pyroute2: float) -> Iterator[Goal]:
    """Yield the goals for pods, built command by command and in one block."""
    for ours in ("worker", "batch"):
        yield Goal(what, "pods", ours, "bash", bash, at=at)
        yield Goal(what, "pods", ours, "pyroute2", pyroute2, at=at)
        yield Goal(what, "pods", ours, "files", 1.2, at_least=False, at=at)


GOALS: tuple[Goal, ...] = (
    Goal("a read", "read", "worker", "process", 20),
    Goal("a read", "read", "worker", "bash", 10),
    Goal("a read", "read", "worker", "pyroute2", 8),
    Goal("a change", "change", "worker", "bash", 15),
    *_pods("100 pods", 0, 4, 5),
    *_pods("1,000 pods", 1, 3.3, 3.7),
    Goal("10,000 routes", "routes", "batch", "files", 1.3, at_least=False),
    Goal("10,000 routes", "routes", "batch", "pyroute2", 10),
    Goal("links of 1,000 namespaces", "links", "worker", "pyroute2", 5),
    Goal("10,000 links parsed", "parse", "typed", "loads", 2, at_least=False),
    Goal("the journal", "journal", "worker", "executor", 1.15, at_least=False),
)


@frozen
class Verdict:
    """A goal, the size at which it was measured, and the ratio reached.

    None where it was not measured.
    """

    goal: Goal
    n: int | None
    reached: float | None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where nothing was measured."""
        if self.reached is None:
            return None
        return (
            self.reached >= self.goal.bound
            if self.goal.at_least
            else self.reached <= self.goal.bound
        )


def judge(measured: Iterable[Measured]) -> list[Verdict]:
    """Return how every goal of the contests that were held stands."""
    by_size = {(each.contest.name, each.at): each for each in measured}
    held = {contest for contest, _ in by_size}
    return [
        _verdict(goal, by_size.get((goal.contest, goal.at)))
        for goal in GOALS
        if goal.contest in held
    ]


def _verdict(goal: Goal, measured: Measured | None) -> Verdict:
    """Return how one goal stands."""
    if measured is None:
        return Verdict(goal, None, None)
    slow, fast = (goal.peer, goal.ours) if goal.at_least else (goal.ours, goal.peer)
    return Verdict(goal, measured.n, measured.ratio(slow, fast))
