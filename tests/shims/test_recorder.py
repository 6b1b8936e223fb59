"""Labs in bash and sh, written in several styles: recorded, exported, replayed, and the same."""

import json
import os
from pathlib import Path

import pytest

from ipwrap import Session
from ipwrap.replay import replay, replay_export
from ipwrap.shims.recorder import make_calls_folder, find_script
from tests.labs import exported, opened, sh_inside
from tests.machines import busybox_ip
from tests.shims.recording import Run, run

LABS = sorted(Path("tests/cases/labs").glob("*.sh"))
STATUS = {"traps": 3}

pytestmark = pytest.mark.live


@pytest.fixture(scope="module", params=LABS, ids=lambda path: path.stem)
def lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Run]:
    """A lab's name, and what came of recording it."""
    text = request.param.read_text()
    shell = text.partition("\n")[0].rpartition("/")[2]
    return request.param.stem, run(tmp_path_factory.mktemp("lab"), text, shell=shell)


def test_a_lab_ends_as_it_would(lab: tuple[str, Run]) -> None:
    """Its status is that of `ipwrap record`, and what went wrong is in the recording."""
    name, done = lab
    end = done.recording.end

    assert STATUS.get(name, 0) == done.status, done.stderr
    assert end is not None
    assert bool(done.status) == bool(end.error)
    assert end.failed is None


def test_a_lab_is_replayed(lab: tuple[str, Run]) -> None:
    """Every command ends as it did, every read returns the same, and so does the state."""
    with opened() as session:
        found = replay(lab[1].recording, session)

    assert [] == found.differences
    assert found.state_compared


@pytest.mark.parametrize("format_", ["sh", "plain", "batch"])
def test_a_lab_is_exported(format_: str, lab: tuple[str, Run]) -> None:
    """The script builds the same state."""
    with opened() as session:
        found = replay_export(lab[1].recording, session, format_)

    assert [] == found.differences
    assert found.state_compared


def test_a_lab_is_taken_away(lab: tuple[str, Run], tmp_path: Path) -> None:
    """`down` of the exported script leaves the place as it was."""
    script = exported(lab[1].recording, tmp_path / "lab.sh")
    with opened() as session:
        before = _named(session)
        built, gone = (sh_inside(session, script, task) for task in ("up", "down"))

        assert (0, 0) == (built.returncode, gone.returncode), built.stderr + gone.stderr
        assert before == _named(session)


def _named(session: Session) -> object:
    """Return the links and the namespaces that are there."""
    return [
        (name, [link["ifname"] for link in nouns["link"]])
        for name, nouns in session.state().items()
    ]


def test_the_header_and_the_states(tmp_path: Path) -> None:
    """The recording says where, with which iproute2; and holds the state before and after."""
    done = run(tmp_path, "ip netns add red\n")
    header, end = done.recording.header, done.recording.end

    assert ("sandbox", True, True) == (header.place, bool(header.iproute2), bool(header.kernel))
    assert [""] == list(done.recording.initial_state or ())
    assert end is not None
    assert ["", "red"] == list(end.state or ())
    assert done.recording.truncated_line is None


def test_a_script_is_recorded_where_busybox_is_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its `ip` is iproute2's, and so are the other programs the system's own."""
    busybox = busybox_ip(tmp_path / "busybox")
    monkeypatch.setenv("PATH", f"{busybox}:{os.environ['PATH']}")

    done = run(tmp_path, "ip netns add red\nip -n red link set lo up\n")

    assert 0 == done.status, done.stderr
    assert ["ip netns add red", "ip -n red link set lo up"] == [
        each.command.line for each in done.recording.commands
    ]


def test_what_changed_nothing_has_no_state(tmp_path: Path) -> None:
    """As in a session: there is nothing to compare, and the script builds nothing."""
    done = run(tmp_path, "ip link >/dev/null\n")

    assert done.recording.end is not None
    assert done.recording.end.state is None
    with opened() as session:
        assert replay(done.recording, session).same
        assert replay_export(done.recording, session, "sh").same


def test_the_call_that_ended_a_script(tmp_path: Path) -> None:
    """With `set -e` the last call is the one that failed, and the exported script ends by it too."""
    done = run(
        tmp_path,
        "set -e\nip link set nosuch0 down || true\nip link set nosuch up\nip netns add red\n",
    )

    assert done.recording.end is not None
    assert (1, 2) == (done.status, done.recording.end.failed)


def test_a_recording_is_json_lines(tmp_path: Path) -> None:
    """Each command is followed by what it gave back."""
    run(tmp_path, "ip link set lo up\nip -j link >/dev/null\n")

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


def test_the_script_among_the_words(tmp_path: Path) -> None:
    """It is the first word that is a file of text: neither the shell nor a program."""
    lab, program = tmp_path / "lab.sh", tmp_path / "program"
    lab.write_text("ip link\n")
    program.write_bytes(b"\x7fELF\0\0")

    assert lab == find_script(("bash", "-x", str(program), str(lab), "ip"))
    assert find_script(("ip", "link")) is None


def test_calls_are_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that is, and where nobody else looks."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    folder = make_calls_folder()

    assert (tmp_path, 0o700) == (folder.parent, folder.stat().st_mode & 0o777)
