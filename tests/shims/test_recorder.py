"""Labs in bash and sh, in several styles, are recorded, exported and replayed."""

import json
import os
from pathlib import Path

import pytest

from ipwrap import Session
from ipwrap.replay import replay, replay_export
from ipwrap.shims.recorder import find_script, make_calls_folder
from tests.labs import open_sandbox, run_script_inside, write_script
from tests.machines import make_busybox_folder
from tests.shims.recording import RecordedRun, record_script

LABS = sorted(Path("tests/cases/labs").glob("*.sh"))
STATUS = {"traps": 3}

pytestmark = pytest.mark.live


@pytest.fixture(scope="module", params=LABS, ids=lambda path: path.stem)
def recorded_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, RecordedRun]:
    """The name of a lab, and the result of its recording."""
    text = request.param.read_text()
    shell = text.partition("\n")[0].rpartition("/")[2]
    return request.param.stem, record_script(tmp_path_factory.mktemp("lab"), text, shell=shell)


def test_recorded_lab_has_the_script_status(recorded_lab: tuple[str, RecordedRun]) -> None:
    """A failed lab has its exit status and an error at the end of the recording."""
    name, recorded_run = recorded_lab
    end = recorded_run.recording.end

    assert STATUS.get(name, 0) == recorded_run.status, recorded_run.stderr
    assert end is not None
    assert bool(recorded_run.status) == bool(end.error)
    assert end.failed is None


def test_recorded_lab_is_replayed(recorded_lab: tuple[str, RecordedRun]) -> None:
    """In a replay, all statuses, reads and the final state equal the recorded ones."""
    with open_sandbox() as session:
        comparison = replay(recorded_lab[1].recording, session)

    assert [] == comparison.differences
    assert comparison.state_compared


@pytest.mark.parametrize("format_", ["sh", "plain", "batch"])
def test_recorded_lab_is_exported(format_: str, recorded_lab: tuple[str, RecordedRun]) -> None:
    """The exported script reaches the recorded state."""
    with open_sandbox() as session:
        comparison = replay_export(recorded_lab[1].recording, session, export_format=format_)

    assert [] == comparison.differences
    assert comparison.state_compared


def test_recorded_lab_is_torn_down(recorded_lab: tuple[str, RecordedRun], tmp_path: Path) -> None:
    """`down` of the exported script restores the place."""
    script = write_script(recorded_lab[1].recording, tmp_path / "lab.sh")
    with open_sandbox() as session:
        before = _links_by_namespace(session)
        up = run_script_inside(session, script, "up")
        down = run_script_inside(session, script, "down")

        assert (0, 0) == (up.returncode, down.returncode), up.stderr + down.stderr
        assert before == _links_by_namespace(session)


def _links_by_namespace(session: Session) -> object:
    """Return the names of the namespaces and their links."""
    return [
        (name, [link["ifname"] for link in nouns["link"]])
        for name, nouns in session.state().items()
    ]


def test_header_and_states(tmp_path: Path) -> None:
    """The recording has the place, the releases, and the states before and after."""
    recorded_run = record_script(tmp_path, "ip netns add red\n")
    header, end = recorded_run.recording.header, recorded_run.recording.end

    assert "sandbox" == header.place
    assert bool(header.iproute2)
    assert bool(header.kernel)
    assert [""] == list(recorded_run.recording.initial_state or ())
    assert end is not None
    assert ["", "red"] == list(end.state or ())
    assert recorded_run.recording.truncated_line is None


def test_script_is_recorded_with_busybox_first_in_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With BusyBox first in PATH, the calls of iproute2's `ip` are recorded."""
    busybox = make_busybox_folder(tmp_path / "busybox")
    monkeypatch.setenv("PATH", f"{busybox}:{os.environ['PATH']}")

    recorded_run = record_script(tmp_path, "ip netns add red\nip -n red link set lo up\n")

    assert 0 == recorded_run.status, recorded_run.stderr
    assert ["ip netns add red", "ip -n red link set lo up"] == [
        event.command.line for event in recorded_run.recording.commands
    ]


def test_read_only_script_has_no_final_state(tmp_path: Path) -> None:
    """A recording without changes has no final state, and its script builds nothing."""
    recorded_run = record_script(tmp_path, "ip link >/dev/null\n")

    assert recorded_run.recording.end is not None
    assert recorded_run.recording.end.state is None
    with open_sandbox() as session:
        assert replay(recorded_run.recording, session).is_same
        assert replay_export(recorded_run.recording, session, export_format="sh").is_same


def test_failed_call_that_ended_the_script(tmp_path: Path) -> None:
    """With `set -e` the recording notes the failed call, which ends an exported script, too."""
    recorded_run = record_script(
        tmp_path,
        "set -e\nip link set nosuch0 down || true\nip link set nosuch up\nip netns add red\n",
    )

    assert recorded_run.recording.end is not None
    assert 1 == recorded_run.status
    assert 2 == recorded_run.recording.end.failed


def test_recording_is_json_lines(tmp_path: Path) -> None:
    """In the file, a command is followed by its result."""
    record_script(tmp_path, "ip link set lo up\nip -j link >/dev/null\n")

    events = [
        json.loads(line)["event"] for line in (tmp_path / "lab.jsonl").read_text().splitlines()
    ]

    assert [
        "recording",
        "note",
        "snapshot",
        "command",
        "result",
        "command",
        "result",
        "end",
    ] == events


def test_script_among_the_arguments(tmp_path: Path) -> None:
    """The script is the first argument that names a text file."""
    script, program = tmp_path / "lab.sh", tmp_path / "program"
    script.write_text("ip link\n")
    program.write_bytes(b"\x7fELF\0\0")

    assert script == find_script(("bash", "-x", str(program), str(script), "ip"))
    assert find_script(("ip", "link")) is None


def test_calls_folder_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder for calls is private, and in XDG_RUNTIME_DIR if possible."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    folder = make_calls_folder()

    assert tmp_path == folder.parent
    assert 0o700 == (folder.stat().st_mode & 0o777)


ANNOTATED_LAB = """\
#!/bin/bash
# A lab with a cable for each.
set -e
make() {
    # The cable.
    ip link add v-$1 type veth peer name w-$1
    ip link set v-$1 up
}
cleanup() { ip link del v-a 2>/dev/null || true; }
trap cleanup EXIT

echo "First, the cables"
for name in a b; do
    make $name
    ip link set w-$name up
done
"""


def test_prose_and_own_lines_of_a_script(tmp_path: Path) -> None:
    """Comments, echoes and functions are notes, and each call tells its own line."""
    run = record_script(tmp_path, ANNOTATED_LAB)

    assert (0, "First, the cables\n") == (run.status, run.stdout)
    assert [
        "A lab with a cable for each.",
        "First, the cables",
        "make:\nThe cable.",
        "make:",
        "cleanup:",
    ] == run.notes
    lines = [event.call_site for event in run.recording.commands]
    numbers = [str(site).rpartition(":")[2] for site in lines]
    assert ["6", "7", "15", "6", "7", "15", "9"] == numbers
