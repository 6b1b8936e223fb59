"""Run the command line: in this process, or in one of its own, with labs of the tests' own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipwrap.cli.group import cli
from tests.labs import open_sandbox

__all__ = ["folder_of_labs", "run_ipwrap", "start_ipwrap"]


def run_ipwrap(*arguments: str) -> Result:
    """Run `ipwrap` in this process."""
    return CliRunner().invoke(cli, arguments)


def start_ipwrap(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `ipwrap` in a separate process."""
    argv = (sys.executable, "-m", "ipwrap", *arguments)
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@contextmanager
def folder_of_labs(path: Path) -> Iterator[None]:
    """Make a folder the current one, with labs of its own, which end behind the block.

    Skips the test where no sandbox opens.
    """
    with open_sandbox():
        pass

    (path / "runtime").mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(path / "runtime"))
        patch.chdir(path)
        yield
        start_ipwrap("stop", "--all")
