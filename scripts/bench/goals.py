"""The performance goals of ipwrap, and the verdicts on measurements."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from scripts.bench.measure import Measured

__all__ = ["GOALS", "Goal", "Verdict", "judge"]


@frozen
class Goal:
    """A bound on ipwrap's speed relative to a peer.

    ``at_least``: ipwrap has to be ``bound`` times as fast as the peer. Otherwise ipwrap may take
    ``bound`` times as long. ``what`` is the work, as the table names it. ``at`` is the position of
    the size among the contest's sizes: a quick run has smaller sizes in their place, or none.
    """

    what: str
    contest: str
    ours: str
    peer: str
    bound: float
    at_least: bool = True
    at: int = 0


def _pod_goals(what: str, at: int, *, bash: float, pyroute2: float) -> Iterator[Goal]:
    """Yield the goals for pods, built command by command and in one batch block."""
    for ours in ("worker", "batch"):
        yield Goal(what, "pods", ours, "bash", bash, at=at)
        yield Goal(what, "pods", ours, "pyroute2", pyroute2, at=at)
        yield Goal(what, "pods", ours, "files", 1.2, at_least=False, at=at)


GOALS: tuple[Goal, ...] = (
    Goal("a read", "read", "worker", "process", 20),
    Goal("a read", "read", "worker", "bash", 10),
    Goal("a read", "read", "worker", "pyroute2", 8),
    Goal("a change", "change", "worker", "bash", 15),
    *_pod_goals("100 pods", 0, bash=4, pyroute2=5),
    *_pod_goals("1,000 pods", 1, bash=3.3, pyroute2=3.7),
    Goal("10,000 routes", "routes", "batch", "files", 1.3, at_least=False),
    Goal("10,000 routes", "routes", "batch", "pyroute2", 10),
    Goal("links of 1,000 namespaces", "links", "worker", "pyroute2", 5),
    Goal("10,000 links parsed", "parse", "typed", "loads", 2, at_least=False),
    Goal("the journal", "journal", "worker", "executor", 1.15, at_least=False),
)


@frozen
class Verdict:
    """A goal, the measured size, and the reached ratio; both are None without a measurement."""

    goal: Goal
    n: int | None
    reached: float | None

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None without a measurement."""
        if self.reached is None:
            return None

        if self.goal.at_least:
            return self.reached >= self.goal.bound

        return self.reached <= self.goal.bound


def judge(results: Iterable[Measured]) -> list[Verdict]:
    """Return the verdict on every goal of the measured contests."""
    by_size = {(measured.contest.name, measured.at): measured for measured in results}
    contests = {contest for contest, _ in by_size}

    judged = [goal for goal in GOALS if goal.contest in contests]

    return [_judge_goal(goal, by_size.get((goal.contest, goal.at))) for goal in judged]


def _judge_goal(goal: Goal, measured: Measured | None) -> Verdict:
    """Return the verdict on a goal."""
    if measured is None:
        return Verdict(goal, None, None)

    slower, faster = (goal.peer, goal.ours) if goal.at_least else (goal.ours, goal.peer)
    reached = measured.ratio(slower, faster)

    return Verdict(goal, measured.n, reached)
