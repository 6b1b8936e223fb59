"""Every command reports a missing requirement of the machine in a single line on stderr."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ipwrap import Session
from tests.cli.running import run_ipwrap
from tests.machines import LAB_PROGRAMS, make_busybox_folder, make_ip_with_version, set_path

pytestmark = pytest.mark.live

LAB = "def main(session):\n    session.ip.netns.add('red')\n"
COMMANDS = (
    ("run", "lab.py"),
    ("run", "--host", "lab.py"),
    ("replay", "dry.jsonl"),
    ("replay", "--check", "--via", "sh", "dry.jsonl"),
    ("record", "--sandbox", "-o", "new.jsonl", "true"),
    ("record", "-o", "new.jsonl", "true"),
    ("undo", "--here", "host.jsonl"),
)
# `ipwrap sandbox` only needs `ip` itself, and accepts any release.
ANY_RELEASE = ("sandbox", "true")

INSTALL = "apt-get update && apt-get install iproute2"


def without_ip(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    """Remove `ip` from PATH, and return the expected message."""
    set_path(monkeypatch, folder, set(LAB_PROGRAMS) - {"ip"})
    return f"ip: no such program on this machine; install it: {INSTALL}"


def with_busybox_only(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    """Provide BusyBox's `ip` only, and return the expected message."""
    first_folder = make_busybox_folder(folder / "busybox")
    set_path(monkeypatch, folder, set(LAB_PROGRAMS) - {"ip"}, first_folder)
    problem = f"ip: {first_folder}/ip is BusyBox's, which lacks what ipwrap needs"
    return f"{problem}; install iproute2: {INSTALL}"


def with_old_iproute2(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    """Provide an iproute2 older than 5.4, and return the expected message."""
    first_folder = make_ip_with_version(folder / "old", "ip utility, iproute2-ss190107")
    set_path(monkeypatch, folder, LAB_PROGRAMS, first_folder)
    return "iproute2 4.20 (ss190107) is too old: 5.4 or later is needed; install a newer one"


@pytest.fixture(autouse=True)
def _restored_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Restore sys.argv and sys.path after `run`, and use a separate state directory."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def lab_folder(tmp_path: Path, dry_session: Session) -> Path:
    """A folder with a script, a recording, and the recording of a crashed session."""
    (tmp_path / "lab.py").write_text(LAB)
    dry_session.ip.netns.add("red")
    dry_session.recording.save(tmp_path / "dry.jsonl")

    header = json.loads((tmp_path / "dry.jsonl").read_text().splitlines()[0])
    header |= {"place": "local", "owner": None}
    (tmp_path / "host.jsonl").write_text(json.dumps(header) + "\n")
    return tmp_path


@pytest.mark.parametrize("arguments", [*COMMANDS, ANY_RELEASE], ids=" ".join)
@pytest.mark.parametrize(
    "machine",
    [without_ip, with_busybox_only, with_old_iproute2],
    ids=lambda machine: machine.__name__,
)
def test_missing_requirement_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    lab_folder: Path,
    arguments: tuple[str, ...],
    machine: Callable[[pytest.MonkeyPatch, Path], str],
) -> None:
    """A command that opens a place checks iproute2 first."""
    message = machine(monkeypatch, lab_folder)

    result = run_ipwrap(*arguments)

    assert isinstance(result.exception, SystemExit | None)
    if machine is with_old_iproute2 and arguments == ANY_RELEASE:
        assert 0 == result.exit_code or "a sandbox cannot be made here" in result.stderr
        return
    assert 1 == result.exit_code
    assert "" == result.stdout
    assert result.stderr.startswith(f"ipwrap: {message}")
    assert 1 == len(result.stderr.splitlines())


def test_reading_a_recording_needs_no_iproute2(
    monkeypatch: pytest.MonkeyPatch, lab_folder: Path
) -> None:
    """Commands that only read a recording work without iproute2."""
    without_ip(monkeypatch, lab_folder)

    for arguments in (("show", "dry.jsonl"), ("export", "dry.jsonl"), ("schema", "link")):
        result = run_ipwrap(*arguments)
        assert 0 == result.exit_code
        assert "" == result.stderr
        assert result.stdout
