"""`ipwrap watch`."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipwrap import Session
from ipwrap.kinds import Bridge
from tests.cli.running import run_ipwrap
from tests.labs import open_sandbox

SECONDS = 60.0  # for a line to come, also on a busy machine
Watching = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def session() -> Iterator[Session]:
    """A session in a sandbox of its own."""
    with open_sandbox() as session:
        yield session


@pytest.fixture
def watching(session: Session, tmp_path: Path) -> Iterator[Watching]:
    """Start `ipwrap watch` inside the sandbox, and end it after the test."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        # The status is a file: Ctrl-C ends nsenter, too, before the program inside.
        words = shlex.join((sys.executable, "-m", "ipwrap", "watch", *arguments))
        script = f"trap : INT; {words}; echo $? > {shlex.quote(str(tmp_path / 'status'))}"
        argv = session.place.wrap(("sh", "-c", script))
        with open(tmp_path / "lines", "w") as stdout, open(tmp_path / "messages", "w") as stderr:
            process = subprocess.Popen(
                argv, stdout=stdout, stderr=stderr, text=True, start_new_session=True
            )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_text(path: Path) -> str:
    """Return the text of a file once it has any."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return path.read_text().strip()
        time.sleep(0.05)
    raise AssertionError(f"no text in {path.name} within {SECONDS} s")


def make_until_seen(session: Session, path: Path) -> str:
    """Make bridges until the watch, which takes time to start, tells of one; return the line."""
    deadline = time.monotonic() + SECONDS
    number = 0
    while time.monotonic() < deadline:
        session.ip.link.add(f"br{number}", Bridge())
        number += 1
        time.sleep(0.2)
        lines = path.read_text().splitlines()
        if lines:
            return lines[0]
    raise AssertionError(f"no line within {SECONDS} s")


def test_ctrl_c_ends_a_watch_quietly(session: Session, watching: Watching, tmp_path: Path) -> None:
    """A change is a line at once, and Ctrl-C ends with 130 and without a message."""
    process = watching("--objects", "link")
    line = make_until_seen(session, tmp_path / "lines")
    os.killpg(process.pid, signal.SIGINT)

    status = wait_for_text(tmp_path / "status")
    assert ("130", "") == (status, (tmp_path / "messages").read_text())
    assert line.startswith("+ (host)  link br")


def test_jsonl_is_an_object_a_line(session: Session, watching: Watching, tmp_path: Path) -> None:
    """Programs get the change, the namespace, the object and the model."""
    watching("--format", "jsonl")
    change = json.loads(make_until_seen(session, tmp_path / "lines"))

    assert ("added", "", "link", None, "bridge") == (
        change["change"],
        change["netns"],
        change["object"],
        change["before"],
        change["model"]["linkinfo"]["info_kind"],
    )


def test_an_unknown_object_is_a_wrong_use() -> None:
    """A mistyped object is refused with what was probably meant, and status 2."""
    result = run_ipwrap("watch", "--objects", "link,adress")

    assert (2, True) == (result.exit_code, "did you mean 'address'?" in result.stderr)


def test_the_time_stands_before_the_line(
    session: Session, watching: Watching, tmp_path: Path
) -> None:
    """With --times a line begins with the time of the event."""
    watching("--times")
    line = make_until_seen(session, tmp_path / "lines")

    assert (":", ":", ".", "+") == (line[2], line[5], line[8], line[13])
