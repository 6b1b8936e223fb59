"""The bench at tiny sizes: its output, and never its times."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipwrap import PlaceError, Sandbox
from scripts.bench.arena import Outcome
from scripts.bench.contests import CONTESTS
from scripts.bench.goals import GOALS, judge
from scripts.bench.labs import chain, pods
from scripts.bench.measure import Measured
from scripts.bench.players import PLAYERS
from scripts.bench.steps import Step, group_by_namespace, shell_line

BENCH = Path(__file__).resolve().parents[2] / "scripts" / "bench" / "bench.py"


def run_bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the bench with one round at tiny sizes."""
    argv = (sys.executable, str(BENCH), "--quick", "--rounds", "1", "--scale", "0.01", *arguments)
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.fixture
def _sandbox() -> None:
    """Skip where no sandbox can be opened."""
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    place.close()


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
@pytest.mark.parametrize("contest", sorted(CONTESTS))
def test_json_contains_every_player_or_the_reason(contest: str) -> None:
    """The JSON has rounds, phases and peak memory of each player, or the reason for its absence."""
    process = run_bench("--json", "--only", contest)

    assert 0 == process.returncode, process.stderr

    output = json.loads(process.stdout)
    assert {"machine", "quick", "contests", "goals"} == output.keys()

    for result in output["contests"]:
        players, skipped = result["players"], result["skipped"]
        assert contest == result["name"]
        assert set(CONTESTS[contest].players) == players.keys() | skipped.keys()
        assert skipped.keys() <= {"pyroute2", "ndb", "mininet", "process-lab"}, skipped
        for player in players.values():
            _check_player(player)

    assert [goal.contest for goal in GOALS if goal.contest == contest] == [
        goal["contest"] for goal in output["goals"]
    ]


def _check_player(player: dict[str, Any]) -> None:
    """Check that a player has one round with all phases, some steps and some memory."""
    (outcome,) = player["rounds"]

    assert {"open", "work", "close", "count", "peak"} == outcome.keys()
    assert outcome["count"] > 0
    assert outcome["peak"] > 0
    assert {"title", "each_us", "times_the_first", "peak_kib", "rounds"} == player.keys()


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
def test_tables_name_the_players_and_the_goals() -> None:
    """The text output has a table of the contest, and a table of the goals with reached ratios."""
    process = run_bench("--only", "read")
    assert 0 == process.returncode, process.stderr
    assert PLAYERS["bash"].title in process.stdout
    assert ">= 10x as fast as bash" in process.stdout


def test_unknown_contest_is_refused() -> None:
    """An unknown contest ends with status 2 and a list of the known contests."""
    process = run_bench("--only", "nonsense")
    assert 2 == process.returncode
    assert "journal" in process.stderr


def test_every_contest_has_known_players() -> None:
    """The tables of contests, players and goals agree."""
    for contest in CONTESTS.values():
        assert set(contest.players) <= PLAYERS.keys()
        assert len(contest.quick) <= len(contest.full) or contest.name == "growth"

    for goal in GOALS:
        assert {goal.ours, goal.peer} <= set(CONTESTS[goal.contest].players)
        assert goal.at < len(CONTESTS[goal.contest].full)


def test_pods_are_seven_commands_each() -> None:
    """N pods are two commands for the bridge and seven for each pod, with unique addresses."""
    steps = pods(300)
    assert 2 + 7 * 300 == len(steps)
    assert 300 == len({step.args for step in steps if step.verb == "address" and step.netns})


def test_chain_files_keep_an_order_that_works() -> None:
    """The steps of the first namespace come first, and create all namespaces and cables."""
    groups = group_by_namespace(chain(3))

    assert [None, "r1", "r2", "r3"] == list(groups)
    assert ["netns"] * 3 + ["between"] * 2 == [step.verb for step in groups[None]]


def test_shell_line_is_a_command_line() -> None:
    """The shell line of a step names the namespace, and a read asks for JSON with details."""
    assert "ip link set dev lo up" == shell_line(Step("up", ("lo",)))
    assert "ip -n red -j -d link show" == shell_line(Step("links", (), "red"))


def _measured(contest: str, *, ours: float, peer: float) -> Measured:
    """Return a contest in which ipwrap and its peers needed so many microseconds a step."""
    outcomes = {
        "worker": [Outcome(0.0, ours, 0.0, 1, 1)],
        "bash": [Outcome(0.0, peer, 0.0, 1, 1)],
        "files": [Outcome(0.0, peer, 0.0, 1, 1)],
    }
    return Measured(CONTESTS[contest], 30, 0, outcomes)


def _judge(measured: Measured, *, peer: str, at: int = 0) -> tuple[float | None, bool | None]:
    """Judge the goal against a peer; return the reached ratio, and whether the goal is met."""
    for verdict in judge([measured]):
        goal = verdict.goal
        if ("worker", peer, at) == (goal.ours, goal.peer, goal.at):
            return verdict.reached, verdict.is_met

    raise AssertionError(f"no goal against {peer}")


def test_goal_of_speed_is_met_from_its_bound_on() -> None:
    """A goal "N times as fast" compares the peer's time divided by ipwrap's time."""
    fast = _measured("read", ours=1.0, peer=10.0)
    slow = _measured("read", ours=1.0, peer=9.0)

    assert (10.0, True) == _judge(fast, peer="bash")
    assert (9.0, False) == _judge(slow, peer="bash")


def test_goal_of_cost_is_met_up_to_its_bound() -> None:
    """A goal "N times as long" compares ipwrap's time divided by the peer's time."""
    fast = _measured("pods", ours=2.0, peer=2.0)
    slow = _measured("pods", ours=3.0, peer=2.0)

    assert (1.0, True) == _judge(fast, peer="files")
    assert (1.5, False) == _judge(slow, peer="files")


def test_goal_without_a_measurement_is_neither_met_nor_missed() -> None:
    """A size that a quick run lacks and a peer that did not play have no ratio and no verdict."""
    measured = _measured("pods", ours=1.0, peer=9.0)

    assert (None, None) == _judge(measured, peer="files", at=1)
    assert (None, None) == _judge(measured, peer="pyroute2")
