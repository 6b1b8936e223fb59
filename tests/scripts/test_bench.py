"""The bench, held with tiny sizes: what it prints, and never how long anything took."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipwrap import PlaceError, Sandbox
from scripts.bench.arena import Outcome
from scripts.bench.contests import CONTESTS
from scripts.bench.goals import GOALS, Goal, Verdict, judge
from scripts.bench.labs import chain, pods
from scripts.bench.measure import Measured
from scripts.bench.players import PLAYERS
from scripts.bench.steps import Step, by_namespace, line

BENCH = Path(__file__).resolve().parents[2] / "scripts" / "bench" / "bench.py"


def bench(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run the bench with one round of tiny sizes."""
    argv = (sys.executable, str(BENCH), "--quick", "--rounds", "1", "--scale", "0.01", *words)
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.fixture
def _sandbox() -> None:
    """Skip where there is no sandbox to be had."""
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    place.close()


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
@pytest.mark.parametrize("contest", sorted(CONTESTS))
def test_json_holds_every_player_or_says_why_not(contest: str) -> None:
    """Every player of a contest has its rounds, phases and peak memory in the JSON, or a reason for
    its absence.
    """
    done = bench("--json", "--only", contest)
    assert 0 == done.returncode, done.stderr
    said = json.loads(done.stdout)
    assert {"machine", "quick", "contests", "goals"} == said.keys()
    for held in said["contests"]:
        assert contest == held["name"]
        assert set(CONTESTS[contest].players) == held["players"].keys() | held["skipped"].keys()
        assert set(held["skipped"]) <= {"pyroute2", "ndb", "mininet", "process-lab"}, held[
            "skipped"
        ]
        for player in held["players"].values():
            _well_formed(player)
    assert [goal.contest for goal in GOALS if goal.contest == contest] == [
        goal["contest"] for goal in said["goals"]
    ]


def _well_formed(player: dict[str, Any]) -> None:
    """One round with all phases, something done, some memory used."""
    (outcome,) = player["rounds"]
    assert {"open", "work", "close", "count", "peak"} == outcome.keys()
    assert outcome["count"] > 0
    assert outcome["peak"] > 0
    assert {"title", "each_us", "times_the_first", "peak_kib", "rounds"} == player.keys()


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
def test_tables_name_the_players_and_the_goals() -> None:
    """For people there is a table of the contest, and one of the goals with what was reached."""
    done = bench("--only", "read")
    assert 0 == done.returncode, done.stderr
    assert PLAYERS["bash"].title in done.stdout
    assert ">= 10x as fast as bash" in done.stdout


def test_a_contest_that_is_not_there_is_refused() -> None:
    """A name that is no contest's ends with 2 and the names there are."""
    done = bench("--only", "nonsense")
    assert 2 == done.returncode
    assert "journal" in done.stderr


def test_every_contest_has_players_that_are_there() -> None:
    """The tables of contests, players and goals agree."""
    for contest in CONTESTS.values():
        assert set(contest.players) <= PLAYERS.keys()
        assert len(contest.quick) <= len(contest.full) or contest.name == "growth"
    for goal in GOALS:
        assert {goal.ours, goal.peer} <= set(CONTESTS[goal.contest].players)
        assert goal.at < len(CONTESTS[goal.contest].full)


def test_pods_are_seven_commands_each() -> None:
    """A lab of N pods is two commands for the bridge and seven for each pod, whose names and
    addresses differ.
    """
    steps = pods(300)
    assert 2 + 7 * 300 == len(steps)
    assert 300 == len({step.args for step in steps if step.verb == "address" and step.netns})


def test_chain_files_keep_an_order_that_works() -> None:
    """Taken namespace by namespace, the first one's steps come first, and they make all namespaces
    and cables.
    """
    first, *others = by_namespace(chain(3)).items()
    assert None is first[0]
    assert ["netns"] * 3 + ["between"] * 2 == [step.verb for step in first[1]]
    assert ["r1", "r2", "r3"] == [name for name, _ in others]


def test_line_is_what_one_types() -> None:
    """A step's line names its namespace, and asks for JSON with details where it reads."""
    assert "ip link set dev lo up" == line(Step("up", ("lo",)))
    assert "ip -n red -j -d link show" == line(Step("links", (), "red"))


def _measured(contest: str, ours: float, peer: float, at: int = 0) -> Measured:
    """Return a contest in which ipwrap and bash needed so many microseconds a step."""
    outcomes = {
        "worker": [Outcome(0.0, ours, 0.0, 1, 1)],
        "bash": [Outcome(0.0, peer, 0.0, 1, 1)],
        "files": [Outcome(0.0, peer, 0.0, 1, 1)],
    }
    return Measured(CONTESTS[contest], 30, at, outcomes)


def _verdict(verdicts: list[Verdict], *, peer: str, at: int = 0) -> Verdict:
    """Return the verdict on ipwrap against a peer."""

    def meant(goal: Goal) -> bool:
        return ("worker", peer, at) == (goal.ours, goal.peer, goal.at)

    return next(each for each in verdicts if meant(each.goal))


def test_a_goal_of_speed_is_met_from_its_bound_on() -> None:
    """ "At least so many times as fast" is the peer's time by ours."""
    assert (10.0, True) == _told(_verdict(judge([_measured("read", 1.0, 10.0)]), peer="bash"))
    assert (9.0, False) == _told(_verdict(judge([_measured("read", 1.0, 9.0)]), peer="bash"))


def test_a_goal_of_cost_is_met_up_to_its_bound() -> None:
    """ "At most so many times as long" is our time by the peer's."""
    assert (1.0, True) == _told(_verdict(judge([_measured("pods", 2.0, 2.0)]), peer="files"))
    assert (1.5, False) == _told(_verdict(judge([_measured("pods", 3.0, 2.0)]), peer="files"))


def test_a_goal_at_a_size_that_was_left_out_is_neither_met_nor_missed() -> None:
    """Of a size that a quick run does not have, and of a peer that did not play, nothing is
    said.
    """
    verdicts = judge([_measured("pods", 1.0, 9.0)])
    assert (None, None) == _told(_verdict(verdicts, peer="files", at=1))
    assert (None, None) == _told(_verdict(verdicts, peer="pyroute2"))


def _told(verdict: Verdict) -> tuple[float | None, bool | None]:
    """Return what a verdict says."""
    return verdict.reached, verdict.met
