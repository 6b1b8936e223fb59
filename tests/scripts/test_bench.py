"""The bench at tiny sizes: its output, and never its times."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import ipwrap
from ipwrap import DryRun, Local, PlaceError, Recording, Sandbox, Session
from scripts.bench import ipwrap_player
from scripts.bench.arena import Outcome
from scripts.bench.contests import CONTESTS
from scripts.bench.goals import GOALS, Goal, MemoryGoal, Verdict, judge
from scripts.bench.labs import chain, pods
from scripts.bench.measure import Measured
from scripts.bench.players import PLAYERS, USER_SCRIPTS
from scripts.bench.report import goal_table
from scripts.bench.steps import Step, group_by_namespace, shell_line

MAY_BE_MISSING = {
    *("pyroute2", "script-pyroute2", "ndb", "mininet"),  # programs that are not installed
    *("each", "many"),  # verbs that an older ipwrap has not
    "process-lab",
}
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
        if contest == "script":
            _check_whole_scripts(result)
        players, skipped = result["players"], result["skipped"]
        assert contest == result["name"]
        assert set(CONTESTS[contest].players) == players.keys() | skipped.keys()
        assert skipped.keys() <= MAY_BE_MISSING, skipped
        for player in players.values():
            _check_player(player)

    assert [goal.contest for goal in GOALS if goal.contest == contest] == [
        goal["contest"] for goal in output["goals"]
    ]


def _check_whole_scripts(result: dict[str, Any]) -> None:
    """Check that the work of a whole script includes the start of Python and the closing."""
    for name in ("script", "script-batch", "script-uncompiled", "bash", "files"):
        (outcome,) = result["players"][name]["rounds"]
        assert 2 + 7 * result["n"] == outcome["count"]
        assert (0, 0) == (outcome["open"], outcome["close"])
        assert outcome["work"] == outcome["whole"]
        assert outcome["cpu"] == outcome["whole_cpu"]


def _check_player(player: dict[str, Any]) -> None:
    """Check that a player has one round with all phases, some steps and some memory."""
    (outcome,) = player["rounds"]

    assert {
        *("open", "work", "close", "cpu", "count"),
        *("peak", "own_peak", "whole", "whole_cpu", "memory"),
    } == outcome.keys()
    assert outcome["count"] > 0
    assert outcome["peak"] >= outcome["own_peak"] > 0
    assert outcome["whole"] >= outcome["work"] > 0
    assert outcome["whole_cpu"] > 0
    assert {"title", "each_us", "times_the_first", "peak_kib", "rounds"} == player.keys()


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
def test_tables_name_the_players_and_the_goals() -> None:
    """The text output has a table of the contest, and a table of the goals with reached ratios."""
    process = run_bench("--only", "parse")
    assert 0 == process.returncode, process.stderr
    assert PLAYERS["loads"].title in process.stdout
    assert "<= 1x the time of json.loads" in process.stdout
    assert "start to exit" in process.stdout


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
def test_goals_are_measured_alone() -> None:
    """`goals` prints the table of goals only, and leaves out who plays for no goal."""
    process = run_bench("goals", "--only", "parse", "chain")

    assert 0 == process.returncode, process.stderr
    assert "<= 1x the time of json.loads" in process.stdout
    assert "start to exit" not in process.stdout
    assert PLAYERS["loads"].title in process.stderr
    assert PLAYERS["msgspec"].title not in process.stderr
    assert "chain" not in process.stderr
    assert "see a full run" in process.stdout


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
        for name, at, player in goal.plays:
            assert player in CONTESTS[name].players
            assert at < len(CONTESTS[name].full)


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


def _outcome(*, work: float, close: float = 0.0, cpu: float = 1.0, peak: int = 1) -> Outcome:
    """Return the outcome of a play of one step."""
    return Outcome(
        open=0.0,
        work=work,
        close=close,
        cpu=cpu,
        count=1,
        peak=10 * peak,
        own_peak=peak,
        whole=work + close,
        whole_cpu=cpu,
    )


def _measured(contest: str, *, ours: float, peer: float) -> Measured:
    """Return a contest in which ipwrap and its peers needed so many microseconds a step.

    All needed half of that of CPU time; ipwrap needed a tenth for closing.
    """
    our_outcome = _outcome(work=ours, close=ours / 10, cpu=ours / 2)
    peer_outcome = _outcome(work=peer, cpu=peer / 2)
    outcomes = {
        "worker": [our_outcome],
        "batch": [our_outcome],
        "bash": [peer_outcome],
        "files": [peer_outcome],
    }
    return Measured(CONTESTS[contest], 30, 0, outcomes)


def _judge(measured: Measured, *, ours: str, peer: str) -> Verdict:
    """Return the verdict on the goal of ipwrap against a peer."""
    for verdict in judge([measured]):
        goal = verdict.goal
        if isinstance(goal, Goal) and (ours, peer) == (goal.ours, goal.peer):
            return verdict

    raise AssertionError(f"no goal against {peer}")


def test_goal_of_speed_is_met_from_its_bound_on() -> None:
    """A goal "N times as fast" compares the peer's time divided by ipwrap's time."""
    fast = _judge(_measured("read", ours=1.0, peer=22.0), ours="worker", peer="bash")
    slow = _judge(_measured("read", ours=1.0, peer=21.0), ours="worker", peer="bash")

    assert (22.0, 22.0, True) == (fast.reached, fast.cpu, fast.is_met)
    assert (21.0, 21.0, False) == (slow.reached, slow.cpu, slow.is_met)


def test_goal_of_cost_is_met_up_to_its_bound() -> None:
    """A goal "N times as long" compares ipwrap's time divided by the peer's time."""
    fast = _judge(_measured("pods", ours=2.0, peer=2.0), ours="batch", peer="files")
    slow = _judge(_measured("pods", ours=3.0, peer=2.0), ours="batch", peer="files")

    assert (1.0, True) == (fast.reached, fast.is_met)
    assert (1.5, False) == (slow.reached, slow.is_met)


def test_closing_is_compared_with_the_work_before() -> None:
    """The time of closing is a share of the player's own work, and has no ratio of CPU times."""
    verdict = _judge(_measured("pods", ours=20.0, peer=1.0), ours="batch", peer="batch")
    assert (0.1, None, True) == (verdict.reached, verdict.cpu, verdict.is_met)


