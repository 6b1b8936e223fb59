"""A helper program is waited for without looking again and again, and ended if it stays."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from ipwrap.executors.helper_process import end_process
from tests.waiting import LIMIT, until


def start(*argv: str) -> "subprocess.Popen[bytes]":
    """Start a program that leads a process group."""
    return subprocess.Popen(argv, start_new_session=True)


def fail_pidfd_open(pid: int) -> int:
    """Fail as on an older kernel."""
    raise OSError(38, f"Function not implemented: {pid}")


@pytest.mark.parametrize("kernel", ["new", "old", "other system"])
def test_programs_that_end(monkeypatch: pytest.MonkeyPatch, kernel: str) -> None:
    """A program that ends by itself is waited for, also where the kernel gives no notice."""
    if kernel == "old":
        monkeypatch.setattr(os, "pidfd_open", fail_pidfd_open)
    elif kernel == "other system":
        monkeypatch.delattr(os, "pidfd_open")

    ended = start("true")
    ended.wait()
    short = start("sleep", "0.2")

    assert end_process(ended, seconds=LIMIT)
    assert end_process(short, seconds=LIMIT)
    assert (0, 0) == (ended.returncode, short.returncode)


def test_programs_that_stay(tmp_path: Path) -> None:
    """A program that stays gets SIGTERM, then SIGKILL."""
    polite = start("sleep", str(LIMIT))
    marker = tmp_path / "ready"
    stubborn = start("sh", "-c", f"trap '' TERM; : >{marker}; exec sleep {LIMIT}")
    assert until(marker.exists)  # it ignores the signal by now
    begin = time.monotonic()

    assert end_process(polite, seconds=0.5)
    assert end_process(stubborn, seconds=0.5)
    assert (-15, -9) == (polite.returncode, stubborn.returncode)
    assert time.monotonic() - begin < LIMIT


def test_no_descriptor_is_left_open() -> None:
    """The descriptor of each wait is closed."""
    programs = [start("sleep", "0.01") for _ in range(5)]
    before = len(os.listdir("/proc/self/fd"))
    for program in programs:
        assert end_process(program, seconds=LIMIT)

    assert before == len(os.listdir("/proc/self/fd"))
