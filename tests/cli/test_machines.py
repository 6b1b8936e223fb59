"""Every command says in one line what an odd machine lacks, on stderr, with status 1 and no traceback."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipwrap import Session
from ipwrap.cli.group import cli
from tests.machines import LAB_PROGRAMS, busybox_ip, ip_that_answers, path_of

pytestmark = pytest.mark.live

LAB = "def main(session):\n    session.ip.netns.add('red')\n"
COMMANDS = (
    ("run", "lab.py"),
    ("run", "--host", "lab.py"),
    ("replay", "dry.jsonl"),
    ("replay", "--check", "--via", "sh", "dry.jsonl"),
    ("record", "--sandbox", "-o", "new.jsonl", "true"),
    ("record", "-o", "new.jsonl", "true"),
    ("undo", "host.jsonl"),
)
NEW_ENOUGH = (
    "sandbox",
    "true",
)  # it runs what one asks for, and needs no more of iproute2 than that it is there

INSTALL = "apt-get update && apt-get install iproute2"


def missing(patch: pytest.MonkeyPatch, folder: Path) -> str:
    """Have no `ip` at all; return what is said of it."""
    path_of(patch, folder, set(LAB_PROGRAMS) - {"ip"})
    return f"ip: no such program on this machine; install it: {INSTALL}"


def busybox(patch: pytest.MonkeyPatch, folder: Path) -> str:
    """Have BusyBox's `ip` alone."""
    first = busybox_ip(folder / "busybox")
    path_of(patch, folder, set(LAB_PROGRAMS) - {"ip"}, first)
    return (
        f"ip: {first}/ip is BusyBox's, which lacks what ipwrap needs; install iproute2: {INSTALL}"
    )


def old(patch: pytest.MonkeyPatch, folder: Path) -> str:
    """Have an iproute2 of before 5.4."""
    first = ip_that_answers(folder / "old", "ip utility, iproute2-ss190107")
    path_of(patch, folder, LAB_PROGRAMS, first)
    return "iproute2 4.20 (ss190107) is too old: 5.4 or later is needed; install a newer one"


def ipwrap(*words: str) -> Result:
    """Run `ipwrap` in this process."""
    return CliRunner().invoke(cli, words)


@pytest.fixture(autouse=True)
def _the_process_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take back what `run` does to this process, and keep what is found on this host out of its home."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def folder(tmp_path: Path, dry: Session) -> Path:
    """A folder with a script, a recording, and one that a session on this host left when it crashed."""
    (tmp_path / "lab.py").write_text(LAB)
    dry.ip.netns.add("red")
    dry.recording.save(tmp_path / "dry.jsonl")

    header = json.loads((tmp_path / "dry.jsonl").read_text().splitlines()[0])
    header |= {"place": "local", "owner": None}
    (tmp_path / "host.jsonl").write_text(json.dumps(header) + "\n")
    return tmp_path


@pytest.mark.parametrize("words", [*COMMANDS, NEW_ENOUGH], ids=" ".join)
@pytest.mark.parametrize("machine", [missing, busybox, old], ids=lambda machine: machine.__name__)
def test_one_line_says_what_is_lacking(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    words: tuple[str, ...],
    machine: Callable[[pytest.MonkeyPatch, Path], str],
) -> None:
    """Whatever opens a place asks for iproute2 first."""
    said = machine(monkeypatch, folder)

    ran = ipwrap(*words)

    assert isinstance(ran.exception, SystemExit | None)
    if machine is old and words == NEW_ENOUGH:
        assert 0 == ran.exit_code or "a sandbox cannot be made here" in ran.stderr
        return
    assert (1, "") == (ran.exit_code, ran.stdout)
    assert ran.stderr.startswith(f"ipwrap: {said}")
    assert 1 == len(ran.stderr.splitlines())


def test_paper_needs_no_iproute2(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """What only reads a recording works without it."""
    missing(monkeypatch, folder)

    for words in (("show", "dry.jsonl"), ("export", "dry.jsonl"), ("schema", "link")):
        ran = ipwrap(*words)
        assert (0, "") == (ran.exit_code, ran.stderr)
        assert ran.stdout
