"""The help of every command: its examples run as they stand, and no line is cut off."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ipwrap import PlaceError, Session
from ipwrap.cli.examples import TITLE
from ipwrap.cli.group import COMMANDS, cli
from tests.cli.running import run_ipwrap

pytestmark = pytest.mark.live

# Where lab.py is not the lab of `ipwrap init`, as its ping takes a second.
LAB = """
from ipwrap.kinds import Veth

def main(session):
    session.ip.netns.add("red")
    session.ip.netns.add("blue")
    session.ip.link.add("eth0", Veth(peer="eth0", peer_netns="blue"), netns="red")
    for name, address in (("red", "10.0.0.1/24"), ("blue", "10.0.0.2/24")):
        namespace = session.netns(name)
        namespace.ip.address.add(address, dev="eth0")
        namespace.ip.link.set("eth0", up=True)

def lab(session, *, delay: int, loss: int = 0):  # for sweeps
    main(session)
    return delay + loss
"""
RECORD = "ipwrap run lab.py --record lab.jsonl; "
SNAPSHOT = "ipwrap snapshot -o lab.json; "
KEEP = "ipwrap run lab.py --keep; "
LAB_FILE = """
name = "two-hosts"
pools = ["10.0.0.0/16"]
[nodes.h1]
[nodes.h2]
[[links]]
ends = ["h1", "h2"]
"""
UP = "ipwrap up lab.toml; "
# What an example needs besides lab.py and lab.sh, by its command.
PREPARATIONS = {
    "clean": "ipwrap run lab.py --host --record lab.jsonl; ",
    "apply": SNAPSHOT,
    "diff": RECORD + "ipwrap snapshot -o before.json; ",
    "down": UP,
    "draw": RECORD,
    "enter": KEEP,
    "exec": UP,
    "export": RECORD,
    "init": "rm lab.py; ",
    "list": KEEP,
    "parse": "ip -j address > addresses.json; ",
    "replay": RECORD + "ipwrap export lab.jsonl -o lab.sh; ",
    "report": RECORD,
    "show": RECORD,
    "status": UP,
    "stop": KEEP,
    "undo": "ipwrap run lab.py --host --record lab.jsonl; ",
}
# Of lines for the start-up file of a shell.
SHELLS = {"bash": "", "zsh": "autoload -Uz compinit; compinit -u -D; "}
PREPARATIONS_OF_GROUP = {"ipwrap export": RECORD, "ipwrap init": "rm lab.py; "}
# The host of these is a sandbox.
HOST_COMMANDS = ("apply", "clean", "diff", "save", "snapshot", "undo", "watch")


def example_lines(command: click.Command) -> list[str]:
    """Return the examples of a command's help."""
    _, _, text = (command.epilog or "").partition(f"{TITLE}\n")
    return [line.strip() for line in text.splitlines()]


def all_examples() -> Iterator[tuple[str, str]]:
    """Yield each example, with the preparation of its command."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        for line in example_lines(command):
            running = UP if " --lab " in line else ""
            yield PREPARATIONS.get(name, "") + running, line
    for line in example_lines(cli):
        begin = " ".join(line.split()[:2])
        yield PREPARATIONS_OF_GROUP.get(begin, ""), line


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of an example: a folder with a lab, and labs of its own."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    program = tmp_path / "bin" / "ipwrap"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m ipwrap "$@"\n')
    program.chmod(0o755)
    (tmp_path / "runtime").mkdir(mode=0o700)
    (tmp_path / "lab.py").write_text(LAB)
    (tmp_path / "lab.toml").write_text(LAB_FILE)
    (tmp_path / "lab.sh").write_text("ip netns add red\nip -n red link set lo up\n")

    return {
        **os.environ,
        "HOME": str(tmp_path),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "XDG_RUNTIME_DIR": str(tmp_path / "runtime"),
    }


@pytest.mark.parametrize(("preparation", "line"), [*all_examples()])
def test_example_runs(
    preparation: str, line: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """An example of the help succeeds, and a lab that it keeps can be stopped."""
    name = line.split()[1]
    if name == "watch":  # until Ctrl-C
        line = f"timeout --preserve-status --signal=INT 3 {line} || test $? = 130"
    script = f"set -e; {preparation}{line}\nipwrap stop --all 2>/dev/null || :"
    shell = next((name for name in SHELLS if f"completion {name})" in line), "sh")
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    argv = [shell, "-c", SHELLS.get(shell, "") + script]
    if name in HOST_COMMANDS:
        argv = [f"{tmp_path}/bin/ipwrap", "sandbox", *argv]

    process = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
    )

    assert 0 == process.returncode, process.stderr


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_ends_with_examples(name: str) -> None:
    """The help of a command ends with its examples, each of which names the command."""
    result = run_ipwrap(name, "--help")

    _, _, examples = result.stdout.partition(f"{TITLE}\n")
    assert examples
    assert all(f"ipwrap {name}" in line for line in examples.splitlines())


@pytest.mark.parametrize("columns", ["60", "80"])
@pytest.mark.parametrize("name", ["", *sorted(COMMANDS)])
def test_no_line_of_the_help_is_cut(
    name: str, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a narrow terminal, too, each sentence is whole, and no line of an example is too long."""
    monkeypatch.setenv("COLUMNS", columns)

    result = run_ipwrap(*filter(None, (name, "--help")))

    assert 0 == result.exit_code
    lines = result.stdout.splitlines()
    assert [] == [line for line in lines if line.endswith(("…", "...")) and "Usage:" not in line]
    examples = lines[lines.index(f"  {TITLE}") :]
    assert all(len(line) <= int(columns) for line in examples)
