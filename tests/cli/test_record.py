"""`ipwrap record` runs a script and records its calls."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ipwrap import Recording, Session
from ipwrap.cli.group import cli
from tests.labs import open_sandbox

pytestmark = pytest.mark.live

LAB = 'ip netns add red\necho "$1"\nexit 3\n'


def ipwrap(host: Session, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run ipwrap in a folder, in a place that replaces this host."""
    chdir = ("env", f"--chdir={folder}")
    argv = host.place.wrap((*chdir, sys.executable, "-m", "ipwrap", *arguments))
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)


def test_script_is_recorded_on_this_host(tmp_path: Path) -> None:
    """By default a script runs on this host, and the recording is named after the script."""
    (tmp_path / "lab.sh").write_text(LAB)
    with open_sandbox() as host:
        completed = ipwrap(host, tmp_path, "record", "--", "bash", "lab.sh", "word")

        assert 3 == completed.returncode
        assert "word\n" == completed.stdout
        assert "ipwrap: 1 command in lab.jsonl\n" == completed.stderr
        assert ["", "red"] == list(host.state())
    recording = Recording.load(tmp_path / "lab.jsonl")
    assert "local" == recording.header.place
    assert ["ip netns add red"] == [result.line for result in recording.results]
    assert ["lab.sh:1"] == [event.call_site for event in recording.commands]
    assert [] == list((tmp_path / "state" / "ipwrap").iterdir())


def test_script_is_recorded_in_a_sandbox(tmp_path: Path) -> None:
    """With `--sandbox` the host stays unchanged, and the recording cannot be undone."""
    (tmp_path / "lab.sh").write_text(LAB)
    with open_sandbox() as host:
        completed = ipwrap(
            host, tmp_path, "record", "--sandbox", "-o", "x.jsonl", "sh", "lab.sh", "word"
        )

        assert 3 == completed.returncode
        assert "word\n" == completed.stdout
        assert [""] == list(host.state())
        assert 1 == ipwrap(host, tmp_path, "undo", "x.jsonl").returncode
    assert "sandbox" == Recording.load(tmp_path / "x.jsonl").header.place


def test_host_recording_is_undone(tmp_path: Path) -> None:
    """`ipwrap undo` deletes the objects of a recording on this host."""
    (tmp_path / "lab.sh").write_text(LAB)
    with open_sandbox() as host:
        ipwrap(host, tmp_path, "record", "bash", "lab.sh")
        completed = ipwrap(host, tmp_path, "undo", "lab.jsonl")

        assert 0 == completed.returncode
        assert "ip netns delete red\n" == completed.stdout
        assert "" == completed.stderr
        assert [""] == list(host.state())


def test_command_without_a_script(tmp_path: Path) -> None:
    """Without a script, the recording is named recording.jsonl."""
    with open_sandbox() as host:
        completed = ipwrap(host, tmp_path, "record", "ip", "link", "set", "lo", "up")

    assert 0 == completed.returncode
    assert "ipwrap: 1 command in recording.jsonl\n" == completed.stderr


def test_errors_come_before_the_run(tmp_path: Path) -> None:
    """A missing folder, an unsuitable program, and no command are errors before the run."""
    marker = tmp_path / "ran"
    impossible_path = str(tmp_path / "no" / "x.jsonl")
    touch = ("touch", str(marker))

    for arguments, status in (
        (("record", "-o", impossible_path, *touch), 1),
        (("record", "--sandbox", "--also", "nosuch-program", *touch), 1),
        (("record", "--sandbox", "--also", "bash", *touch), 1),
        (("record",), 2),
    ):
        result = CliRunner().invoke(cli, arguments)
        assert status == result.exit_code

    assert not marker.exists()


def test_unwritable_state_folder(tmp_path: Path) -> None:
    """The error names the variable to set."""
    (tmp_path / "state").write_text("a file")
    with open_sandbox() as host:
        completed = ipwrap(host, tmp_path, "record", "ip", "link")

    assert 1 == completed.returncode
    assert "set XDG_STATE_HOME" in completed.stderr
