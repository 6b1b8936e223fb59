"""A stand-in for a host: namespaces of `unshare`, a script that crashes there, and `ipwrap`."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from tests.waiting import until

__all__ = ["StandIn", "needs_root", "open_standin"]

ROOT = Path(__file__).parents[2]

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="a stand-in for a host needs root and unshare(1)",
)

# Named namespaces get a folder of their own. The shell reports that it is ready, and waits.
SETUP = "mount -t tmpfs none /run && mkdir /run/netns && ip link set dev lo up && echo && exec cat"
CRASH = "\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"


@frozen
class StandIn:
    """The namespaces of a process, and a folder for the script and the user's state."""

    pid: int
    folder: Path

    def argv(self, *argv: str) -> tuple[str, ...]:
        """Return the argv that runs a program inside."""
        target = ("--target", str(self.pid), "--net", "--mount")
        # nsenter(1) changes to the root folder.
        return ("nsenter", *target, "env", f"--chdir={self.folder}", *argv)

    @property
    def env(self) -> dict[str, str]:
        """The environment, with a state directory of its own."""
        return {
            **os.environ,
            "XDG_STATE_HOME": str(self.folder / "state"),
            "PYTHONPATH": str(ROOT),
        }

    def run(self, line: str) -> str:
        """Run a shell script, and return its output."""
        completed = subprocess.run(
            self.argv("sh", "-ec", line), env=self.env, capture_output=True, text=True, check=False
        )
        assert completed.returncode == 0, completed.stderr
        return completed.stdout

    def ipwrap(self, *arguments: str, inside: tuple[str, ...] = ()) -> tuple[int, str, str]:
        """Run ipwrap, and return its status, output and messages."""
        argv = self.argv(*inside, sys.executable, "-m", "ipwrap", *arguments)
        completed = subprocess.run(argv, env=self.env, capture_output=True, text=True, check=False)
        return completed.returncode, completed.stdout, completed.stderr

    def start(self, script: str, *, inside: tuple[str, ...] = ()) -> "subprocess.Popen[str]":
        """Start a Python script; ``inside`` are words before it, such as `unshare --net`."""
        # A file of its own: the Python of an earlier start may be reading the last one.
        path = self.folder / f"lab{len([*self.folder.glob('lab*.py')])}.py"
        path.write_text(script)
        argv = self.argv(*inside, sys.executable, str(path))
        return subprocess.Popen(argv, env=self.env, stdout=subprocess.PIPE, text=True)

    def crash(self, script: str, *, inside: tuple[str, ...] = ()) -> None:
        """Run a script that kills itself at the end."""
        process = self.start(script + CRASH, inside=inside)
        process.communicate()
        assert process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)

    @property
    def kept(self) -> list[str]:
        """The names of the files kept for `ipwrap clean`."""
        folder = self.folder / "state" / "ipwrap"
        return sorted(os.listdir(folder)) if folder.exists() else []


@contextmanager
def open_standin(folder: Path) -> Iterator[StandIn]:
    """Yield a stand-in for a host; its processes and links end with the block."""
    holder = subprocess.Popen(
        ("unshare", "--net", "--mount", "sh", "-ec", SETUP),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"\n"
        yield StandIn(holder.pid, folder)
    finally:
        holder.communicate()
        assert until(lambda: holder.poll() is not None)
