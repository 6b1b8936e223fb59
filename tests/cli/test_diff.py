"""`ipwrap diff`."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap import Recording, Session, Snapshot
from ipwrap.kinds import Bridge
from ipwrap.state import State
from tests.cli.running import run_ipwrap
from tests.cli.test_snapshot import run_in_place
from tests.labs import open_sandbox

STATE: State = {
    "": {"link": [{"ifname": "eth0", "ifindex": 2, "mtu": 1500, "flags": ["UP"]}]},
    "red": {"link": [{"ifname": "lo", "ifindex": 1, "mtu": 65536, "flags": []}]},
}
CHANGED = copy.deepcopy(STATE)
CHANGED[""]["link"][0]["mtu"] = 1400
CHANGED[""]["link"].append({"ifname": "e\x1bvil", "ifindex": 3, "mtu": 1500, "flags": []})
LINES = ["~ (host)  link eth0: mtu 1500 -> 1400", "+ (host)  link e\\x1bvil"]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """The files of two snapshots."""
    paths = tmp_path / "a.json", tmp_path / "b.json"
    for path, state in zip(paths, (STATE, CHANGED), strict=True):
        Snapshot(state).save(path)
    return str(paths[0]), str(paths[1])


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The recording of a session that has made a bridge."""
    path = tmp_path_factory.mktemp("recordings") / "lab.jsonl"
    with Session(sandbox=True, record=path) as session:
        session.ip.link.add("br0", Bridge())
    return str(path)


def test_differences_are_lines_of_words(files: tuple[str, str]) -> None:
    """Each difference is a line without control characters, and the status is 1."""
    result = run_ipwrap("diff", *files)

    assert (1, sorted(LINES)) == (result.exit_code, sorted(result.stdout.splitlines()))


def test_equal_states_have_no_output(files: tuple[str, str]) -> None:
    """Without a difference nothing is printed, and the status is 0."""
    result = run_ipwrap("diff", files[0], files[0])

    assert (0, "") == (result.exit_code, result.output)


@pytest.mark.parametrize(
    ("name", "problem"), [("absent.json", "No such file"), ("empty.json", "no recording")]
)
def test_a_file_that_cannot_be_read_has_status_2(
    name: str, problem: str, files: tuple[str, str], tmp_path: Path
) -> None:
    """A missing file, and one that is neither snapshot nor recording, are named on stderr."""
    (tmp_path / "empty.json").write_text("nothing\n")
    result = run_ipwrap("diff", files[0], str(tmp_path / name))

    assert (2, "") == (result.exit_code, result.stdout)
    assert name in result.stderr
    assert problem in result.stderr or name == "empty.json"


def test_json_has_both_sides(files: tuple[str, str]) -> None:
    """The JSON lists the change, the object and both sides."""
    objects = json.loads(run_ipwrap("diff", "--format", "json", *files).stdout)
    changed = next(entry for entry in objects if entry["change"] == "changed")

    assert ("", "link", ["eth0"], 1500, 1400, LINES[0]) == (
        changed["netns"],
        changed["object"],
        changed["name"],
        changed["before"]["mtu"],
        changed["after"]["mtu"],
        changed["text"],
    )
    assert {"changed", "added"} == {entry["change"] for entry in objects}


def test_an_object_less_is_deleted_in_json(files: tuple[str, str]) -> None:
    """In the other direction what was added is deleted."""
    objects = json.loads(run_ipwrap("diff", "--format", "json", files[1], files[0]).stdout)

    assert {"changed", "deleted"} == {entry["change"] for entry in objects}


def test_colours_are_on_request(files: tuple[str, str]) -> None:
    """Lines are coloured by their sign where colours are asked for, and not in a pipe."""
    coloured = run_ipwrap("diff", "--color", "always", *files).stdout
    plain = run_ipwrap("diff", *files).stdout

    assert (True, True, False) == (
        "\x1b[33m~" in coloured,
        "\x1b[32m+" in coloured,
        "\x1b" in plain,
    )


def test_strict_compares_every_value(files: tuple[str, str], tmp_path: Path) -> None:
    """Another index is a difference only with --strict."""
    state = copy.deepcopy(STATE)
    state[""]["link"][0]["ifindex"] = 7
    Snapshot(state).save(tmp_path / "index.json")
    arguments = ("diff", files[0], str(tmp_path / "index.json"))

    assert ("", "~ (host)  link eth0: ifindex 2 -> 7\n") == (
        run_ipwrap(*arguments).stdout,
        run_ipwrap(*arguments, "--strict").stdout,
    )


def test_a_recording_tells_what_its_session_has_changed(recording: str) -> None:
    """A recording alone is compared from its start to its end."""
    result = run_ipwrap("diff", recording)

    assert (1, "+ (host)  link br0 type bridge\n") == (result.exit_code, result.stdout)


def test_the_states_of_a_recording_are_chosen(recording: str, tmp_path: Path) -> None:
    """A snapshot of the initial state equals it, and differs from the final one."""
    path = str(tmp_path / "start.json")
    Snapshot.of_recording(Recording.load(recording), initial=True).save(path)

    assert (0, 1) == (
        run_ipwrap("diff", "--initial", recording, path).exit_code,
        run_ipwrap("diff", recording, path).exit_code,
    )


def test_a_snapshot_alone_is_compared_with_now(tmp_path: Path) -> None:
    """Inside a place, a snapshot is compared with what is there, also from stdin."""
    with open_sandbox() as session:
        before = session.snapshot()
        path = tmp_path / "before.json"
        before.save(path)
        session.ip.link.add("br0", Bridge())
        finished = run_in_place(session, "diff", str(path))
        argv = session.place.wrap((sys.executable, "-m", "ipwrap", "diff", "-", "live"))
        piped = subprocess.run(
            argv,
            input=before.to_json(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert [(1, "+ (host)  link br0 type bridge\n")] * 2 == [
        (finished.returncode, finished.stdout),
        (piped.returncode, piped.stdout),
    ]


def test_the_namespaces_of_processes_can_be_left_out(tmp_path: Path) -> None:
    """A namespace of a process is a difference unless --no-processes."""
    state = {**STATE, "pid:7 (nginx)": STATE["red"]}
    paths = str(tmp_path / "a.json"), str(tmp_path / "b.json")
    Snapshot(STATE).save(paths[0])
    Snapshot(state).save(paths[1])

    assert ("+ (host)  netns pid:7 (nginx)\n", "") == (
        run_ipwrap("diff", *paths).stdout,
        run_ipwrap("diff", "--no-processes", *paths).stdout,
    )


def test_a_session_without_changes_has_no_states(tmp_path: Path) -> None:
    """A recording without a change is refused with its name."""
    path = tmp_path / "idle.jsonl"
    with Session(sandbox=True, record=path) as session:
        session.ip.link.show()
    result = run_ipwrap("diff", str(path))

    assert (2, True) == (result.exit_code, "idle.jsonl: holds no state" in result.stderr)
