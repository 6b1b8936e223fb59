"""Groups of processes."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from ipwrap.system.process_groups import group_is_running, kill_group
from tests.waiting import LIMIT, until


@pytest.fixture
def sleeper() -> "subprocess.Popen[bytes]":
    """A process with a group of its own."""
    return subprocess.Popen(("sleep", str(LIMIT)), start_new_session=True)


def test_a_group_runs_until_it_is_killed(sleeper: "subprocess.Popen[bytes]") -> None:
    """A process that has ended, and that nobody has waited for, does not run."""
    assert group_is_running(sleeper.pid)

    kill_group(sleeper.pid)
    assert until(lambda: not group_is_running(sleeper.pid))

    assert -signal.SIGKILL == sleeper.wait()
    assert not group_is_running(sleeper.pid)
    kill_group(sleeper.pid)


def test_a_group_is_known_without_proc(
    sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without /proc a group counts as running."""

    def fail(_: str) -> list[str]:
        raise FileNotFoundError

    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", fail)
        assert group_is_running(sleeper.pid)

    kill_group(sleeper.pid)
    sleeper.wait()


def test_a_group_of_root_is_killed_by_sudo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What sudo has started runs, and only sudo can kill it."""
    arguments = tmp_path / "arguments"
    sudo = tmp_path / "sudo"
    sudo.write_text(f'#!/bin/sh\necho "$*" >{arguments}\n')
    sudo.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def refuse(_: int, __: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", refuse)
    assert group_is_running(4_999_999)

    kill_group(4_999_999)
    assert "-n kill -KILL -- -4999999\n" == arguments.read_text()

    sudo.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    kill_group(4_999_999)
