"""`ipwrap completion`: the shells themselves complete the words of `ipwrap`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from ipwrap.cli import labs
from ipwrap.cli.completion import SHELLS, VARIABLE
from ipwrap.cli.group import cli
from ipwrap.cli.running_labs import RunningLab
from ipwrap.system.process_identity import ProcessIdentity
from tests.cli.running import run_ipwrap
from tests.terminals import run_on_terminal

START_OF_LINE, END_OF_LINE = b"\x01", b"\x05"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with files of several kinds and a program `ipwrap`."""
    for name in ("lab1.jsonl", "lab1.py", "labs/other.jsonl", "runtime/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "runtime").chmod(0o700)

    program = tmp_path / "bin" / "ipwrap"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m ipwrap "$@"\n')
    program.chmod(0o755)

    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def completed(*words: str) -> list[str]:
    """Return what a shell is offered for the last of the words of a command line."""
    completer = BashComplete(cli, {}, "ipwrap", VARIABLE)
    items = completer.get_completions(list(words[:-1]), words[-1])
    return [item.value for item in items if item.type == "plain"]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_shell_completes_by_the_tab_key(shell: str, folder: Path) -> None:
    """The tab key completes a command and a recording in an interactive shell."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    start = {
        "bash": (("bash", "--norc", "-i"), b""),
        "zsh": (("zsh", "-f", "-i"), b"autoload -Uz compinit; compinit -u -D\n"),
    }
    argv, prepare = start[shell]
    load = f'eval "$(ipwrap completion {shell})"\n'.encode()
    typed = b"ipwrap sho\tlab1\t" + START_OF_LINE + b"echo 'typed: " + END_OF_LINE + b"'\nexit\n"

    env = {**os.environ, "TERM": "vt100", "HOME": str(folder)}
    output = run_on_terminal(argv, prepare + load + typed, env=env, folder=folder)

    assert "typed: ipwrap show lab1.jsonl" in output


def test_fish_completes(folder: Path) -> None:
    """The words that fish offers are the commands, with their help, and the recordings."""
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    code = "ipwrap completion fish | source; complete -C 'ipwrap exp'; complete -C 'ipwrap show l'"

    env = {**os.environ, "HOME": str(folder)}
    process = subprocess.run(("fish", "-c", code), capture_output=True, text=True, env=env)

    lines = process.stdout.splitlines()
    assert "export\tWrite a recording as a script or a transcript." in lines
    assert "lab1.jsonl" in lines
    assert "lab1.py" not in lines


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sto",), ["stop"]),
        (("export", "--format", "ma"), ["markdown"]),
        (("export", "--re"), ["--reads", "--rerun"]),
        (("replay", "--via", "ba"), ["batch"]),
        (("export", "lab"), ["lab1.jsonl"]),
        (("undo", "labs/"), ["labs/other.jsonl"]),
        (("run", "l"), ["lab1.py"]),
        (("parse", "neig"), ["neigh"]),
        (("parse", "bridge", "v"), ["vlan", "vni"]),
        (("schema", "tc", "qd"), ["qdisc"]),
        (("completion", ""), list(SHELLS)),
    ],
)
def test_words_of_the_command_line(
    words: tuple[str, ...], expected: list[str], folder: Path
) -> None:
    """Commands, options, formats, recordings, scripts and nouns are completed."""
    assert folder == Path.cwd()
    assert expected == completed(*words)


def test_running_labs_and_their_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """`enter` and `stop` offer the running labs, and `enter` the namespaces, of one lab at once."""
    owner = ProcessIdentity.current()
    pods = RunningLab(name="pods", place="local", since=0, owner=owner)
    other = RunningLab(name="other", place="local", since=0, owner=owner)
    monkeypatch.setattr(RunningLab, "netns_names", lambda _: ["pod1", "red"])

    monkeypatch.setattr(labs, "read_labs", lambda: [pods])
    assert ["pods", "pod1"] == completed("enter", "po")
    assert ["red"] == completed("enter", "pods", "r")
    assert ["pods"] == completed("stop", "")

    monkeypatch.setattr(labs, "read_labs", lambda: [pods, other])
    assert ["pods"] == completed("enter", "po")
    assert [] == completed("enter", "neither", "")


def test_unknown_shell_is_refused() -> None:
    """A shell without completion is a usage error, with a suggestion."""
    result = run_ipwrap("completion", "bsh")

    assert 2 == result.exit_code
    assert "did you mean 'bash'?" in result.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_script_asks_ipwrap(shell: str) -> None:
    """The script of each shell is printed on stdout."""
    result = run_ipwrap("completion", shell)

    assert 0 == result.exit_code
    assert VARIABLE in result.stdout
