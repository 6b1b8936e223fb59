"""`ipwrap record`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ipwrap import Recording, Session
from ipwrap.cli.group import cli
from tests.labs import opened

pytestmark = pytest.mark.live

LAB = 'ip netns add red\necho "$1"\nexit 3\n'


def ipwrap(host: Session, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run ipwrap in a folder, in a place that it takes for this host."""
    argv = host.place.wrap(("env", f"--chdir={folder}", sys.executable, "-m", "ipwrap", *words))
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)


def test_a_script_is_recorded_where_it_is_run(tmp_path: Path) -> None:
    """On this host, unless a sandbox is asked for; the recording is named after the script."""
    (tmp_path / "lab.sh").write_text(LAB)
    with opened() as host:
        done = ipwrap(host, tmp_path, "record", "--", "bash", "lab.sh", "word")

        assert (3, "word\n") == (done.returncode, done.stdout)
        assert "ipwrap: 1 commands in lab.jsonl\n" == done.stderr
        assert ["", "red"] == list(host.state())
    recording = Recording.load(tmp_path / "lab.jsonl")
    assert ("local", ["ip netns add red"]) == (
        recording.header.place,
        [each.line for each in recording.results],
    )
    assert ["lab.sh:1"] == [asked.call_site for asked in recording.commands]
    assert [] == list((tmp_path / "state" / "ipwrap").iterdir())


def test_a_script_is_recorded_in_a_sandbox(tmp_path: Path) -> None:
    """Nothing of it is left but the recording, which is undone by itself."""
    (tmp_path / "lab.sh").write_text(LAB)
    with opened() as host:
        done = ipwrap(
            host, tmp_path, "record", "--sandbox", "-o", "x.jsonl", "sh", "lab.sh", "word"
        )

        assert (3, "word\n") == (done.returncode, done.stdout)
        assert [""] == list(host.state())
        assert 1 == ipwrap(host, tmp_path, "undo", "x.jsonl").returncode
    assert "sandbox" == Recording.load(tmp_path / "x.jsonl").header.place


def test_what_was_recorded_on_a_host_is_undone(tmp_path: Path) -> None:
    """`ipwrap undo` of the recording takes it away."""
    (tmp_path / "lab.sh").write_text(LAB)
    with opened() as host:
        ipwrap(host, tmp_path, "record", "bash", "lab.sh")
        done = ipwrap(host, tmp_path, "undo", "lab.jsonl")

        assert (0, "ip netns delete red\n", "") == (done.returncode, done.stdout, done.stderr)
        assert [""] == list(host.state())


def test_a_command_without_a_script(tmp_path: Path) -> None:
    """It needs no name of its own."""
    with opened() as host:
        done = ipwrap(host, tmp_path, "record", "ip", "link", "set", "lo", "up")

    assert (0, "ipwrap: 1 commands in recording.jsonl\n") == (done.returncode, done.stderr)


def test_what_is_wrong_is_said_before_anything_runs(tmp_path: Path) -> None:
    """A folder that is not there, a program that is not there, nothing to run."""
    for words, status in (
        (("record", "-o", str(tmp_path / "no" / "x.jsonl"), "touch", str(tmp_path / "ran")), 1),
        (("record", "--sandbox", "--also", "nosuch-program", "touch", str(tmp_path / "ran")), 1),
        (("record", "--sandbox", "--also", "bash", "touch", str(tmp_path / "ran")), 1),
        (("record",), 2),
    ):
        assert status == CliRunner().invoke(cli, words).exit_code
    assert not (tmp_path / "ran").exists()


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    """The error says what to set."""
    (tmp_path / "state").write_text("a file")
    with opened() as host:
        done = ipwrap(host, tmp_path, "record", "ip", "link")

    assert 1 == done.returncode
    assert "set XDG_STATE_HOME" in done.stderr