def test_goal_without_a_measurement_is_neither_met_nor_missed() -> None:
    """A peer that did not play, and a size that a run lacks, give no ratio and no verdict."""
    absent_peer = _judge(_measured("read", ours=1.0, peer=9.0), ours="worker", peer="pyroute2")
    other_size = _measured("read", ours=1.0, peer=9.0)
    other_size.at = 1
    absent_size = _judge(other_size, ours="worker", peer="bash")

    for verdict in (absent_peer, absent_size):
        assert (None, None, None) == (verdict.reached, verdict.cpu, verdict.is_met)
        assert "not measured" in goal_table([verdict])


@pytest.mark.parametrize("player", ["worker", "bash"])
def test_work_without_cpu_time_has_no_ratio(player: str) -> None:
    """A work too short for the clock of bash, in ticks of 10 ms, is compared by wall time only."""
    measured = _measured("read", ours=1.0, peer=30.0)
    (outcome,) = measured.outcomes[player]
    measured.outcomes[player] = [evolve(outcome, cpu=0.0)]

    verdict = _judge(measured, ours="worker", peer="bash")

    assert (30.0, None) == (verdict.reached, verdict.cpu)


@pytest.mark.parametrize(("growth", "is_met"), [(60, True), (61, False)])
def test_memory_is_judged_by_its_growth(growth: int, is_met: bool) -> None:
    """The growth is the difference of the peaks at the largest and at the smallest size, in MiB."""
    sizes = [
        Measured(CONTESTS["memory"], n, at, {"memory": [_outcome(work=1.0, peak=peak)]})
        for at, (n, peak) in enumerate([(2000, 50 * 1024), (200_000, (50 + growth) * 1024)])
    ]

    in_file, in_memory, largest = judge(sizes)

    assert (200_000, growth, is_met) == (in_memory.n, in_memory.reached, in_memory.is_met)
    assert (None, None) == (in_file.reached, in_file.is_met) == (largest.reached, largest.is_met)
    assert isinstance(in_memory.goal, MemoryGoal)
    assert "<= 60 MiB" in goal_table([in_memory])


def test_memory_of_the_largest_process_is_judged_apart() -> None:
    """An `ip` may grow where Python does not."""
    sizes = [
        Measured(CONTESTS["memory"], n, at, {"worker": [_outcome(work=1.0, peak=peak)]})
        for at, (n, peak) in enumerate([(2000, 10 * 1024), (200_000, 11 * 1024)])
    ]

    in_file, _, largest = judge(sizes)

    assert (1, True) == (in_file.reached, in_file.is_met)
    assert (10, True) == (largest.reached, largest.is_met)


def test_one_size_is_no_growth_of_memory() -> None:
    """Memory at a single size is not judged."""
    sizes = [Measured(CONTESTS["memory"], 2000, 0, {"memory": [_outcome(work=1.0)]})]
    assert [None, None, None] == [verdict.reached for verdict in judge(sizes)]


@pytest.mark.parametrize("script", ["pods.py", "pods_batch.py"])
def test_user_script_runs_the_commands_of_the_lab(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole scripts build what the other players build, by the same commands in order."""
    path = tmp_path / "recording.jsonl"
    argv = [script, "3", str(path)]
    monkeypatch.setattr("sys.argv", argv)
    monkeypatch.setattr(ipwrap, "Session", lambda **options: Session(Local(), DryRun(), **options))

    runpy.run_path(str(USER_SCRIPTS / script), run_name="__main__")

    with Session(Local(), DryRun()) as session:
        ipwrap_player.take_steps(session, pods(3))
    commands = [event.command.line for event in session.recording.commands]
    assert commands == [event.command.line for event in Recording.load(path).commands]


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
def test_a_snapshot_is_measured_beside_a_shell_script_and_another_tree() -> None:
    """A row for each: seconds, CPU time and memory."""
    tree = BENCH.parents[2]
    argv = ("-m", "scripts.bench.snapshot", "2", "--rounds", "1", "--against", str(tree))
    process = subprocess.run(
        (sys.executable, *argv), cwd=tree, capture_output=True, text=True, check=False
    )

    assert 0 == process.returncode, process.stderr
    rows = [line.rsplit(maxsplit=4) for line in process.stdout.splitlines()[2:]]
    assert ["ipwrap", tree.name, "shell script"] == [row[0].strip() for row in rows]
    assert all(float(figure) >= 0 for row in rows for figure in row[1:])
