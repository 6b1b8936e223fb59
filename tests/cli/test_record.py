"""`ipwrap record` runs a script and records its calls."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ipwrap import Recording, Session
from ipwrap.apply import remaining_differences
from ipwrap.cli.group import cli
from tests.labs import build_or_skip, open_sandbox

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


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("-o", "no/x.jsonl", "touch", "ran"), 1, "its folder does not exist"),
        (("--also", "nosuch-program", "touch", "ran"), 1, "nosuch-program: no such program"),
        (("--also", "bash", "touch", "ran"), 1, "--also bash: give the name of a program other"),
        (("nosuch-program",), 1, "nosuch-program: there is no such program, or it may not be"),
        (("./recording.jsonl",), 1, "there is no such program, or it may not be executed"),
        (("./",), 1, "there is no such program, or it may not be executed"),
        ((), 2, "Missing argument"),
    ],
)
def test_errors_come_before_the_run(
    arguments: tuple[str, ...],
    status: int,
    message: str,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cannot be recorded is an error before the run, and an earlier recording stays."""
    monkeypatch.chdir(tmp_path)
    earlier = tmp_path / "recording.jsonl"
    earlier.write_text("of an earlier run")

    result = CliRunner().invoke(cli, ["record", "--sandbox", *arguments])

    assert status == result.exit_code
    assert message in result.output
    assert [earlier] == [*tmp_path.iterdir()]
    assert "of an earlier run" == earlier.read_text()


def test_functions_and_builtins_can_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only the shell or a shim knows is run: a builtin, an exported function, sudo."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BASH_FUNC_greet%%", "() { exit 3; }")

    for command, status in (("greet", 3), ("cd", 0), ("sudo true", 0)):
        result = CliRunner().invoke(cli, ["record", "--sandbox", *command.split()])
        assert status == result.exit_code


def test_unwritable_state_folder(tmp_path: Path) -> None:
    """The error names the variable to set."""
    (tmp_path / "state").write_text("a file")
    with open_sandbox() as host:
        completed = ipwrap(host, tmp_path, "record", "ip", "link")

    assert 1 == completed.returncode
    assert "set XDG_STATE_HOME" in completed.stderr


def test_classes_of_a_recorded_script_are_undone(tmp_path: Path) -> None:
    """Those of before are in the recording: a changed one is set back."""
    (tmp_path / "lab.sh").write_text(
        "tc class change dev v0 parent 1: classid 1:1 htb rate 5mbit\n"
        "tc class add dev v0 parent 1: classid 1:2 htb rate 5mbit\n"
    )
    with open_sandbox() as host:
        build_or_skip(
            host,
            "ip link add v0 type veth peer name v1\ntc qdisc add dev v0 root handle 1: htb\n"
            "tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit",
        )
        before = host.snapshot().state
        ipwrap(host, tmp_path, "record", "sh", "lab.sh")
        completed = ipwrap(host, tmp_path, "undo", "lab.jsonl")
        differences = remaining_differences(host.snapshot().state, before)

    assert (0, "", []) == (completed.returncode, completed.stderr, differences)
    assert "tc class delete dev v0 classid 1:2" in completed.stdout.splitlines()
